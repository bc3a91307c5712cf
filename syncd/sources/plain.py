r"""The short way over rows as nearly all dumps have them: many at a time, in compiled patterns.

What these patterns match, the long way (`values`, `scan`) reads alike, and what they do not match
is left to it: so they may be narrow, and must never be wider. Statements end in ";" here.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import islice
from operator import methodcaller

import re2

from syncd.sources.charsets import Decode
from syncd.sources.tokens import body, unescaped

_MOST = 100  # rows at a time
_FEW = 10  # of those with backslashes, before it is looked whether they go on
_SETTLED = 3  # changes of what stands in the columns, behind which any may hold anything plain

# No `?+` behind a group here: Python before 3.11.5 keeps what such a one matched in vain.
_NUMBER = r"[-+]?+[0-9]++(?:\.[0-9]+)?"
_IS_NUMBER = re.compile(_NUMBER)
_MIXED = frozenset({"text", "number", "null"})


class PlainRows:
    """Reads the rows of one kind of INSERT, once it has learned from a row what they look like.

    `decodes` are for the `wanted` columns, None for one that is not there.
    """

    def __init__(
        self,
        head: str,
        columns: Sequence[str],
        wanted: Sequence[str],
        decodes: Sequence[Decode | None],
        *,
        escapes: bool,
    ) -> None:
        self._head = head
        self._columns, self._wanted, self._decodes = columns, wanted, decodes
        self._escapes = escapes
        self._kinds: list[frozenset[str]] = []  # what was met, by column
        self._blank = ""  # what may stand around commas
        self._changes = 0
        self._pattern: re.Pattern[str] | None = None
        self._pattern_of_any: re.Pattern[str] | None = None  # any string
        read = [column for column in columns if column in wanted]
        # The last group never takes part: None for what is not there.
        numbers = [read.index(each) + 1 if each in read else len(read) + 1 for each in wanted]
        self._pick = methodcaller("group", *numbers)

    def learn(self, literals: Iterable[str], *, blanks: bool) -> None:
        """Learn from a row that was read the long way, and whether there are blanks in it."""
        met = [frozenset({_kind(literal)}) for literal in literals]
        if self._kinds:
            kinds = [old | new for old, new in zip(self._kinds, met, strict=True)]
        else:
            kinds = [_MIXED if kind == {"null"} else kind for kind in met]
        blank = r"\s*+" if blanks else self._blank
        if (kinds, blank) == (self._kinds, self._blank):
            return
        # A pattern takes its time to make: so not for each column that has its first NULL anew.
        if any("null" in new - old for old, new in zip(self._kinds, kinds, strict=False)):
            kinds = [kind | {"null"} for kind in kinds]
        self._changes += 1
        if self._changes > _SETTLED:
            kinds = [kind | _MIXED for kind in kinds]
        self._kinds, self._blank = kinds, blank
        self._pattern = self._pattern_of_any = None

    def run(self, text: str, at: int, backslash: int) -> tuple[list[tuple[str | None, ...]], int]:
        """Read rows that follow each other from a place on, as many as are plain, maybe none.

        `backslash` is the place of the next, or the end of the text. Gives also the place behind
        them: there a row must follow, or stands the end of the statement.
        """
        if not self._kinds:
            return [], at
        self._pattern = self._pattern or self._compiled("[^']*+")
        matches = list(islice(_matches(self._pattern, text, at, backslash), _MOST))
        if matches:
            end = matches[-1].end()
            rows = list(map(self._pick, matches))
            if not text[at:end].isascii():
                for number, match in enumerate(matches):
                    if not match[0].isascii():
                        rows[number] = _decoded(rows[number], self._decodes)
            return rows, end
        self._pattern_of_any = self._pattern_of_any or self._compiled(
            body("'", escapes=self._escapes)
        )
        matches = list(islice(_matches(self._pattern_of_any, text, at, len(text)), _FEW))
        return list(map(self._unescaped, matches)), matches[-1].end() if matches else at

    def _unescaped(self, match: re.Match[str]) -> tuple[str | None, ...]:
        escapes = self._escapes
        row = [
            unescaped("'", each, escapes=escapes)
            if each and ("\\" in each or "'" in each)
            else each
            for each in self._pick(match)
        ]
        return _decoded(row, self._decodes)

    def _compiled(self, body: str) -> re.Pattern[str]:
        """Give the pattern of a row whose strings have such a `body`."""
        values = f"{self._blank},{self._blank}".join(
            _read(kinds, body) if column in self._wanted else _passed(kinds, body)
            for column, kinds in zip(self._columns, self._kinds, strict=True)
        )
        row = rf"\s*+\({self._blank}{values}{self._blank}\)"
        ends = rf"(?:,|;\s*+{re.escape(self._head)}|(?=;))((?!))?"
        return re.compile(row + ends, re.ASCII | re.DOTALL)


def _matches(pattern: re.Pattern[str], text: str, begin: int, end: int) -> Iterator[re.Match[str]]:
    """Give matches, each of which begins where the one before ends."""
    return iter(pattern.scanner(text, begin, end).match, None)  # type: ignore[attr-defined]


def _kind(literal: str) -> str:
    if literal[0] == "'":
        return "text"
    if literal == "NULL":
        return "null"
    if _IS_NUMBER.fullmatch(literal):
        return "whole" if literal.isdecimal() else "number"
    return "other"


def _read(kinds: frozenset[str], body: str) -> str:
    number = _NUMBER if "number" in kinds else "[0-9]++"
    if kinds <= {"text"}:
        return f"'({body})'"
    if kinds <= {"text", "null"}:
        return f"(?:'({body})'|NULL)"
    if kinds <= {"whole", "number"}:
        return f"({number})"
    if kinds <= {"whole", "number", "null"}:
        return f"(?:({number})|NULL)"
    return rf"(?>NULL|'?+((?<='){body}(?=')|(?<!'){_NUMBER}(?=[\s,)]))'?+)"


def _passed(kinds: frozenset[str], body: str) -> str:
    forms = {
        "text": f"'{body}'",
        "whole": "[0-9]++",
        "number": _NUMBER,
        "null": "NULL",
        "other": f"_binary '{body}'|0x[0-9A-Fa-f]++",
    }
    return "(?:" + "|".join(form for kind, form in forms.items() if kind in kinds) + ")"


def _decoded(row: Sequence[str | None], decodes: Sequence[Decode | None]) -> tuple[str | None, ...]:
    return tuple(
        [
            body if body is None or body.isascii() else decode(body.encode("latin-1"))  # type: ignore[misc]
            for body, decode in zip(row, decodes, strict=True)
        ]
    )


# --- rows that nobody reads -------------------------------------------------------------------


@lru_cache(maxsize=16)
def passing(head: str, *, escapes: bool) -> "re.Pattern[bytes]":
    """Match whole rows behind the head of an INSERT, and behind further such heads.

    In linear time, ten times as fast as a pattern that goes back. What follows must be a row.
    """
    # What `unread` matches, but for calls; two readings of the same bytes are not possible.
    inside = r"(?:[^{0}\\]|\\.|{0}{0})*" if escapes else "(?:[^{0}]|{0}{0})*"
    quoted, two = f"'{inside.format(chr(39))}'", f'"{inside.format(chr(34))}"'
    digits = "'(?:[0-9A-Fa-f]{2})*'"
    value = (
        rf"(?:{quoted}|{two}|[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?"
        r"|(?i:NULL|TRUE|FALSE|DEFAULT)|0x[0-9A-Fa-f]*|0b[01]+"
        rf"|[xX]{digits}|[bB]'[01]*'|[nN](?:{quoted}|{two})"
        rf"|_[A-Za-z0-9]+\s*(?:{quoted}|{two}|0x[0-9A-Fa-f]*|[xX]{digits}))"
    )
    row = rf"\s*\(\s*{value}(?:\s*,\s*{value})*\s*\)\s*"
    pattern = rf"(?:{row}(?:,|;\s*{re.escape(head)}))*"
    compiled: re.Pattern[bytes] = re2.compile(pattern.encode("latin-1"), re2.DOTALL)
    return compiled
