"""Change, the value in the middle: printable, sortable, storable; others perform it."""

from enum import StrEnum

import msgspec

from syncd.model.attachment import Attachment
from syncd.model.permission import excess
from syncd.model.resources import Account, Contact, Invite, Membership, Observable, Resource, User


class Verb(StrEnum):
    ADD = "+"
    UPDATE = "~"
    REMOVE = "-"


class Reason(StrEnum):
    """Why a change is proposed; see the truth table of `diff`."""

    NEW = "new"
    CHANGED = "changed"
    REVOKED = "revoked"
    ADOPTED = "adopted"
    DRIFTED = "drifted"
    VANISHED = "vanished"
    INVITE_EXPIRED = "invite_expired"
    INVITE_UNCONFIRMED = "invite_unconfirmed"
    INVITE_GONE = "invite_gone"


# What a person has to look at first, unless the config names it under policy.apply_reasons.
CAUTIOUS = frozenset(
    {
        Reason.ADOPTED,
        Reason.DRIFTED,
        Reason.VANISHED,
        Reason.INVITE_EXPIRED,
        Reason.INVITE_UNCONFIRMED,
        Reason.INVITE_GONE,
    }
)


class Change(msgspec.Struct, frozen=True, omit_defaults=True):
    """`attach` says of a membership that it is added at once, and its person mailed nothing."""

    verb: Verb
    reason: Reason
    before: Observable | None
    after: Resource | None
    attach: Attachment | None = None

    @property
    def subject(self) -> Observable:
        """What the change is about: its after, or, where it removes, its before."""
        subject = self.after if self.after is not None else self.before
        if subject is None:
            msg = "a change needs a before or an after"
            raise ValueError(msg)
        return subject

    @property
    def key(self) -> str:
        return self.subject.key

    @property
    def kind(self) -> str:
        """`user`, `account`, `membership` or `contact`."""
        return _KINDS[type(self.subject)]

    @property
    def person(self) -> str:
        """The address of whom it is about: of an account its owner's."""
        return self.subject.owner if isinstance(self.subject, Account) else self.subject.email

    @property
    def sends_mail(self) -> bool:
        """Whether performing it invites somebody."""
        is_new = self.verb is Verb.ADD and isinstance(self.after, Membership)
        return is_new and self.attach is None

    @property
    def grants(self) -> bool:
        """Whether somebody could do more after the change than before it."""
        if not isinstance(self.after, Membership):
            return False
        held = self.before.permissions if isinstance(self.before, Membership) else ()
        return self.before is None or bool(excess(self.after.permissions, held))


# What a change is about, by the name of its kind.
RESOURCES: dict[str, type[Resource]] = {
    "user": User,
    "account": Account,
    "membership": Membership,
    "contact": Contact,
}
_KINDS: dict[type[Observable], str] = {kind: name for name, kind in RESOURCES.items()} | {
    Invite: "membership"
}


def phase(change: Change) -> int:
    """Say in which phase a change is applied; inside a phase changes go by key.

    0  memberships removed or narrowed: a run cut short must not leave access that should be gone
    1  users: an account may name one as its owner, a membership needs one
    2  accounts: everything else hangs on them
    3  contacts, additions and updates that switch mail on: nobody is without mail in between, and
       the last recipient of domain mail may only go when another is there (ICANN rule)
    4  contacts, the rest
    5  memberships that grant: last, when what they grant exists
    """
    match change.kind:
        case "user":
            return 1
        case "account":
            return 2
        case "contact":
            return 4 if _drops_mail(change) else 3
        case _:
            return 5 if change.grants or change.verb is Verb.ADD else 0


def lane(change: Change) -> str:
    """Name what no two changes of a phase may work on at the same time.

    Contacts of one account go one after the other: to write one means to read the list they stand
    in, and the target weighs each against its siblings (somebody must get domain mail). So do
    accounts of one owner, whom the API may have to make along with the first, and memberships of a
    person who is attached, for the same reason. A user, and what one user may do on one account,
    stand alone: nothing that is read or written there is another's.
    """
    match change.subject:
        case Membership(email=email) if change.attach is not None:
            return email
        case Contact(account=account):
            return account
        case Account(owner=owner):
            return owner
        case _:
            return change.key


def _drops_mail(change: Change) -> bool:
    if change.before is None:
        return False
    before = change.before.preferences if isinstance(change.before, Contact) else ()
    after = change.after.preferences if isinstance(change.after, Contact) else ()
    return not set(before) <= set(after)
