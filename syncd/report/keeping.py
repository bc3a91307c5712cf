"""Facts about passwords: what becomes of those of the people who were promised silence."""

import msgspec


class PasswordOf(msgspec.Struct, frozen=True):
    """What becomes of the password of one person."""

    email: str
    password_after: str  # see `words.PASSWORDS`
    why: str  # they have to set a new one, in words
    password: str  # kinds in the legacy system
    contact_id: str  # of the row whose password is carried over
    accounts: str


class PasswordFacts(msgspec.Struct, frozen=True):
    """Numbers of people; `reasons` are why they must set a new one, see `words.WITHOUT`."""

    people: dict[str, int] = {}
    reasons: dict[str, int] = {}
