"""What people decided in the machine of years, and on which rows: without any code of syncd.

An answer about rows counts while these are what they were. An answer about a change counts once.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from syncd.model.decision import Decision

Place = tuple[int, str]  # whose account, who
Clients = Mapping[int, Any]  # rows by id


class _Made(NamedTuple):
    decision: Decision
    rows: tuple[Any, ...]  # in doubt
    clients: tuple[Any, ...]  # all of them
    state: object  # what the person has there and ought to have


class Decided:
    def __init__(self) -> None:
        self._made: dict[tuple[str, str], _Made] = {}
        self._used: set[tuple[str, str]] = set()

    def __iter__(self) -> Iterator[Decision]:
        return (made.decision for made in self._made.values())

    def add(
        self, decision: Decision, clients: Clients, contacts: Iterable[Any], state: object
    ) -> None:
        rows = _rows(decision.scope, clients, contacts)
        question = decision.on, decision.scope
        self._made[question] = _Made(decision, rows, tuple(clients.values()), state)
        self._used.discard(question)

    def unites(self, place: Place, clients: Clients, contacts: Iterable[Any]) -> bool:
        """Whether somebody decided, on these rows, that twins get what any of them has."""
        return any(
            made.decision.answer == "union"
            and made.rows == _rows(made.decision.scope, clients, contacts)
            for made in self._about(_member(place))
        )

    def leaves(self, place: Place, clients: Clients, contacts: Iterable[Any]) -> bool:
        """Whether somebody decided, on these rows, that nothing is done for this person here.

        Whether the question still stands hangs on the accounts, too: no more is said of it once
        one of them is another.
        """
        contacts = list(contacts)
        return any(
            made.decision.answer == "leave"
            and made.decision.on in _ON_ROWS
            and made.clients == tuple(clients.values())
            and made.rows == _rows(made.decision.scope, clients, contacts)
            for scope in (_member(place), f"user:{place[1]}")
            for made in self._about(scope)
        )

    def use(self, reason: str, key: str, state: object) -> str:
        """Give what was decided, on this state, on a change that is applied now; "" for nothing.

        With that, all answers about changes of this key are used up.
        """
        made = self._made.get((reason, key))
        counts = made is not None and (reason, key) not in self._used and made.state == state
        self._used.update(question for question in self._made if question[1] == key)
        return made.decision.answer if made is not None and counts else ""

    def _about(self, scope: str) -> list[_Made]:
        return [made for made in self._made.values() if made.decision.scope == scope]


# Of these the rows are in doubt; other answers are about changes, or about what was found there.
_ON_ROWS = {
    "twin_logins_overlap",
    "twin_logins_disjoint",
    "owner_elsewhere_other_name",
    "many_names",
    "login_without_rights",
}


def _member(place: Place) -> str:
    return f"membership:legacy/{place[0]}:{place[1]}"


def _rows(scope: str, clients: Clients, contacts: Iterable[Any]) -> tuple[Any, ...]:
    """Give the person's rows, those on the account where there is one, and the accounts owned."""
    _, _, rest = scope.partition(":")
    account, _, email = rest.rpartition(":")
    theirs = [
        row
        for row in contacts
        if (row.email or "").lower() == email and account in ("", f"legacy/{row.client_id}")
    ]
    return *theirs, *(row for row in clients.values() if row.email == email)
