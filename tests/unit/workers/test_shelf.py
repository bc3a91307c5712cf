"""The files that a plan's processes share: whole and as they were written, or an error."""

import os
from pathlib import Path

import pytest

from syncd.model.legacy import LegacyClient, LegacyContact
from syncd.ports import Batch
from syncd.workers.faults import FolderUnusable, ShareUnusable
from syncd.workers.shelf import Note, PlanShelf, batches


@pytest.fixture
def shelf(tmp_path: Path) -> PlanShelf:
    made = PlanShelf(tmp_path / "kestrel" / "plan")
    made.open()
    return made


def test_a_value_comes_back_as_it_was_put(shelf: PlanShelf) -> None:
    seal = shelf.put_value("rules", {"b": 1, "a": [2]})
    assert shelf.has("rules")
    assert shelf.value("rules", dict, seal) == {"b": 1, "a": [2]}
    assert shelf.put_value("rules", {"a": [2], "b": 1}) == seal
    assert not [path for path in shelf.folder.iterdir() if path.name.startswith(".")]


def test_what_is_missing_cut_or_another_is_told_by_its_path(shelf: PlanShelf) -> None:
    with pytest.raises(ShareUnusable, match="rows-1, reason=No such file"):
        shelf.checked("rows-1")
    seal = shelf.put_value("rules", {"a": 1})
    with pytest.raises(ShareUnusable, match="not as it was written"):
        shelf.checked("rules", seal.replace(seal[0], "x"))
    os.truncate(shelf.path("rules"), 3)
    with pytest.raises(ShareUnusable, match="not as it was written"):
        shelf.checked("rules")


def test_rows_of_both_tables_come_back_in_their_order(shelf: PlanShelf) -> None:
    clients = Batch(LegacyClient, [("legacy", 1, "Zoë"), ("legacy", 2, None)])
    contacts = Batch(LegacyContact, [("legacy", 7, 1, "\udce4")])  # no UTF-8
    with shelf.rows(3) as rows:
        rows.add(clients)
        assert not shelf.has("rows-3"), "half of it is none"
    assert list(batches(shelf.checked("rows-3"))) == [clients]
    with pytest.raises(UnicodeEncodeError), shelf.rows(4) as rows:
        rows.add(contacts)
    assert not shelf.has("rows-4")


def test_a_note_replaces_the_last_one(shelf: PlanShelf) -> None:
    assert shelf.noted("note-read-1") is None
    for reason in ("one", "two"):
        shelf.note("note-read-1", Note("host (pid 7)", reason, refused=True))
    assert shelf.noted("note-read-1") == Note("host (pid 7)", "two", refused=True)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "kestrel").touch()
    with pytest.raises(FolderUnusable, match="kestrel/plan"):
        PlanShelf(tmp_path / "kestrel" / "plan").open()


def test_other_shelves_are_those_of_the_same_queue(shelf: PlanShelf) -> None:
    PlanShelf(shelf.folder.parent / "left").open()
    PlanShelf(shelf.folder.parent.parent / "shop" / "other").open()
    assert [each.plan for each in shelf.others()] == ["left", "plan"]
