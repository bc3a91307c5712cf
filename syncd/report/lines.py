"""Rows that the engine joins to lines of text: they pass through Python without coming apart.

`csv_line` and `json_line` give the SQL of a line. What comes of them is what `CsvFile` and msgspec
make of the same values, byte by byte.
"""

import re
from collections.abc import Iterable, Mapping

# What no cell of a row may hold for the row to pass: a quote, a sign that may act (see `cells`),
# and at its beginning anything but a letter or digit. First for the mass, then for other letters.
_SUSPECT = r"\x1f[^0-9A-Za-z\x1f]|[^ !#-~\x1f]"
_STRANGE = r"\x1f[^0-9\p{L}\x1f]|[^ !#-~\p{L}\p{M}\p{N}\x1f]"
MARK = "\x1e"  # before a row that did not pass: its cells as JSON


def csv_line(columns: Iterable[str]) -> str:
    """Give the SQL of a line of these columns, which are text."""
    cells = [f'"{column}"' for column in columns]
    whole = f"concat(chr(31), {', chr(31), '.join(cells)})"
    bare = f"concat({_with_commas(cells)}, chr(13), chr(10))"
    quoted = (f"if(contains({each}, ','), concat('\"', {each}, '\"'), {each})" for each in cells)
    return f"""
        CASE WHEN regexp_matches({whole}, '{_SUSPECT}') AND regexp_matches({whole}, '{_STRANGE}')
                  OR contains(concat({", ".join(cells)}), chr(31))
             THEN concat(chr({ord(MARK)}), to_json([{", ".join(cells)}]))
             WHEN contains({whole}, ',')
             THEN concat({_with_commas(quoted)}, chr(13), chr(10))
             ELSE {bare} END
    """


def json_line(fields: Mapping[str, str]) -> str:
    """Give the SQL of an object, of the JSON of each field; `lowered` completes it."""
    pairs = (f"""'"{name}":', {value}""" for name, value in fields.items())
    return f"concat('{{', {_with_commas(pairs)}, '}}')"


def _with_commas(parts: Iterable[str]) -> str:
    return ", ',', ".join(parts)


def lowered(lines: str) -> str:
    r"""Give JSON of the engine as msgspec writes it, which has `\u001f` for its `\u001F`.

    A backslash that is text itself is two: what comes after it is no such sign.
    """
    return _SIGN.sub(lambda sign: sign[0].lower(), lines) if r"\u00" in lines else lines


_SIGN = re.compile(r"\\\\|\\u00[01][0-9A-F]")
