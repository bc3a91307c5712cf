"""How old a source is, and what that is compared with (T-55)."""

import msgspec
import pytest
from people import client, contact

from syncd.model.age import newest, older
from syncd.model.legacy import LegacyClient, LegacyContact

NOW = "2026-03-02 03:15:00"


def of_clients(*dates: tuple[str | None, str | None]) -> str:
    rows = [client(1, None, created_at=made, last_login=seen) for made, seen in dates]
    return newest(LegacyClient, [msgspec.structs.astuple(row) for row in rows], NOW)


def of_contacts(*dates: tuple[str | None, str | None]) -> str:
    rows = [contact(1, 1, None, created_at=made, updated_at=changed) for made, changed in dates]
    return newest(LegacyContact, [msgspec.structs.astuple(row) for row in rows], NOW)


def days_older(source: str, before: dict[str, str], this: dict[str, str]) -> int:
    seen = older(source, before, this)
    return seen.days if seen else 0


def test_the_newest_date_of_any_row_counts() -> None:
    assert of_clients(("2020-01-01", None), ("2019-05-05", "2026-01-02 10:00:00")) == (
        "2026-01-02 10:00:00"
    )
    assert of_contacts(("2020-01-01 00:00:00", "2021-02-03 04:05:06"), (None, None)) == (
        "2021-02-03 04:05:06"
    )


def test_rows_without_a_date_say_nothing() -> None:
    assert of_clients((None, None)) == ""
    assert newest(LegacyContact, [], NOW) == ""


def test_a_date_to_come_is_nonsense_and_does_not_count() -> None:
    assert of_clients((None, "2099-01-01 00:00:00"), (None, "2026-01-01 00:00:00")) == (
        "2026-01-01 00:00:00"
    )
    assert of_contacts((None, "2099-01-01 00:00:00")) == ""


@pytest.mark.parametrize(
    ("before", "this", "days"),
    [
        ("2026-03-01 03:15:00", "2026-03-01 03:15:00", 0),
        ("2026-03-01 03:15:00", "2026-03-02 03:15:00", 0),
        # The hour that autumn brings back is no age.
        ("2026-03-01 03:15:00", "2026-03-01 01:15:00", 0),
        ("2026-03-01 03:15:00", "2026-03-01 01:14:59", 1),
        ("2026-03-01 03:15:00", "2026-02-28 03:15:00", 1),
        ("2026-03-01 03:15:00", "2026-02-28 03:14:59", 2),
        ("2026-03-01 03:15:00", "2026-02-01 03:15:00", 28),
        ("2026-03-01  3:15:00", "2026-02-28  3:15:00", 1),  # as mysqldump writes it
        ("2026-03-01T03:15:00+02:00", "2026-02-28T01:15:00+00:00", 1),
        ("2026-03-01", "2026-02-27", 2),
        ("0000-00-00 00:00:00", "2026-02-27", 0),
        ("2026-03-01", "yesterday", 0),
    ],
)
def test_days_are_counted_as_they_begin(before: str, this: str, days: int) -> None:
    for kind in ("taken", "rows"):
        name = f"{kind}:legacy"
        assert days_older("legacy", {name: before}, {name: this}) == days


def test_each_moment_is_compared_with_its_own_kind() -> None:
    backup = {"taken:legacy": "2026-03-01 03:15:00", "rows:legacy": "2026-02-28 20:00:00"}
    live = {"rows:legacy": "2026-02-28 21:00:00"}

    assert days_older("legacy", backup, live) == 0
    assert days_older("legacy", live, backup) == 0
    assert days_older("legacy", {"rows:legacy": "2026-02-28 21:00:00"}, {}) == 0


def test_what_a_backup_says_of_itself_goes_before_its_rows() -> None:
    before = {"taken:legacy": "2026-03-01 03:15:00", "rows:legacy": "2026-02-28 20:00:00"}
    newest_row_deleted = {"taken:legacy": "2026-03-02 03:15:00", "rows:legacy": "2026-01-01"}

    assert days_older("legacy", before, newest_row_deleted) == 0


def test_one_source_says_nothing_of_another() -> None:
    assert days_older("red", {"taken:blue": "2026-03-01"}, {"taken:red": "2020-01-01"}) == 0
