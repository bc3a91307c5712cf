"""Answers: what was decided about the doubts of one identity, while its rows are the same."""

from collections.abc import Iterator

import msgspec

from syncd.model.decision import Decisions, made_on_rows
from syncd.model.finding import Finding, Severity
from syncd.model.keys import parts_of
from syncd.model.legacy import LegacyClient, LegacyContact
from syncd.model.reading import Identity


class Answers:
    def __init__(self, identity: Identity, decisions: Decisions) -> None:
        self._identity = identity
        self._decisions = decisions

    def to(self, code: str, scope: str) -> str:
        """Give the answer to a question about this identity, "" where none holds."""
        if not self._decisions.are_about(code, scope):
            return ""
        return self._decisions.answer(code, scope, self._made_on(scope))

    def settled(self, finding: Finding) -> Finding:
        """Give a review with the fingerprint of its rows, and the answer if there is one."""
        if finding.severity is not Severity.REVIEW or finding.made_on:
            return finding
        finding = msgspec.structs.replace(finding, made_on=self._made_on(finding.scope))
        return self._decisions.settled(finding)

    def _made_on(self, scope: str) -> str:
        return made_on_rows(self._rows(scope))

    def _rows(self, scope: str) -> Iterator[LegacyClient | LegacyContact]:
        """Yield the rows that a scope is about.

        An account's doubts are about its owner, and so about all accounts of that owner; a
        membership's also about the accounts its person owns elsewhere.
        """
        parts = parts_of(scope)
        kind, account = parts.kind, parts.account
        if kind != "contact":
            clients = [client.row for client in self._identity.clients]
            yield from sorted(clients, key=lambda row: (row.source, row.client_id))
        if kind == "account":
            return
        contacts = [entry.contact for entry in self._identity.entries]
        for contact in sorted(
            contacts, key=lambda contact: (contact.row.source, contact.row.contact_id)
        ):
            if (kind == "contact" and contact.contact_id != parts.contact_id) or (
                account and contact.account != account
            ):
                continue
            yield contact.row
