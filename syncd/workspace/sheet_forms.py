"""Forms of rows, and the patterns of what follows from them: see `sheets`.

A form is a row with a mark in the place of each value of its own. Two rows of it are read with
stand-ins there: one as the form is, one with a value wherever a row may have one, which shows where
in what is staged each value goes.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from syncd.errors import TargetError
from syncd.model.sheet import Role, RowSheet, Texts
from syncd.model.standin import NUMBER, WORD
from syncd.ports import Observed, Ownership, Sighting
from syncd.workspace.plain import READABLE
from syncd.workspace.rows import observed_row

# In a form: in place of a row's own value, in place of NULL, and between two values.
_OWN, _NULL, _BETWEEN = "\x1d", "\x1e", "\x1f"
_DAY = "[1-9][0-9]{3}-[0-9]{2}-[0-9]{2}( [0-9:.]*)?"
# What a value of a role must be for a row to be plain; texts and what is shared in one go.
_PLAIN = {
    Role.NUMBER: "0|[1-9][0-9]{0,15}",
    Role.ADDRESS: "[ !#-\\[\\]-~]*",  # without what JSON escapes
    Role.DAY: "[0-9 :.-]*",
    Role.TEXT: READABLE,
    Role.SHARED: "[ -~]*",
}
_STANDINS = {
    Role.NUMBER: f"{NUMBER}{{:02}}",
    Role.ADDRESS: f"{WORD}{{:02}}@{WORD}.com",
    Role.DAY: "90{:02}-90-71",
    Role.TEXT: f"{WORD}{{:02}}text",
}

Values = tuple[str, ...]


class Mould(msgspec.Struct, frozen=True):
    """Which table a pattern is for, and which values of a row stand in its columns, in order."""

    table: str
    columns: tuple[tuple[str, Values], ...]


class Pattern(msgspec.Struct, frozen=True):
    """What is staged of each row of a form, cut where its own values go."""

    mould: Mould
    pieces: tuple[tuple[object, ...], ...]  # of each column: one more than it has values


class RowForms:
    """The forms of one table's rows."""

    def __init__(self, roles: Mapping[str, Role], columns: Mapping[str, Sequence[str]]) -> None:
        """`columns` are those of the tables that are filled."""
        self._roles = roles
        self._columns = columns
        standins = {
            name: _STANDINS[role].format(place)
            for place, (name, role) in enumerate(roles.items())
            if role in _STANDINS
        }
        self._standins = standins
        self._names = {standin: name for name, standin in standins.items()}
        self._seam = re.compile(f"({'|'.join(map(re.escape, standins.values()))})")

    def form(self) -> str:
        """Give the form of a row, in SQL; NULL where the row is not plain."""
        parts = ", ".join(_part(name, role) for name, role in self._roles.items())
        conditions = " AND ".join(_conditions(self._roles))
        return f"CASE WHEN {conditions} THEN concat_ws(chr({ord(_BETWEEN)}), {parts}) END"

    def value(self, name: str) -> str:
        """Give a row's own value as it is staged, in SQL; "" or NULL where it has none."""
        column = f'sheet."{name}"'
        match self._roles[name]:
            case Role.TEXT:
                return f"trim({column})"
            case Role.ADDRESS:
                return f"lower(trim({column}))"
            case Role.DAY:
                return f"CASE WHEN {_matches(column, _DAY)} THEN left({column}, 10) END"
            case _:
                return column

    def patterns(self, form: str, sheet: RowSheet[Sighting]) -> tuple[Pattern, ...] | None:
        """Give what follows of a form; None where each of its rows must be read by itself."""
        parts = form.split(_BETWEEN)
        if self._seam.search(form) or len(parts) != len(self._roles):
            return None
        row, whole = self._row(parts, whole=False), self._row(parts, whole=True)
        try:
            staged, all_of_it = list(_staged(sheet.read(row))), list(_staged(sheet.read(whole)))
        except (TargetError, NotImplementedError):
            return None  # who reads the rows themselves raises what there is to be raised
        if not staged:
            return ()
        if [table for table, _ in staged] != [table for table, _ in all_of_it]:
            return None
        blank = {name for name, part in zip(self._roles, parts, strict=True) if part != _OWN}
        cut = [
            self._cut(table, cells, full, blank)
            for (table, cells), (_, full) in zip(staged, all_of_it, strict=True)
        ]
        return None if None in cut else tuple(filter(None, cut))

    def _row(self, parts: Sequence[str], *, whole: bool) -> Texts:
        return [
            self._standins[name]
            if name in self._standins and (whole or part == _OWN)
            else None
            if part == _NULL
            else part
            for name, part in zip(self._roles, parts, strict=True)
        ]

    def _cut(
        self, table: str, cells: Sequence[object], whole: Sequence[object], blank: set[str]
    ) -> Pattern | None:
        columns = list[tuple[str, Values]]()
        pieces = list[tuple[object, ...]]()
        for column, cell, full in zip(self._columns[table], cells, whole, strict=True):
            if not isinstance(cell, str) or not isinstance(full, str):
                columns.append((column, ()))
                pieces.append((cell,))
                continue
            values = tuple(self._names[standin] for standin in self._seam.findall(full))
            between = self._between(cell, values, blank)
            if between is None:
                return None
            columns.append((column, values))
            pieces.append(tuple(between))
        return Pattern(Mould(table, tuple(columns)), tuple(pieces))

    def _between(self, cell: str, values: Values, blank: set[str]) -> list[str] | None:
        """Give what stands between these values in a cell, where those may lack that are blank."""
        first, *rest = self._seam.split(cell)
        between, left = [first], list(zip(rest[::2], rest[1::2], strict=True))
        for name in values:
            if left and self._names[left[0][0]] == name:
                between.append(left.pop(0)[1])
            elif name in blank:
                between.append("")
            else:
                return None
        return None if left else between


def _staged(sightings: Iterable[Sighting]) -> Iterator[tuple[str, Sequence[object]]]:
    for sighting in sightings:
        match sighting:
            case Observed():
                yield "observed", observed_row(sighting)
            case Ownership():
                yield "ownerships", msgspec.structs.astuple(sighting)
            case _:
                raise NotImplementedError


def _part(name: str, role: Role) -> str:
    column = f'"{name}"'
    raw = f"coalesce({column}, chr({ord(_NULL)}))"
    own = f"chr({ord(_OWN)})"
    match role:
        case Role.NUMBER:
            return f"CASE WHEN {column} IS NULL THEN {raw} ELSE {own} END"
        case Role.TEXT | Role.ADDRESS:
            return f"CASE WHEN trim({column}) <> '' THEN {own} ELSE '' END"
        case Role.DAY:
            return f"CASE WHEN {_matches(column, _DAY)} THEN {own} ELSE {raw} END"
        case _:
            return raw


def _conditions(roles: Mapping[str, Role]) -> Iterator[str]:
    for role, plain in _PLAIN.items():
        names = [f'"{name}"' for name, its in roles.items() if its is role]
        if role in (Role.TEXT, Role.SHARED) and names:
            yield _matches(f"concat({', '.join(names)})", plain)  # which passes over NULL
        else:
            yield from (f"({name} IS NULL OR {_matches(name, plain)})" for name in names)


def _matches(value: str, pattern: str) -> str:
    quoted = pattern.replace("'", "''")
    return f"regexp_full_match({value}, '{quoted}')"
