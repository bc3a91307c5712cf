r"""The values of a dump: the patterns that cut rows into texts, and what each literal means.

All text here is latin-1, one character for each byte of the dump (see `scan.Scanner`), until a
value is cut out: then a `Decode` makes the real text of its bytes.
"""

import binascii
from collections.abc import Callable
from functools import lru_cache
from operator import itemgetter
from typing import NamedTuple

import regex as re

from syncd.sources.charsets import Decode, Decoders
from syncd.sources.faults import Fault, fault_in
from syncd.sources.tokens import HEX, NUMBER, bits, double, single, unread

# A string without escapes, or a number; the group is the text itself, and absent for NULL.
_PLAIN = r"(?>NULL|'?+((?<=')[^'\\]*+(?=')|(?<!')[-+]?+[0-9]++(?:\.[0-9]++)?+(?=[,)]))'?+)"


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

    `read` gives the values of the `wanted` columns of the row at a place, in their order, None for
    a column that is not there, and the place behind it; None where no whole row is in sight. It
    raises `BadValue` for a literal that is damaged.
    """

    def __init__(
        self,
        columns: tuple[str, ...],
        wanted: tuple[str, ...],
        readings: Callable[[str], Reading],
        decoders: Decoders,
        *,
        escapes: bool,
    ) -> None:
        self._match_plain = _row_pattern(columns, wanted, _PLAIN, escapes=escapes)
        self._match_any = _row_pattern(
            columns, wanted, _any_value(escapes=escapes), escapes=escapes
        )
        present = [column for column in columns if column in wanted]
        self._columns, self._present, self._escapes = columns, present, escapes
        self._readings = [readings(column) for column in present]
        self._literals = _Literals(decoders, escapes=escapes)
        self._pick = itemgetter(
            *(present.index(column) if column in present else len(present) for column in wanted)
        )

    def read(self, text: str, at: int) -> tuple[tuple[str | None, ...], int] | None:
        # Nearly all rows are plain, and those go three times as fast.
        plain = self._match_plain(text, at)
        row = plain or self._match_any(text, at)
        if not row:
            return None
        values: list[str | None]
        if plain:
            values = list(plain.groups())
            if not plain[0].isascii():
                values = [
                    _decoded(body, reading.strings)
                    for body, reading in zip(values, self._readings, strict=True)
                ]
        else:
            values = self._valued(row)
        values.append(None)
        return self._pick(values), row.end()

    def fault(self, text: str, at: int, table: str) -> Fault:
        """Say why no row was read at a place."""
        read, other = _value_patterns(escapes=self._escapes)
        columns = [(name, read if name in self._present else other) for name in self._columns]
        return fault_in(text, at, table, columns)

    def _valued(self, row: re.Match[str]) -> list[str | None]:
        values: list[str | None] = []
        for literal, reading in zip(row.groups(), self._readings, strict=True):
            try:
                values.append(self._literals.text(literal, reading))
            except BadValue as error:
                number = len(values)
                column = self._present[number]
                raise BadValue(str(error), column, row.start(number + 1)) from error
        return values


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


@lru_cache
def _row_pattern(
    columns: tuple[str, ...], wanted: tuple[str, ...], value: str, *, escapes: bool
) -> Callable[[str, int], re.Match[str] | None]:
    other = unread(escapes=escapes)
    comma = r"\s*+,\s*+"
    values = comma.join(value if column in wanted else other for column in columns)
    # What follows must be in sight: a quote there would make one string of two.
    return re.compile(rf"\s*+\(\s*+{values}\s*+\)\s*+(?=\S)", re.ASCII | re.DOTALL).match


def _decoded(body: str | None, decode: Decode) -> str | None:
    return body if body is None or body.isascii() else decode(body.encode("latin-1"))


class _Literals:
    """Gives the text that a literal stands for."""

    def __init__(self, decoders: Decoders, *, escapes: bool) -> None:
        self._decoders = decoders
        self._escapes = escapes

    def text(self, literal: str, reading: Reading) -> str | None:
        quote = literal[0]
        if quote in _ESCAPES:
            return _decoded(self._unquoted(literal), reading.strings)
        if quote in "-+.0123456789" and literal[1:2] not in {"x", "b"}:
            return literal
        word = literal.upper()
        if word in _WORDS:
            return _WORDS[word]
        return self._rare(literal, reading)

    def _unquoted(self, literal: str) -> str:
        quote, body = literal[0], literal[1:-1]
        if quote not in body and not (self._escapes and "\\" in body):
            return body
        if not self._escapes:
            return body.replace(quote * 2, quote)
        return _ESCAPES[quote].sub(_unescape, body)

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
_ESCAPES = {quote: re.compile(rf"\\(.)|{quote}{quote}", re.DOTALL) for quote in "'\""}
# Only for patterns of LIKE does a backslash guard these two; elsewhere MySQL keeps it.
_ESCAPED = {"0": "\0", "b": "\b", "n": "\n", "r": "\r", "t": "\t", "Z": "\x1a"}
_ESCAPED |= {"%": "\\%", "_": "\\_"}


def _unescape(match: re.Match[str]) -> str:
    letter = match[1]
    return match[0][0] if letter is None else _ESCAPED.get(letter, letter)
