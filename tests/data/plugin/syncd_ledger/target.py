"""The target: a JSON file of users, accounts, memberships and contacts.

Whoever is made a member is one at once: nobody is mailed, nothing has to be accepted.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from syncd.errors import Conflict, OwnerProtected, Rejected, Unbound, Unsupported
from syncd.model.change import Change, Verb
from syncd.model.permission import ALL, Permissions
from syncd.model.resources import Account, AccountRef, Contact, Membership, Observable, User
from syncd.ports import Bindings, Clock, Observed, Ownership, Permit, Probe, Receipt


class Ledger(msgspec.Struct):
    """What the file holds, by the ids of this target."""

    users: dict[str, User] = {}
    accounts: dict[str, Account] = {}
    owners: dict[str, str] = {}  # user of an account
    members: dict[str, Permissions] = {}  # by "user/account"
    contacts: dict[str, Contact] = {}
    written: int = 0  # how often the file was

    def user_id(self, email: str) -> str:
        return next((number for number, user in self.users.items() if user.email == email), "")


class LedgerTarget:
    connections = 1

    def __init__(self, name: str, *, path: str) -> None:
        self.name = name
        self.origin = Path(path).name
        self._path = Path(path)

    def reader(self) -> "LedgerReader":
        return LedgerReader(self.name, self._path)

    def writer(self, bindings: Bindings, now: Clock, permit: Permit) -> "LedgerWriter":
        del now  # nothing here is dated
        return LedgerWriter(self.name, self._path, bindings, permit)


class LedgerReader:
    invites = False
    shows_invites = False

    def __init__(self, name: str, path: Path) -> None:
        self.name = name
        self._path = path

    def permissions(self) -> Permissions:
        return ALL

    def supports(self, kind: type[Observable], verb: Verb) -> bool:
        return verb is Verb.ADD or kind is Membership or (kind, verb) == (Contact, Verb.UPDATE)

    def observe(self) -> Iterator[Observed | Ownership]:
        ledger = load(self._path)
        for number, account in ledger.accounts.items():
            yield Observed(account, number)
        for number, user in ledger.users.items():
            yield Observed(user, number)
        for number, owner in ledger.owners.items():
            yield Ownership(AccountRef(f"{self.name}/{number}"), ledger.users[owner].email)
        for place, permissions in ledger.members.items():
            yield Observed(self._membership(ledger, place, permissions), place)
        for number, contact in ledger.contacts.items():
            yield Observed(contact, number)

    def inspect(self, memberships: Iterable[Observed]) -> Iterator[Observed]:
        ledger = load(self._path)
        for place in (membership.target_id for membership in memberships):
            if place in ledger.members:
                membership = self._membership(ledger, place, ledger.members[place])
                yield Observed(membership, place)

    def probe(self) -> list[Probe]:
        return []

    def _membership(self, ledger: Ledger, place: str, permissions: Permissions) -> Membership:
        user, _, account = place.partition("/")
        ref = AccountRef(f"{self.name}/{account}")
        return Membership(ref, ledger.users[user].email, permissions)


class LedgerWriter:
    """Looks, changes, and puts the whole file in the place of the old one."""

    def __init__(self, name: str, path: Path, bindings: Bindings, permit: Permit) -> None:
        self._name = name
        self._path = path
        self._bindings = bindings
        self._permit = permit

    def perform(self, change: Change) -> Receipt:
        ledger = load(self._path)
        match change.verb, change.before, change.after:
            case Verb.ADD, _, User() as user:
                number = self._add_user(ledger, user)
            case Verb.ADD, _, Account() as account:
                number = self._add_account(ledger, account)
            case Verb.ADD, _, Membership() as membership:
                number = self._add_membership(ledger, membership)
            case Verb.UPDATE | Verb.REMOVE, Membership() as before, Membership() | None as after:
                number = self._change_membership(ledger, before, after)
            case Verb.ADD, _, Contact() as contact:
                number = self._add_contact(ledger, contact)
            case Verb.UPDATE, Contact() as before, Contact() as after:
                number = self._update_contact(ledger, before, after)
            case _:
                raise Unsupported(change.key, change.verb)
        if ledger != load(self._path):
            self._permit()
            save(self._path, ledger)
        return Receipt(number, confirmed=True)

    def _add_user(self, ledger: Ledger, user: User) -> str:
        number = ledger.user_id(user.email) or _next(ledger.users)
        ledger.users.setdefault(number, user)
        return number

    def _add_account(self, ledger: Ledger, account: Account) -> str:
        email = account.email or account.owner
        for other in ledger.accounts.values():
            if other.email == email:
                raise Conflict(account.key, None, other.ref)
        if not ledger.user_id(account.owner) and email != account.owner:
            raise Unbound(User(account.owner).key)
        number = _next(ledger.accounts)
        ledger.owners[number] = self._add_user(ledger, User(account.owner))
        ref = AccountRef(f"{self._name}/{number}")
        ledger.accounts[number] = msgspec.structs.replace(account, ref=ref, owner="", email=email)
        return number

    def _add_membership(self, ledger: Ledger, membership: Membership) -> str:
        account = self._owned(ledger, membership)
        if not membership.permissions:
            raise Rejected("perform", "a membership without permissions")
        user = self._add_user(ledger, User(membership.email))
        place = f"{user}/{account}"
        if place in ledger.members or ledger.owners.get(account) == user:
            raise Conflict(membership.key, None, "is there already")
        ledger.members[place] = membership.permissions
        return place

    def _change_membership(
        self, ledger: Ledger, before: Membership, after: Membership | None
    ) -> str:
        account = self._owned(ledger, before)
        if after is not None and not after.permissions:
            raise Rejected("perform", "a membership without permissions")
        user = ledger.user_id(before.email)
        if ledger.owners.get(account) == user:
            raise OwnerProtected("perform", f"{before.email} owns {before.account}")
        place = f"{user}/{account}"
        if ledger.members.get(place) != before.permissions:
            raise Conflict(before.key, before.permissions, ledger.members.get(place))
        del ledger.members[place]
        if after is not None:
            ledger.members[place] = after.permissions
        return place

    def _add_contact(self, ledger: Ledger, contact: Contact) -> str:
        account = self._owned(ledger, contact)
        number = _next(ledger.contacts)
        ledger.contacts[number] = msgspec.structs.replace(
            contact,
            account=AccountRef(f"{self._name}/{account}"),
            contact_id=f"{self._name}/{number}",
        )
        return number

    def _update_contact(self, ledger: Ledger, before: Contact, after: Contact) -> str:
        number = self._bound(after.key)
        observed = ledger.contacts.get(number)
        if observed is None or observed.compared != before.compared:
            raise Conflict(after.key, before.compared, observed and observed.compared)
        names = {"first_name": after.profile.first_name, "last_name": after.profile.last_name}
        ledger.contacts[number] = msgspec.structs.replace(
            observed,
            email=after.email,
            preferences=after.preferences,
            profile=msgspec.structs.replace(observed.profile, **names),
        )
        return number

    def _owned(self, ledger: Ledger, wanted: Membership | Contact) -> str:
        """Give the number of an account that still has the owner it was observed with."""
        account = self._bound(f"account:{wanted.account}")
        expected = self._bindings.owner(wanted.account)
        owner = ledger.users[ledger.owners[account]].email
        if expected not in (None, owner):
            raise Conflict(wanted.key, expected, owner)
        return account

    def _bound(self, key: str) -> str:
        number = self._bindings.resolve(key)
        if number is None:
            raise Unbound(key)
        return number


def load(path: Path) -> Ledger:
    return msgspec.json.decode(path.read_bytes(), type=Ledger) if path.exists() else Ledger()


def save(path: Path, ledger: Ledger) -> None:
    ledger.written += 1
    draft = path.with_suffix(".draft")
    draft.write_bytes(msgspec.json.encode(ledger))
    draft.replace(path)


def _next(table: dict[str, object]) -> str:
    return str(max(map(int, table), default=0) + 1)
