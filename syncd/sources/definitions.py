"""The text of a CREATE TABLE: its columns, and in which character set each holds its text."""

import regex as re

from syncd.sources.tokens import NAME, double, single

# Of a column of bytes: no client ever converted them, whatever character set the dump is in.
BYTES = "bytes"


def columns_of(definition: str) -> dict[str, str]:
    """Read a definition from its first parenthesis on.

    Gives for each column its character set, `BYTES` where it has none, "" where nothing says it.
    """
    items, options = _items(definition)
    otherwise = _charset(options.partition(";")[0])
    columns = {}
    for item in items:
        column = _COLUMN.match(item)
        if column and not (column["word"] and _NOT_COLUMNS.match(column["word"])):
            name = column["word"] or unquote(column["quoted"])
            is_bytes = _BINARY_TYPE.match(column["type"])
            columns[name.lower()] = BYTES if is_bytes else _charset(item) or otherwise
    return columns


def unquote(name: str) -> str:
    """Give a name without its backticks or double quotes; names are utf-8 as all else."""
    if name[0] in '`"':
        name = name[1:-1].replace(name[0] * 2, name[0])
    return name.encode("latin-1").decode("utf-8", "backslashreplace")


def names_of(column_list: str) -> tuple[str, ...]:
    """Read the column list of an INSERT, with its parentheses."""
    names = _NAMES.findall(_COMMENTS.sub(" ", column_list))
    return tuple(unquote(name).lower() for name in names)


_COMMENTS = re.compile(r"/\*M?!\d*+|/\*.*?\*/|\*/|(?:--\s|\#)[^\n]*+", re.DOTALL)
_NAMES = re.compile(NAME, re.ASCII)
_COLUMN = re.compile(
    r'\s*+(?:(?P<quoted>`(?:[^`]|``)++`|"[^"]++")|(?P<word>[\w$]++))\s*+(?P<type>\w++)', re.ASCII
)
_NOT_COLUMNS = re.compile(
    r"(?:PRIMARY|KEY|UNIQUE|INDEX|CONSTRAINT|FULLTEXT|SPATIAL|FOREIGN|CHECK|PERIOD)\Z",
    re.IGNORECASE,
)
_BINARY_TYPE = re.compile(r"(?:var)?binary\Z|(?:tiny|medium|long)?blob\Z|bit\Z", re.IGNORECASE)
_CHARSET = re.compile(
    r"\b(?:CHARACTER\s+SET|CHARSET)\s*=?\s*(?P<named>\w+)"
    r"|\bCOLLATE\s*=?\s*(?P<by_collation>[A-Za-z0-9]+)",
    re.IGNORECASE | re.ASCII,
)
_STRINGS = re.compile(f"{single(escapes=True)}|{double(escapes=True)}", re.DOTALL)
_PIECE = re.compile(
    rf"(?P<comment>--\s[^\n]*+|\#[^\n]*+|/\*.*?\*/)|[^'\"`(),#/-]++"
    rf"|{single(escapes=True)}|{double(escapes=True)}|`[^`]*+`|.",
    re.DOTALL,
)


def _charset(text: str) -> str:
    names = _CHARSET.search(_STRINGS.sub("", text))
    return (names["named"] or names["by_collation"]).lower() if names else ""


def _items(definition: str) -> tuple[list[str], str]:
    """Split at the commas of the outermost parentheses; gives what follows them, too."""
    items = [""]
    depth = 0
    for match in _PIECE.finditer(definition):
        piece = match[0]
        depth += {"(": 1, ")": -1}.get(piece, 0)
        if depth == 0:
            return items, definition[match.end() : match.end() + 1000]
        if piece == "," and depth == 1:
            items.append("")
        elif not (match["comment"] or (piece == "(" and depth == 1)):
            items[-1] += piece
    return items, ""
