"""Attaching: a membership that is added without a mail, and what its person keeps of the old login.

A password hash is the one secret that passes through: read from the source when its change is
performed, sent, forgotten. What stands here names the row that it is of, and its kind.
"""

from typing import NamedTuple

import msgspec


class PasswordOrigin(msgspec.Struct, frozen=True):
    """The legacy row whose password a new user keeps."""

    contact: str  # `legacy/111`
    account: str  # `legacy/17`, on which it is a login
    kind: str  # see `legacy.password_kind`


class Attachment(msgspec.Struct, frozen=True, omit_defaults=True):
    """How a person is attached. Names and language are for a user who is made; others keep theirs.

    `makes_user` says that the target had no user of this address when the plan was made; a
    `password` goes to such a user alone. `opens` names the accounts that it was to open, where
    there are others than that of its row.
    """

    first_name: str
    last_name: str
    makes_user: bool = False
    password: PasswordOrigin | None = None
    language: str = ""
    opens: tuple[str, ...] = ()


class AttachedCount(msgspec.Struct, frozen=True):
    """The memberships that would be added without a mail, for whom, and the users made for them."""

    memberships: int = 0
    people: int = 0
    users: int = 0


class CarriedPassword(NamedTuple):
    """Whose user was made with a legacy password, and an account that it was to open."""

    email: str
    account: str


class StoredPassword(msgspec.Struct, frozen=True):
    """What a source holds of a contact's login at this moment; the hash is never shown."""

    client_id: int
    email: str | None
    subaccount: str | None
    hash: str | None

    def __repr__(self) -> str:
        return f"StoredPassword(client_id={self.client_id})"
