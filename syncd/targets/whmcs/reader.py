"""Reads a WHMCS 8 through its API: users, accounts, ownerships, memberships and contacts.

Invites cannot be listed by any call, so none are observed: those that wait are the journal's. Where
the companion is there it shows them, and permissions without a call for each membership.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, suppress
from datetime import timedelta
from functools import cached_property, partial

import msgspec

from syncd.errors import (
    ActionRefused,
    ActionUnknown,
    IncompleteRead,
    NotFound,
    TargetError,
    UnexpectedReply,
)
from syncd.model.change import Verb
from syncd.model.permission import NONE, Permissions
from syncd.model.resources import (
    Account,
    Contact,
    Invite,
    Membership,
    Observable,
    Resource,
    User,
)
from syncd.ports import Observed, Ownership, Probe, Sighting, TargetTerms
from syncd.targets.whmcs import codec, companion_rows
from syncd.targets.whmcs.billing import Billing
from syncd.targets.whmcs.codec import ApiMember
from syncd.targets.whmcs.companion import Companion
from syncd.targets.whmcs.companion_rows import Addresses
from syncd.wire.bodies import Reply
from syncd.wire.client import Param, ReadingClient
from syncd.wire.crew import spread
from syncd.wire.messages import NOBODY, rows

# What the API can do; the rest is work for a person. DeleteContact cannot be undone, hence is not
# used; no call deletes a user or changes an account's owner.
SUPPORTED: frozenset[tuple[type[Resource], Verb]] = frozenset(
    {
        (User, Verb.ADD),
        (Account, Verb.ADD),
        (Membership, Verb.ADD),
        (Membership, Verb.UPDATE),
        (Membership, Verb.REMOVE),
        (Contact, Verb.ADD),
        (Contact, Verb.UPDATE),
    }
)
_NOBODY = ApiMember(user_id=str(NOBODY), client_id=str(NOBODY), email="", owner=False)
_UNSEEN = msgspec.structs.replace(_NOBODY, name="not listed")
_WIDER = 4  # pages, in rows
_WITHOUT_GET_USERS = "not available before 8.1: users are read account by account"


class WhmcsReader:
    """`TargetReader` over the API; 8.0 or later."""

    invites = True  # no call of the API itself attaches a user to a client

    def __init__(
        self,
        name: str,
        client: ReadingClient,
        companion: Companion | None = None,
        *,
        makes_accounts: bool = False,
    ) -> None:
        """`makes_accounts` says whether currencies and client groups will be asked for."""
        self.name = name
        self._client = client
        self._makes_accounts = makes_accounts
        self._rights = Rights(client)
        self._companion = companion or Companion("off", client)
        self._billing = Billing(client)

    @property
    def attaches(self) -> bool:
        return self._companion.attaches

    @property
    def shows_invites(self) -> bool:
        return self._companion.observes

    @property
    def ahead(self) -> timedelta:
        return self._client.ahead

    @property
    def remarks(self) -> tuple[str, ...]:
        return (*self._client.remarks, *self._companion.remarks)

    def permissions(self) -> Permissions:
        return self._companion.ability.known or self._rights.known

    def terms(self) -> TargetTerms:
        return self._billing.terms

    def supports(self, kind: type[Observable], verb: Verb) -> bool:
        if (kind, verb) == (Invite, Verb.REMOVE):
            return self._companion.withdraws
        return (kind, verb) in SUPPORTED

    def observe(self) -> Iterator[Sighting]:
        # Where the companion is there, these two lists are what a night costs.
        size = {"limitnum": self._client.page_size * _WIDER} if self._companion.observes else {}
        for row in self._client.pages("GetClients", **size):
            yield codec.seen_account(self.name, row)
        opening = self._companion.opening()
        if opening is not None:
            yield from self._by_companion(opening)
        else:
            yield from self._by_api()
        for row in self._client.pages("GetContacts", **size):
            yield Observed(codec.contact(self.name, row), codec.row_id("GetContacts", row))

    def inspect(self, memberships: Iterable[Observed]) -> Iterator[Observed]:
        for inspected in spread(self._inspected, memberships, self._client.connections):
            if inspected is not None:
                yield inspected

    def probe(self) -> list[Probe]:
        """Try each action that reading needs, as cheaply as it goes; no answer raises.

        Stops after the first where nothing answers, nobody is let in, or there are no users yet.
        """
        try:
            version = self._probe_version()
        except TargetError as error:
            return [Probe("WhmcsDetails", ok=False, sentence=error.message, error=error)]
        if not version.ok:
            return [version]
        somebody = self._somebody()
        return [
            version,
            self._probe("GetPermissionsList", lambda: self._rights.known),
            self._probe("GetClients", self._calls("GetClients", limitnum=1)),
            self._probe(
                "GetClientsDetails", self._calls("GetClientsDetails", clientid=somebody.client_id)
            ),
            self._probe("GetUsers", self._calls("GetUsers", limitnum=1)),
            self._probe(
                "GetUserPermissions",
                lambda: self._rights.held(somebody.user_id, somebody.client_id),
                untried=_untried(somebody),
            ),
            self._probe("GetContacts", self._first_contact),
            *(self._probe(action, self._calls(action)) for action in self._asked_for_accounts),
            *self._companion.probes(),
        ]

    def _by_companion(self, opening: Reply) -> Iterator[Sighting]:
        companion, known = self._companion, self.permissions()
        with closing(Addresses()) as addresses:
            for row in companion.rows("users", opening):
                user = companion_rows.user(row)
                addresses.add(int(user.target_id), user.resource.email)
                yield user
            for row in companion.rows("memberships"):
                yield from companion_rows.member(self.name, known, addresses, row)
            for row in companion.rows("invites"):
                yield companion_rows.invitation(self.name, companion.ability, addresses, row)

    def _by_api(self) -> Iterator[Observed | Ownership]:
        try:
            yield from self._users()
        except ActionUnknown:  # 8.0 has users, and no GetUsers
            yield from self._users_by_client()

    def _users(self) -> Iterator[Observed | Ownership]:
        for row in self._client.pages("GetUsers"):
            yield Observed(codec.user(row), codec.row_id("GetUsers", row))
            for member in codec.members_of_user(row):
                yield codec.link(self.name, member)

    def _users_by_client(self) -> Iterator[Observed | Ownership]:
        """Give the users who have an account: without GetUsers nobody lists the others."""
        met: set[str] = set()
        clients = (codec.row_id("GetClients", row) for row in self._client.pages("GetClients"))
        look = partial(members, self._client)
        for looked in spread(look, clients, self._client.connections):
            for member in looked:
                if member.user_id not in met:
                    met.add(member.user_id)
                    yield Observed(codec.user_of(member), member.user_id)
                yield codec.link(self.name, member)

    def _inspected(self, membership: Observed) -> Observed | None:
        user_id, _, client_id = membership.target_id.partition("/")
        keys = self._rights.held(user_id, client_id)
        if keys is None or not isinstance(membership.resource, Membership):
            return None
        resource = msgspec.structs.replace(membership.resource, permissions=keys)
        return Observed(resource, membership.target_id)

    @property
    def _asked_for_accounts(self) -> tuple[str, ...]:
        return ("GetCurrencies", "GetClientGroups") if self._makes_accounts else ()

    def _probe_version(self) -> Probe:
        action = "WhmcsDetails"
        try:
            reply = self._client.call(action)
        except (ActionUnknown, ActionRefused):  # it came with 8.0
            action = "GetAdminDetails"
            reply = self._client.call(action)
        version = codec.version(action, reply)
        if int(version.partition(".")[0]) < 8:
            return Probe(action, ok=False, sentence=f"WHMCS {version}: users exist only since 8.0")
        return Probe(action, ok=True, sentence=f"WHMCS {version}")

    def _somebody(self) -> ApiMember:
        """Give a member to try things on, best one who does not own the account; else nobody."""
        try:
            reply = self._client.call("GetUsers", limitnum=25)
            users = rows("GetUsers", reply.get("users"), "user")
            members_shown = [member for row in users for member in codec.members_of_user(row)]
        except TargetError:  # the probe of GetUsers itself will say so
            return _UNSEEN
        return min(members_shown, key=lambda member: member.owner, default=_NOBODY)

    def _calls(self, action: str, **params: Param) -> Callable[[], Reply]:
        return partial(self._client.call, action, **params)

    def _first_contact(self) -> None:
        reply = self._client.call("GetContacts", limitnum=1)
        for row in rows("GetContacts", reply.get("contacts"), "contact")[:1]:
            codec.contact(self.name, row)

    def _probe(self, action: str, attempt: Callable[[], object], untried: str = "") -> Probe:
        try:
            attempt()
        except NotFound:
            pass  # it answers; there was nobody to ask about
        except TargetError as error:
            if action == "GetUsers" and isinstance(error, ActionUnknown):
                return Probe(action, ok=True, sentence=_WITHOUT_GET_USERS)
            return Probe(action, ok=False, sentence=error.message, error=error)
        return Probe(action, ok=True, sentence=untried)


def _untried(somebody: ApiMember) -> str:
    """Say what a probe of GetUserPermissions could not see."""
    if somebody is _UNSEEN:
        return "tried on nobody, since the users could not be listed"
    if somebody is _NOBODY:
        return "nobody has an account yet, so what it answers could not be seen"
    if somebody.owner:
        return "tried on an owner alone: of the first 25 users nobody else is on an account"
    return ""


# --- looking one thing up, for reader and writer alike ---------------------------------------


class Rights:
    """What members may do, in the words that the target lists; no other word is taken."""

    def __init__(self, client: ReadingClient) -> None:
        self._client = client

    @cached_property
    def known(self) -> Permissions:
        """The keys of GetPermissionsList, asked for once."""
        return codec.permission_list(self._client.call("GetPermissionsList"))

    def held(self, user_id: str, client_id: str) -> Permissions | None:
        """Give what a member may do; None where there is no such membership."""
        try:
            reply = self._ask(user_id, client_id)
        except NotFound:
            return None
        if "permissions" not in reply and self._drops_empty_lists(client_id):
            return NONE
        try:
            return codec.permission_set(reply, self.known)
        except UnexpectedReply as error:
            whose = f"user {user_id} on client {client_id}: {error.message}"
            raise UnexpectedReply(error.action, whose) from error

    def _ask(self, user_id: str, client_id: str) -> Reply:
        return self._client.call("GetUserPermissions", user_id=user_id, client_id=client_id)

    def _drops_empty_lists(self, client_id: str) -> bool:
        """Say whether a reply without permissions means none: where the owner's has some, it does.

        Either this target leaves empty lists out, or it never shows anybody's permissions.
        """
        users = members(self._client, client_id)
        owner = next((member for member in users if member.owner), None)
        if owner is None:
            return False
        reply = self._ask(owner.user_id, client_id)
        return "permissions" in reply and codec.permission_set(reply, self.known) != NONE


def members(client: ReadingClient, client_id: str) -> list[ApiMember]:
    """Give the users of a client, its owner among them (GetClientsDetails)."""
    return codec.members_of_client(client_id, client.call("GetClientsDetails", clientid=client_id))


def find_user(client: ReadingClient, email: str) -> str | None:
    """Give the id of the user with exactly this address."""
    return _exact(client, "GetUsers", email)


def find_client(client: ReadingClient, email: str) -> str | None:
    """Give the id of a client with exactly this address."""
    return _exact(client, "GetClients", email)


def _exact(client: ReadingClient, action: str, email: str) -> str | None:
    # `search` finds every name and address that starts so: bob@one.example.org for bob@one.example
    for row in client.pages(action, search=email):
        if codec.row_email(action, row) == email:
            return codec.row_id(action, row)
    return None


def find_contact(
    client: ReadingClient, client_id: str, contact_id: str, email: str
) -> Contact | None:
    """Give a contact of a client, looking first among those of the address it should have.

    An account may have a thousand, and one call shows those of an address. Where it is not among
    them (another address, or one that the target writes otherwise) all are looked through.
    """
    if email:
        # A target that counts without the filter says that the list is not whole.
        with suppress(IncompleteRead):
            contact = _contact_among(client, contact_id, userid=client_id, email=email)
            if contact is not None:
                return contact
    return _contact_among(client, contact_id, userid=client_id)


def _contact_among(client: ReadingClient, contact_id: str, **asked: Param) -> Contact | None:
    for row in client.pages("GetContacts", **asked):
        if codec.row_id("GetContacts", row) == contact_id:
            return codec.contact(client.name, row)
    return None
