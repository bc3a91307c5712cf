"""Lines that the engine joins are those that Python would have written, byte by byte."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from syncd.report.cells import CsvFile, cell
from syncd.report.filling import fill
from syncd.report.lines import MARK, csv_rows, json_line, lowered
from syncd.report.tables import Sheet
from syncd.workspace.workspace import Workspace

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


@pytest.fixture(scope="module")
def engine() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as con:
        yield con


GIVEN = "SELECT unnest($some) AS some, unnest($other) AS other, unnest($third) AS third"


def joined(con: duckdb.DuckDBPyConnection, rows: list[tuple[str, ...]], query: str) -> list[str]:
    values = dict(zip(COLUMNS, map(list, zip(*rows, strict=True)), strict=True))
    return [text for (text,) in con.execute(query, values).fetchall()]


def held_to_python(
    engine: duckdb.DuckDBPyConnection, folder: Path, rows: list[tuple[str, ...]]
) -> list[str]:
    with CsvFile(folder / "python.csv", COLUMNS) as file:
        for row in rows:
            file.add(row)
    lines = joined(engine, rows, csv_rows(COLUMNS, GIVEN))
    with CsvFile(folder / "engine.csv", COLUMNS) as file:
        file.add_lines(lines)
    assert (folder / "engine.csv").read_bytes() == (folder / "python.csv").read_bytes()
    return lines


@settings(deadline=None)
@given(rows=ROWS)
@example(rows=[("a\x1fb", "", "c"), ("a", "b\x1e", "\x1f")])  # what lies between cells
def test_rows_of_a_table_are_those_of_python(
    engine: duckdb.DuckDBPyConnection, folder: Path, rows: list[tuple[str, ...]]
) -> None:
    held_to_python(engine, folder, rows)


def test_no_sign_passes_that_python_would_spell_out_or_disarm(
    engine: duckdb.DuckDBPyConnection,
) -> None:
    signs = """
        SELECT chr(code::INTEGER) AS sign, sign AS some, 'a' || sign AS other, '' AS third
        FROM range(1, 1114112) signs(code) WHERE code NOT BETWEEN 55296 AND 57343
    """
    rows = engine.execute(csv_rows(COLUMNS, signs, "sign, ")).fetchall()
    passed = [sign for sign, line in rows if not line.startswith(MARK)]

    assert len(passed) > 100_000, "letters and digits of all scripts"
    assert [sign for sign in passed if cell(sign) != sign] == []


def test_what_is_mostly_written_passes_as_it_is(
    engine: duckdb.DuckDBPyConnection, folder: Path
) -> None:
    rows = [("Jürgen Größe, GmbH", "jane@dev.example", ""), ("Žofie", "membership:legacy/1:a", "7")]
    lines = held_to_python(engine, folder, rows)
    assert not any(line.startswith(MARK) for line in lines)


@settings(deadline=None)
@given(rows=ROWS)
def test_json_is_that_of_msgspec(
    engine: duckdb.DuckDBPyConnection, rows: list[tuple[str, ...]]
) -> None:
    line = json_line({name: f'to_json("{name}")' for name in COLUMNS})
    query = f"SELECT {line} FROM ({GIVEN})"  # noqa: S608 (of our own)
    written = [msgspec.json.encode(dict(zip(COLUMNS, row, strict=True))).decode() for row in rows]
    assert lowered("\n".join(joined(engine, rows, query))) == "\n".join(written)


def test_a_backslash_that_is_text_begins_no_sign() -> None:
    assert lowered(r"\\u001F \u001F \\\u001F") == r"\\u001F \u001f \\\u001f"


# --- few rows, which Python writes -------------------------------------------------------------


class Large(Workspace):
    few = 0


def test_few_rows_are_written_as_many_are(tmp_path: Path) -> None:
    rows = [("a, b", 'say "é"', ""), ("=1", "x\x1fy", "a\nb"), ("", "\u202e", "Jürgen")] * 900
    values = dict(zip(COLUMNS, map(list, zip(*rows, strict=True)), strict=True))
    written = set[bytes]()
    for kind in (Workspace, Large):
        with kind(tmp_path / "workspace.duckdb") as workspace:
            assert fill(Sheet("t.csv", COLUMNS), tmp_path, workspace, GIVEN, values) == len(rows)
        written.add((tmp_path / "t.csv").read_bytes())
    assert len(written) == 1
