"""Rows of the target's tables on their way in: plain ones by columns, all others one by one.

What a plain row says beside its own names, address and numbers follows from a few values that it
shares with thousands: its form. Rows of a form are read once, by who reads all others; what came of
that is a pattern into which the engine puts each row's own values. A property test holds both ways
to the same result.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Self

import nanoarrow as na

from syncd.model.sheet import RowSheet, Texts
from syncd.ports import Sighting
from syncd.workspace.paged import Paged
from syncd.workspace.parsed import execute
from syncd.workspace.sheet_forms import Mould, Pattern, RowForms
from syncd.workspace.sink import as_table, kinds_of
from syncd.workspace.workspace import Workspace

_MOST = 30_000  # forms that are known at a time
_NEW = 200  # forms that a page may bring: to read one costs as much as ten rows
_TABLES = "observed", "ownerships"


class _TableForms:
    """What is known of the rows of one table."""

    def __init__(self, forms: RowForms) -> None:
        self.forms = forms
        self.numbers: dict[str, int | None] = {}  # of forms; None has no pattern
        self.patterns: dict[int, tuple[Pattern, ...]] = {}  # by the number of their form
        self.statements: dict[Mould, str] = {}


class SheetIntake:
    """Takes in sheets. Use as a context manager."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._known: dict[str, _TableForms] = {}
        self._least = workspace.few // 10  # rows; a sheet of less is read row by row sooner
        self._paged = Paged(workspace.con)
        self._columns = {table: kinds_of(workspace.con, table) for table in _TABLES}
        self.taken = 0  # sightings that came in sets

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._paged.close(whole=error[0] is None)

    def sightings(self, sheet: RowSheet[Sighting]) -> Iterator[Sighting]:
        """Take in the plain rows of a sheet; yields what the others say."""
        rows = sheet.rows
        if sheet.roles and rows and len(rows) >= self._least:
            rows = self._others(sheet)
        for row in rows:
            yield from sheet.read(row)

    def _others(self, sheet: RowSheet[Sighting]) -> Sequence[Texts]:
        """Take in the plain rows of a sheet; gives the others."""
        if sheet.table not in self._known:
            columns = {table: tuple(kinds) for table, kinds in self._columns.items()}
            self._known[sheet.table] = _TableForms(RowForms(sheet.roles, columns))
        known = self._known[sheet.table]
        values = zip(*sheet.rows, strict=True)
        texts = dict(zip(sheet.roles, ((na.string(), each) for each in values), strict=True))
        number = len(sheet.rows)
        with self._paged.page(number), self._paged.shown("sheet", as_table(texts, number)):
            forms = self._forms_of(known, sheet)
            marks = as_table({"form": (na.int64(), forms)}, len(forms))
            with self._paged.shown("marked", marks):
                self._stage(known, set(forms) - {None})
        return [row for row, form in zip(sheet.rows, forms, strict=True) if form is None]

    def _forms_of(self, known: _TableForms, sheet: RowSheet[Sighting]) -> list[int | None]:
        """Give the form of each row, None where the row must be read by itself."""
        query = f"SELECT {known.forms.form()} FROM sheet"
        texts = [text for (text,) in execute(self._paged.cursor, query).fetchall()]
        new = [text for text in dict.fromkeys(texts) if text and text not in known.numbers]
        for text in new[: min(_NEW, _MOST - len(known.numbers))]:
            patterns = known.forms.patterns(text, sheet)
            known.numbers[text] = None if patterns is None else len(known.patterns)
            if patterns is not None:
                known.patterns[len(known.patterns)] = patterns
        return [known.numbers.get(text) for text in texts]

    def _stage(self, known: _TableForms, forms: Iterable[Any]) -> None:
        """Stage what follows of the rows of these forms."""
        alike: dict[Mould, list[tuple[int, Pattern]]] = {}
        for form in sorted(forms):
            for pattern in known.patterns[form]:
                alike.setdefault(pattern.mould, []).append((form, pattern))
        for mould, patterns in alike.items():
            if mould not in known.statements:
                known.statements[mould] = _statement(mould, known.forms)
            with self._paged.shown("forms", self._pieces(mould, patterns)):
                number = execute(self._paged.cursor, known.statements[mould]).fetchall()[0][0]
            self._workspace.count_in(mould.table, number)
            self.taken += number

    def _pieces(self, mould: Mould, patterns: Sequence[tuple[int, Pattern]]) -> Any:
        """Give patterns as a table: the pieces of each column side by side."""
        columns: dict[str, tuple[na.Schema, Sequence[Any]]] = {
            "form": (na.int64(), [form for form, _ in patterns])
        }
        kinds = self._columns[mould.table]
        pieces = zip(*(pattern.pieces for _, pattern in patterns), strict=True)
        for (column, _), of_all in zip(mould.columns, pieces, strict=True):
            for place, piece in enumerate(zip(*of_all, strict=True)):
                columns[f"{column}_{place}"] = (kinds[column], piece)
        return as_table(columns, len(patterns))


def _statement(mould: Mould, forms: RowForms) -> str:
    cells = []
    for column, values in mould.columns:
        parts = [f"f.{column}_0"]
        for place, name in enumerate(values, start=1):
            parts += [forms.value(name), f"f.{column}_{place}"]
        cell = f"concat({', '.join(parts)})" if values else parts[0]
        cells.append(f"{cell} AS {column}")
    return f"""
        INSERT INTO {mould.table} BY NAME SELECT {", ".join(cells)}
        FROM sheet POSITIONAL JOIN marked JOIN forms f USING (form)
    """
