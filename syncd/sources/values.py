r"""The values of a dump: columns from a CREATE TABLE, and the patterns that cut rows into texts.

All text here is latin-1, one character for each byte of the dump (see `scan.Scanner`), until a
value is cut out: then `Decode` makes the real text of its bytes.
"""

import codecs
from collections.abc import Callable, Mapping
from functools import lru_cache
from operator import itemgetter

import regex as re

from syncd.model.text import utf8

Decode = Callable[[bytes], str]

STRING = r"'[^'\\]*+(?:(?:\\.|'')[^'\\]*+)*+'"
QUOTED = r'"[^"\\]*+(?:(?:\\.|"")[^"\\]*+)*+"'
NAME = r'(?:`(?:[^`]|``)++`|"[^"]++"|[\w$\x80-\xff]++)'

# Most frequent first, for speed; what begins like another must come before it (0x before 0).
_HEX = r"0x[0-9A-Fa-f]*+"
_NUMBER = r"[-+]?[0-9.]++(?:[eE][-+]?[0-9]++)?+"
_PREFIXED = rf"(?:_[A-Za-z0-9]++\s*+|[xXbBnN])(?:{STRING}|{QUOTED})"
_VALUE = rf"(?>{STRING}|NULL|{_HEX}|{_NUMBER}|{QUOTED}|null|{_PREFIXED}|TRUE|FALSE|DEFAULT)"
_UNREAD = rf"(?:[^'\"(),]++|{STRING}|{QUOTED})++"
# A string without escapes, or a number; the group is the text itself, and absent for NULL.
_PLAIN = r"(?>NULL|'?+((?<=')[^'\\]*+(?=')|(?<!')[-+.0-9]++(?=[,)]))'?+)"


def _codec(name: str) -> Decode:
    return lambda raw: raw.decode(name, "backslashreplace")


# MySQL's latin1 is cp1252, and its five empty places are the control characters there.
_LATIN1 = "".join(
    bytes([byte]).decode("latin-1" if byte in b"\x81\x8d\x8f\x90\x9d" else "cp1252")
    for byte in range(256)
)

# Character sets in which a backslash or a quote is never the second byte of a character.
CHARSETS: Mapping[str, Decode] = {
    **dict.fromkeys(("utf8", "utf8mb3", "utf8mb4", "ascii", "binary"), utf8),
    "latin1": lambda raw: codecs.charmap_decode(raw, "strict", _LATIN1)[0],
    "latin2": _codec("iso8859-2"),
    "latin5": _codec("iso8859-9"),
    "cp1250": _codec("cp1250"),
    "cp1251": _codec("cp1251"),
    "koi8r": _codec("koi8-r"),
}


class Layout:
    """How the rows of one kind of INSERT are read.

    `read` gives the values of the `wanted` columns of the row at a place, in their order, None for
    a column that is not there, and the place behind it; None where no whole row is in sight.
    """

    def __init__(
        self, columns: tuple[str, ...], wanted: tuple[str, ...], binary: frozenset[str]
    ) -> None:
        self._match_plain = _row_pattern(columns, wanted, _PLAIN)
        self._match_any = _row_pattern(columns, wanted, f"({_VALUE})")
        there = [column for column in columns if column in wanted]
        self._binary = [at for at, column in enumerate(there) if column in binary]
        self._pick = itemgetter(
            *(there.index(column) if column in there else len(there) for column in wanted)
        )

    def read(self, text: str, at: int, decode: Decode) -> tuple[tuple[str | None, ...], int] | None:
        # Nearly all rows are plain, and those go three times as fast.
        plain = self._match_plain(text, at)
        row = plain or self._match_any(text, at)
        if not row:
            return None
        found = row.groups()
        if plain and plain[0].isascii():
            values = list(found)
        else:
            convert = _decoded if plain else _text
            values = [convert(value, decode) for value in found]
            for index in self._binary:
                # No client ever converted these bytes, whatever character set the dump is in.
                values[index] = convert(found[index], utf8)
        values.append(None)
        return self._pick(values), row.end()


@lru_cache
def _row_pattern(
    columns: tuple[str, ...], wanted: tuple[str, ...], value: str
) -> Callable[[str, int], re.Match[str] | None]:
    comma = r"\s*+,\s*+"
    values = comma.join(value if column in wanted else _UNREAD for column in columns)
    # What follows must be in sight: a quote there would make one string of two.
    return re.compile(rf"\s*+\(\s*+{values}\s*+\)\s*+(?=\S)", re.ASCII | re.DOTALL).match


def _decoded(body: str | None, decode: Decode) -> str | None:
    return body if body is None or body.isascii() else decode(body.encode("latin-1"))


def _text(literal: str, decode: Decode) -> str | None:
    quote = literal[0]
    if quote in _ESCAPES:
        body = literal[1:-1]
        if "\\" in body or quote in body:
            body = _ESCAPES[quote].sub(_unescape, body)
        return _decoded(body, decode)
    if quote in "-+.0123456789" and literal[1:2] != "x":
        return literal
    return _rare_text(literal, decode)


def _rare_text(literal: str, decode: Decode) -> str | None:
    """Read all but plain strings and numbers."""
    word = literal.upper()
    if word in _WORDS:
        return _WORDS[word]
    if literal[0] == "_":
        charset, value = _INTRODUCER.match(literal).groups()  # type: ignore[union-attr]
        return _text(value, CHARSETS.get(charset.lower(), utf8))
    if literal[0] in "nN":
        return _text(literal[1:], decode)
    digits = literal[2:].strip("'\"")
    base = 2 if literal[0] in "bB" else 16
    width = 8 if base == 2 else 2
    return utf8(int(digits or "0", base).to_bytes(-(-len(digits) // width), "big"))


_WORDS = {"NULL": None, "DEFAULT": None, "TRUE": "1", "FALSE": "0"}
_INTRODUCER = re.compile(r"_([A-Za-z0-9]+)\s*(.*)", re.DOTALL)
_ESCAPES = {quote: re.compile(rf"\\(.)|{quote}{quote}", re.DOTALL) for quote in "'\""}
# Only for patterns of LIKE does a backslash guard these two; elsewhere MySQL keeps it.
_ESCAPED = {"0": "\0", "b": "\b", "n": "\n", "r": "\r", "t": "\t", "Z": "\x1a"}
_ESCAPED |= {"%": "\\%", "_": "\\_"}


def _unescape(match: re.Match[str]) -> str:
    letter = match[1]
    return match[0][0] if letter is None else _ESCAPED.get(letter, letter)


def columns_of(definition: str) -> dict[str, bool]:
    """Read the text of a CREATE TABLE from its first parenthesis on: column to "holds bytes"."""
    columns = {}
    for item in _items(definition):
        column = _COLUMN.match(item)
        if column and not (column["word"] and _NOT_COLUMNS.match(column["word"])):
            name = column["word"] or unquote(column["quoted"])
            columns[name.lower()] = bool(_BINARY_TYPE.match(column["type"]))
    return columns


def unquote(name: str) -> str:
    """Give a name without its backticks or double quotes; names are utf-8 as all else."""
    if name[0] in '`"':
        name = name[1:-1].replace(name[0] * 2, name[0])
    return utf8(name.encode("latin-1"))


def names_of(column_list: str) -> tuple[str, ...]:
    """Read the column list of an INSERT, with its parentheses."""
    return tuple(unquote(name).lower() for name in _NAMES.findall(column_list))


_NAMES = re.compile(NAME, re.ASCII)
_COLUMN = re.compile(
    r'\s*+(?:(?P<quoted>`(?:[^`]|``)++`|"[^"]++")|(?P<word>[\w$]++))\s*+(?P<type>\w++)', re.ASCII
)
_NOT_COLUMNS = re.compile(
    r"(?:PRIMARY|KEY|UNIQUE|INDEX|CONSTRAINT|FULLTEXT|SPATIAL|FOREIGN|CHECK|PERIOD)\Z",
    re.IGNORECASE,
)
_BINARY_TYPE = re.compile(r"(?:var)?binary\Z|(?:tiny|medium|long)?blob\Z|bit\Z", re.IGNORECASE)
_PIECE = re.compile(
    rf"(?P<comment>--\s[^\n]*+|\#[^\n]*+|/\*.*?\*/)|[^'\"`(),#/-]++|{STRING}|{QUOTED}|`[^`]*+`|.",
    re.DOTALL,
)


def _items(definition: str) -> list[str]:
    """Split at the commas of the outermost parentheses."""
    items = [""]
    depth = 0
    for match in _PIECE.finditer(definition):
        piece = match[0]
        depth += {"(": 1, ")": -1}.get(piece, 0)
        if depth == 0:
            break
        if piece == "," and depth == 1:
            items.append("")
        elif not (match["comment"] or (piece == "(" and depth == 1)):
            items[-1] += piece
    return items
