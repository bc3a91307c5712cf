"""What the config says of letters to customers: templates, languages, the provider's own words."""

from typing import Annotated

from pydantic import AfterValidator, Field

from syncd.config.fields import File, Url, is_address
from syncd.config.section import Section

_Mailbox = Annotated[str, AfterValidator(is_address)]
_Language = Annotated[str, Field(pattern=r"^[a-z]+(-[a-z]+)*$")]  # as WHMCS names them


class LetterSettings(Section):
    templates: File | None = None
    languages: tuple[_Language, ...] = Field(default=("english", "german"), min_length=1)
    provider: str = ""
    mailbox: _Mailbox | None = None
    billing: _Mailbox | None = None
    client_area: Url | None = None
