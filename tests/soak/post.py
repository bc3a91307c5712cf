"""What the journal knows of invitations, worked out from what was sent, and what came of it."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from estate import Estate
from ledger import Shown
from process import Row
from town import FIVE_DAYS, WEEK, Invitation, Picture, Place, Town, latest, name

_INVITING = "createclientinvite"
_MINUTE = timedelta(minutes=1)


class Post:
    def __init__(self, estate: Estate, town: Town) -> None:
        self._estate, self._town = estate, town
        self.known: list[Invitation] = []  # to be waiting, or expired
        self.doubts: dict[Place, datetime] = {}  # invitations of which nobody knows

    def doubt(self, asked: Iterable[Row], now: datetime) -> set[Place]:
        """Hear of calls that were not answered; gives the places they are about.

        An invitation among them counts as sent: nobody may be mailed twice.
        """
        calls = [(self._place(each), each["action"].lower()) for each in asked]
        self.doubts |= {place: now for place, action in calls if action == _INVITING}
        return {place for place, _ in calls}

    def _place(self, asked: Row) -> Place:
        """Give whom a write is about: a member or somebody invited, else nobody."""
        if asked["action"].lower() not in (_INVITING, "updateuserpermissions"):
            return 0, ""
        state = self._estate.get("state")
        clients = {str(row["id"]): row["email"] for row in state["clients"]}
        users = {str(row["id"]): row["email"] for row in state["users"]}
        owners = {email: number for number, email in self._town.clients.items()}
        email = asked.get("email") or users.get(str(asked.get("user_id")), "")
        client = clients.get(str(asked.get("client_id") or asked.get("clientid")), "")
        return owners.get(client, 0), email

    def learn(self, after: Picture, now: datetime) -> None:
        """Take over what a run that went on to apply lets the journal know."""
        sent = {each.place: each for each in latest(after.invitations)}
        for place, at in self.doubts.items():  # where it did not arrive, the journal has one yet
            arrived = place in sent and sent[place].sent >= at - _MINUTE
            if place not in after.members and not arrived:
                sent[place] = Invitation(0, place, at, "pending", frozenset())
        self.known = [
            each
            for each in sent.values()
            if each.state != "accepted"
            and (now - each.sent < WEEK or each.place in self._town.logins)
        ]

    def shown(self, now: datetime) -> set[Shown]:
        """Give what people are to know of them."""
        ages = {each.place: now - each.sent for each in self.known}
        expired = {("invitation_expired", name(p)) for p, age in ages.items() if age >= WEEK}
        expiring = {
            ("invitation_expiring", name(each.place))
            for each in self.known
            if FIVE_DAYS <= now - each.sent < WEEK and not self._unconfirmed(each)
        }
        return expired | expiring

    def _unconfirmed(self, invitation: Invitation) -> bool:
        at = self.doubts.get(invitation.place)
        return at is not None and abs(at - invitation.sent) < _MINUTE
