"""Lines that the engine joins are those that Python would have written, byte by byte."""

import sys
from pathlib import Path

import duckdb
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.report.cells import CsvFile
from syncd.report.lines import MARK, csv_line, json_line, lowered

COLUMNS = ("some", "other", "third")
# What acts, quotes, separates or only looks so, and what rows are mostly made of.
NASTY = (
    "\x00\t\n\r\x1e\x1f\x7f\x85\u00a0\u00ad\u200b\u202e\u2028\ufeff\uff1d"
    " \"',;=+-@\\|#aZ09éßЖ漢\u0301"
)
TEXT = st.text(st.sampled_from(NASTY) | st.characters(exclude_categories=["Cs"]), max_size=6)
ROWS = st.lists(st.tuples(TEXT, TEXT, TEXT), min_size=1, max_size=60)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("lines")


def joined(rows: list[tuple[str, ...]], line: str) -> list[str]:
    values = dict(zip(COLUMNS, map(list, zip(*rows, strict=True)), strict=True))
    columns = "unnest($some) AS some, unnest($other) AS other, unnest($third) AS third"
    query = f"SELECT {line} FROM (SELECT {columns})"  # noqa: S608 (of our own)
    with duckdb.connect() as con:
        return [text for (text,) in con.execute(query, values).fetchall()]


def held_to_python(folder: Path, rows: list[tuple[str, ...]]) -> list[str]:
    with CsvFile(folder / "python.csv", COLUMNS) as file:
        for row in rows:
            file.add(row)
    lines = joined(rows, csv_line(COLUMNS))
    with CsvFile(folder / "engine.csv", COLUMNS) as file:
        file.add_lines(lines)
    assert (folder / "engine.csv").read_bytes() == (folder / "python.csv").read_bytes()
    return lines


@given(rows=ROWS)
def test_rows_of_a_table_are_those_of_python(folder: Path, rows: list[tuple[str, ...]]) -> None:
    held_to_python(folder, rows)


def test_every_character_there_is_stands_in_a_table_as_python_puts_it(folder: Path) -> None:
    known = [chr(code) for code in range(sys.maxunicode + 1) if not 0xD800 <= code < 0xE000]
    held_to_python(folder, [(f"a{sign}b", sign, "") for sign in known])


def test_what_is_mostly_written_passes_as_it_is(folder: Path) -> None:
    rows = [("Jürgen Größe, GmbH", "jane@dev.example", ""), ("Žofie", "membership:legacy/1:a", "7")]
    assert not any(line.startswith(MARK) for line in held_to_python(folder, rows))


@given(rows=ROWS)
def test_json_is_that_of_msgspec(rows: list[tuple[str, ...]]) -> None:
    line = json_line({name: f'to_json("{name}")' for name in COLUMNS})
    written = [msgspec.json.encode(dict(zip(COLUMNS, row, strict=True))).decode() for row in rows]
    assert lowered("\n".join(joined(rows, line))) == "\n".join(written)


def test_a_backslash_that_is_text_begins_no_sign() -> None:
    assert lowered(r"\\u001F \u001F \\\u001F") == r"\\u001F \u001f \\\u001f"
