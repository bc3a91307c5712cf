"""What the rows of a WHMCS 8 mean, and what a login may do; no server is needed."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from syncd.errors import UnexpectedReply
from syncd.model.connection import DatabaseConnection
from syncd.model.permission import ALL, NONE
from syncd.model.resources import Membership, account_ref
from syncd.ports import InviteState, Observed, Ownership
from syncd.targets.whmcs import tables
from syncd.targets.whmcs.tables import TABLES, invitation, lacking, member
from syncd.wire.mysql import Count, Moved, ReadTable, compare

NOW = datetime(2026, 3, 29, 12, tzinfo=UTC)  # hours after a night of 23 hours in Europe
WEEK = timedelta(days=7)
ACME = account_ref("shop", 3)
JANE = "jane@dev.example"


def link(**columns: str | None) -> dict[str, str | None]:
    row = {"id": "1", "user_id": "7", "client_id": "3", "owner": "0", "permissions": "tickets",
           "user": "7", "email": "Jane@dev.example"}  # fmt: skip
    return row | columns


def asked(**columns: str | None) -> dict[str, str | None]:
    sent = str(int((NOW - WEEK).timestamp()))
    row = {"id": "5", "client_id": "3", "email": "Jane@dev.example", "permissions": "tickets",
           "sent": sent, "accepted_at": None, "deleted_at": None, "accepted_by": None}  # fmt: skip
    return row | columns


@pytest.mark.parametrize(
    ("told", "held"),
    [("tickets", ("tickets",)), ("orders, Tickets", ("tickets", "orders")), ("", NONE)],
)
def test_permissions_come_with_the_row(told: str, held: Any) -> None:
    (seen,) = member("shop", ALL, link(permissions=told))

    assert seen == Observed(Membership(ACME, JANE, held), "7/3")


@pytest.mark.parametrize("told", [None, "all", "tickets,teleport"])
def test_what_a_row_does_not_say_stays_open(told: str | None) -> None:
    (seen,) = member("shop", ALL, link(permissions=told))

    assert seen == Observed(Membership(ACME, JANE, NONE), "7/3", complete=False)


@pytest.mark.parametrize(
    "told", ["[]", "{}", ",", " ", "a:0:{}", "tickets;orders", "null tickets", "tic\u212aets"]
)
def test_an_unreadable_list_is_never_an_empty_one(told: str) -> None:
    with pytest.raises(UnexpectedReply, match="not a comma-separated list"):
        list(member("shop", ALL, link(permissions=told)))


@pytest.mark.parametrize("told", [None, "", "nonsense; {"])
def test_what_stands_in_an_owners_list_does_not_matter(told: str | None) -> None:
    assert list(member("shop", ALL, link(owner="1", permissions=told))) == [Ownership(ACME, JANE)]


@pytest.mark.parametrize("told", [None, "", "2", "yes", "-1"])
def test_who_owns_is_never_guessed(told: str | None) -> None:
    with pytest.raises(UnexpectedReply, match="owner is neither 0 nor 1"):
        list(member("shop", ALL, link(owner=told)))


@pytest.mark.parametrize(
    ("age", "state"),
    [
        (WEEK, InviteState.EXPIRED),
        (WEEK - timedelta(seconds=1), InviteState.PENDING),
        (WEEK + timedelta(hours=1), InviteState.EXPIRED),
        (timedelta(minutes=-10), InviteState.PENDING),
    ],
)
def test_an_invitation_lasts_seven_times_24_hours(age: timedelta, state: InviteState) -> None:
    sent_at = NOW - age

    found = invitation("shop", NOW, asked(sent=str(int(sent_at.timestamp()))))

    assert (found.state, found.sent_at, found.email) == (state, sent_at, JANE)


def test_accepted_goes_before_deleted() -> None:
    both = asked(accepted_at="2026-03-22 10:00:00", deleted_at="2026-03-22 10:00:01")

    assert invitation("shop", NOW, both).state is InviteState.ACCEPTED


def test_the_lists_of_invitations_long_settled_do_not_matter() -> None:
    old = asked(accepted_at="2020-01-01 00:00:00", permissions=None)

    assert invitation("shop", NOW, old).permissions == NONE


def test_an_invitation_ahead_of_the_clock_is_an_error() -> None:
    ahead = str(int((NOW + timedelta(minutes=11)).timestamp()))
    with pytest.raises(UnexpectedReply, match="in the future"):
        invitation("shop", NOW, asked(sent=ahead))


def test_every_missing_column_is_named_at_once() -> None:
    there = {name: list(table.columns) for name, table in TABLES.items()}
    assert list(lacking(there)) == []

    del there["tblusers"]
    there["tblusers_clients"].remove("owner")
    there["tblusers_clients"].remove("invite_id")

    assert list(lacking(there)) == [
        "no table tblusers",
        "tblusers_clients has no column invite_id, owner",
    ]


def test_no_secret_column_is_read() -> None:
    read = {column for table in TABLES.values() for column in table.columns}

    assert not read & {"password", "token", "second_factor_config", "remember_token", "pwresetkey"}
    assert "password" not in str([table.values for table in vars(tables).values()
                                  if isinstance(table, tables.TargetTable)])  # fmt: skip


def test_a_login_does_not_show_its_password() -> None:
    known = {"database": "whmcs", "user": "reader", "password": "quiet-7", "host": "db.example"}
    login = DatabaseConnection(**known)

    assert repr(login) == "DatabaseConnection('reader', 'db.example:3306/whmcs')"


def test_rows_that_are_not_those_counted_are_no_complete_read() -> None:
    table = ReadTable("tblusers", ("t.id",))
    compare(table, Count(2, 1, 9), Count(2, 1, 9))
    with pytest.raises(Moved, match="tblusers: 2 rows with the ids 1 to 9 were read"):
        compare(table, Count(2, 1, 9), Count(3, 1, 10))
