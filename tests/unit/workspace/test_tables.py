"""The tables of the workspace: declared in one place, written by one stage, changed by none."""

import re
from pathlib import Path

import syncd
from syncd.workspace.tables import TABLES
from syncd.workspace.workspace import Workspace

PACKAGE = Path(syncd.__file__).parent
STAGES = ("workspace", "match", "decide", "apply", "report", "cli")
# What the workspace stages by itself, for the stages that have no store: extract, convert ...
AT_THE_DOOR = {"extract", "convert", "remember", "observe", "match", "every stage"}
_FILLING = re.compile(r'fill\("(\w+)"')
_WRITING = re.compile(r"INSERT INTO (\w+)|sink\(\"(\w+)\"\)")
_NAMES = re.compile(r'"(\w+)"')
_ASKED = re.compile(r"\.has\((.*?)\)")
_CHANGING = re.compile(r"\b(?:CREATE(?! USER)|UPDATE \w+ SET|DELETE FROM|DROP|ALTER)\b")


def sources() -> list[Path]:
    return [path for stage in STAGES for path in sorted((PACKAGE / stage).rglob("*.py"))]


def test_nothing_is_made_changed_or_deleted_outside_of_the_declarations() -> None:
    changing = {
        (path.relative_to(PACKAGE).as_posix(), found)
        for path in sources()
        for found in _CHANGING.findall(path.read_text())
    }

    laid_down = "workspace/workspace.py"  # the temporary table of an open stream
    assert changing == {
        *((laid_down, verb) for verb in ("CREATE", "DROP")),
        ("workspace/views.py", "CREATE"),
        # Tables of another database: the page file, which `serve` reads.
        ("report/pagefile.py", "CREATE"),
        ("report/pagechanges.py", "CREATE"),
    }


def test_a_table_is_written_by_its_stage_alone() -> None:
    writers = {table.name: table.writer for table in TABLES}
    for path in sources():
        stage = path.relative_to(PACKAGE).parts[0]
        for inserted, filled in _WRITING.findall(path.read_text()):
            name = inserted or filled
            if name in writers:
                at_the_door = stage == "workspace" and writers[name] in AT_THE_DOOR | {"decide"}
                assert writers[name] == stage or at_the_door, f"{path}: {name}"


def test_only_tables_that_nothing_else_fills_are_asked_whether_they_are_empty() -> None:
    texts = [path.read_text() for path in sources()]
    asked = {name for text in texts for ask in _ASKED.findall(text) for name in _NAMES.findall(ask)}
    inserted = {name for text in texts for name, _ in _WRITING.findall(text)}
    inserted -= {name for text in texts for name in _FILLING.findall(text)}  # which notes it
    inserted -= {"clients", "contacts"}  # as `intake` does: see `Workspace.count_in`

    assert asked, "the pattern finds them"
    assert asked <= {table.name for table in TABLES} - inserted


def test_a_table_has_rows_once_its_sink_has_taken_them(tmp_path: Path) -> None:
    with Workspace(tmp_path / "workspace.duckdb") as workspace:
        with workspace.sink("checked") as sink:
            assert not workspace.has("checked")
            sink.add(("membership:legacy/17:ana@dev.example", "2026-03-01"))
        with workspace.sink("trusted"):
            pass

        assert workspace.has("checked")
        assert not workspace.has("checked", "trusted")


def test_all_of_them_are_there(tmp_path: Path) -> None:
    with Workspace(tmp_path / "workspace.duckdb") as workspace:
        query = "SELECT table_name FROM duckdb_tables ORDER BY ALL"
        assert [name for (name,) in workspace.con.execute(query).fetchall()] == sorted(
            table.name for table in TABLES
        )
