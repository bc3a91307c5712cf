"""SQL dumps, read as a stream: the tables they create and the rows they insert.

Understood is what mysqldump, mariadb-dump, phpMyAdmin and backups written in PHP produce, not SQL
at large. Memory holds a chunk of the dump or one row, whatever the size of dump or statement.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

import msgspec
import regex as re

from syncd.model.text import Utf8, utf8
from syncd.sources.scan import BadDump, Scanner
from syncd.sources.values import (
    CHARSETS,
    NAME,
    Decode,
    Layout,
    columns_of,
    names_of,
    unquote,
)

_ROW_LIMIT = 1 << 24  # bytes; a row of WHMCS stays far below
_DEFINITION_LIMIT = 1 << 18  # bytes of a CREATE TABLE
_ROWS = 1000


class Created(msgspec.Struct, frozen=True):
    """A CREATE TABLE. Names are in lower case; `database` is "" where the dump names none.

    `columns` are given for wanted tables only.
    """

    database: str
    table: str
    columns: tuple[str, ...]


class Inserted(msgspec.Struct, frozen=True):
    """Rows of a wanted table: the values of the wanted columns in their order, None where missing.

    `columns` are all those that the INSERT fills.
    """

    database: str
    table: str
    columns: tuple[str, ...]
    rows: list[tuple[str | None, ...]]


class Dump:
    """Reads a dump once, and keeps what it says about itself.

    `wanted` names tables, each with the columns to read. Reading raises `BadDump` where the dump
    is not whole: it ends inside a statement, or without the end that its beginning promised.
    """

    def __init__(self, chunks: Iterable[bytes], wanted: Mapping[str, tuple[str, ...]]) -> None:
        self.charset = ""  # as named by SET NAMES
        self.taken_at = ""
        self.has_end_mark = False
        self._scanner = Scanner(chunks, self._heed)
        self._wanted = wanted
        self.utf8 = Utf8()
        self._decode: Decode = self.utf8
        self._database = ""
        self._definitions: dict[tuple[str, str], dict[str, bool]] = {}
        self._layouts: dict[tuple[str, str, str], tuple[tuple[str, ...], Layout]] = {}
        self._promised: set[_Mark] = set()

    def read(self) -> Iterator[Created | Inserted]:
        while self._scanner.reach_statement():
            yield from self._statement()
        for mark in self._promised:
            raise BadDump(f"cut off: it begins with {mark.opening} and lacks {mark.closing}")

    def _statement(self) -> Iterator[Created | Inserted]:
        text, at = self._scanner.text, self._scanner.at
        if insert := _INSERT.match(text, at):
            yield from self._insert(insert)
        elif create := _CREATE.match(text, at):
            yield self._create(create)
        elif delimiter := _DELIMITER.match(text, at):
            self._scanner.delimiter = delimiter[1]
            self._scanner.at = delimiter.end()
        else:
            self._heed(text[at : at + 300])
            if use := _USE.match(text, at):
                self._database = unquote(use[1]).lower()
            elif names := _SET_NAMES.match(text, at):
                self._set_names(names[1].lower())
            self._scanner.pass_statement()

    def _heed(self, head: str) -> None:
        """Note what a comment line or a statement says about the dump itself."""
        for mark in _MARKS:
            if mark.opens.match(head):
                self._promised.add(mark)
            elif closed := mark.closes.match(head):
                self._promised.discard(mark)
                self.has_end_mark = True
                self.taken_at = closed.groupdict().get("date") or self.taken_at

    def _set_names(self, charset: str) -> None:
        if charset not in CHARSETS:
            raise BadDump(
                f"it is written in the character set {charset}, which is not supported: make it"
                " again with --default-character-set=utf8mb4"
            )
        self.charset = charset
        self._decode = self.utf8 if CHARSETS[charset] is utf8 else CHARSETS[charset]

    def _create(self, create: re.Match[str]) -> Created:
        database, table = self._name(create)
        definition: dict[str, bool] = {}
        if table in self._wanted:
            scanner = self._scanner
            scanner.at = create.end()
            scanner.see(_DEFINITION_LIMIT)
            definition = columns_of(scanner.text[scanner.at : scanner.at + _DEFINITION_LIMIT])
            self._definitions[database, table] = definition
        self._scanner.pass_statement()
        return Created(database, table, tuple(definition))

    def _insert(self, insert: re.Match[str]) -> Iterator[Inserted]:
        database, table = self._name(insert)
        if table in self._wanted:
            if insert["values"] is None:
                raise self._scanner.bad(f"rows of {table} without VALUES are not supported")
            columns, layout = self._layout(database, table, insert["columns"] or "")
            self._scanner.at = insert.end()
            for rows in self._rows(layout):
                yield Inserted(database, table, columns, rows)
        self._scanner.pass_statement()

    def _name(self, statement: re.Match[str]) -> tuple[str, str]:
        database = statement["database"]
        return (
            unquote(database).lower() if database else self._database,
            unquote(statement["table"]).lower(),
        )

    def _layout(
        self, database: str, table: str, column_list: str
    ) -> tuple[tuple[str, ...], Layout]:
        key = (database, table, column_list)
        if key not in self._layouts:
            definition = self._definitions.get((database, table), {})
            columns = names_of(column_list) or tuple(definition)
            if not columns:
                raise self._scanner.bad(
                    f"rows of {table} come before its CREATE TABLE and do not name their columns:"
                    " make the dump again with the table definitions"
                )
            binary = frozenset(column for column, is_binary in definition.items() if is_binary)
            self._layouts[key] = (columns, Layout(columns, self._wanted[table], binary))
        return self._layouts[key]

    def _rows(self, layout: Layout) -> Iterator[list[tuple[str | None, ...]]]:
        scanner, read, decode = self._scanner, layout.read, self._decode
        rows = []
        while True:
            if row := read(scanner.text, scanner.at, decode):
                texts, scanner.at = row
                rows.append(texts)
                if scanner.text[scanner.at] != ",":
                    break
                scanner.at += 1
                if len(rows) >= _ROWS:
                    yield rows
                    rows = []
            elif len(scanner.text) - scanner.at > _ROW_LIMIT or not scanner.grow():
                raise scanner.bad("cut off or damaged: no row with a value for each column")
        yield rows


class _Mark(NamedTuple):
    """What a tool writes at the very end of a dump, and at its beginning as a promise of that."""

    opens: re.Pattern[str]
    closes: re.Pattern[str]
    opening: str
    closing: str


_SQL = re.IGNORECASE | re.ASCII
_MARKS = (
    _Mark(
        re.compile(r"-- (?:MySQL|MariaDB) dump |-- mysqldump-php "),
        re.compile(r"-- Dump completed(?: on:? +(?P<date>[\d-]+ +[\d:]+))?"),
        "the header of mysqldump",
        'its last line, "-- Dump completed"',
    ),
    _Mark(
        re.compile(r"SET\s+@OLD_\w+\s*=\s*@@", _SQL),
        re.compile(r"SET\s+\w+\s*=\s*(?:IFNULL\()?@OLD_", _SQL),
        "saving session variables",
        "their restoring",
    ),
    _Mark(
        re.compile(r"(?:START\s+TRANSACTION|BEGIN)\s*;", _SQL),
        re.compile(r"COMMIT\b", _SQL),
        "a transaction",
        "its COMMIT",
    ),
)

_TABLE = rf"(?:(?P<database>{NAME})\s*+\.\s*+)?(?P<table>{NAME})\s*+"
_INSERT = re.compile(
    r"(?:INSERT|REPLACE)(?:\s++(?:LOW_PRIORITY|DELAYED|HIGH_PRIORITY|IGNORE))*+(?:\s++INTO)?+\s*+"
    rf"{_TABLE}(?P<columns>\([^()]*+\))?+\s*+(?P<values>VALUES?+(?![\w$]))?+",
    _SQL,
)
_CREATE = re.compile(
    r"CREATE\s++(?:OR\s++REPLACE\s++)?+(?:TEMPORARY\s++)?+TABLE\s*+"
    rf"(?:(?:/\*!\d*+\s*+)?+IF\s++NOT\s++EXISTS\s*+(?:\*/\s*+)?+)?+{_TABLE}(?=\()",
    _SQL,
)
_DELIMITER = re.compile(r"DELIMITER[ \t]++(\S++)[^\n]*+", _SQL)
_USE = re.compile(rf"USE\s*+({NAME})", _SQL)
_SET_NAMES = re.compile(r"SET\s++NAMES\s++['\"]?(\w++)", _SQL)
