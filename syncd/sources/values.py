r"""The values of a dump: the patterns that cut rows into texts, and what each literal means.

All text here is latin-1, one character for each byte of the dump (see `scan.Scanner`), until a
value is cut out: then a `Decode` makes the real text of its bytes.
"""

import binascii
from collections.abc import Callable, Iterator
from functools import lru_cache
from operator import itemgetter
from typing import NamedTuple

import regex as re

from syncd.sources.charsets import Decode, Decoders
from syncd.sources.faults import Fault, fault_in
from syncd.sources.plain import PlainRows
from syncd.sources.scan import Scanner
from syncd.sources.tokens import HEX, NUMBER, bits, double, single, unescaped, unread

_ROWS = 1000
_ROW_LIMIT = 1 << 24  # bytes; a row of WHMCS stays far below


class BadValue(Exception):
    """A literal or a call that has no value, or none that can be told here: of which column."""

    def __init__(self, reason: str, column: str = "", at: int = 0) -> None:
        super().__init__(reason)
        self.column = column
        self.at = at


class Reading(NamedTuple):
    """How the texts of one column are read: its strings, and bytes that no client converted."""

    strings: Decode
    raw: Decode


class Layout:
    """How the rows of one kind of INSERT are read.

    Values are those of the `wanted` columns, in their order, None for a column that is not there.
    """

    def __init__(
        self,
        head: str,
        columns: tuple[str, ...],
        wanted: tuple[str, ...],
        readings: Callable[[str], Reading],
        decoders: Decoders,
        *,
        escapes: bool,
    ) -> None:
        self._columns, self._escapes = columns, escapes
        self._readings = {column: readings(column) for column in columns if column in wanted}
        self._present = [column for column in columns if column in wanted]
        self._literals = _Literals(decoders, escapes=escapes)
        present = self._present
        self._pick = itemgetter(
            *(present.index(column) if column in present else len(present) for column in wanted)
        )
        decodes = [
            self._readings[column].strings if column in present else None for column in wanted
        ]
        self._plain = PlainRows(head, columns, wanted, decodes, escapes=escapes)

    def rows(self, scanner: Scanner, table: str) -> Iterator[list[tuple[str | None, ...]]]:
        """Read rows, and pass the end of their statement; further ones of the same head, too.

        Raises `BadDump` where a row is damaged or cut.
        """
        rows: list[tuple[str | None, ...]] = []
        goes_on = True
        while goes_on:
            try:
                some, goes_on = self._some(scanner, table)
            except BadValue as error:
                scanner.at = error.at
                words = f"the value of {table}.{error.column} is damaged: {error}"
                raise scanner.bad(words) from error
            rows += some
            if len(rows) >= _ROWS:
                yield rows
                rows = []
        yield rows

    def _some(self, scanner: Scanner, table: str) -> tuple[list[tuple[str | None, ...]], bool]:
        """Read rows in sight, or take on more of the dump; say also whether a row must follow."""
        if scanner.delimiter == ";":
            rows, scanner.at = self._plain.run(scanner.text, scanner.at, scanner.backslash)
            if rows:
                return rows, scanner.text[scanner.at - 1] != ")" or scanner.goes_on()
        if row := self._read(scanner.text, scanner.at):
            texts, scanner.at = row
            if scanner.text[scanner.at] == ",":
                scanner.at += 1
                return [texts], True
            return [texts], scanner.goes_on()
        if len(scanner.text) - scanner.at > _ROW_LIMIT or not scanner.grow():
            scanner.at, words = self._fault(scanner.text, scanner.at, table)
            raise scanner.bad(words)
        return [], True

    def _read(self, text: str, at: int) -> tuple[tuple[str | None, ...], int] | None:
        """Read the row at a place, whatever it is written in; None where no whole row is in sight.

        Gives also the place behind it. Raises `BadValue` for a literal that is damaged.
        """
        begin, (read, other) = at, _value_patterns(escapes=self._escapes)
        literals: list[re.Match[str]] = []
        between = _OPENING
        for column in self._columns:
            if not (gap := between.match(text, at)):
                return None
            pattern = read if column in self._readings else other
            if not (literal := pattern.match(text, gap.end())):
                return None
            literals.append(literal)
            at, between = literal.end(), _COMMA
        if not (end := _CLOSING.match(text, at)):
            return None
        texts = [literal[0] for literal in literals]
        bare = sum(map(len, texts)) + len(texts) + 1
        self._plain.learn(texts, blanks=len(text[begin : end.end()].strip()) != bare)
        return self._pick([*self._valued(literals), None]), end.end()

    def _fault(self, text: str, at: int, table: str) -> Fault:
        """Say why no row was read at a place."""
        read, other = _value_patterns(escapes=self._escapes)
        columns = [(name, read if name in self._present else other) for name in self._columns]
        return fault_in(text, at, table, columns)

    def _valued(self, literals: list[re.Match[str]]) -> Iterator[str | None]:
        for column, literal in zip(self._columns, literals, strict=True):
            if column in self._readings:
                try:
                    yield self._literals.text(literal[0], self._readings[column])
                except BadValue as error:
                    raise BadValue(str(error), column, literal.start()) from error


# What follows must be in sight: a quote there would make one string of two.
_OPENING, _COMMA, _CLOSING = (
    re.compile(pattern, re.ASCII) for pattern in (r"\s*+\(\s*+", r"\s*+,\s*+", r"\s*+\)\s*+(?=\S)")
)


def _any_value(*, escapes: bool) -> str:
    quoted, two, prefixed = single(escapes=escapes), double(escapes=escapes), bits(escapes=escapes)
    call = (
        rf"(?i:UNHEX|FROM_BASE64)\(\s*+(?:{quoted}|NULL)\s*+\)"
        rf"|(?i:CONVERT)\(\s*+(?:{prefixed}|{HEX}|{quoted})\s++(?i:USING)\s++\w++\s*+\)"
    )
    # What begins like another must come before it (0x before 0).
    words = r"(?i:NULL|TRUE|FALSE|DEFAULT)(?!\w)"
    return rf"((?>{quoted}|{words}|{HEX}|0b[01]++(?!\w)|{NUMBER}|{two}|{prefixed}|{call}))"


@lru_cache
def _value_patterns(*, escapes: bool) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Give the patterns of a value that is read, and of one that nobody reads."""
    flags = re.ASCII | re.DOTALL
    return (
        re.compile(_any_value(escapes=escapes), flags),
        re.compile(unread(escapes=escapes), flags),
    )


def _decoded(body: str | None, decode: Decode) -> str | None:
    return body if body is None or body.isascii() else decode(body.encode("latin-1"))


class _Literals:
    """Gives the text that a literal stands for."""

    def __init__(self, decoders: Decoders, *, escapes: bool) -> None:
        self._decoders = decoders
        self._escapes = escapes

    def text(self, literal: str, reading: Reading) -> str | None:
        quote = literal[0]
        if quote in "'\"":
            return _decoded(self._unquoted(literal), reading.strings)
        if quote in "-+.0123456789" and literal[1:2] not in {"x", "b"}:
            return literal
        word = literal.upper()
        if word in _WORDS:
            return _WORDS[word]
        return self._rare(literal, reading)

    def _unquoted(self, literal: str) -> str:
        return unescaped(literal[0], literal[1:-1], escapes=self._escapes)

    def _rare(self, literal: str, reading: Reading) -> str | None:
        if call := _CALL.fullmatch(literal):
            return self._called(call["name"].upper(), call["rest"], reading)
        if introduced := _INTRODUCER.fullmatch(literal):
            charset = introduced["charset"].lower()
            decode = reading.raw if charset == "binary" else self._decoders.stored(charset)
            return self.text(introduced["value"], Reading(decode, decode))
        if literal[0] in "nN":
            return _decoded(self._unquoted(literal[1:]), self._decoders.stored("utf8"))
        return reading.raw(_bytes(literal))

    def _called(self, name: str, rest: str, reading: Reading) -> str | None:
        using = _USING.search(rest) if name == "CONVERT" else None
        argument = (rest[: using.start()] if using else rest).strip()
        if argument.upper() == "NULL":
            return None
        if using:
            decode = self._decoders.stored(using[1].lower())
            return self.text(argument, Reading(reading.strings, decode))
        body = self._unquoted(argument)
        try:
            if name == "UNHEX":
                return reading.raw(bytes.fromhex(body.zfill(len(body) + len(body) % 2)))
            return reading.raw(binascii.a2b_base64(body, strict_mode=True))
        except ValueError as error:
            raise BadValue(f"{name} of what is no {_CODES[name]}") from error


_CODES = {"UNHEX": "hexadecimal number", "FROM_BASE64": "base64"}


def _bytes(literal: str) -> bytes:
    """Give the bytes of a literal in hexadecimal or binary digits."""
    digits = literal[2:].strip("'")
    base, width = (2, 8) if literal[0] in "bB" or literal[1] == "b" else (16, 2)
    return int(digits or "0", base).to_bytes(-(-len(digits) // width), "big")


_WORDS = {"NULL": None, "DEFAULT": None, "TRUE": "1", "FALSE": "0"}
_INTRODUCER = re.compile(r"_(?P<charset>[A-Za-z0-9]+)\s*(?P<value>.*)", re.DOTALL)
_CALL = re.compile(r"(?P<name>[A-Za-z_]\w+)\((?P<rest>.*)\)", re.DOTALL | re.ASCII)
_USING = re.compile(r"\s+USING\s+(\w+)\s*\Z", re.IGNORECASE | re.ASCII)
