"""A target in memory that behaves like a WHMCS 8, as far as the ports can tell.

For planning against an empty target, and for tests. Loads the rows of the API by its names:

    clients      id, the profile (firstname ... tax_id), email, status, email_preferences (all on)
    users        id, email, firstname, lastname, language
    memberships  client_id; user_id, or email of a user; owner (false); permissions, a list
    contacts     id, client_id, the profile, email, email_preferences {"general": true, ...}
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from syncd.errors import (
    Conflict,
    NotConfirmed,
    NotFound,
    OwnerProtected,
    Rejected,
    Unbound,
    Unsupported,
)
from syncd.model.change import Change, Verb
from syncd.model.identity import normalise
from syncd.model.legacy import CONTACT_COLUMNS
from syncd.model.permission import ALL, NONE, Permissions, permissions
from syncd.model.resources import (
    PREFERENCES,
    Account,
    AccountRef,
    Contact,
    Invite,
    Membership,
    Profile,
    Resource,
    User,
    account_ref,
)
from syncd.ports import Bindings, Clock, Observed, Ownership, Probe, Receipt

Rows = Iterable[Mapping[str, Any]]


class MemoryTarget:
    """The state: what its reader observes and its writer changes. `writes` counts the changes.

    Without `sends_invites` it attaches people at once, as no API of WHMCS does.
    """

    def __init__(
        self, name: str = "memory", known: Permissions = ALL, *, sends_invites: bool = True
    ) -> None:
        self.name = name
        self.sends_invites = sends_invites
        self.origin = "in memory"
        self.connections = 1
        self.known = known
        self.users: dict[str, User] = {}
        self.user_ids: dict[str, str] = {}  # by address
        self.accounts: dict[str, Account] = {}
        self.owners: dict[str, str] = {}  # client id -> user id
        self.quiet: set[str] = set()  # ids of the clients that get no domain mail themselves
        self.members: dict[tuple[str, str], Permissions] = {}  # (user id, client id)
        self.contacts: dict[str, Contact] = {}
        self.invites: list[tuple[str, str, Permissions]] = []  # client id, address, permissions
        self.writes = 0

    def reader(self) -> "MemoryReader":
        return MemoryReader(self)

    def writer(self, bindings: Bindings, now: Clock) -> "MemoryWriter":
        return MemoryWriter(self, bindings, now)

    def load(
        self, *, clients: Rows = (), users: Rows = (), memberships: Rows = (), contacts: Rows = ()
    ) -> None:
        for row in clients:
            client_id = _row_id(row, self.accounts)
            email, status = normalise(row.get("email")), row.get("status", "Active")
            ref = account_ref(self.name, client_id)
            self.accounts[client_id] = Account(
                ref, owner="", email=email, status=status, profile=_profile(row)
            )
            if row.get("email_preferences", {}).get("domain", "1") == "0":
                self.quiet.add(client_id)
        for row in users:
            names = (row.get("firstname", ""), row.get("lastname", ""), row.get("language", ""))
            self.add_user(User(normalise(row["email"]), *names), _row_id(row, self.users))
        for row in memberships:
            self._associate(row)
        for row in contacts:
            self._load_contact(row)

    def accept(self, email: str, client_id: int | str, as_email: str | None = None) -> None:
        """Accept a waiting invite, as whatever user: WHMCS does not insist on the address."""
        client_id, email = str(client_id), normalise(email)
        waiting = (item for item in self.invites if item[:2] == (client_id, email))
        invite = next(waiting, None)
        if invite is None:
            raise NotFound("accept", f"no invite for {email} waits on {client_id}")
        address = normalise(as_email) or email
        user_id = self.user_ids.get(address) or self.add_user(User(address))
        self.invites.remove(invite)
        self.members[user_id, client_id] = invite[2]

    def add_user(self, user: User, user_id: str | None = None) -> str:
        user_id = user_id or _next_id(self.users)
        self.users[user_id] = user
        self.user_ids[user.email] = user_id
        return user_id

    def _associate(self, row: Mapping[str, Any]) -> None:
        user_id = str(row.get("user_id") or self.user_ids.get(normalise(row.get("email"))))
        client_id = str(row["client_id"])
        if user_id not in self.users or client_id not in self.accounts:
            raise NotFound("load", f"a membership of nobody or nothing: {dict(row)}")
        if row.get("owner", False):
            self.owners[client_id] = user_id
        else:
            self.members[user_id, client_id] = permissions(row.get("permissions") or NONE)

    def _load_contact(self, row: Mapping[str, Any]) -> None:
        contact_id = _row_id(row, self.contacts)
        wanted = row.get("email_preferences", {})
        self.contacts[contact_id] = Contact(
            account=account_ref(self.name, row["client_id"]),
            contact_id=f"{self.name}/{contact_id}",
            email=normalise(row.get("email")),
            preferences=tuple(key for key in PREFERENCES if wanted.get(key)),
            profile=_profile(row),
        )


class MemoryReader:
    """`TargetReader` of a `MemoryTarget`. Like the API, it shows no invites."""

    shows_invites = False

    def __init__(self, target: MemoryTarget) -> None:
        self.name = target.name
        self.invites = target.sends_invites
        self._target = target

    def permissions(self) -> Permissions:
        return self._target.known

    def supports(self, kind: type[Resource], verb: Verb) -> bool:
        if verb is Verb.ADD or kind is Membership:
            return True
        return kind is Contact and verb is Verb.UPDATE

    def observe(self) -> Iterator[Observed | Ownership]:
        target = self._target
        for client_id, account in target.accounts.items():
            yield Observed(account, client_id)
        for user_id, user in target.users.items():
            yield Observed(user, user_id)
        for client_id, user_id in target.owners.items():
            yield Ownership(account_ref(self.name, client_id), target.users[user_id].email)
        for user_id, client_id in target.members:
            ref, email = account_ref(self.name, client_id), target.users[user_id].email
            yield Observed(Membership(ref, email, NONE), f"{user_id}/{client_id}", complete=False)
        for contact_id, contact in target.contacts.items():
            yield Observed(contact, contact_id)

    def inspect(self, memberships: Iterable[Observed]) -> Iterator[Observed]:
        for membership in memberships:
            user_id, _, client_id = membership.target_id.partition("/")
            held = self._target.members.get((user_id, client_id))
            if held is not None and isinstance(membership.resource, Membership):
                resource = msgspec.structs.replace(membership.resource, permissions=held)
                yield Observed(resource, membership.target_id)

    def probe(self) -> list[Probe]:
        return []


class MemoryWriter:
    """`TargetWriter` on a `MemoryTarget`."""

    def __init__(self, target: MemoryTarget, bindings: Bindings, now: Clock) -> None:
        self._target = target
        self._bindings = bindings
        self._now = now

    def perform(self, change: Change) -> Receipt:  # noqa: PLR0911 (a line a change)
        match change.verb, change.before, change.after:
            case Verb.ADD, _, User() as user:
                return self._add_user(user)
            case Verb.ADD, _, Account() as account:
                return self._add_account(account)
            case Verb.ADD, _, Membership() as membership:
                return self._invite(membership)
            case Verb.UPDATE, Membership() as before, Membership() as after:
                return self._update_membership(before, after)
            case Verb.REMOVE, Membership() as before, _:
                return self._remove_membership(before)
            case Verb.ADD, _, Contact() as contact:
                return self._add_contact(contact)
            case Verb.UPDATE, Contact() as before, Contact() as after:
                return self._update_contact(before, after)
            case _:
                raise Unsupported(change.key, change.verb)

    def _add_user(self, user: User) -> Receipt:
        there = self._target.user_ids.get(user.email)
        if there is not None:
            return Receipt(there, confirmed=True, note="was there already")
        self._target.writes += 1
        return Receipt(self._target.add_user(user), confirmed=True)

    def _add_account(self, account: Account) -> Receipt:
        email = account.email or account.owner
        for there in self._target.accounts.values():
            if there.email == email:
                raise Conflict(account.key, None, there.ref)
        owner = self._target.user_ids.get(account.owner)
        if owner is None and email != account.owner:
            raise Unbound(User(account.owner).key)
        self._target.writes += 1
        owner = owner or self._target.add_user(User(account.owner))
        client_id = _next_id(self._target.accounts)
        self._target.accounts[client_id] = msgspec.structs.replace(
            account, ref=account_ref(self._target.name, client_id), owner="", email=email
        )
        self._target.owners[client_id] = owner
        return Receipt(client_id, confirmed=True)

    def _invite(self, membership: Membership) -> Receipt:
        client_id = self._client_id(membership.account)
        _check_grantable(membership)
        user_id = self._target.user_ids.get(membership.email, "")
        if self._owns(user_id, client_id) or self._held(user_id, client_id) is not None:
            raise Conflict(membership.key, None, "associated already")
        self._target.writes += 1
        if not self._target.sends_invites:
            user_id = user_id or self._target.add_user(User(membership.email))
            self._target.members[user_id, client_id] = membership.permissions
            return Receipt(confirmed=True)
        self._target.invites.append((client_id, membership.email, membership.permissions))
        invite = Invite(
            account=membership.account,
            email=membership.email,
            permissions=membership.permissions,
            sent_at=self._now(),
            fresh=True,
        )
        return Receipt(invite=invite)

    def _update_membership(self, before: Membership, after: Membership) -> Receipt:
        _check_grantable(after)
        place = self._unmoved(before)
        self._target.writes += 1
        # Like WHMCS, as far as is known: a key that does not exist is ignored in silence.
        stored = permissions(key for key in after.permissions if key in self._target.known)
        self._target.members[place] = stored
        if stored != after.permissions:
            raise NotConfirmed(after.key, after.permissions, stored)
        return Receipt(confirmed=True)

    def _remove_membership(self, before: Membership) -> Receipt:
        place = self._unmoved(before)
        self._target.writes += 1
        del self._target.members[place]
        return Receipt(confirmed=True)

    def _unmoved(self, before: Membership) -> tuple[str, str]:
        client_id = self._client_id(before.account)
        user_id = self._target.user_ids.get(before.email, "")
        if self._owns(user_id, client_id):
            raise OwnerProtected("perform", f"{before.email} owns {before.account}")
        found = self._held(user_id, client_id)
        if found != before.permissions:
            raise Conflict(before.key, before.permissions, found)
        return user_id, client_id

    def _add_contact(self, contact: Contact) -> Receipt:
        client_id = self._client_id(contact.account)
        self._target.writes += 1
        contact_id = _next_id(self._target.contacts)
        self._target.contacts[contact_id] = msgspec.structs.replace(
            contact,
            account=account_ref(self._target.name, client_id),
            contact_id=f"{self._target.name}/{contact_id}",
        )
        return Receipt(contact_id, confirmed=True)

    def _update_contact(self, before: Contact, after: Contact) -> Receipt:
        contact_id = self._bindings.resolve(after.key)
        if contact_id is None:
            raise Unbound(after.key)
        found = self._target.contacts.get(contact_id)
        if found is None or found.compared != before.compared:
            raise Conflict(after.key, before.compared, found and found.compared)
        if "domain" in found.preferences and "domain" not in after.preferences:
            self._check_domain_mail(found)
        self._target.writes += 1
        # Company and address are not compared, hence not updated.
        names = {"first_name": after.profile.first_name, "last_name": after.profile.last_name}
        self._target.contacts[contact_id] = msgspec.structs.replace(
            found,
            email=after.email,
            preferences=after.preferences,
            profile=msgspec.structs.replace(found.profile, **names),
        )
        return Receipt(contact_id, confirmed=True)

    def _check_domain_mail(self, leaving: Contact) -> None:
        """Refuse as WHMCS does, for ICANN: somebody has to get the domain mail of an account."""
        others = (one for one in self._target.contacts.values()
                  if one.account == leaving.account and one is not leaving)  # fmt: skip
        quiet = leaving.account.rpartition("/")[2] in self._target.quiet
        if quiet and not any("domain" in one.preferences for one in others):
            raise Rejected("perform", "at least one address must get domain notifications")

    def _client_id(self, ref: AccountRef) -> str:
        key = f"account:{ref}"
        client_id = self._bindings.resolve(key)
        if client_id is None:
            raise Unbound(key)
        return client_id

    def _owns(self, user_id: str, client_id: str) -> bool:
        return self._target.owners.get(client_id) == user_id

    def _held(self, user_id: str, client_id: str) -> Permissions | None:
        return self._target.members.get((user_id, client_id))


def _check_grantable(membership: Membership) -> None:
    if not membership.permissions:
        raise Rejected("perform", "a membership needs at least one permission")


def _profile(row: Mapping[str, Any]) -> Profile:
    fields = Profile.__struct_fields__
    return Profile(**{field: str(row.get(CONTACT_COLUMNS[field], "")) for field in fields})


def _row_id(row: Mapping[str, Any], table: Mapping[str, object]) -> str:
    return str(row["id"]) if "id" in row else _next_id(table)


def _next_id(table: Mapping[str, object]) -> str:
    number = len(table) + 1
    while str(number) in table:
        number += 1
    return str(number)
