"""Who gets which mail, read from the legacy columns alone.

Not used by convert: what it makes is checked against this.
"""

from collections.abc import Sequence

import msgspec

from syncd.model.resources import PREFERENCES, Preference
from syncd.model.text import read_flag


def contact_mail(flags: Sequence[str | None]) -> tuple[Preference, ...]:
    """Give the categories that a contact's six columns switch on; what is unclear is off (T-46)."""
    return tuple(one for one, raw in zip(PREFERENCES, flags, strict=True) if read_flag(raw))


def client_mail(raw: str | None) -> tuple[Preference, ...]:
    """Give the categories of mail that the client itself gets.

    Everything, but what the JSON of `email_preferences` switches off; before 7.10 there was none.
    """
    try:
        told = msgspec.json.decode(raw or "{}")
    except msgspec.DecodeError:
        told = {}
    if not isinstance(told, dict):
        told = {}
    return tuple(one for one in PREFERENCES if read_flag(str(told.get(one, "1"))) is not False)
