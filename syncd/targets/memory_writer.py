"""The writing side of the target in memory, as picky as the real one."""

import msgspec

from syncd.errors import (
    Conflict,
    NotConfirmed,
    OwnerProtected,
    Rejected,
    Unbound,
    Unsupported,
)
from syncd.model.change import Change, Verb
from syncd.model.keys import account_key, contact_ref
from syncd.model.permission import Permissions, permissions
from syncd.model.resources import (
    Account,
    AccountRef,
    Contact,
    Invite,
    Membership,
    User,
    account_ref,
)
from syncd.ports import Bindings, Clock, Permit, Receipt
from syncd.targets.memory_state import MemoryState, next_id


class MemoryWriter:
    """`TargetWriter` on a `MemoryTarget`."""

    def __init__(self, target: MemoryState, bindings: Bindings, now: Clock, permit: Permit) -> None:
        self._target = target
        self._bindings = bindings
        self._now = now
        self._permit = permit

    def perform(self, change: Change) -> Receipt:  # noqa: PLR0911 (a line a change)
        self._permit()
        match change.verb, change.before, change.after:
            case Verb.ADD, _, User() as user:
                return self._add_user(user)
            case Verb.ADD, _, Account() as account:
                return self._add_account(account)
            case Verb.ADD, _, Membership() as membership:
                return self._add_membership(membership, change)
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
        user_id = self._target.user_ids.get(user.email)
        if user_id is not None:
            return Receipt(user_id, confirmed=True, note="was there already")
        self._target.writes += 1
        return Receipt(self._target.add_user(user), confirmed=True)

    def _add_account(self, account: Account) -> Receipt:
        email = account.email or account.owner
        for account_there in self._target.accounts.values():
            if account_there.email == email:
                raise Conflict(account.key, None, account_there.ref)
        owner = self._target.user_ids.get(account.owner)
        if owner is None and email != account.owner:
            raise Unbound(User(account.owner).key)
        self._target.writes += 1
        owner = owner or self._target.add_user(User(account.owner))
        client_id = next_id(self._target.accounts)
        self._target.accounts[client_id] = msgspec.structs.replace(
            account, ref=account_ref(self._target.name, client_id), owner="", email=email
        )
        self._target.owners[client_id] = owner
        return Receipt(client_id, confirmed=True)

    def _add_membership(self, membership: Membership, change: Change) -> Receipt:
        client_id = self._client_id(membership.account)
        self._check_owner(membership, client_id)
        _check_grantable(membership)
        user_id = self._target.user_ids.get(membership.email, "")
        if self._owns(user_id, client_id) or self._held(user_id, client_id) is not None:
            raise Conflict(membership.key, None, "associated already")
        if change.attach or not self._target.sends_invites:
            user_id = user_id or self._make_user(membership.email, change)
            self._target.writes += 1
            self._target.members[user_id, client_id] = membership.permissions
            return Receipt(confirmed=True)
        self._target.writes += 1
        self._target.invites.append((client_id, membership.email, membership.permissions))
        invite = Invite(
            account=membership.account,
            email=membership.email,
            permissions=membership.permissions,
            sent_at=self._now(),
            fresh=True,
        )
        return Receipt(invite=invite)

    def _make_user(self, email: str, change: Change) -> str:
        names = (change.attach.first_name, change.attach.last_name) if change.attach else ()
        stored = self._bindings.password_hash(change)
        user_id = self._target.add_user(User(email, *names))
        if stored:
            self._target.hashes[user_id] = stored
        return user_id

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
        self._check_owner(before, client_id)
        user_id = self._target.user_ids.get(before.email, "")
        if self._owns(user_id, client_id):
            raise OwnerProtected("perform", f"{before.email} owns {before.account}")
        held = self._held(user_id, client_id)
        if held != before.permissions:
            raise Conflict(before.key, before.permissions, held)
        return user_id, client_id

    def _add_contact(self, contact: Contact) -> Receipt:
        client_id = self._client_id(contact.account)
        self._check_owner(contact, client_id)
        self._target.writes += 1
        contact_id = next_id(self._target.contacts)
        self._target.contacts[contact_id] = msgspec.structs.replace(
            contact,
            account=account_ref(self._target.name, client_id),
            contact_id=contact_ref(self._target.name, contact_id),
        )
        return Receipt(contact_id, confirmed=True)

    def _update_contact(self, before: Contact, after: Contact) -> Receipt:
        contact_id = self._bindings.resolve(after.key)
        if contact_id is None:
            raise Unbound(after.key)
        contact = self._target.contacts.get(contact_id)
        if contact is None or contact.compared != before.compared:
            raise Conflict(after.key, before.compared, contact and contact.compared)
        if "domain" in contact.preferences and "domain" not in after.preferences:
            self._check_domain_mail(contact)
        self._target.writes += 1
        # Company and address are not compared, hence not updated.
        names = {"first_name": after.profile.first_name, "last_name": after.profile.last_name}
        self._target.contacts[contact_id] = msgspec.structs.replace(
            contact,
            email=after.email,
            preferences=after.preferences,
            profile=msgspec.structs.replace(contact.profile, **names),
        )
        return Receipt(contact_id, confirmed=True)

    def _check_domain_mail(self, leaving: Contact) -> None:
        """Refuse as WHMCS does, for ICANN: somebody has to get the domain mail of an account."""
        others = (contact for contact in self._target.contacts.values()
                  if contact.account == leaving.account and contact is not leaving)  # fmt: skip
        quiet = leaving.account.rpartition("/")[2] in self._target.quiet
        if quiet and not any("domain" in contact.preferences for contact in others):
            raise Rejected("perform", "at least one address must get domain notifications")

    def _check_owner(self, wanted: Membership | Contact, client_id: str) -> None:
        expected = self._bindings.owner(wanted.account)
        owner = self._target.users[self._target.owners[client_id]].email
        if expected not in (None, owner):
            raise Conflict(wanted.key, expected, owner)

    def _client_id(self, ref: AccountRef) -> str:
        key = account_key(ref)
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
