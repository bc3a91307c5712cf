"""Says where a row is no row, and what stands there instead: never the data of people."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import regex as re

from syncd.sources.words import kind_of


class Fault(NamedTuple):
    at: int
    words: str


def fault_in(
    text: str, at: int, table: str, columns: Sequence[tuple[str, re.Pattern[str]]]
) -> Fault:
    """Say what is wrong with the row that should begin at a place of a text.

    `columns` are given with the pattern of their values.
    """
    at = _behind_blanks(text, at)
    if at >= len(text):
        return Fault(at, f"cut off where a row of {table} must follow")
    if text[at] != "(":
        return Fault(at, f"a row of {table} must begin here and not {kind_of(text[at:])}")
    return next(_faults(text, at + 1, table, columns))


def _faults(
    text: str, at: int, table: str, columns: Sequence[tuple[str, re.Pattern[str]]]
) -> Iterator[Fault]:
    for number, (column, pattern) in enumerate(columns, start=1):
        at = _behind_blanks(text, at)
        value = pattern.match(text, at)
        end = _behind_blanks(text, value.end()) if value else at
        if end >= len(text) or (not value and _TO_THE_END.match(text, at)):
            yield Fault(
                at, f"cut off within the value of {table}.{column}, or a quotation mark lost"
            )
        elif not value:
            yield Fault(at, f"the value of {table}.{column} is damaged: {_literal(text, at)}")
        elif text[end] == ")" and number < len(columns):
            yield Fault(at, f"a row of {table} has {number} values for {len(columns)} columns")
        elif text[end] not in ",)":
            words = kind_of(text[end:])
            yield Fault(at, f"the value of {table}.{column} is damaged: behind it stands {words}")
        at = end + 1
    if text[at - 1] == ")":
        yield Fault(at, f"cut off behind a row of {table}")
    yield Fault(at, f"a row of {table} has more values than the {len(columns)} columns")


def _behind_blanks(text: str, at: int) -> int:
    return _BLANKS.match(text, at).end()  # type: ignore[union-attr]


def _literal(text: str, at: int) -> str:
    for pattern, what in _LITERALS:
        if pattern.match(text, at):
            return what
    if call := _CALL.match(text, at):
        return f"{call[1].upper()}(), which is not evaluated"
    return f"it begins with {kind_of(text[at : at + 100])}"


_BLANKS = re.compile(r"\s*+", re.ASCII)
_TO_THE_END = re.compile(
    r"(?:'[^'\\]*+(?:(?:\\.|'')[^'\\]*+)*+'?+|[\w.+-]*+;?\s*+)\Z", re.DOTALL | re.ASCII
)
_LITERALS = tuple(
    (re.compile(pattern, re.ASCII), what)
    for pattern, what in (
        (r"[bB]'|0b", "a binary number with other digits than 0 and 1"),
        (r"[xX]'", "a hexadecimal number with other than pairs of 0-9 and A-F"),
        (r"0x", "a hexadecimal number with other than 0-9 and A-F"),
        (r"[-+.]?[0-9]", "a number with something behind it"),
    )
)
_CALL = re.compile(r"([A-Za-z_]\w{0,40})\s*\(", re.ASCII)
