"""What a report quotes of the data to explain itself, as values."""

import msgspec

from syncd.model.permission import Permissions


class LegacyLine(msgspec.Struct, frozen=True):
    """A legacy row of a login: its permissions as they are written, and what they give."""

    contact_id: str
    name: str
    flags: str  # the beginning of what the source says
    permissions: Permissions


class Found(msgspec.Struct, frozen=True):
    """Something that was found about a row, a login, a person or an account: see `scope`."""

    code: str
    scope: str
    account: str
    contact_id: str
    email: str
    detail: str
    answer: str
