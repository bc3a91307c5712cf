"""Carries out changes on a WHMCS 8 through its API.

Looks before it updates and removes, reads back what can be read back, sends every write once.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from functools import partial

from syncd.errors import (
    ActionUnknown,
    AlreadyThere,
    Conflict,
    IncompleteRead,
    NotConfirmed,
    OwnerProtected,
    Rejected,
    TargetError,
    Unbound,
    UnexpectedReply,
    Unsupported,
)
from syncd.model.attachment import Attachment
from syncd.model.change import Change, Verb
from syncd.model.keys import account_key
from syncd.model.resources import (
    Account,
    AccountRef,
    Contact,
    Invite,
    Membership,
    User,
    account_ref,
)
from syncd.ports import Bindings, Clock, Receipt
from syncd.targets.whmcs import codec
from syncd.targets.whmcs.billing import Billing, made_with
from syncd.targets.whmcs.client import WhmcsClient
from syncd.targets.whmcs.codec import ApiMember
from syncd.targets.whmcs.companion import ATTACH, Companion
from syncd.targets.whmcs.companion_writer import CompanionWriter
from syncd.targets.whmcs.reader import Rights, find_client, find_contact, find_user, members
from syncd.targets.whmcs.trial import TrialClient
from syncd.wire.bodies import Reply

# How long before a call that adds to an account its owner may have been looked at: several things
# are often added to one account in a row.
_LOOKED_AT = timedelta(seconds=5)


class WhmcsWriter:
    """`TargetWriter` over the API.

    `new_password` gives a password nobody will know, for logins the API does not make without;
    `placeholder` stands for a name the API demands and nobody has.
    """

    def __init__(
        self,
        name: str,
        client: WhmcsClient,
        bindings: Bindings,
        *,
        new_password: Callable[[], str],
        now: Clock,
        placeholder: str,
        companion: Companion | None = None,
        trial: TrialClient | None = None,
    ) -> None:
        self.name = name
        self._client = client
        self._bindings = bindings
        self._new_password = new_password
        self._now = now
        self._rights = Rights(client)
        self._billing = Billing(client)
        self._placeholder = placeholder
        self._owners: dict[str, tuple[datetime, frozenset[str]]] = {}  # when, and who, by client
        self._made: dict[AccountRef, str] = {}  # owners of accounts of this run
        self._companion = CompanionWriter(client, companion, bindings) if companion else None
        self._check = partial(companion.check_attaching, trial) if companion and trial else None

    def check_attaching(self) -> None:
        if self._check:
            self._check()

    def perform(self, change: Change) -> Receipt:  # noqa: PLR0911 (a line a change)
        match change.verb, change.before, change.after:
            case Verb.ADD, _, User() as user:
                return self._add_user(user)
            case Verb.ADD, _, Account() as account:
                return self._add_account(account)
            case Verb.ADD, _, Membership() as membership:
                return self._add_membership(change, membership)
            case Verb.UPDATE, Membership() as before, Membership() as after:
                return self._update_membership(before, after)
            case Verb.REMOVE, Membership() | Invite() as before, _:
                return self._remove(change, before)
            case Verb.ADD, _, Contact() as contact:
                return self._add_contact(contact)
            case Verb.UPDATE, Contact() as before, Contact() as after:
                return self._update_contact(before, after)
            case _:
                raise Unsupported(change.key, change.verb)

    def _add_user(self, user: User) -> Receipt:
        params = codec.user_params(user, self._new_password(), self._placeholder)
        try:
            reply = self._client.write("AddUser", **params)
        except AlreadyThere as error:
            user_id = find_user(self._client, user.email)
            if user_id is None:  # the target takes another address for the same
                raise Conflict(user.key, None, error.message) from error
            return Receipt(user_id, confirmed=True, note="was there already")
        return Receipt(codec.made("AddUser", reply, "user_id"), note=codec.warning(reply))

    def _add_account(self, account: Account) -> Receipt:
        params = codec.account_params(account)
        client = find_client(self._client, params["email"])
        if client is not None:
            raise Conflict(account.key, None, account_ref(self.name, client))
        billed = self._billing.params(account)
        params |= self._owner_params(account, params["email"]) | billed
        try:
            # Neither a welcome mail nor a refusal for want of a telephone number.
            reply = self._client.write("AddClient", **params, noemail=1, skipvalidation=1)
        except AlreadyThere as error:
            raise Conflict(account.key, None, error.message) from error
        client_id = codec.made("AddClient", reply, "clientid")
        self._made[account.ref] = account.owner

        def as_made() -> tuple[frozenset[str], dict[str, str]]:
            shown = self._client.call("GetClientsDetails", clientid=client_id)
            owners = _owners_of(codec.members_of_client(client_id, shown))
            return owners, made_with(shown, billed)

        wanted = frozenset({account.owner}), billed
        return self._read_back(account.key, wanted, as_made, reply, client_id)

    def _owner_params(self, account: Account, email: str) -> dict[str, str]:
        """Name the owner, or let the API make one: it takes the client's own address for that."""
        user_id = self._user_id(account.owner)
        if user_id is not None:
            return {"owner_user_id": user_id}
        if email != account.owner:
            raise Unbound(User(account.owner).key)
        return {"password2": self._new_password()}

    def _user_id(self, email: str) -> str | None:
        try:
            # Before the binding: the user of that id may by now have another address.
            return find_user(self._client, email)
        except ActionUnknown:  # 8.0 has no GetUsers
            return self._bindings.resolve(User(email).key)

    def _add_membership(self, change: Change, membership: Membership) -> Receipt:
        if change.attach is None:
            return self._invite(membership)
        if self._companion is None:  # whatever was promised, no mail goes instead
            raise Unsupported(change.key, change.verb)
        return self._attach(change, membership, change.attach, self._companion)

    def _attach(
        self, change: Change, membership: Membership, attach: Attachment, companion: CompanionWriter
    ) -> Receipt:
        client_id = self._client_id(membership.account)
        _grantable(ATTACH, membership)
        owner = self._owner(membership.account, client_id)
        try:
            return companion.attach(change, membership, attach, client_id, owner)
        except OwnerProtected as error:
            owners = _owners_of(members(self._client, client_id))
            self._check_among(membership, owners)
            raise Conflict(membership.key, None, error.message) from error

    def _owner(self, account: AccountRef, client_id: str) -> str:
        """Give who owns an account by what was observed, or by what this run made."""
        expected = self._bindings.owner(account) or self._made.get(account)
        if expected:
            return expected
        return min(_owners_of(members(self._client, client_id)), default="")

    def _invite(self, membership: Membership) -> Receipt:
        """Invite: no call makes a membership. The API mails the invite and shows nothing of it."""
        action = "CreateClientInvite"
        client_id = self._client_id(membership.account)
        keys = _grantable(action, membership)
        self._check_owner(membership, client_id)
        try:
            reply = self._client.write(
                action, client_id=client_id, email=membership.email, permissions=keys
            )
        except AlreadyThere as error:
            raise Conflict(membership.key, None, error.message) from error
        if warning := codec.warning(reply):  # nothing can be read back, so it may not be mailed
            raise UnexpectedReply(action, warning)
        invite = Invite(
            account=membership.account,
            email=membership.email,
            permissions=membership.permissions,
            sent_at=self._now(),
            fresh=True,
        )
        return Receipt(invite=invite)

    def _update_membership(self, before: Membership, after: Membership) -> Receipt:
        action = "UpdateUserPermissions"
        keys = _grantable(action, after)
        user_id, client_id = self._unmoved(action, before)
        reply = self._client.write(action, user_id=user_id, client_id=client_id, permissions=keys)
        return self._read_back(
            after.key, after.permissions, lambda: self._rights.held(user_id, client_id), reply
        )

    def _remove(self, change: Change, before: Membership | Invite) -> Receipt:
        if isinstance(before, Membership):
            return self._remove_membership(before)
        if self._companion is None:
            raise Unsupported(change.key, change.verb)
        return self._companion.withdraw(change, before, self._client_id(before.account))

    def _remove_membership(self, before: Membership) -> Receipt:
        action = "DeleteUserClient"
        user_id, client_id = self._unmoved(action, before)
        reply = self._client.write(action, user_id=user_id, client_id=client_id)
        return self._read_back(
            before.key, None, lambda: self._rights.held(user_id, client_id), reply
        )

    def _unmoved(self, action: str, before: Membership) -> tuple[str, str]:
        """Give the ids of a membership that is still as it was; else raise `Conflict`.

        The user is looked up among those of the account, by address: an id remembered from
        earlier may by now be somebody with another address.
        """
        client_id = self._client_id(before.account)
        users = members(self._client, client_id)
        self._check_among(before, _owners_of(users))
        member = next((user for user in users if user.email == before.email), None)
        if member is not None and member.owner:
            raise OwnerProtected(action, f"{before.email} owns {before.account}")
        permissions = self._rights.held(member.user_id, client_id) if member else None
        if member is None or permissions != before.permissions:
            raise Conflict(before.key, before.permissions, permissions)
        return member.user_id, client_id

    def _add_contact(self, contact: Contact) -> Receipt:
        client_id = self._client_id(contact.account)
        self._check_owner(contact, client_id)
        params = codec.contact_params(contact)
        reply = self._client.write("AddContact", clientid=client_id, **params)
        contact_id = codec.made("AddContact", reply, "contactid")
        return self._read_back(
            contact.key,
            contact.compared,
            lambda: self._compared(client_id, contact_id, contact.email),
            reply,
            contact_id,
        )

    def _update_contact(self, before: Contact, after: Contact) -> Receipt:
        client_id = self._client_id(after.account)
        contact_id = self._bindings.resolve(after.key)
        if contact_id is None:
            raise Unbound(after.key)
        contact = self._compared(client_id, contact_id, before.email)
        if contact != before.compared:
            raise Conflict(after.key, before.compared, contact)
        old, new = codec.contact_changes(before), codec.contact_changes(after)
        changed = {name: value for name, value in new.items() if value != old[name]}
        reply = self._client.write("UpdateContact", contactid=contact_id, **changed)
        return self._read_back(
            after.key,
            after.compared,
            lambda: self._compared(client_id, contact_id, after.email),
            reply,
        )

    def _compared(self, client_id: str, contact_id: str, email: str) -> tuple[object, ...] | None:
        contact = find_contact(self._client, client_id, contact_id, email)
        return contact.compared if contact else None

    def _check_owner(self, wanted: Membership | Contact, client_id: str) -> None:
        """Raise `Conflict` where somebody else owns the account than when it was observed."""
        if self._bindings.owner(wanted.account) is None:
            return  # made by this run
        now = self._now()
        at, owners = self._owners.get(client_id, (now, frozenset[str]()))
        if not owners or now - at > _LOOKED_AT:
            owners = _owners_of(members(self._client, client_id))
            self._owners[client_id] = now, owners
        self._check_among(wanted, owners)

    def _check_among(self, wanted: Membership | Contact, owners: frozenset[str]) -> None:
        expected = self._bindings.owner(wanted.account)
        if expected is not None and expected not in owners:
            raise Conflict(wanted.key, expected, ", ".join(sorted(owners)))

    def _client_id(self, ref: AccountRef) -> str:
        key = account_key(ref)
        client_id = self._bindings.resolve(key)
        if client_id is None:
            raise Unbound(key)
        return client_id

    def _read_back(
        self,
        key: str,
        wanted: object,
        look: Callable[[], object],
        reply: Reply,
        target_id: str = "",
    ) -> Receipt:
        try:
            row = look()
        except (TargetError, IncompleteRead) as error:
            # The write was answered with success; the next observation shows the rest.
            warning = codec.warning(reply)
            note = f"{warning}; " if warning else ""
            return Receipt(target_id, note=f"{note}not read back: {error}")
        if row != wanted:
            raise NotConfirmed(key, wanted, row)
        return Receipt(target_id, confirmed=True, note=codec.warning(reply))


def _owners_of(users: Iterable[ApiMember]) -> frozenset[str]:
    return frozenset(user.email for user in users if user.owner)


def _grantable(action: str, membership: Membership) -> str:
    """Give the permissions as one parameter; none at all is nothing the API can express."""
    if not membership.permissions:
        raise Rejected(action, "a membership needs at least one permission")
    return codec.permission_param(membership.permissions)
