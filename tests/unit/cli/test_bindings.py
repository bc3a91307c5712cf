"""Bindings as CSV: out and in again, and every line that cannot be right."""

import stat
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from syncd.cli.bindings import export_bindings, import_bindings
from syncd.errors import BindingsUnusable, StoreError
from syncd.journal.journal import Journal
from syncd.model.remembered import BoundKey

NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
SOURCES = ("legacy", "brand-b")
KNOWN = [
    BoundKey("account:brand-b/17", "6"),
    BoundKey("account:legacy/17", "5"),
    BoundKey("contact:legacy/117", "5"),
]


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with Journal.open(tmp_path / "journal.sqlite", "kestrel") as opened:
        opened.bind(KNOWN, NOW)
        yield opened


def read(journal: Journal, folder: Path, *lines: str) -> tuple[int, int]:
    path = folder / "bindings.csv"
    path.write_text("".join(f"{line}\n" for line in ("key,target_id", *lines)), encoding="utf-8")
    return import_bindings(journal, path, SOURCES, NOW)


def problems(journal: Journal, folder: Path, *lines: str) -> list[str]:
    with pytest.raises(BindingsUnusable) as caught:
        read(journal, folder, *lines)
    assert list(journal.bindings()) == KNOWN  # not one line of it
    return caught.value.problems


def test_what_was_exported_is_imported_into_another_journal(
    journal: Journal, tmp_path: Path
) -> None:
    path = tmp_path / "bindings.csv"
    assert export_bindings(journal, path) == 3
    assert path.read_text(encoding="utf-8").splitlines() == [
        "key,target_id",
        *(f"{bound.key},{bound.target_id}" for bound in KNOWN),
    ]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with Journal.open(tmp_path / "other.sqlite", "kestrel") as other:
        assert import_bindings(other, path, SOURCES, NOW) == (3, 0)
        assert list(other.bindings()) == KNOWN
        assert import_bindings(other, path, SOURCES, NOW) == (0, 3)
        again = tmp_path / "again.csv"
        export_bindings(other, again)
    assert again.read_bytes() == path.read_bytes()


def test_an_empty_journal_gives_an_empty_table(tmp_path: Path) -> None:
    path = tmp_path / "bindings.csv"
    with Journal.open(tmp_path / "new.sqlite", "kestrel") as journal:
        assert export_bindings(journal, path) == 0
        assert import_bindings(journal, path, SOURCES, NOW) == (0, 0)


def test_new_lines_join_those_that_are_known(journal: Journal, tmp_path: Path) -> None:
    lines = ("account:legacy/17,5", "account:legacy/18,7", "contact:brand-b/117,6")
    assert read(journal, tmp_path, *lines) == (2, 1)
    assert set(journal.bindings()) == {
        *KNOWN,
        BoundKey("account:legacy/18", "7"),
        BoundKey("contact:brand-b/117", "6"),
    }


@pytest.mark.parametrize(
    ("line", "clue"),
    [
        ("account:legacy/18,", "line 2: '' is not an id of the target"),
        ("account:legacy/18,7 8", "line 2: '7 8' is not an id of the target"),
        (",7", "line 2: '' is not like account:legacy/17"),
        ("legacy/18,7", "line 2: 'legacy/18' is not like account:legacy/17"),
        ("account:legacy/0,7", "line 2: 'account:legacy/0' is not like"),
        ("account:legacy/x,7", "line 2: 'account:legacy/x' is not like"),
        ("user:jane@dev.example,7", "line 2: 'user:jane@dev.example' is not like"),
        ("account:brandc/18,7", "line 2: 'brandc' is not a source in the configuration"),
        ("account:legacy/17,9", "line 2: account:legacy/17 is bound to 5 in the journal"),
        ("account:legacy/18,5", "line 2: the target's account:5 is bound to account:legacy/17"),
        ("contact:legacy/118,5", "line 2: the target's contact:5 is bound to contact:legacy/117"),
    ],
)
def test_a_line_that_cannot_be_right_is_reported(
    line: str, clue: str, journal: Journal, tmp_path: Path
) -> None:
    (problem,) = problems(journal, tmp_path, line, "account:legacy/99,99")
    assert problem.startswith(clue)


def test_twins_are_reported(journal: Journal, tmp_path: Path) -> None:
    lines = ("account:legacy/18,7", "account:legacy/18,8", "account:brand-b/18,7")
    assert problems(journal, tmp_path, *lines) == [
        "line 3: account:legacy/18 is already in line 2",
        "line 4: the target's account:7 is already in line 2",
    ]


def test_every_problem_is_reported_at_once(journal: Journal, tmp_path: Path) -> None:
    assert len(problems(journal, tmp_path, "x,7", "account:brandc/1,8", "account:legacy/17,9")) == 3


@pytest.mark.parametrize(
    ("content", "clue"),
    [
        (b"key;target_id\n", "needs the columns key and target_id"),
        (b"", "needs the columns key and target_id"),
        (b"key,target_id\n\xff\xfe,7\n", "not readable as CSV in UTF-8"),
    ],
)
def test_what_is_no_such_table_is_reported(
    content: bytes, clue: str, journal: Journal, tmp_path: Path
) -> None:
    path = tmp_path / "bindings.csv"
    path.write_bytes(content)
    with pytest.raises(BindingsUnusable) as caught:
        import_bindings(journal, path, SOURCES, NOW)
    assert clue in caught.value.problems[0]


def test_a_file_that_is_not_there_and_a_folder_that_is_not(
    journal: Journal, tmp_path: Path
) -> None:
    with pytest.raises(BindingsUnusable):
        import_bindings(journal, tmp_path / "none.csv", SOURCES, NOW)
    with pytest.raises(StoreError):
        export_bindings(journal, tmp_path / "none" / "bindings.csv")


def test_a_binding_is_let_go_of(journal: Journal) -> None:
    journal.unbind(["account:legacy/17"])
    assert journal.binding("account:legacy/17") is None
    assert len(list(journal.bindings())) == len(KNOWN) - 1
