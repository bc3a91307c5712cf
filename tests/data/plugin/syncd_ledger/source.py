"""The source: `{"clients": [...], "contacts": [...], "references": [...]}`, rows by field name."""

import json
from collections.abc import Iterator
from pathlib import Path

from syncd.errors import IncompleteRead, SourceUnavailable
from syncd.model.legacy import (
    LegacyClient,
    LegacyContact,
    LegacyReference,
    LegacyTerm,
    password_kind,
)
from syncd.ports import Batch, Provenance

_TABLES = {
    "clients": LegacyClient,
    "contacts": LegacyContact,
    "references": LegacyReference,
    "terms": LegacyTerm,
}


class LedgerSource:
    """A file is one snapshot: it is read whole, before its first row is given."""

    def __init__(self, name: str, *, path: str, batch: int = 1000) -> None:
        self.name = name
        self._path = Path(path)
        self._batch = batch
        self._counts = dict.fromkeys(_TABLES, 0)

    def extract(self) -> Iterator[Batch]:
        try:
            content = json.loads(self._path.read_text("utf-8"))
        except OSError as error:
            raise SourceUnavailable(self.name, error.strerror or str(error)) from error
        except ValueError as error:
            raise IncompleteRead(self.name, f"{self._path.name} is no JSON") from error
        for name, table in _TABLES.items():
            rows = [self._row(table, row) for row in content.get(name, ())]
            self._counts[name] = len(rows)
            for start in range(0, len(rows), self._batch):
                yield Batch(table, rows[start : start + self._batch])

    def provenance(self) -> Provenance:
        return Provenance(
            source=self.name,
            kind="ledger",
            origin=self._path.name,
            clients=self._counts["clients"],
            contacts=self._counts["contacts"],
        )

    def _row(self, table: type, row: dict[str, object]) -> tuple[object, ...]:
        if "password" in row:
            row = row | {"password": password_kind(row["password"])}
        return (self.name, *(row.get(field) for field in table.__struct_fields__[1:]))
