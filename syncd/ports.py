"""The ports: what a source, a target to read and a target to write must offer.

Plug-ins are entry points in the groups `syncd.sources` and `syncd.targets`; ours are registered
the same way. They may rely on `ports`, `model` and `errors`, the public surface, and on nothing
else. `tests/contract/` holds one suite a port, which every implementation must pass.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol, runtime_checkable

import msgspec

from syncd.errors import SyncdError
from syncd.model.attachment import StoredPassword
from syncd.model.change import Change, Verb
from syncd.model.legacy import LegacyRow
from syncd.model.permission import Permissions
from syncd.model.progress import Progress as Progress  # noqa: PLC0414 (part of this surface)
from syncd.model.resources import AccountRef, Invite, Observable
from syncd.model.sheet import RowSheet

Rows = list[tuple[object, ...]]


class Batch(msgspec.Struct, frozen=True):
    """Rows of one legacy table: tuples in the field order of `table`."""

    table: type[LegacyRow]
    rows: Rows


class Provenance(msgspec.Struct, frozen=True):
    """Where the legacy rows came from, for the report's header. Counts are rows."""

    source: str
    kind: str
    origin: str  # host and database, or file name; never a secret
    version: str = ""  # of the legacy WHMCS, "" where it does not say
    taken_at: str = ""  # when the backup was made, "" where it does not say
    clients: int = 0
    contacts: int = 0
    remarks: tuple[str, ...] = ()  # e.g. columns this old schema lacks
    hidden: tuple[str, ...] = ()  # what a source of its kind does not show; each is a finding
    doubts: tuple[str, ...] = ()  # whether all rows are there; each holds every removal


class Source(Protocol):
    """A legacy WHMCS to read. May be read once; reads nothing before `extract`."""

    name: str

    def extract(self) -> Iterator[Batch]:
        """Yield every client and contact once, in batches, tables in any order.

        And how often other tables name a contact, and the addresses of the provider's staff, as far
        as such tables are there and may be read.
        All rows belong to one consistent snapshot. The iterator ends normally only when the read
        is proven complete; otherwise it raises `IncompleteRead` (I8). Also raises
        `SourceUnavailable` and `NotLegacy`. Must not write.
        """
        ...

    def provenance(self) -> Provenance:
        """Say where the rows came from; valid once `extract` has ended."""
        ...


@runtime_checkable
class VersionedSource(Protocol):
    """A source that says which WHMCS it is of before all of it is read."""

    version: str | None  # "" where it does not say; None while that is not known yet


class Probe(msgspec.Struct, frozen=True):
    """What trying one action showed; `sentence` is the other side's own where it said no.

    `error` is what that no stands for, by which a person is told what to do about it.
    """

    action: str
    ok: bool
    sentence: str = ""
    error: SyncdError | None = None


@runtime_checkable
class ProbedSource(Protocol):
    """A source that calls actions, each of which a role may allow or not."""

    name: str
    actions: tuple[str, ...]  # all it ever calls: the least that its role must allow

    def probe(self) -> list[Probe]:
        """Try each action that reading needs, as cheaply as it goes; no answer raises."""
        ...


@runtime_checkable
class ProbedLogin(Protocol):
    """A source or a reader that sees how it is let in: what it may do there, who reads along."""

    def probe_login(self) -> list[Probe]:
        """Say what of it is well and what a person should narrow; nothing of it stops a run.

        Raises a `SourceError` or a `TargetError` where it cannot be seen.
        """
        ...


# Given a contact's id, what is stored of its login now; None where there is no such row.
PasswordReader = Callable[[int], StoredPassword | None]


@runtime_checkable
class PasswordSource(Protocol):
    """A source that can give stored passwords: one by one, as changes are performed, on any thread.

    Nothing of them may be logged, kept in a file or put into an error.
    """

    name: str

    def passwords(self, wanted: Mapping[int, int]) -> PasswordReader:
        """Give what reads these contacts, by the ids of their clients; it may raise, too."""
        ...


class Observed(msgspec.Struct, frozen=True):
    """A resource as the target shows it, under the target's own name for the account.

    Accounts are spoken of as `<target>/<client id>`, contacts as `<target>/<contact id>`; the
    workspace binds them to legacy references. `target_id` is what the target calls the resource,
    opaque to everyone but the adapter. `complete` is False for a membership whose permissions
    have not been read yet: see `TargetReader.inspect`. `created` is when the target says that it
    was made, as text, by which a number that was given away again is noticed; "" where it does not.
    `verified` says that the target knows a user to read the mail of the address.
    """

    resource: Observable
    target_id: str = ""
    complete: bool = True
    created: str = ""
    verified: bool = False


class Ownership(msgspec.Struct, frozen=True):
    """The target says that this user owns this account."""

    account: AccountRef
    email: str


class InviteState(StrEnum):
    PENDING = "pending"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    ACCEPTED = "accepted"


class Invitation(msgspec.Struct, frozen=True):
    """An invitation as the target lists it, ours or not; few targets do.

    Its account is under the target's own name, like that of `Observed`. Once accepted or cancelled
    it has no permissions any more. `accepted_by` is the address of the member that it made, "" if
    it made none who is still there.
    """

    target_id: str
    account: AccountRef
    email: str
    permissions: Permissions
    sent_at: datetime
    state: InviteState
    accepted_by: str = ""


Sighting = Observed | Ownership | Invitation


class TargetReader(Protocol):
    """Reads the target. Must not be able to write (I3).

    `invites` says what adding a membership means there: the person is mailed an invitation and
    has to accept it, or is attached at once and mailed nothing. `shows_invites` says whether
    `observe` yields every invitation there is: then one that is not among them is gone.
    """

    name: str
    invites: bool

    @property
    def shows_invites(self) -> bool: ...

    def permissions(self) -> Permissions:
        """Give the permission keys the target knows, in its order."""
        ...

    def supports(self, kind: type[Observable], verb: Verb) -> bool: ...

    def observe(self) -> Iterator[Sighting]:
        """Yield users, accounts, ownerships, memberships of non-owners, contacts and invitations.

        Bulk reads only. Ends normally only when every list was read to its end; otherwise raises
        `IncompleteRead` or a `TargetError`.
        """
        ...

    def inspect(self, memberships: Iterable[Observed]) -> Iterator[Observed]:
        """Complete the given memberships: the same, with their permissions.

        One that has meanwhile gone is left out.
        """
        ...

    def probe(self) -> list[Probe]:
        """Try each action that reading needs, as cheaply as it goes; no answer raises."""
        ...


@runtime_checkable
class SheetReader(Protocol):
    """A reader that also gives what it observes by sheets, many of whose rows are alike."""

    def sheets(self) -> Iterator[RowSheet[Sighting]]: ...


@runtime_checkable
class AttachingReader(Protocol):
    """A reader of a target that attaches a person where a change says so, with that password.

    See `Change.attach`. Where such a target `invites` as well, it does so for all other changes.
    """

    attaches: bool


@runtime_checkable
class ClockedReader(Protocol):
    """A reader that hears what time it is in the target."""

    @property
    def ahead(self) -> timedelta:
        """How far this machine's clock is ahead of the target's, as heard last; none unheard."""
        ...


class TargetTerms(msgspec.Struct, frozen=True):
    """What a target knows to bill accounts by, by name; None for what it does not show us."""

    currencies: tuple[str, ...] | None = None  # codes
    groups: tuple[str, ...] | None = None


@runtime_checkable
class BillingReader(Protocol):
    """A reader of a target whose accounts have a currency, and may be of a client group."""

    def terms(self) -> TargetTerms:
        """Give what a new account may be made with."""
        ...


@runtime_checkable
class RemarkingReader(Protocol):
    """A reader that notices what is wrong with a target and keeps nothing from being read."""

    @property
    def remarks(self) -> tuple[str, ...]:
        """Sentences for the report, as far as has been read."""
        ...


class Receipt(msgspec.Struct, frozen=True):
    """What a performed change left behind."""

    target_id: str = ""  # of a resource that was made
    invite: Invite | None = None  # where the change asked instead of doing
    confirmed: bool = False  # read back and found as wanted
    note: str = ""


class TargetWriter(Protocol):
    def perform(self, change: Change) -> Receipt:
        """Carry out one change; look before updating and removing, read back what can be.

        Raises `Conflict`, `Unbound`, `NotConfirmed` or a `TargetError`; after `NoAnswer` the
        change may have been carried out.
        """
        ...


@runtime_checkable
class AttachingWriter(Protocol):
    """A writer that can look before the first change, raising where it may not attach people."""

    def check_attaching(self) -> None: ...


class Bindings(Protocol):
    """Resolves a resource's key (`account:legacy/17`) to the target's id."""

    def resolve(self, key: str) -> str | None: ...

    def owner(self, account: AccountRef) -> str | None:
        """Give who owned an account when it was observed, None for one that was made since.

        Whatever adds to an account looks again right before, and raises `Conflict` where somebody
        else owns it by then.
        """
        ...

    def intent(self, key: str) -> str:
        """Name the change being performed: alike for each attempt until an outcome is known."""

    def password_hash(self, change: Change) -> str | None:
        """Read the hash that the user keeps who is made by this change; None where it names none.

        To be asked right before it is sent, and only for a user who is not there; nobody keeps it.
        Raises a `SyncdError` where the legacy row is not what the plan says any more.
        """


Clock = Callable[[], datetime]
# Asked right before each call that writes; raises `Superseded` where another took over.
Permit = Callable[[], None]


class Target(Protocol):
    """What an entry point in `syncd.targets` makes: a reader, and apart from it a writer."""

    name: str
    origin: str  # where it is, for people; never a secret
    connections: int  # calls at once; above 1 its writer is given changes on several threads

    def reader(self) -> TargetReader: ...

    def writer(self, bindings: Bindings, now: Clock, permit: Permit) -> TargetWriter: ...


@runtime_checkable
class TriedTarget(Protocol):
    """A target whose writing actions can be tried, some of them, with nothing being written."""

    untried: tuple[str, ...]  # writing actions of which no call is certain to write nothing

    def probe_writing(self) -> list[Probe]:
        """Try each of the others; one that is refused to us says so by its error."""
