"""A journal of each earlier version is opened, copied first, and has lost nothing."""

import re
import sqlite3
import stat
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from syncd.errors import StoreError
from syncd.journal import care, migrations
from syncd.journal.journal import Journal
from syncd.journal.schema import SCHEMA_VERSION
from syncd.model.resources import Membership

DATA = Path(__file__).parents[2] / "data"
OLD = sorted(int(path.stem.removeprefix("journal-v")) for path in DATA.glob("journal-v*.sql"))
NOW = datetime(2026, 3, 3, 3, 15, tzinfo=UTC)
FIRST, CUT_OFF = "20260301T031500-aaaaaa", "20260302T031500-bbbbbb"


def made(path: Path, version: int) -> Path:
    with closing(sqlite3.connect(path)) as con:
        con.executescript((DATA / f"journal-v{version}.sql").read_text(encoding="utf-8"))
    return path


@pytest.fixture(params=OLD)
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return made(tmp_path / "journal.sqlite", request.param)


def rows(path: Path, query: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(path)) as con:
        return con.execute(query).fetchall()


def schema(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Give the columns of every table, in any order: a new one can only be added at the end."""
    tables = [name for (name,) in rows(path, "SELECT name FROM sqlite_master WHERE type = 'table'")]
    columns = "SELECT name, type, \"notnull\", pk FROM pragma_table_info('{}') ORDER BY name"
    return {name: rows(path, columns.format(name)) for name in tables}


def indexes(path: Path) -> set[tuple[Any, ...]]:
    """Give the columns of every index, in their order, and whether it has some rows alone."""
    return set(
        rows(
            path,
            """
            SELECT t.name, i.name, i.partial, c.seqno, c.name
            FROM sqlite_master t JOIN pragma_index_list(t.name) i JOIN pragma_index_info(i.name) c
            WHERE t.type = 'table'
            """,
        )
    )


def test_there_is_a_fixture_and_a_step_for_every_earlier_version() -> None:
    assert [*range(1, SCHEMA_VERSION)] == OLD == sorted(migrations.STEPS)


def test_everything_in_it_is_found(old: Path) -> None:
    kept = "SELECT key, target_id FROM bindings UNION ALL SELECT fuse, because FROM overrides"
    before = rows(old, kept)
    with Journal.open(old, "kestrel") as journal:
        assert [run["run_id"] for run in journal.runs()] == [CUT_OFF, FIRST]
        assert journal.outcomes(FIRST) == {"applied": 4, "failed": 1, "in_doubt": 1}
        assert journal.binding("account:legacy/17") == "4"
        assert [key.rpartition(":")[2] for key, *_ in journal.applied()] == [
            "legacy/17", "legacy/117", "dana@archer.example", "erin@archer.example",
            "finn@archer.example", "alma@archer.example",
        ]  # fmt: skip
        assert [one.email for one in journal.invites(NOW)] == [
            "dana@archer.example", "erin@archer.example"
        ]  # fmt: skip
        finn = [change for change in journal.done_by(FIRST) if "finn" in change.key]
        assert [isinstance(one.before, Membership) and one.before.permissions for one in finn] == [
            ("orders", "tickets")
        ]
    assert rows(old, kept) == before


def test_it_is_as_one_made_today(old: Path, tmp_path: Path) -> None:
    new = tmp_path / "new.sqlite"
    Journal.open(new, "kestrel").close()
    Journal.open(old, "kestrel").close()
    assert schema(old) == schema(new)
    assert indexes(old) == indexes(new)


def test_what_is_there_is_sealed_and_goes_on(old: Path) -> None:
    with Journal.open(old, "kestrel") as journal:
        assert journal.recover(NOW) == 1
        assert "hugo@archer.example" in {one.email for one in journal.invites(NOW)}
    told = list(care.check(old, "kestrel"))
    assert all(line.ok for line in told), told
    assert any("the chain is intact: 14 links" in line.what for line in told)
    with closing(sqlite3.connect(old)) as con:
        con.execute("UPDATE changes SET outcome = 'applied' WHERE outcome = 'failed'")
        con.commit()
    assert [line.detail for line in care.check(old, "kestrel") if not line.ok] == [
        "change 6: its outcome is not what was sealed"
    ]


def test_the_copy_is_as_it_was(old: Path) -> None:
    version = rows(old, "SELECT value FROM meta WHERE name = 'schema'")[0][0]
    with closing(sqlite3.connect(old)) as con:
        before = list(con.iterdump())
    Journal.open(old, "kestrel").close()
    copy = old.with_name(f"journal.sqlite.v{version}.bak")
    with closing(sqlite3.connect(copy)) as con:
        assert list(con.iterdump()) == before
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    before_again = copy.stat().st_mtime_ns
    Journal.open(old, "kestrel").close()
    assert copy.stat().st_mtime_ns == before_again, "once"


def test_a_step_that_fails_changes_nothing(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    version = int(rows(old, "SELECT value FROM meta WHERE name = 'schema'")[0][0])
    good = migrations.STEPS[version]

    def cut(con: Any) -> None:
        good(con)
        raise OSError("the power went")

    with closing(sqlite3.connect(old)) as con:
        before = list(con.iterdump())
    monkeypatch.setitem(migrations.STEPS, version, cut)
    with pytest.raises(OSError, match="the power went"):
        Journal.open(old, "kestrel")
    with closing(sqlite3.connect(old)) as con:
        assert list(con.iterdump()) == before
    monkeypatch.undo()
    Journal.open(old, "kestrel").close()


def test_another_targets_journal_is_not_migrated(old: Path) -> None:
    with pytest.raises(StoreError, match="belongs to the target 'kestrel'"):
        Journal.open(old, "heron")
    assert not list(old.parent.glob("*.bak"))


def test_an_older_one_is_checked_without_being_touched(old: Path) -> None:
    before = old.read_bytes()
    told = list(care.check(old, "kestrel"))
    assert all(line.ok for line in told)
    assert "the next run migrates it" in told[-1].detail
    assert old.read_bytes() == before
    with pytest.raises(StoreError, match=r"schema version \d"):
        list(care.export(old))


def test_every_version_of_the_schema_is_documented() -> None:
    page = (Path(__file__).parents[3] / "docs" / "journal.md").read_text("utf-8")
    listed = re.findall(r"(?m)^\| (\d+) \| .+ \|$", page.partition("\n## Schema versions\n")[2])
    assert [*map(int, listed)] == [*range(1, SCHEMA_VERSION + 1)]
