"""Facts about silence: who is attached without a mail, and what becomes of their passwords."""

import msgspec

from syncd.model.attachment import AttachedCount


class PasswordOf(msgspec.Struct, frozen=True):
    """What becomes of the password of one person who was promised silence."""

    email: str
    password_after: str  # see `words.PASSWORDS`
    why: str  # they have to set a new one, in words
    password: str  # kinds in the legacy system
    contact_id: str  # of the row whose password is carried over
    accounts: str


class SilenceFacts(msgspec.Struct, frozen=True):
    """Numbers of people; `reasons` are why they must set a new password, see `words.WITHOUT`."""

    attached: AttachedCount = AttachedCount()
    passwords: dict[str, int] = {}  # see `words.PASSWORDS` -> people
    reasons: dict[str, int] = {}
