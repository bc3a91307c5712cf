"""Queries: the ways in which a statement of SQL can be broken: one word, or one operand less.

What Python puts into an f-string is a numbered hole in the text that is broken.
"""

import ast
import re
from collections.abc import Iterator

from operands import without_operands

_STATEMENT = re.compile(r"\b(SELECT|UPDATE|DELETE FROM|INSERT INTO|WHERE|JOIN)\b")
_NULL = r"NULL\b"
# What becomes of what. The first that fits a place is tried there, so the longest come first.
_SWAPS = {
    r"\bNOT IN\b": "IN",
    r"\bNOT EXISTS\b": "EXISTS",
    r"\bIS NOT DISTINCT FROM\b": "IS DISTINCT FROM",
    r"\bIS DISTINCT FROM\b": "IS NOT DISTINCT FROM",
    rf"\bIS NOT {_NULL}": "IS NULL",
    rf"\bIS {_NULL}": "IS NOT NULL",
    r"\bLEFT JOIN\b": "JOIN",
    r"\bSEMI JOIN\b": "ANTI JOIN",
    r"\bANTI JOIN\b": "SEMI JOIN",
    r"\bNOT ": "",
    r"\bDISTINCT ": "",
    r"(?<!BETWEEN \S )\bAND\b": "OR",
    r"\bOR\b(?! REPLACE| IGNORE)": "AND",
    r"\bIN (?=\()": "NOT IN ",
    r"\bEXISTS (?=\()": "NOT EXISTS ",
    r" <> ": " = ",
    r" = ": " <> ",
    r" <= ": " < ",
    r" >= ": " > ",
    r" < ": " <= ",
    r" > ": " >= ",
    r"\bmin\(": "max(",
    r"\bmax\(": "min(",
    r"\bDESC\b": "ASC",
}
_ANY = re.compile("|".join(f"({pattern})" for pattern in _SWAPS))
_AROUND = 24  # characters shown of what follows


def broken_queries(text: str) -> Iterator[tuple[str, str]]:
    """Yield what is broken, and the text broken; nothing where it is no statement."""
    if not _STATEMENT.search(text):
        return
    for fit in _ANY.finditer(text):
        other = list(_SWAPS.values())[(fit.lastindex or 1) - 1]
        after = " ".join(text[fit.end() : fit.end() + _AROUND].split())
        before = " ".join(text[max(0, fit.start() - _AROUND) : fit.start()].split())
        words = f"{before} [{fit[0].strip()} -> {other.strip()}] {after}"
        yield words, text[: fit.start()] + other + text[fit.end() :]
    yield from without_operands(text)


# --- queries that Python puts together ----------------------------------------------------------

_HOLE = re.compile(r"@(\d+)@")


def broken_joins(node: ast.JoinedStr) -> Iterator[tuple[str, ast.JoinedStr]]:
    """Yield what is broken of an f-string, and the f-string broken."""
    text = "".join(
        part.value if isinstance(part, ast.Constant) else f"@{index}@"
        for index, part in enumerate(node.values)
    )

    def shown(hole: re.Match[str]) -> str:
        value = node.values[int(hole[1])]
        return f"{{{ast.unparse(value.value)}}}" if isinstance(value, ast.FormattedValue) else ""

    for words, broken in broken_queries(text):
        parts = [
            node.values[int(part)] if odd % 2 else ast.Constant(value=part)
            for odd, part in enumerate(_HOLE.split(broken))
        ]
        yield _HOLE.sub(shown, words), ast.JoinedStr(values=parts)
