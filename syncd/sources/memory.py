"""A source of rows at hand, for tests and for authors of plug-ins."""

from collections.abc import Iterator, Sequence

import msgspec

from syncd.model.legacy import (
    LegacyClient,
    LegacyContact,
    LegacyReference,
    LegacyRow,
    LegacyStaff,
    LegacyTerm,
)
from syncd.ports import Batch, Provenance


class MemorySource:
    """The given rows, under the name of this source. `password` must hold a kind, as in any row."""

    def __init__(
        self,
        name: str,
        clients: Sequence[LegacyClient] = (),
        contacts: Sequence[LegacyContact] = (),
        references: Sequence[LegacyReference] = (),
        staff: Sequence[LegacyStaff] = (),
        terms: Sequence[LegacyTerm] = (),
        *,
        batch: int = 5000,
    ) -> None:
        self.name = name
        self._clients = clients
        self._contacts = contacts
        self._references = references
        self._staff = staff
        self._terms = terms
        self._batch = batch

    def extract(self) -> Iterator[Batch]:
        yield from self._batches(LegacyClient, self._clients)
        yield from self._batches(LegacyContact, self._contacts)
        yield from self._batches(LegacyReference, self._references)
        yield from self._batches(LegacyStaff, self._staff)
        yield from self._batches(LegacyTerm, self._terms)

    def provenance(self) -> Provenance:
        return Provenance(
            source=self.name,
            kind="memory",
            origin="memory",
            clients=len(self._clients),
            contacts=len(self._contacts),
        )

    def _batches(self, table: type[LegacyRow], rows: Sequence[LegacyRow]) -> Iterator[Batch]:
        for start in range(0, len(rows), self._batch):
            part = rows[start : start + self._batch]
            yield Batch(table, [(self.name, *msgspec.structs.astuple(row)[1:]) for row in part])
