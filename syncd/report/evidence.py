"""What a report quotes of the data to explain itself, as values."""

import msgspec

from syncd.model.permission import Permissions
from syncd.model.resources import Preference


class LegacyLine(msgspec.Struct, frozen=True):
    """A legacy row of a contact: its permissions as they are written, and what they give."""

    contact_id: str
    name: str
    flags: str  # the beginning of what the source says
    permissions: Permissions
    login: bool = True
    email: str = ""
    mail: tuple[Preference, ...] = ()
    account: str = ""
    account_name: str = ""


class ClientLine(msgspec.Struct, frozen=True):
    """The legacy row of a client."""

    account: str
    account_name: str
    name: str
    email: str
    status: str


class Found(msgspec.Struct, frozen=True):
    """Something that was found about a row, a login, a person or an account: see `scope`."""

    code: str
    scope: str
    account: str
    contact_id: str
    email: str
    detail: str
    answer: str


class Story(msgspec.Struct, frozen=True):
    """What explains a key that is no login's: its legacy rows, and what was found, the nearest."""

    key: str
    clients: tuple[ClientLine, ...] = ()
    rows: tuple[LegacyLine, ...] = ()
    evidence: tuple[Found, ...] = ()
