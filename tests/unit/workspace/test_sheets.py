"""What is taken in by sheets comes out as what is taken row by row."""

import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syncd.errors import UnexpectedReply
from syncd.model.permission import ALL
from syncd.model.resources import User
from syncd.model.sheet import RowSheet, Texts
from syncd.ports import Observed, Sighting
from syncd.targets.whmcs import tables
from syncd.targets.whmcs.tables import ACCOUNTS, CONTACTS, MEMBERS, TABLES, USERS, TargetTable
from syncd.wire.messages import Row
from syncd.workspace.sheets import SheetIntake
from syncd.workspace.workspace import Workspace

Meaning = Callable[[Row], Iterable[Sighting]]
MEANINGS: Mapping[str, Meaning] = {
    ACCOUNTS.name: lambda row: (tables.account("shop", row),),
    USERS.name: lambda row: (tables.user(row),),
    MEMBERS.name: partial(tables.member, "shop", ALL),
    CONTACTS.name: lambda row: (tables.contact("shop", row),),
}
NUMBERS = st.integers(0, 99).map(str) | st.sampled_from(
    ["0", "007", "9007199254740901", "9007199254740902", "90071992547409000", "1" * 17]
)
TEXTS = st.sampled_from([
    None, "", " ", "Dana", " Dana  ", "Zoë", "Zoe\u0308", "O&#039;Hara", "A & B", "&amp;", '"Ed"',
    "a\\b", "\\xc3", "tab\there", "line\nfeed", "zqstandinqz", "zqstandinqz04text", "{0}", "%s",
    "null", "\x1d", "\x1e", "\x1f", "\u200bDana", "\u00a0Dana", "日本", "Иван", "\u212a", "\ufb01",
    "1990-01-01", "9003-90-71", "0", "\x00", "a\x7f", "x" * 300, "' OR 1", "[]",
])  # fmt: skip
ADDRESSES = st.integers(0, 9).map("Person{}@Firm.example".format) | st.sampled_from([
    None, "", " ", " Dana@Dev.example ", "DANA@DEV.EXAMPLE", "jörg@firm.example", "Å@firm.example",
    "dana@münchen.example", "zqstandinqz03@zqstandinqz.com", 'a"b@dev.example', "a\\b@dev.example",
    "no address", "a:b@dev.example", "\tdana@dev.example", "\u212a@dev.example",
    "o&#039;b@x.example",
])  # fmt: skip
DAYS = st.sampled_from([
    None, "", "2020-01-31", "2020-01-31 10:20:30", "2020-01-31T10:20:30", "0000-00-00",
    "0000-00-00 00:00:00", "2020-1-1", "2020-01-311", "9003-90-71", " 2020-01-31",
    "0999-01-01", "yes",
])  # fmt: skip
FLAGS = st.sampled_from(["0", "1", "1", "on", "", None])
OWNS = st.sampled_from(["0", "0", "0", "1"])
KEYS = st.sampled_from([
    None, "", "tickets", "tickets", "orders, Tickets", "tickets,orders", "all",
    "tickets,zqstandinqz",
])  # fmt: skip
VALUES: Mapping[str, st.SearchStrategy[Any]] = {
    **dict.fromkeys(("id", "userid", "user_id", "client_id"), NUMBERS),
    "user": NUMBERS | st.none(),
    "email": ADDRESSES,
    **dict.fromkeys(("datecreated", "email_verified_at"), DAYS),
    "owner": OWNS,
    "permissions": KEYS,
    "status": st.sampled_from([None, "", "Active", "Active", "Closed", " Closed", 'A"', "Zoë"]),
}


def rows_of(table: TargetTable) -> st.SearchStrategy[list[tuple[str | None, ...]]]:
    flag = {name: FLAGS for name in table.values if name.endswith("emails")}
    # Only some of the texts are odd at a time: else hardly a row would be plain.
    plain = st.sampled_from(["Dana", "Dean", "Köln", "", None])
    values = [(VALUES | flag).get(name, plain | plain | TEXTS) for name in table.values]
    return st.lists(st.tuples(*values), min_size=1, max_size=12)


class Roomy(Workspace):
    """A workspace that takes every sheet for a large one."""

    few = 0


def staged(sheets: Iterable[RowSheet[Sighting]], *, at_once: bool) -> tuple[Any, ...]:
    """Give what is staged, and what was raised on the way."""
    with (
        tempfile.TemporaryDirectory() as folder,
        Roomy(Path(folder) / "workspace.duckdb") as workspace,
    ):
        try:
            if at_once:
                with SheetIntake(workspace) as intake:
                    workspace.stage_observed(
                        sighting for sheet in sheets for sighting in intake.sightings(sheet)
                    )
            else:
                workspace.stage_observed(
                    sighting
                    for sheet in sheets
                    for row in sheet.rows
                    for sighting in sheet.read(row)
                )
        except UnexpectedReply as error:
            return (str(error),)
        names = ("observed", "ownerships", "invitations")
        found = [Counter(workspace.stream(f"FROM {name}")) for name in names]
        return *found, [workspace.taken(name) for name in names]


def sheet_of(table: TargetTable, rows: list[Texts]) -> RowSheet[Sighting]:
    def read(texts: Texts) -> Iterable[Sighting]:
        return MEANINGS[table.name](table.row(texts))

    return RowSheet(table.name, table.roles, rows, read)


@pytest.mark.parametrize("name", MEANINGS)
@given(data=st.data())
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_sheets_and_single_rows_come_to_the_same(name: str, data: st.DataObject) -> None:
    table = TABLES[name]
    pages = data.draw(st.lists(rows_of(table), min_size=1, max_size=3))
    sheets = [sheet_of(table, page) for page in pages]

    assert staged(sheets, at_once=True) == staged(sheets, at_once=False)


def test_rows_that_are_alike_are_read_once(tmp_path: Path) -> None:
    rows = [
        (str(number), f"Dana {number}", "Dean", "", f"p{number}@x.example", "Active", "2020-01-01")
        for number in range(20)
    ]
    read = list[Texts]()

    def reading(texts: Texts) -> Iterable[Sighting]:
        read.append(texts)
        return MEANINGS[ACCOUNTS.name](ACCOUNTS.row(texts))

    sheet = RowSheet(ACCOUNTS.name, ACCOUNTS.roles, rows, reading)
    with Roomy(tmp_path / "workspace.duckdb") as workspace:
        with SheetIntake(workspace) as intake:
            assert list(intake.sightings(sheet)) == []
            assert list(intake.sightings(sheet)) == []
        assert intake.taken == workspace.taken("observed") == 40

    assert len(read) == 2, "as the form is, and with a value wherever there may be one"


def test_a_sheet_of_few_rows_is_read_row_by_row(tmp_path: Path) -> None:
    rows: list[Texts] = [("1", "Dana", "Dean", "", "dana@x.example", "Active", "2020-01-01")]
    with (
        Workspace(tmp_path / "workspace.duckdb") as workspace,
        SheetIntake(workspace) as intake,
    ):
        assert len(list(intake.sightings(sheet_of(ACCOUNTS, rows)))) == 1
        assert intake.taken == 0


# What stands for a first name in a pattern, and what stands in a form for NULL and between values.
@pytest.mark.parametrize("status", ["zqstandinqz01text", "\x1d", "\x1e", "a\x1fb"])
def test_what_means_something_in_a_form_is_read_by_itself(status: str) -> None:
    row = ("1", "Dana", "Dean", "", "dana@x.example", status, "2020-01-01")
    sheets = [sheet_of(ACCOUNTS, [row, row])]

    assert staged(sheets, at_once=True) == staged(sheets, at_once=False)


def test_what_stands_for_null_is_not_null() -> None:
    rows = [("1", "7", "3", "0", "\x1e", "7", "dana@x.example")]
    (raised,) = staged([sheet_of(MEMBERS, rows)], at_once=True)

    assert "not a comma-separated list" in raised


def test_a_value_that_is_shown_only_beside_another_goes_by_no_pattern() -> None:
    def read(texts: Texts) -> Iterable[Sighting]:
        _, first, _, company, *_ = texts
        return [Observed(User("dana@x.example", f"{first}{company}" if company else ""), "1")]

    rows = [
        ("1", "Dana", "Dean", company, "dana@x.example", "Active", "2020-01-01")
        for company in ("Acme", "")
    ]
    sheets = [RowSheet(ACCOUNTS.name, ACCOUNTS.roles, rows, read)]

    assert staged(sheets, at_once=True) == staged(sheets, at_once=False)
