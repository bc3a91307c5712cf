"""Why, after a past: who was left out, who decided, who owns, what was read and when."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from altered import changed
from branches import under
from people import client, contact, sub
from rehearsal import Rehearsal, first_look, sources_of
from rich.console import Console

from syncd.cli.anew import explain
from syncd.journal.journal import Journal
from syncd.model.suppression import suppression
from syncd.pipeline import Settings
from syncd.targets.memory import MemoryTarget
from syncd.workspace.workspace import Workspace

OLGA = client(17, "olga@acme.example", company="Acme Ltd")
JANE = sub(1, 17, "jane@dev.example", "tickets")
LEFT_OUT = "The account is closed and left out, with its contacts and sub-accounts."


@pytest.fixture
def past(tmp_path: Path) -> Iterator[Rehearsal]:
    target = MemoryTarget()
    settings = changed(first_look(), matches={"legacy": "email"})
    with Rehearsal(tmp_path, target, settings) as rehearsal:
        yield rehearsal


def now(past: Rehearsal, tmp_path: Path, key: str, clients: list[Any], contacts: list[Any]) -> str:
    """Explain a key after what was rehearsed."""
    sources = sources_of(clients, contacts)
    console = Console(width=500)
    with (
        Workspace(tmp_path / "workspace.duckdb", past.settings.rules.decisions) as workspace,
        Journal.open(tmp_path / "journal.sqlite", past.target.name) as journal,
        console.capture() as printed,
    ):
        told = explain(
            key, sources, past.target, workspace, journal, past.settings, past.now, lambda *_: None
        )
        console.print(told)
    return printed.get()


def ruled(settings: Settings, **rules: Any) -> Settings:
    return changed(settings, **rules)


# --- who is left out ------------------------------------------------------------------------


def test_a_login_on_a_closed_account_is_shown_why_nothing_is_made(
    past: Rehearsal, tmp_path: Path
) -> None:
    closed = msgspec.structs.replace(OLGA, status="Closed")
    text = now(past, tmp_path, "jane@dev.example", [closed], [JANE])

    assert "contact legacy/1 of legacy/17 (Acme Ltd, Closed): Jane Doe" in text
    assert f"note closed_account [T-36] of the account legacy/17: {LEFT_OUT}" in text
    for key in ("contact:legacy/1", "membership:legacy/17:jane@dev.example"):
        assert "change: none, not desired (closed_account)" in under(text, key)


def test_whose_account_was_closed_later_keeps_access_and_that_is_said(
    past: Rehearsal, tmp_path: Path
) -> None:
    past.run([OLGA], [JANE])
    past.accept_all()
    past.run([OLGA], [JANE])
    closed = msgspec.structs.replace(OLGA, status="Closed")
    text = now(past, tmp_path, "jane@dev.example", [closed], [JANE])

    assert "note closed_account [T-36] of the account legacy/17" in text
    told = under(text, "membership:legacy/17:jane@dev.example")
    assert "change: remove (- revoked) -> hold mode" in told
    assert "no longer desired (closed_account)" in told
    assert "held: nothing is taken away; what the target has stays" in told


@pytest.mark.parametrize(
    ("excluded", "on"),
    [("legacy/17", "of the account legacy/17"), ("jane@dev.example", "on user:jane@dev.example")],
)
def test_who_is_left_out_by_policy_keeps_access_and_that_is_said(
    excluded: str, on: str, past: Rehearsal, tmp_path: Path
) -> None:
    past.run([OLGA], [JANE])
    past.accept_all()
    past.run([OLGA], [JANE])
    past.settings = ruled(past.settings, excluded=frozenset([excluded]))
    text = now(past, tmp_path, "jane@dev.example", [OLGA], [JANE])

    assert f"note excluded_by_policy [T-36] {on}: " in text
    told = under(text, "membership:legacy/17:jane@dev.example")
    assert "no longer desired (excluded_by_policy)" in told
    assert "held: nothing is taken away; what the target has stays" in told


def test_what_is_found_of_an_account_is_shown_to_its_members_and_to_nobody_else(
    past: Rehearsal, tmp_path: Path
) -> None:
    clients = [client(17, None, company="Acme Ltd"), client(18, "bob@bolt.example")]
    contacts = [JANE, sub(2, 18, "kim@dev.example", "tickets"), contact(3, 18, "leo@dev.example")]

    text = now(past, tmp_path, "jane@dev.example", clients, contacts)
    assert "block owner_missing [T-38] of the account legacy/17" in text
    for other in ("kim@dev.example", "leo@dev.example"):
        assert "owner_missing" not in now(past, tmp_path, other, clients, contacts)


def test_a_contact_without_an_account_says_so(past: Rehearsal, tmp_path: Path) -> None:
    text = now(past, tmp_path, "legacy/1", [client(18, "bob@bolt.example")], [JANE])

    assert "contact legacy/1 of legacy/17 (no such client): Jane Doe" in text
    assert "not desired (orphan_contact)" in under(text, "contact:legacy/1")


# --- who decided ----------------------------------------------------------------------------


def test_a_decision_about_data_names_who_made_it_and_when(past: Rehearsal, tmp_path: Path) -> None:
    rows = (
        [OLGA, client(18, "bob@bolt.example", first_name="Bob", last_name="Bolt")],
        [JANE, sub(2, 18, "jane@dev.example", "orders", first_name="Kim", last_name="Roe")],
        [],
    )
    answer = {"on": "many_names", "scope": "user:jane@dev.example", "answer": "apply"}
    past.decide([answer | {"because": "asked her"}], rows)
    text = now(past, tmp_path, "jane@dev.example", rows[0], rows[1])

    assert "decided: apply = it is one person" in text
    assert "by Lena, 2026-03-01: asked her" in text


@pytest.mark.parametrize("answer", ["apply", "leave"])
def test_a_decision_about_a_change_names_who_made_it_and_when(
    answer: str, past: Rehearsal, tmp_path: Path
) -> None:
    rows: tuple[list[Any], list[Any], list[Any]] = ([OLGA], [JANE], [])
    past.run(*rows)
    past.accept_all()
    past.run(*rows)
    past.target.load(memberships=[drifted(past)])
    key = "membership:legacy/17:jane@dev.example"
    assert "by Lena" not in now(past, tmp_path, key, *rows[:2])
    past.decide([{"on": "drifted", "scope": key, "answer": answer}], rows)
    told = under(now(past, tmp_path, key, *rows[:2]), key)

    assert f"decided: {answer}, by Lena, 2026-03-01" in told


def test_a_decision_that_died_is_shown_as_such_and_not_as_made(
    past: Rehearsal, tmp_path: Path
) -> None:
    rows: tuple[list[Any], list[Any], list[Any]] = ([OLGA], [JANE], [])
    past.run(*rows)
    past.accept_all()
    past.run(*rows)
    past.target.load(memberships=[drifted(past)])
    key = "membership:legacy/17:jane@dev.example"
    past.decide([{"on": "drifted", "scope": key, "answer": "apply", "made_on": "other"}], rows)
    text = now(past, tmp_path, key, *rows[:2])

    assert "decided:" not in under(text, key)
    assert f"note decision_stale [decisions] on {key}" in text
    assert "data: drifted: apply, by Lena, 2026-03-01" in text


def drifted(past: Rehearsal) -> dict[str, Any]:
    """Take Jane's membership out of the target, and give it with other permissions."""
    (place,) = past.target.members
    del past.target.members[place]
    user_id, client_id = place
    return {"client_id": client_id, "user_id": user_id, "permissions": ["orders"]}


# --- what only the target has ---------------------------------------------------------------


def in_the_target(past: Rehearsal) -> None:
    """Give the target the account with another owner, and a member nobody asked for."""
    past.settings = changed(past.settings, matches={"legacy": "same-id"})
    past.target.load(
        users=[{"id": 1, "email": "omar@acme.example"}, {"id": 2, "email": "zoe@zander.example"}],
        clients=[{"id": 17, "email": "olga@acme.example", "companyname": "Acme Ltd"}],
        memberships=[
            {"client_id": 17, "user_id": 1, "owner": True},
            {"client_id": 17, "user_id": 2, "permissions": ["quotes"]},
        ],
    )


def test_an_account_shows_who_is_on_it_in_the_target_alone(past: Rehearsal, tmp_path: Path) -> None:
    in_the_target(past)
    text = now(past, tmp_path, "legacy/17", [OLGA], [JANE])

    told = under(text, "membership:legacy/17:zoe@zander.example")
    assert "observed: member, permissions not read in this run" in told
    assert "change: none, unmanaged: left alone" in told
    account = under(under(text, "omar@acme.example"), "account:legacy/17")
    assert "desired: Acme Ltd, Active, owned by olga@acme.example" in account
    assert "observed: Acme Ltd, Active, owned by omar@acme.example" in account
    assert "change: none, the target has another owner, and owners are never changed" in account


def test_who_owns_the_account_in_the_target_gets_no_membership_and_is_shown_why(
    past: Rehearsal, tmp_path: Path
) -> None:
    in_the_target(past)
    omar = sub(1, 17, "omar@acme.example", "tickets")
    told = now(past, tmp_path, "omar@acme.example", [OLGA], [omar])

    told = under(told, "membership:legacy/17:omar@acme.example")
    assert (
        "change: none, the target says this person owns the account; owners are never changed"
        in told
    )


def test_a_membership_that_was_read_and_gives_nothing_says_so(
    past: Rehearsal, tmp_path: Path
) -> None:
    in_the_target(past)
    past.target.load(memberships=[{"client_id": 17, "user_id": 2, "permissions": []}])
    zoe = sub(1, 17, "zoe@zander.example", "quotes")
    text = now(past, tmp_path, "zoe@zander.example", [OLGA], [zoe])

    assert "observed: member with no permissions" in text


# --- what was not read again ----------------------------------------------------------------


def test_trusted_permissions_are_said_to_be_of_the_day_they_were_read(
    past: Rehearsal, tmp_path: Path
) -> None:
    contacts = [JANE, sub(2, 17, "kim@dev.example", "quotes")]
    past.run([OLGA], contacts)
    past.accept_all()
    past.run([OLGA], contacts)  # reads them
    past.run([OLGA], contacts)
    read = f"{past.now - timedelta(days=1):%Y-%m-%d %H:%M}"
    past.settings = changed(past.settings, verify_after=0)
    anew = now(past, tmp_path, "legacy/17", [OLGA], contacts)
    past.settings = changed(past.settings, verify_after=30)
    text = now(past, tmp_path, "legacy/17", [OLGA], contacts)

    assert "not read again" not in anew
    # A slice is read again: of two, the one whose turn it is.
    told = [
        under(text, f"membership:legacy/17:{email}")
        for email in ("jane@dev.example", "kim@dev.example")
    ]
    (trusted,) = (one for one in told if "not read again" in one)
    assert f"(checked on {read}, not read again)" in trusted
    assert "change: none, the target had it as desired when it was last checked" in trusted
    (looked_at,) = (one for one in told if one != trusted)
    assert "change: none, the target has it as desired" in looked_at


# --- suppressed people ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "key",
    ["JANE@dev.example", "user:jane@dev.example", "membership:legacy/17:jane@dev.example"],
)
def test_a_suppressed_address_is_said_to_be_suppressed_and_nothing_more(
    key: str, past: Rehearsal, tmp_path: Path
) -> None:
    suppressed = frozenset([suppression("jane@dev.example")])
    past.settings = changed(past.settings, suppressed=suppressed)
    text = now(past, tmp_path, key, [OLGA], [JANE])

    assert text.splitlines()[0] == key
    assert len(text.splitlines()) == 2
    assert "on the suppression list" in text
    assert "Doe" not in text


def test_a_suppressed_person_is_not_named_by_the_account_or_the_journal(
    past: Rehearsal, tmp_path: Path
) -> None:
    in_the_target(past)
    answer = {"on": "owner_changed", "scope": "account:legacy/17", "answer": "apply"}
    past.decide([answer], ([OLGA], [JANE], ()))
    past.run([OLGA], [JANE])
    suppressed = frozenset(map(suppression, ("jane@dev.example", "omar@acme.example")))
    past.settings = changed(past.settings, suppressed=suppressed)
    text = now(past, tmp_path, "legacy/17", [OLGA], [JANE])

    assert "observed: (suppressed)" in under(text, "account:legacy/17")
    assert "applied: (suppressed)" in under(text, "contact:legacy/1")
    for name in ("jane@dev.example", "omar@acme.example", "Jane", "Doe"):
        assert name not in text
