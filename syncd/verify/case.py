"""A case: everything both sides say about one legacy account, as it comes from the scratch file."""

import msgspec

from syncd.model.permission import Permissions
from syncd.model.resources import PREFERENCES
from syncd.verify.meaning import is_closed, is_on


class Client(msgspec.Struct, frozen=True, array_like=True):
    """The legacy account. `owner` is the identity of its own address, "" where it has none."""

    owner: str
    name: str
    status: str

    @property
    def closed(self) -> bool:
        return is_closed(self.status)


class Row(msgspec.Struct, frozen=True, array_like=True):
    """A legacy contact, its columns as they are."""

    contact_id: str
    email: str  # identity
    name: str
    mark: str | None
    flags: str | None
    mail: tuple[str | None, ...]  # in the order of PREFERENCES

    @property
    def receives(self) -> tuple[str, ...]:
        return tuple(name for name, raw in zip(PREFERENCES, self.mail, strict=True) if is_on(raw))


class ObservedMember(msgspec.Struct, frozen=True, array_like=True):
    """A membership as the target shows it."""

    email: str
    permissions: Permissions


class Address(msgspec.Struct, frozen=True, array_like=True):
    """A contact as the target shows it."""

    email: str
    name: str
    receives: tuple[str, ...]


class Counterpart(msgspec.Struct, frozen=True, array_like=True):
    """The account itself, as the target shows it; what it does not tell is ""."""

    email: str = ""
    status: str = ""

    @property
    def closed(self) -> bool:
        return is_closed(self.status)


class PendingInvitation(msgspec.Struct, frozen=True, array_like=True):
    """Not `listed` by the target it is the journal's: sent then, and perhaps accepted since."""

    email: str
    permissions: Permissions
    fresh: bool
    listed: bool = False


class Case(msgspec.Struct):
    """One legacy account. `target` is "" where no account of the target is known to be it."""

    account: str
    client: Client | None = None
    target: str = ""
    counterpart: Counterpart = Counterpart()
    doubts: int = 0  # accounts of the target that may be it, where none is known
    rows: list[Row] = []
    owners: list[str] = []
    members: list[ObservedMember] = []
    addresses: list[Address] = []
    invitations: list[PendingInvitation] = []
