"""What there is in a new WHMCS, under the keys that a plan uses, told by the sandbox itself.

Shares no code with syncd: tests compare what a run did with what its plan said.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Any, NamedTuple

from provider import Provider, Row

Place = tuple[str, str]  # whose account, who
Rights = dict[Place, frozenset[str]]


class World(NamedTuple):
    """The new WHMCS at one moment, and what it was asked to write until then."""

    owners: Mapping[str, str]  # by account
    members: Rights
    invites: list[Row]  # with `place`, `permissions`, `state`, `created_at`, `accepted_by`
    contacts: list[Row]  # with `account`, `email` and the names of what is mailed
    users: list[str]
    accounts: list[str]
    mailed: Counter[Place]
    wrote: list[str]

    def keys(self, numbers: Mapping[str, int], contacts: Mapping[Place, int]) -> dict[str, Any]:
        """Give all there is by key, for the legacy numbers of accounts and contacts."""
        found: dict[str, Any] = {
            f"account:legacy/{numbers[account]}": number
            for account, number in Counter(self.accounts).items()
        }
        for row in self.contacts:
            key = f"contact:legacy/{contacts[row['account'], row['email']]}"
            found.setdefault(key, []).append(row["mails"])
        for place in {*self.members, *(one["place"] for one in self.invites)}:
            invited = sum(one["place"] == place for one in self.invites)
            account, email = place
            key = f"membership:legacy/{numbers[account]}:{email}"
            found[key] = (self.members.get(place), invited)
        return found

    def waiting(self, place: Place) -> list[Row]:
        return [one for one in self.invites if (one["place"], one["state"]) == (place, "pending")]


def look(provider: Provider) -> World:
    state = provider.get("state")
    clients = {row["id"]: row["email"] for row in state["clients"]}
    users = {row["id"]: row["email"] for row in state["users"]}
    places = {
        (row["client_id"], row["user_id"]): (clients[row["client_id"]], users[row["user_id"]])
        for row in state["memberships"]
    }
    links = [(places[row["client_id"], row["user_id"]], row) for row in state["memberships"]]
    assert len(places) == len(links), "a membership doubled"
    return World(
        owners={account: user for (account, user), row in links if row["owner"]},
        members={place: frozenset(row["permissions"]) for place, row in links if not row["owner"]},
        invites=[
            row | {"place": (clients[row["client_id"]], row["email"])}
            for row in provider.get("invites")["invites"]
        ],
        contacts=[
            {
                "account": clients[row["client_id"]],
                "email": row["email"],
                "mails": frozenset(name for name, on in row["email_preferences"].items() if on),
            }
            for row in state["contacts"]
        ],
        users=list(users.values()),
        accounts=list(clients.values()),
        mailed=Counter(
            (clients[mail["client_id"]], mail["to"])
            for mail in provider.get("outbox")["mails"]
            if mail["kind"] == "invite"
        ),
        wrote=provider.writes,
    )
