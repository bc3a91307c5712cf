"""A source of rows at hand, for tests and for authors of plug-ins."""

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from syncd.model.attachment import StoredPassword
from syncd.model.legacy import (
    LegacyClient,
    LegacyContact,
    LegacyReference,
    LegacyRow,
    LegacyStaff,
    LegacyTerm,
)
from syncd.ports import Batch, PasswordReader, Provenance


class MemorySource:
    """The given rows, under the name of this source. `password` must hold a kind, as in any row.

    `hashes` are what stands behind it, by contact id.
    """

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
        hashes: Mapping[int, str] | None = None,
    ) -> None:
        self.name = name
        self._clients = clients
        self._contacts = contacts
        self._references = references
        self._staff = staff
        self._terms = terms
        self._batch = batch
        self._hashes = hashes or {}

    def passwords(self, wanted: Mapping[int, int]) -> PasswordReader:
        rows = {row.contact_id: row for row in self._contacts if row.contact_id in wanted}

        def read(contact_id: int) -> StoredPassword | None:
            row, stored = rows.get(contact_id), self._hashes.get(contact_id)
            if row is None:
                return None
            return StoredPassword(row.client_id, row.email, row.subaccount, stored)

        return read

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
