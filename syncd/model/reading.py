"""Legacy rows as they are read, once: what each says, beside the row itself for whoever quotes it.

Made by `convert.reading` and by nothing else; everybody asks these values. Only the guard's second
look and `verify` read rows by themselves, on purpose.
"""

from collections.abc import Iterable, Iterator
from typing import Any, Protocol

import msgspec

from syncd.model.flags import Flags
from syncd.model.keys import contact_ref
from syncd.model.legacy import (
    LegacyClient,
    LegacyContact,
    LegacyReference,
    LegacyRow,
    LegacyStaff,
    LegacyTerm,
)
from syncd.model.resources import AccountRef, Preference, Profile, account_ref


class ClientReading(msgspec.Struct, frozen=True, array_like=True):
    """A client's row. Texts are as people see them: see `text.clean`."""

    row: LegacyClient
    email: str  # normalised, "" where there is none
    profile: Profile
    status: str
    language: str  # as it is written, in whatever system's words
    two_factor: str  # module of the second factor, "" where there is none
    billing: str  # id of the billing contact, "" where the client is billed itself
    mail: tuple[Preference, ...]  # what the client itself gets
    currency: str  # its number, "" where there is none
    group: str  # likewise
    marketing: bool | None  # whether it gets marketing mail, None where that is not known
    has_notes: bool
    is_erased: bool  # the remains of an erased person (T-40)

    @property
    def account(self) -> AccountRef:
        return account_ref(self.row.source, self.row.client_id)

    @property
    def identity(self) -> str:
        return self.email or f"{_ALONE}account:{self.account}"

    @property
    def person(self) -> str:
        return person(self.profile)

    @property
    def label(self) -> str:
        """What people call the account."""
        return self.profile.company or self.person

    @property
    def is_closed(self) -> bool:
        return self.status.casefold() == "closed"

    @property
    def is_inactive(self) -> bool:
        return self.status.casefold() == "inactive"


class ContactReading(msgspec.Struct, frozen=True, array_like=True):
    """A contact's row. Texts are as people see them: see `text.clean`."""

    row: LegacyContact
    email: str  # normalised, "" where there is none
    profile: Profile
    login: bool | None  # as `subaccount` says, which alone makes one; None where that is unclear
    flags: Flags  # what `permissions` says, also of a row that is no login
    mail: tuple[Preference, ...]
    unclear_mail: tuple[str, ...]  # marks that are neither on nor off, quoted: these are off
    is_erased: bool  # the remains of an erased person (T-40)
    is_inert: bool  # its marks are clear, and all are off
    is_dormant: bool  # no login, with the password or the flags of one

    @property
    def account(self) -> AccountRef:
        return account_ref(self.row.source, self.row.client_id)

    @property
    def contact_id(self) -> str:
        return contact_ref(self.row.source, self.row.contact_id)

    @property
    def identity(self) -> str:
        return self.email or f"{_ALONE}contact:{self.contact_id}"

    @property
    def person(self) -> str:
        return person(self.profile)

    @property
    def password(self) -> str:
        """The kind of the stored password: see `legacy.password_kind`."""
        return self.row.password or "unknown"


Reading = ClientReading | ContactReading
# What is read of the legacy rows; what stands besides the readings is taken as it is.
Read = Reading | LegacyReference | LegacyStaff | LegacyTerm


class RowReader(Protocol):
    """Reads legacy rows: the same of the same row, whenever it is asked."""

    def row(self, row: LegacyClient | LegacyContact) -> Reading: ...

    def rows(self, table: type[LegacyRow], rows: Iterable[tuple[Any, ...]]) -> Iterator[Read]:
        """Yield what the rows of one legacy table say; those that only count as they are."""


class AccountFacts(msgspec.Struct, frozen=True):
    """What a contact's row must know of the client it hangs on."""

    owner: str  # identity of the client's own address, "" where there is none
    owner_name: str
    is_closed: bool
    is_erased: bool


class Entry(msgspec.Struct, frozen=True):
    """A contact with its client's facts; None where there is no such client (T-34)."""

    contact: ContactReading
    account: AccountFacts | None


class Identity(msgspec.Struct, frozen=True):
    """The legacy rows of one person: everything under one normalised address, in id order.

    `email` is "" for a row without an address, which is then alone.
    """

    email: str
    clients: tuple[ClientReading, ...] = ()
    entries: tuple[Entry, ...] = ()


# A row without an address is alone: no address begins with a blank, so none meets its identity.
_ALONE = " "


def address(identity: str) -> str:
    """Give back the address of an identity: "" for a row without one."""
    return "" if identity.startswith(_ALONE) else identity


def person(profile: Profile) -> str:
    """Name the person of a row; blank where only a company stands there."""
    return f"{profile.first_name} {profile.last_name}".strip()
