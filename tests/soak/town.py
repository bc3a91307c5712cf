"""Who lives on both sides, and what they do by day: the soak's own account of who may do what."""

import re
from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, NamedTuple

from estate import Estate
from ledger import Shown
from provider import CLIENT, CONTACT

Place = tuple[int, str]  # the legacy client, and the address of a person on it

FLAGS = (
    *("profile", "contacts", "products", "manageproducts", "domains", "managedomains"),
    *("invoices", "quotes", "tickets", "affiliates", "emails", "orders"),
)
CRITICAL = {"profile", "manageproducts", "productsso"}  # by mappings/labels.yaml
WEEK, FIVE_DAYS = timedelta(days=7), timedelta(days=5)
FIRST = ("Ada", "Ben", "Cleo", "Dov", "Elsa", "Fay", "Gus", "Hedi", "Ines", "Jon", "Kai", "Lia")
_STRANGER = "stranger"
LAST = ("Archer", "Baker", "Cole", "Dean", "Ellis", "Frost", "Grove", "Hill", "Irons", "Judd")


class Invitation(NamedTuple):
    number: int
    place: Place
    sent: datetime
    state: str  # pending, accepted, expired
    permissions: frozenset[str]


@dataclass
class Picture:
    """The new WHMCS at a moment, by the numbers of the legacy one."""

    members: dict[Place, frozenset[str]]
    invitations: list[Invitation]
    accounts: dict[int, int]  # its number there

    def waiting(self, place: Place) -> bool:
        return any(i.place == place and i.state == "pending" for i in self.invitations)


@dataclass
class Drift:
    """Something that staff did by hand in the new WHMCS, until they take it back."""

    name: str
    place: Place
    until: int  # the day
    shows: set[Shown]
    undo: Callable[[], None]
    misdirects: bool = False  # mail of the account goes to somebody else: no certificate


@dataclass
class Town:
    estate: Estate
    random: Random
    clients: dict[int, str] = field(default_factory=dict)
    logins: dict[Place, tuple[int, frozenset[str]]] = field(default_factory=dict)
    drifts: list[Drift] = field(default_factory=list)
    patience: dict[int, int] = field(default_factory=dict)  # days until an invitation is accepted
    names: dict[str, tuple[str, str]] = field(default_factory=dict)
    changes: int = 0
    _ids: int = 100
    _accounts: dict[int, int] = field(default_factory=dict)  # by their numbers in the new WHMCS

    # --- the legacy side ----------------------------------------------------------------------

    def found(self, clients: int, logins: int) -> None:
        version = {"setting": "Version", "value": "7.10.3-release.1"}
        self.estate.legacy.insert("tblconfiguration", version)
        for _ in range(clients):
            self.a_client_comes()
        for _ in range(logins):
            self.a_login_is_given()
        for _ in range(clients):
            self.a_contact_is_added()
        self.changes = 0

    def a_client_comes(self) -> None:
        number = 10 + len(self.clients)
        first, last = self._name()
        email = f"owner{number}@firm{number}.example"
        row = CLIENT | {"id": number, "firstname": first, "lastname": last, "email": email}
        row |= {"companyname": f"{last} {number} Ltd", "address1": f"{number} Mill Lane"}
        self.estate.legacy.insert("tblclients", row)
        self.clients[number] = email
        self.changes += 1

    def a_login_is_given(self, *, critical: bool | None = None) -> None:
        client, flags = self.random.choice(sorted(self.clients)), self._flags()
        if critical is not None:
            flags = flags | {"profile"} if critical else flags - CRITICAL or frozenset({"tickets"})
        number, email = self._contact(client, subaccount=1, permissions=",".join(sorted(flags)))
        self.logins[client, email] = number, flags

    def a_contact_is_added(self) -> None:
        self._contact(self.random.choice(sorted(self.clients)), invoiceemails=1)

    def flags_change(self, place: Place) -> None:
        number, flags = self.logins[place]
        self.set_flags(place, (flags ^ {self.random.choice(FLAGS)}) or frozenset({"tickets"}))
        assert self.logins[place][0] == number

    def set_flags(self, place: Place, flags: frozenset[str]) -> None:
        number, _ = self.logins[place]
        sql = "UPDATE tblcontacts SET permissions = %s WHERE id = %s"
        self.estate.legacy.execute(sql, [",".join(sorted(flags)), number])
        self.logins[place] = number, flags
        self.changes += 1

    def a_login_is_taken(self, place: Place) -> None:
        number, _ = self.logins.pop(place)
        sql = "UPDATE tblcontacts SET subaccount = 0, permissions = '' WHERE id = %s"
        self.estate.legacy.execute(sql, [number])
        self.changes += 1

    def a_login_is_given_back(self, place: Place, known: tuple[int, frozenset[str]]) -> None:
        self.logins[place] = known
        sql = "UPDATE tblcontacts SET subaccount = 1 WHERE id = %s"
        self.estate.legacy.execute(sql, [known[0]])
        self.set_flags(place, known[1])

    def _contact(self, client: int, **columns: Any) -> tuple[int, str]:
        self._ids += 1
        first, last = self._name()
        email = f"{first.lower()}{self._ids}@firm{client}.example"
        self.names[email] = (first, last)
        row = CONTACT | {"id": self._ids, "userid": client, "firstname": first, "lastname": last}
        row |= {"email": email, "generalemails": 1, "password": f"{self._ids:032x}"}
        self.estate.legacy.insert("tblcontacts", row | columns)
        self.changes += 1
        return self._ids, email

    def _name(self) -> tuple[str, str]:
        return self.random.choice(FIRST), self.random.choice(LAST)

    def _flags(self) -> frozenset[str]:
        return frozenset(self.random.sample(FLAGS, self.random.randint(1, 4)))

    # --- the new side -------------------------------------------------------------------------

    def look(self) -> Picture:
        state = self.estate.get("state")
        numbers = {email: number for number, email in self.clients.items()}
        for row in state["clients"]:
            if row["email"] in numbers:  # once: staff may change the address
                self._accounts.setdefault(row["id"], numbers[row["email"]])
        accounts = self._accounts
        users = {row["id"]: row["email"] for row in state["users"]}
        members = {
            (accounts[row["client_id"]], users[row["user_id"]]): frozenset(row["permissions"] or ())
            for row in state["memberships"]
            if not row["owner"] and row["client_id"] in accounts
        }
        invitations = [
            Invitation(
                row["id"], (accounts[row["client_id"]], row["email"]), _moment(row["created_at"]),
                row["state"], frozenset(row["permissions"]),
            )
            for row in state["invites"]
        ]  # fmt: skip
        return Picture(members, invitations, {there: at for at, there in accounts.items()})

    def settled(self, picture: Picture) -> list[Place]:
        """Give the places at which both sides agree and nobody has done anything by hand."""
        busy = {drift.place for drift in self.drifts}
        return sorted(
            place
            for place, (_, flags) in self.logins.items()
            if picture.members.get(place) == flags and place not in busy
        )

    def overdue(self, picture: Picture) -> list[Place]:
        """Give the places of which somebody is a member still, though the login was taken."""
        busy = {drift.place for drift in self.drifts}
        members = picture.members.keys() - self.logins.keys() - busy
        return sorted(place for place in members if not place[1].startswith(_STRANGER))

    def accept(self, day: int, now: datetime) -> None:
        """Let those accept whose patience is over; some never do."""
        for invitation in self.look().invitations:
            if invitation.state != "pending":
                continue
            patience = self.patience.setdefault(
                invitation.number, self.random.choice((0, 1, 1, 2, 3, 5, 6, 99))
            )
            if now - invitation.sent >= timedelta(days=patience):
                first, last = self.names[invitation.place[1]]
                path = f"invites/{invitation.number}/accept"
                self.estate.tell(path, firstname=first, lastname=last)
                self.changes += 1

    def drift(self, name: str, day: int) -> None:
        """Let staff do something by hand, if there is somebody to do it to."""
        picture = self.look()
        settled = self.settled(picture)
        if settled:
            place = self.random.choice(settled)
            made = getattr(self, f"_{name}")(place, picture)
            self.drifts.append(Drift(name, place, day + self.random.randint(1, 3), *made))
            self.changes += 1

    def take_back(self, day: int) -> None:
        for drift in [each for each in self.drifts if each.until <= day]:
            drift.undo()
            self.drifts.remove(drift)
            self.changes += 1

    def _set(self, place: Place, picture: Picture, flags: frozenset[str] | None) -> None:
        permissions = None if flags is None else sorted(flags)
        client = picture.accounts[place[0]]
        self.estate.tell("members", client_id=client, email=place[1], permissions=permissions)

    def _widened(self, place: Place, picture: Picture) -> tuple[Any, ...]:
        flags = self.logins[place][1]
        more = flags | {self.random.choice(sorted(set(FLAGS) - flags))}
        self._set(place, picture, more)
        return {("access_gained", name(place))}, lambda: self._set(place, picture, flags)

    def _narrowed(self, place: Place, picture: Picture) -> tuple[Any, ...]:
        flags = self.logins[place][1]
        less = (
            frozenset(sorted(flags)[1:])
            or frozenset({"affiliates"}) - flags
            or frozenset({"tickets"})
        )
        gains = bool(less - flags)
        self._set(place, picture, less)
        shows = {("access_gained", name(place))} if gains else set()
        return shows, lambda: self._set(place, picture, flags)

    def _removed(self, place: Place, picture: Picture) -> tuple[Any, ...]:
        flags = self.logins[place][1]
        self._set(place, picture, None)
        return set(), lambda: self._set(place, picture, flags)

    def _stranger(self, place: Place, picture: Picture) -> tuple[Any, ...]:
        self._ids += 1
        stranger = (place[0], f"{_STRANGER}{self._ids}@else.example")
        self._set(stranger, picture, frozenset({"affiliates", "emails", "orders"}))
        undo = lambda: self._set(stranger, picture, None)  # noqa: E731, an end like the others
        return {("member_added", name(stranger))}, undo

    def _address(self, place: Place, picture: Picture) -> tuple[Any, ...]:
        client, own = picture.accounts[place[0]], self.clients[place[0]]
        self.estate.call("UpdateClient", clientid=client, email=f"other.{own}")
        undo = lambda: self.estate.call("UpdateClient", clientid=client, email=own)  # noqa: E731
        return {("address_drift", f"legacy/{place[0]}")}, undo, True


def critical_grants(before: Picture, after: Picture, hidden: AbstractSet[Place]) -> set[Shown]:
    """Give to whom syncd gave a critical permission, or an invitation to one."""
    known = {each.number for each in before.invitations}
    gained = {p: has - before.members.get(p, frozenset()) for p, has in after.members.items()}
    gained |= {i.place: i.permissions for i in after.invitations if i.number not in known}
    return {
        ("critical_grant", name(place))
        for place, more in gained.items()
        if more & CRITICAL and place not in hidden
    }


def name(place: Place) -> str:
    return f"{place[1]} on legacy/{place[0]}"


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(re.sub(r"Z$", "", text)).replace(tzinfo=UTC)


def latest(invitations: list[Invitation]) -> Iterator[Invitation]:
    """Yield the last invitation to each place."""
    yield from {each.place: each for each in invitations}.values()
