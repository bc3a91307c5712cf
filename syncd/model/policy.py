"""What an operator sets: each value of the configuration declared once, with bounds and default.

A struct is a section of config.yaml, a field one of its keys. The configuration is read straight
into these, and every stage is given those it decides by. Addresses in them are identities.
"""

from collections.abc import Mapping
from datetime import date, time
from typing import Annotated, Literal, NamedTuple

from msgspec import Meta, Struct

from syncd.model.approval import Demands
from syncd.model.change import CAUTIOUS, Reason
from syncd.model.mailboxes import RESERVED_DOMAINS, ROLE_MAILBOXES
from syncd.model.resources import AccountRef

Mode = Literal["create-only", "no-removals", "sync"]
# What a provider promised the people whose logins move. `invite`: each is mailed an invitation.
# `silent`: nobody is mailed. `reinvite-by-owner`: syncd mails nobody; each owner invites their own
# people.
Cutover = Literal["invite", "silent", "reinvite-by-owner"]
Users = Literal["by-invite", "create-first"]
# Of people who are attached without a mail and have no user yet: `carry` gives them the hash of
# their legacy password, `none` a password that nobody knows.
Passwords = Literal["carry", "none"]
Closed = Literal["skip", "owner", "all"]
SupportRule = Literal["support-mail", "all", "none"]
AccountRule = Literal["same-id", "email", "mapping"]


class MappedAccount(NamedTuple):
    """Which client of the target an account is, as somebody wrote it down."""

    ref: AccountRef
    target_id: str


_Count = Annotated[int, Meta(ge=0)]
_Share = Annotated[float, Meta(ge=0, le=1)]


class Policy(Struct, frozen=True):
    """What may be done to whom. Names are addresses and account references."""

    mode: Mode = "no-removals"
    cutover: Cutover = "invite"
    cutover_for: Mapping[str, Cutover] = {}  # by account or address, where it is another
    cutover_date: date | None = None  # shown, nothing depends on it
    passwords: Passwords = "none"  # no secret moves unless the config says so
    users: Users = "by-invite"
    closed: Closed = "skip"
    apply_reasons: frozenset[Reason] = frozenset(Reason) - CAUTIOUS
    support_contacts: SupportRule = "support-mail"
    protected: frozenset[str] = frozenset()
    excluded: frozenset[str] = frozenset()
    verify_after: Annotated[float, Meta(ge=0, le=3650)] = 35  # days
    approvals: _Count = 0  # how many people a plan needs before it is applied
    approvers: Mapping[str, str] = {}  # by name, the line of a public key of SSH
    rehearsed: bool = False  # whether a plan needs a rehearsal certificate

    def cutover_of(self, account: str, email: str) -> Cutover:
        """Give what was promised to a person on an account: what names the person goes first."""
        return self.cutover_for.get(email) or self.cutover_for.get(account) or self.cutover

    @property
    def cutovers(self) -> tuple[Cutover, ...]:
        """All that was promised to anybody, the general one first."""
        return tuple(dict.fromkeys((self.cutover, *sorted(self.cutover_for.values()))))

    @property
    def is_silent(self) -> bool:
        """Whether nobody at all is to get a mail."""
        return self.cutovers == ("silent",)

    @property
    def demands(self) -> Demands:
        """What a plan needs of people before it is applied."""
        return Demands(self.approvals, self.approvers, self.rehearsed)


class Accounts(Struct, frozen=True):
    """Which account of the target is which legacy client."""

    match: AccountRule = "email"
    match_by_source: Mapping[str, AccountRule] = {}
    create_missing: bool = False
    currencies: Mapping[str, str] = {}  # of legacy codes, those that the target has for them


class Fuses(Struct, frozen=True):
    """Limits on a whole plan. Counts are changes that would be applied."""

    source_share: _Share = 0.8  # of the last good run's contacts
    removals: _Count = 0
    removals_per_account: _Count = 0
    updates_share: _Share = 0.05  # of what is managed
    updates_floor: _Count = 20  # below this many, the share does not apply
    updates_per_account: _Count = 20


class Waves(Struct, frozen=True):
    """How many invitations go, and when. Hours end before their end; they may span midnight.

    In silence nobody is asked, so no mail makes a mistake known: a run attaches fewer people.
    """

    per_run: _Count = 500
    silent_per_run: _Count = 100  # memberships that are added without a mail
    per_day: Annotated[int | None, Meta(ge=0)] = None
    per_person: Literal["one", "any"] = "one"
    hours: tuple[time, time] | None = None
    timezone: str = "UTC"
    resends: _Count = 1  # of an invitation that expired, where `apply_reasons` sends it again

    @property
    def together(self) -> bool:
        """Whether all that a person gets goes in one wave."""
        return self.per_person == "one"

    @property
    def most(self) -> int:
        """How many invitations the largest wave holds."""
        return self.per_run if self.per_day is None else min(self.per_run, self.per_day)


class Names(Struct, frozen=True):
    """What becomes of names that the target cannot take as they are."""

    placeholder: Annotated[str, Meta(min_length=1)] = "-"
    four_byte: bool = True  # whether the target stores characters of four bytes


class People(Struct, frozen=True):
    """Addresses behind which there is not one person."""

    role_mailboxes: frozenset[str] = ROLE_MAILBOXES
    reserved_domains: frozenset[str] = RESERVED_DOMAINS


class Staff(Struct, frozen=True):
    """The provider's own people, who are no customers' users."""

    domains: frozenset[str] = frozenset()
    addresses: frozenset[str] = frozenset()
