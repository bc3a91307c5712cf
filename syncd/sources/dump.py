"""SQL dumps, read as a stream: the tables they create and the rows they insert.

Understood is what mysqldump, mariadb-dump, phpMyAdmin, Adminer, HeidiSQL and backups written in PHP
produce, not SQL at large; what is not understood to its end is refused. Memory holds a chunk of the
dump or one row, whatever the size of dump or statement.
"""

from collections.abc import Iterable, Iterator, Mapping

import msgspec
import regex as re

from syncd.sources.charsets import Decoders
from syncd.sources.definitions import BYTES, columns_of, names_of, unquote
from syncd.sources.kinds import NoDump
from syncd.sources.marks import Marks
from syncd.sources.scan import Scanner
from syncd.sources.session import Session
from syncd.sources.statements import (
    ALTERED,
    CELLS,
    DATABASE,
    RENAMED,
    ROWS_IN,
    SELECT,
    Kind,
    Statement,
    keeps_rows,
    names_in,
    statement_at,
)
from syncd.sources.text import BadDump
from syncd.sources.tokens import HEAD_WITHIN_BODY, HEAD_WITHIN_LONG_BODY
from syncd.sources.values import Layout, Reading

_DEFINITION_LIMIT = 1 << 18  # bytes of a CREATE TABLE
_LOAD = "Load the dump into a database and make the dump again from that"
_JUNK_LINES = 20  # that may stand before the first statement
_JUNK_LINE = 500  # bytes of one
_GIVE = "Give the dump that mysqldump or the control panel made of the WHMCS database"


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
    is not whole or not understood: it ends inside a statement, or without the end that its
    beginning promised, or holds what no dump holds; `NoDump` where it is no SQL at all.
    """

    def __init__(self, chunks: Iterable[bytes], wanted: Mapping[str, tuple[str, ...]]) -> None:
        self.marks = Marks()
        self.charset = ""  # of the last rows that were read
        self.decoders = Decoders()
        self._scanner = Scanner(chunks, self.marks.comment)
        self._wanted = wanted
        self._session = Session()
        self._definitions: dict[tuple[str, str], dict[str, str]] = {}
        self._met: set[tuple[str, str]] = set()  # wanted tables that are there
        self._filled: set[tuple[str, str]] = set()  # of these, those that have rows
        self._created: set[tuple[str, str]] = set()  # all tables
        self._layouts: dict[tuple[str, str, str, bool], tuple[tuple[str, ...], Layout]] = {}
        # The INSERT before this statement: its head, database and table, and how its rows are read.
        self._again: tuple[str, str, str, tuple[tuple[str, ...], Layout] | None] | None = None

    def read(self) -> Iterator[Created | Inserted]:
        begun, junk, first = False, 0, ""
        scanner = self._scanner
        while scanner.reach_statement():
            if self._again and scanner.text.startswith(self._again[0], scanner.at):
                self.marks.table()  # as most of a dump with a row an INSERT
                yield from self._take(*self._again)
                continue
            self._again = None
            statement = statement_at(scanner.text, scanner.at)
            if statement:
                begun = True
                yield from self._statement(statement)
            elif begun:
                raise self._no_statement()
            else:
                junk += 1
                first = first or self._scanner.words()
                self._pass_junk(junk)
        if junk and not begun:
            raise NoDump(f"it is no SQL dump: it begins with {first}. {_GIVE}")
        if broken := self.marks.broken_promise:
            raise BadDump(broken)

    def _pass_junk(self, number: int) -> None:
        """Pass a line before the first statement: a message of a tool, a header of HTTP."""
        scanner = self._scanner
        no_statement, words = self._no_statement(), scanner.words()
        line = scanner.pass_line(_JUNK_LINE + 1)
        if "\0" in line or ROWS_IN.search(line):
            raise no_statement
        if number > _JUNK_LINES or len(line) > _JUNK_LINE or CELLS.search(line):
            raise NoDump(f"it is no SQL dump: it begins with {words}. {_GIVE}")

    def _no_statement(self) -> BadDump:
        return self._scanner.bad(
            f"no statement of a dump begins here but {self._scanner.words()}; without it nobody can"
            " tell which rows are missing",
            advice=self._scanner.advice(),
        )

    def _statement(self, statement: Statement) -> Iterator[Created | Inserted]:
        scanner, head = self._scanner, statement.head
        if statement.kind is Kind.INSERT:
            self.marks.table()
            yield from self._insert(head)
        elif statement.kind is Kind.CREATE:
            self.marks.table()
            yield self._create(head)
        elif statement.kind is Kind.DELIMITER:
            scanner.delimiter = head[1]
            scanner.at = head.end()
        elif statement.kind is Kind.CHANGE:
            self._change(head, statement.within)
        else:
            self._obey(statement)

    def _obey(self, statement: Statement) -> None:
        """Pass a statement without rows, and do what it says about those behind it."""
        scanner, head = self._scanner, statement.head
        place = scanner.place
        if statement.kind is not Kind.SET:
            scanner.at = head.end()
        text = scanner.text[head.start() : head.start() + 2000]
        within = statement.within
        if within is HEAD_WITHIN_BODY and scanner.delimiter != ";":
            within = HEAD_WITHIN_LONG_BODY
        passed = scanner.pass_statement(within)
        self.marks.statement(text)
        if statement.kind is Kind.USE:
            self._session.database = unquote(head[1]).lower()
        elif statement.kind is Kind.ALTER:
            self._alter(passed, place)
        elif statement.kind is Kind.SET:
            self._set(text.partition(scanner.delimiter)[0], place)

    def _set(self, text: str, place: tuple[int, int]) -> None:
        self._session.set(text)
        self._scanner.escapes = self._session.escapes
        charset = self._session.charset
        if charset and not self.decoders.writes(charset):
            raise self._scanner.bad(
                f"it is written in the character set {charset}, which is not supported",
                place,
                "Make it again with --default-character-set=utf8mb4",
            )

    # --- tables -------------------------------------------------------------------------------

    def _create(self, create: re.Match[str]) -> Created:
        database, table = self._name(create)
        definition: dict[str, str] = {}
        scanner = self._scanner
        place = scanner.place
        scanner.at = create.end()
        self._created.add((database, table))
        if table in self._wanted:
            if create["columns"] is None:
                raise scanner.bad(f"{table} is created from another table", place, _LOAD)
            scanner.see(_DEFINITION_LIMIT)
            definition = columns_of(scanner.text[scanner.at : scanner.at + _DEFINITION_LIMIT])
            self._definitions[database, table] = definition
            self._met.add((database, table))
        text = scanner.pass_statement()
        if table in self._wanted and SELECT.search(text):
            raise scanner.bad(f"{table} is created with the rows of another table", place, _LOAD)
        return Created(database, table, tuple(definition))

    def _alter(self, text: str, place: tuple[int, int]) -> None:
        name = ALTERED.match(text)
        names = names_in(text)
        renamed = RENAMED.search(text)
        altered = self._plain(name["table"]) if name else "a table"
        mine = name and self._is_among(self._met, name["database"], name["table"])
        if (mine and name and not keeps_rows(text[name.end() :])) or (
            renamed and any(self._plain(table) in self._wanted for _, table in names)
        ):
            raise self._scanner.bad(
                f"{altered}, which is read, is altered here, and that is not followed",
                place,
                _LOAD,
            )

    def _change(self, head: re.Match[str], within: re.Pattern[str]) -> None:
        scanner = self._scanner
        place = scanner.place
        scanner.at = head.end()
        text = scanner.pass_statement(within)
        verb = head[0].split()[0].upper()
        # Adminer empties a table that it has just created.
        tables = self._filled if verb in {"TRUNCATE", "DELETE"} else self._met
        for database, name in names_in(text):
            if self._is_among(tables, database, name) or (
                self._plain(name) in {base for base, _ in self._met if base}
                and DATABASE.search(head[0])
            ):
                if verb == "LOAD":
                    raise scanner.bad(
                        f"rows of {self._plain(name)} lie in another file (LOAD DATA)",
                        place,
                        "Make the dump again, without --tab",
                    )
                raise scanner.bad(
                    f"rows that were read are changed or taken away here ({verb}"
                    f" {self._plain(name)}), which is not followed",
                    place,
                    _LOAD,
                )

    def _is_among(self, tables: set[tuple[str, str]], database: str | None, table: str) -> bool:
        base = self._plain(database) if database else self._session.database
        return (base, self._plain(table)) in tables

    def _plain(self, name: str) -> str:
        return unquote(name).lower()

    # --- rows ---------------------------------------------------------------------------------

    def _insert(self, insert: re.Match[str]) -> Iterator[Inserted]:
        database, table = self._name(insert)
        scanner = self._scanner
        if self._created and (database, table) not in self._created:
            raise scanner.bad(
                f"rows of a table {table} that this dump does not create, as it does others: it is"
                " damaged, or put together of several",
                advice="Make the dump again, all of it at once",
            )
        if table not in self._wanted:
            if insert["values"]:
                self._again = (insert[0], database, table, None)
                yield from self._take(*self._again)
            else:
                scanner.at = insert.end()
                scanner.pass_statement()
            return
        if insert["values"] is None:
            raise scanner.bad(
                f"rows of {table} are computed here (INSERT without VALUES), which is not followed",
                advice=_LOAD,
            )
        if insert["partition"]:
            raise scanner.bad(
                f"only some rows of {table} were dumped (PARTITION)", advice="Dump all of it"
            )
        self._met.add((database, table))
        self._filled.add((database, table))
        self.charset = self._session.charset
        self._again = (
            insert[0], database, table, self._layout(database, table, insert)
        )  # fmt: skip
        yield from self._take(*self._again)

    def _take(
        self, head: str, database: str, table: str, layout: tuple[tuple[str, ...], Layout] | None
    ) -> Iterator[Inserted]:
        """Go over the rows behind the head of an INSERT; of a wanted table, give them."""
        self._scanner.at += len(head)
        if layout is None:
            self._scanner.pass_rows(head)
            return
        for rows in layout[1].rows(self._scanner, table):
            yield Inserted(database, table, layout[0], rows)

    def _name(self, statement: re.Match[str]) -> tuple[str, str]:
        database = statement["database"]
        return (
            self._plain(database) if database else self._session.database,
            self._plain(statement["table"]),
        )

    def _layout(
        self, database: str, table: str, insert: re.Match[str]
    ) -> tuple[tuple[str, ...], Layout]:
        session = self._session
        key = (insert[0], database, session.charset, session.escapes)
        if key not in self._layouts:
            definition = self._definitions.get((database, table), {})
            columns = names_of(insert["columns"] or "") or tuple(definition)
            if not columns:
                raise self._scanner.bad(
                    f"rows of {table} come before its CREATE TABLE and do not name their columns",
                    advice="Make the dump again with the table definitions (without -t)",
                )

            def reading(column: str) -> Reading:
                charset = definition.get(column, "")
                raw = self.decoders.stored(charset)
                if charset == BYTES or session.charset == "binary":
                    return Reading(raw, raw)
                return Reading(self.decoders.stored(session.charset), raw)

            layout = Layout(
                insert[0],
                columns,
                self._wanted[table],
                reading,
                self.decoders,
                escapes=session.escapes,
            )
            self._layouts[key] = (columns, layout)
        return self._layouts[key]
