"""The matrix of the page: whole people, the worst first, each with what explains it."""

import pytest
from altered import changed
from people import MAPPING, RULES, client, sub
from rehearsal import settings_with

from syncd import run
from syncd.model.policy import Fuses, Policy
from syncd.report import access, matrix
from syncd.report.evidence import LegacyLine
from syncd.sources.memory import MemorySource
from syncd.targets.memory import MemoryTarget


def rows():
    clients = [client(n, f"owner{n}@acme.example", company=f"Acme {n}") for n in range(1, 6)]
    contacts = [sub(n, n, "agency@dev.example", "tickets") for n in range(1, 5)]
    contacts += [
        sub(10, 1, "ada@dev.example", "invoices"),
        sub(11, 2, "ben@dev.example", "invoices,notallowed"),
        sub(12, 5, None, "orders"),
        sub(13, 5, None, "orders"),
        sub(14, 5, "owner5@acme.example", "orders", first_name="Olga"),
    ]
    return clients, contacts


@pytest.fixture
def shown(tmp_path):
    settings = settings_with(RULES, MAPPING, Policy(), Fuses(), {"legacy": "email"})
    settings = changed(settings, protected=frozenset())

    def planned():
        source = MemorySource("legacy", *rows())
        job = run.Job([source], MemoryTarget("shop"), settings, tmp_path / "state")
        return run.planned(job).report.facts.matrix

    return planned


def who(logins):
    return [(login.access.email, login.access.account, login.access.state) for login in logins]


ALL = [
    ("ben@dev.example", "legacy/2", "waits"),
    ("", "legacy/5", "excluded"),
    ("", "legacy/5", "excluded"),
    *(("agency@dev.example", f"legacy/{n}", "same") for n in range(1, 5)),
    ("ada@dev.example", "legacy/1", "same"),
    ("owner5@acme.example", "legacy/5", "owner"),
]


def test_everybody_is_there_the_worst_first(shown):
    logins = who(shown())
    assert sorted(logins) == sorted(ALL)
    states = [access.RANKS[state] for _, _, state in logins]
    assert states == sorted(states)
    together = [account for email, account, _ in logins[3:] if email == "agency@dev.example"]
    first = [email for email, _, _ in logins].index("agency@dev.example")
    assert {email for email, _, _ in logins[first : first + 4]} == {"agency@dev.example"}
    assert together == ["legacy/1", "legacy/2", "legacy/3", "legacy/4"]


@pytest.mark.parametrize("room", [3, 8])
def test_where_not_all_fit_each_person_is_whole(shown, monkeypatch, room):
    monkeypatch.setattr(access, "LOGINS", room)
    monkeypatch.setattr(matrix, "LOGINS", room)
    logins = who(shown())

    assert len(logins) <= room
    assert ("ben@dev.example", "legacy/2", "waits") in logins
    accounts = [account for email, account, _ in logins if email == "agency@dev.example"]
    assert len(accounts) == (0 if room == 3 else 4)


def test_a_login_has_its_rows_and_what_was_found(shown):
    by_email = {login.access.email: login for login in shown()}
    ben = by_email["ben@dev.example"]
    assert ben.rows == (
        LegacyLine(
            *("legacy/11", "Jane Doe", "invoices,notallowed", ("invoices",)),
            email="ben@dev.example",
            account="legacy/2",
            account_name="Acme 2",
        ),
    )
    assert [each.code for each in ben.evidence][:1] == ["unknown_flag"]
    assert {each.code for each in by_email["owner5@acme.example"].evidence} >= {"owner_has_it"}
    assert {row.contact_id for row in by_email[""].rows} == {"legacy/12", "legacy/13"}
    agency = by_email["agency@dev.example"]
    assert "many_accounts" in {each.code for each in agency.evidence}


def test_long_flags_are_cut(tmp_path, shown, monkeypatch):
    monkeypatch.setattr("syncd.report.explanations._QUOTED", 8)
    ben = next(login for login in shown() if login.access.email == "ben@dev.example")
    assert ben.rows[0].flags == "invoices..."
