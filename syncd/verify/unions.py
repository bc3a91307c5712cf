"""Signed unions: which of them are still about the rows as they are now.

A person may decide that of twin sub-accounts what any row gave is right. That is honoured while
the rows are those the decision was made on; on any others it says nothing, and what every row
gave is the most that may be held.
"""

from collections import defaultdict
from collections.abc import Iterable

from syncd.model.decision import UNION, Decision, made_on_rows
from syncd.model.keys import membership_key
from syncd.model.legacy import LegacyClient, LegacyContact
from syncd.model.resources import account_ref


class Unions:
    """Show it every legacy row once; it keeps those that a union is about."""

    def __init__(self, decisions: Iterable[Decision] = ()) -> None:
        self._signed = [decision for decision in decisions if decision.answer == UNION]
        self._people = {_person(decision.scope) for decision in self._signed}
        self._clients: dict[str, list[LegacyClient]] = defaultdict(list)
        self._contacts: dict[str, list[LegacyContact]] = defaultdict(list)

    def see(self, email: str, row: LegacyClient | LegacyContact) -> None:
        """Take note of a row of the person with this address."""
        if email not in self._people:
            return
        if isinstance(row, LegacyClient):
            self._clients[email].append(row)
        else:
            membership = membership_key(account_ref(row.source, row.client_id), email)
            self._contacts[membership].append(row)

    def holding(self) -> frozenset[str]:
        """Give the keys of the memberships whose twins a union puts together, once all is seen."""
        return frozenset(
            decision.scope
            for decision in self._signed
            if decision.made_on == self._now(decision.scope)
        )

    def _now(self, scope: str) -> str:
        """Give the fingerprint of the accounts the person owns and of its rows on this account."""
        clients = sorted(self._clients[_person(scope)], key=lambda row: (row.source, row.client_id))
        contacts = sorted(self._contacts[scope], key=lambda row: (row.source, row.contact_id))
        return made_on_rows([*clients, *contacts])


def _person(scope: str) -> str:
    """Give the address at the end of `membership:<account>:<address>`."""
    return scope.split(":", 2)[-1]
