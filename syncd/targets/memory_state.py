"""What a target in memory holds.

Loads the rows of the API by its names:

    clients      id, the profile (firstname ... tax_id), email, status, datecreated,
                 email_preferences (all on)
    users        id, email, firstname, lastname, language, verified (false)
    memberships  client_id; user_id, or email of a user; owner (false); permissions, a list
    contacts     id, client_id, the profile, email, email_preferences {"general": true, ...}
"""

from collections.abc import Iterable, Mapping
from typing import Any

from syncd.errors import (
    NotFound,
)
from syncd.model.identity import normalise
from syncd.model.keys import contact_ref
from syncd.model.legacy import CONTACT_COLUMNS
from syncd.model.permission import ALL, NONE, Permissions, permissions
from syncd.model.resources import (
    PREFERENCES,
    Account,
    Contact,
    Profile,
    User,
    account_ref,
)

Rows = Iterable[Mapping[str, Any]]


class MemoryState:
    """The state: what its reader observes and its writer changes. `writes` counts the changes.

    Without `sends_invites` it attaches people at once, as no API of WHMCS does by itself; with
    `attaches` it does so where a change says so. `hashes` are the passwords that users were made
    with, by user id.
    """

    def __init__(
        self,
        name: str = "memory",
        known: Permissions = ALL,
        *,
        sends_invites: bool = True,
        attaches: bool = False,
    ) -> None:
        self.name = name
        self.sends_invites = sends_invites
        self.attaches = attaches or not sends_invites
        self.hashes: dict[str, str] = {}
        self.origin = "in memory"
        self.connections = 1
        self.known = known
        self.users: dict[str, User] = {}
        self.user_ids: dict[str, str] = {}  # by address
        self.verified: set[str] = set()  # ids of users whose address is verified
        self.accounts: dict[str, Account] = {}
        self.created: dict[str, str] = {}  # client id -> day, where it is known
        self.owners: dict[str, str] = {}  # client id -> user id
        self.quiet: set[str] = set()  # ids of the clients that get no domain mail themselves
        self.members: dict[tuple[str, str], Permissions] = {}  # (user id, client id)
        self.contacts: dict[str, Contact] = {}
        self.invites: list[tuple[str, str, Permissions]] = []  # client id, address, permissions
        self.writes = 0

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
            if "datecreated" in row:
                self.created[client_id] = str(row["datecreated"])
            if row.get("email_preferences", {}).get("domain", "1") == "0":
                self.quiet.add(client_id)
        for row in users:
            names = (row.get("firstname", ""), row.get("lastname", ""), row.get("language", ""))
            user_id = self.add_user(User(normalise(row["email"]), *names), _row_id(row, self.users))
            if row.get("verified", False):
                self.verified.add(user_id)
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
        user_id = user_id or next_id(self.users)
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
            contact_id=contact_ref(self.name, contact_id),
            email=normalise(row.get("email")),
            preferences=tuple(key for key in PREFERENCES if wanted.get(key)),
            profile=_profile(row),
        )


def next_id(table: Mapping[str, object]) -> str:
    number = len(table) + 1
    while str(number) in table:
        number += 1
    return str(number)


def _profile(row: Mapping[str, Any]) -> Profile:
    fields = Profile.__struct_fields__
    return Profile(**{field: str(row.get(CONTACT_COLUMNS[field], "")) for field in fields})


def _row_id(row: Mapping[str, Any], table: Mapping[str, object]) -> str:
    return str(row["id"]) if "id" in row else next_id(table)
