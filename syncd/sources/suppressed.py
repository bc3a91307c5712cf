"""Keeps the people of the suppression list out of a plan, from either side (T-40)."""

from collections.abc import Iterator
from typing import Any

import msgspec

from syncd.model.legacy import LegacyClient, LegacyContact
from syncd.model.suppression import Suppressed, entries_for, is_suppressed, without_person
from syncd.ports import Batch, Provenance, Source


def without_suppressed(batch: Batch, suppressed: Suppressed) -> Batch:
    """Take everything but ids from the legacy rows of suppressed people."""
    table = batch.table
    if not suppressed or table not in (LegacyClient, LegacyContact):
        return batch
    address = table.__struct_fields__.index("email")

    def passed(values: tuple[Any, ...]) -> tuple[object, ...]:
        if not is_suppressed(values[address], suppressed):
            return values
        row = LegacyClient(*values) if table is LegacyClient else LegacyContact(*values)
        return msgspec.structs.astuple(without_person(row))

    return Batch(table, [passed(values) for values in batch.rows])


def listed(batch: Batch, suppressed: Suppressed) -> Suppressed:
    """Give the entries of the list whose people are in these rows."""
    if not suppressed or batch.table not in (LegacyClient, LegacyContact):
        return frozenset()
    address = batch.table.__struct_fields__.index("email")
    rows: Iterator[Any] = iter(batch.rows)
    return frozenset().union(*(entries_for(values[address], suppressed) for values in rows))


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
