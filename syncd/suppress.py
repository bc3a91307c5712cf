"""Keeps the people of the suppression list out of a plan, from either side (T-40)."""

from collections.abc import Iterator
from typing import Any

import msgspec

from syncd.core.suppression import is_suppressed, left_in_target, without_person
from syncd.model.finding import Finding
from syncd.model.legacy import LegacyClient, LegacyContact, LegacyReference
from syncd.ports import Batch, Provenance, Source
from syncd.store.workspace import Workspace

Suppressed = frozenset[str]  # see core/suppression


def without_suppressed(batch: Batch, suppressed: Suppressed) -> Batch:
    """Take everything but ids from the legacy rows of suppressed people."""
    table = batch.table
    if not suppressed or table is LegacyReference:
        return batch
    address = table.__struct_fields__.index("email")

    def passed(values: tuple[Any, ...]) -> tuple[object, ...]:
        if not is_suppressed(values[address], suppressed):
            return values
        row = LegacyClient(*values) if table is LegacyClient else LegacyContact(*values)
        return msgspec.structs.astuple(without_person(row))

    return Batch(table, [passed(values) for values in batch.rows])


_ADDRESSES = "SELECT DISTINCT email FROM matched WHERE email <> ''"
# An account that is desired belongs to somebody else by now: see store/owners.
_THEIRS = """
    CREATE OR REPLACE TABLE theirs AS
    SELECT key, account, email FROM matched WHERE list_contains(?, email)
      AND NOT (kind = 'account' AND key IN (SELECT key FROM desired))
"""
_DROPPED = """
    DELETE FROM matched WHERE key IN (SELECT key FROM theirs);
    DELETE FROM differing WHERE key IN (SELECT key FROM theirs)
"""


def drop_suppressed(workspace: Workspace, suppressed: Suppressed) -> list[Finding]:
    """Forget what the target shows of suppressed people; gives a note on each place it was.

    A plan names what it changes. What is there of such a person is for a person to remove.
    """
    if not suppressed:
        return []
    emails = [
        email for (email,) in workspace.stream(_ADDRESSES) if is_suppressed(email, suppressed)
    ]
    workspace.con.execute(_THEIRS, [emails])
    workspace.con.execute(_DROPPED)
    places = workspace.stream("SELECT DISTINCT account, email FROM theirs ORDER BY ALL")
    return [left_in_target(account, email) for account, email in places]


class Unnamed:
    """A source whose suppressed people are nobody: for those who read it without a workspace."""

    def __init__(self, source: Source, suppressed: Suppressed) -> None:
        self.name = source.name
        self._source = source
        self._suppressed = suppressed

    def extract(self) -> Iterator[Batch]:
        for batch in self._source.extract():
            yield without_suppressed(batch, self._suppressed)

    def provenance(self) -> Provenance:
        return self._source.provenance()
