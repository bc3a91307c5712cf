"""Rows that the engine joins to lines of text: they pass through Python without coming apart.

`csv_rows` and `json_line` give the SQL. What comes of it is what `CsvFile` and msgspec make of the
same values, byte by byte.
"""

import re
from collections.abc import Iterable, Mapping

# What no cell of a row may hold for the row to pass: a quote, a sign that may act (see `cells`),
# and at its beginning anything but a letter or digit. First for the mass, then for other letters.
_SUSPECT = r"\x1f[^0-9A-Za-z\x1f]|[^ !#-~\x1f]"
_STRANGE = r"\x1f[^0-9\p{L}\x1f]|[^ !#-~\p{L}\p{M}\p{N}\x1f]"
_WITH_COMMA = r"\x1f([^\x1f,]*,[^\x1f]*)"
MARK = "\x1e"  # before a row that did not pass: its cells as JSON


def csv_rows(columns: Iterable[str], query: str, beside: str = "") -> str:
    """Give the SQL of the lines of a table: of these columns of a query, which are text.

    `beside` names what else of the query is wanted, before them.
    """
    cells = [f'"{column}"' for column in columns]
    apart = ", chr(31), ".join(cells)
    # Each cell has a sign before it. More of them, and one is in a cell.
    return f"""
        SELECT {beside} CASE
            WHEN regexp_matches(joined, '{_SUSPECT}') AND regexp_matches(joined, '{_STRANGE}')
                 OR len(joined) - len(replace(joined, chr(31), '')) > {len(cells)}
            THEN concat(chr({ord(MARK)}), to_json([{", ".join(cells)}]))
            ELSE concat(substr(replace(
                if(contains(joined, ','),
                   regexp_replace(joined, '{_WITH_COMMA}', chr(31) || '"\\1"', 'g'), joined),
                chr(31), ','), 2), chr(13), chr(10))
        END FROM (SELECT *, concat(chr(31), {apart}) AS joined FROM ({query}))
    """


def json_line(fields: Mapping[str, str]) -> str:
    """Give the SQL of an object, of the JSON of each field; `lowered` completes it."""
    pairs = ", ',', ".join(f"""'"{name}":', {value}""" for name, value in fields.items())
    return f"concat('{{', {pairs}, '}}')"


def lowered(lines: str) -> str:
    r"""Give JSON of the engine as msgspec writes it, which has `\u001f` for its `\u001F`.

    A backslash that is text itself is two: what comes after it is no such sign.
    """
    return _SIGN.sub(lambda sign: sign[0].lower(), lines) if r"\u00" in lines else lines


_SIGN = re.compile(r"\\\\|\\u00[01][0-9A-F]")
