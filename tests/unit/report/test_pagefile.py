"""The page file: what a plan leaves for the pages, and when it leaves the one before."""

import stat
from pathlib import Path

import duckdb
import msgspec
import pytest
from altered import changed
from desk import NIGHT, SmallProvider
from people import client, sub
from structlog.testing import capture_logs

from syncd import run
from syncd.model.policy import Fuses, Policy
from syncd.model.suppression import suppression
from syncd.pages.rows import AccountOnFile, ContactOnFile, DifferenceOnFile, MemberOnFile
from syncd.pages.shelf import Shelf
from syncd.report.pagechanges import KEPT
from syncd.report.pagefile import FILE


@pytest.fixture
def provider(tmp_path: Path) -> SmallProvider:
    return SmallProvider(tmp_path)


def on_file(provider: SmallProvider, kind: type[msgspec.Struct], table: str) -> list:
    shelf = Shelf(provider.state / FILE)
    try:
        with shelf.reading() as leaf:
            return leaf.values(kind, f"FROM {table}")
    finally:
        shelf.close()


def planned_at(provider: SmallProvider) -> str:
    shelf = Shelf(provider.state / FILE)
    try:
        with shelf.reading() as leaf:
            return leaf.about.made_at
    finally:
        shelf.close()


def test_it_has_accounts_people_and_contacts_of_both_sides(provider):
    provider.sync()
    provider.later(days=1)
    provider.plan()

    accounts = {row.account: row for row in on_file(provider, AccountOnFile, "accounts")}
    members = {row.key: row for row in on_file(provider, MemberOnFile, "members")}
    contacts = {row.key: row for row in on_file(provider, ContactOnFile, "contacts")}
    assert [accounts[f"legacy/{n}"].is_there for n in (17, 18, 19)] == [True, False, True]
    assert accounts["legacy/17"].billing_key == "contact:legacy/3"
    assert accounts["legacy/18"].rule == "review:control_characters"
    leo = members["membership:legacy/17:leo@dev.example"]
    assert (leo.legacy, leo.wanted, leo.has) == (["tickets"], ["tickets"], None)
    assert leo.rule == "review:unknown_flag"
    assert members["membership:legacy/18:kim@quux.example"].is_owner
    assert contacts["contact:legacy/3"].has == ["invoice", "support"]
    assert [key for key, row in contacts.items() if row.may_ask] == ["contact:legacy/3"]


def test_only_its_owner_may_read_it_and_nothing_is_left_beside_it(provider):
    provider.plan()

    assert stat.S_IMODE((provider.state / FILE).stat().st_mode) == 0o600
    assert list(provider.state.glob("workspace*")) == []


def test_a_plan_without_serve_writes_none(provider):
    report = changed(provider.job().report, pages=None)

    provider.plan(report=report)

    assert not (provider.state / FILE).exists()


def test_a_refused_plan_leaves_the_one_before(provider):
    provider.plan()
    before = planned_at(provider)
    provider.later(days=1)
    provider.rows = [], []

    result = provider.plan(settings=changed(provider.job().settings, fuses=Fuses()))

    assert result.manifest.refusals
    assert planned_at(provider) == before == NIGHT.isoformat(timespec="seconds")


def test_taking_back_a_run_leaves_the_one_before(provider):
    synced = provider.sync()
    before = planned_at(provider)
    provider.later(days=1)

    run.undone(provider.job(), synced.run_id)

    assert planned_at(provider) == before


def test_a_run_goes_on_where_it_cannot_be_written(provider):
    (provider.state / FILE).mkdir(parents=True)

    with capture_logs() as logs:
        result = provider.sync()

    assert result.applied.outcomes == {"applied": 5}
    (line,) = [line for line in logs if line["event"] == "pages.failed"]
    assert line["file"] == str(provider.state / FILE)
    assert list(provider.state.glob("workspace*")) == []


def test_no_hash_and_no_secret_is_in_it(provider):
    provider.policy = Policy(cutover="silent", passwords="carry")
    provider.target.attaches = True
    provider.hashes = {row.contact_id: "$2y$10$" + "k" * 53 for row in provider.rows[1]}
    provider.plan()

    content = (provider.state / FILE).read_bytes()
    assert b"Wexford" in content
    assert b"$2y$" not in content
    assert b"kkkkkk" not in content


# --- what became different --------------------------------------------------------------------


def differences(provider: SmallProvider) -> set[tuple[str, str, str, str]]:
    rows = on_file(provider, DifferenceOnFile, "differences")
    return {(row.key, row.what, row.before, row.after) for row in rows}


def test_what_a_plan_sees_differ_is_kept_for_a_few_days(provider):
    provider.rows = [client(17, "olga@wexford.example")], [sub(1, 17, "jane@dev.example")]
    provider.plan()
    assert differences(provider) == set()
    provider.later(days=1)
    provider.rows = [client(17, "olga@new.example")], [sub(1, 17, "jane@dev.example", "orders")]
    provider.plan()

    expected = {
        ("account:legacy/17", "legacy owner", "olga@wexford.example", "olga@new.example"),
        ("account:legacy/17", "address", "olga@wexford.example", "olga@new.example"),
        ("membership:legacy/17:jane@dev.example", "legacy rights", "invoices", "orders"),
    }
    assert differences(provider) == expected
    provider.later(days=1)
    provider.plan()
    assert differences(provider) == expected
    provider.now += KEPT
    provider.plan()
    assert differences(provider) == set()


def test_who_was_suppressed_since_then_is_named_nowhere(provider):
    erased = "jane@dev.example"
    provider.rows = [client(17, "olga@wexford.example")], [sub(1, 17, erased)]
    provider.plan()
    provider.later(days=1)
    provider.rows = [client(17, "olga@new.example")], [sub(1, 17, erased)]
    settings = changed(provider.job().settings, suppressed=frozenset({suppression(erased)}))
    provider.plan(settings=settings)

    assert differences(provider) == set()
    assert erased.encode() not in (provider.state / FILE).read_bytes()


@pytest.mark.parametrize("content", [b"", b"no database", b"\0" * 20_000])
def test_a_file_that_is_none_is_replaced(provider, content):
    provider.state.mkdir(parents=True)
    (provider.state / FILE).write_bytes(content)

    provider.plan()

    assert planned_at(provider)
    assert differences(provider) == set()


def test_one_of_another_version_is_replaced(provider):
    provider.plan()
    with duckdb.connect(str(provider.state / FILE)) as con:
        con.execute("UPDATE about SET version = 0")
    provider.later(days=1)

    provider.plan()

    assert planned_at(provider) == provider.now.isoformat(timespec="seconds")
