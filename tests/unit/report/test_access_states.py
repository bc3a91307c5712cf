"""What a login can do after a plan, told from the workspace alone: each state, and why."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from syncd.model.keys import account_key, contact_key, membership_key, user_key
from syncd.model.permission import permissions
from syncd.model.resources import Invite, Membership, account_ref
from syncd.report.access import LoginCensus, accesses, weigh
from syncd.report.census import SAMPLE
from syncd.report.facts import Access
from syncd.workspace.workspace import Workspace

SENT = datetime(2026, 3, 1, 3, 15, tzinfo=UTC)
REF = account_ref("legacy", 17)
OLGA, JANE, KIM = "olga@acme.example", "jane@dev.example", "kim@dev.example"
KEY = membership_key(REF, JANE)

_FORGET = """
    DELETE FROM login_rows; DELETE FROM situations; DELETE FROM outcomes; DELETE FROM accesses
"""


class JanesPlan:
    """A workspace where every stage has said what it has to say of Jane's login at Acme."""

    def __init__(self, folder: Path) -> None:
        self.workspace = Workspace(folder / "workspace.duckdb")
        self.add("clients", source="legacy", client_id=17, label="Acme Ltd", identity=OLGA)

    def add(self, table: str, **row: Any) -> None:
        names = ", ".join(f"${name} AS {name}" for name in row)
        self.workspace.fill(table, f"INSERT INTO {table} BY NAME SELECT {names}", row)

    def row(self, *keys: str, number: int = 1, email: str = JANE, **more: Any) -> None:
        fields = {"client_id": 17, "password": "md5", **more}
        self.add(
            "contacts", identity=email, source="legacy", contact_id=number, login=True,
            permissions=list(keys), **fields,
        )  # fmt: skip

    def wanted(self, *keys: str) -> None:
        body = msgspec.json.encode(Membership(REF, JANE, permissions(keys))).decode()
        self.add("converted", key=KEY, kind="membership", body=body)

    def there(self, *keys: str, invited: bool = False) -> None:
        given_to = Membership(REF, JANE, permissions(keys))
        waits = Invite(REF, JANE, permissions(keys), SENT, fresh=True)
        body = msgspec.json.encode(waits if invited else given_to).decode()
        self.add("seen", key=KEY, kind="membership", body=body, email=JANE, invite=invited)

    def judged(
        self, verdict: str, rule: str = "", key: str = KEY, kind: str = "membership"
    ) -> None:
        self.add("judged", key=key, kind=kind, verdict=verdict, rule=rule)

    def asked(self, code: str, severity: str = "review", answer: str = "", on: str = KEY) -> None:
        self.add("staged_findings", code=code, severity=severity, answer=answer, scope=on)

    def logins(self) -> list[Access]:
        self.workspace.con.execute(_FORGET)
        weigh(self.workspace, " + ".join)
        return list(accesses(self.workspace))

    def jane(self) -> Access:
        (login,) = self.logins()
        return login

    def comes_to(self) -> tuple[str, tuple[str, ...], str]:
        login = self.jane()
        return login.state, login.after, login.why


def stored(kind: str) -> dict[str, str]:
    """Give the column of a row whose password is of that kind."""
    return {"password": kind}


@pytest.fixture
def plan(tmp_path: Path) -> Iterator[JanesPlan]:
    made = JanesPlan(tmp_path)
    with made.workspace:
        yield made


# --- what a login can do ----------------------------------------------------------------------


def test_who_gets_what_the_rows_gave_stays_the_same_and_nothing_is_to_be_explained(
    plan: JanesPlan,
) -> None:
    plan.row("invoices", "tickets")
    plan.wanted("invoices", "tickets")
    plan.judged("apply")

    assert plan.comes_to() == ("same", ("invoices", "tickets"), "")


def test_who_gets_less_is_narrower_and_the_rows_are_named(plan: JanesPlan) -> None:
    plan.row("invoices", "tickets")
    plan.wanted("invoices")
    plan.judged("apply")

    assert plan.comes_to() == ("narrower", ("invoices",), "differs from the legacy rows")
    assert plan.jane().lost == ("tickets",)


def test_who_gets_some_and_loses_some_is_wider(plan: JanesPlan) -> None:
    plan.row("invoices")
    plan.wanted("tickets")
    plan.judged("apply")

    assert plan.comes_to() == ("wider", ("tickets",), "differs from the legacy rows")


def test_who_is_not_touched_has_what_is_there_whatever_is_wanted(plan: JanesPlan) -> None:
    plan.row("invoices")
    plan.wanted("invoices")
    plan.there("invoices", "tickets")

    assert plan.comes_to()[:2] == ("wider", ("invoices", "tickets"))


def test_who_only_waits_for_a_wave_gets_what_is_planned(plan: JanesPlan) -> None:
    plan.row("invoices")
    plan.wanted("invoices")
    plan.judged("hold", "wave")

    assert plan.comes_to() == ("same", ("invoices",), "")


def test_who_is_held_keeps_what_is_there_and_the_rule_is_named(plan: JanesPlan) -> None:
    plan.row("invoices")
    plan.wanted("invoices")
    plan.there("orders")
    plan.judged("hold", "reason:drift")

    assert plan.comes_to() == ("waits", ("orders",), "reason:drift")


def test_what_an_invitation_that_waits_gives_counts_as_there(plan: JanesPlan) -> None:
    plan.row("invoices")
    plan.wanted("invoices")
    plan.there("invoices", "orders", invited=True)
    plan.judged("hold", "reason:drift")

    assert plan.comes_to() == ("waits", permissions(("invoices", "orders")), "reason:drift")


# --- who is left out --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "who"),
    [
        ("excluded", "the config"),
        ("decided:drift", "a decision"),
    ],
)
def test_who_is_left_out_keeps_what_is_there(plan: JanesPlan, rule: str, who: str) -> None:
    plan.row("invoices")
    plan.wanted("invoices")
    plan.there("orders")
    plan.judged("hold", rule)

    assert plan.comes_to() == ("excluded", ("orders",), f"left out by {who}")


def test_whom_nobody_wants_and_who_is_not_there_can_do_nothing(plan: JanesPlan) -> None:
    plan.row("invoices")

    state, after, why = plan.comes_to()

    assert (state, after) == ("excluded", ())
    assert why.startswith("left out by policy")


def test_whom_nobody_wants_but_who_is_there_is_not_left_out(plan: JanesPlan) -> None:
    plan.row("invoices")
    plan.there("invoices", "orders")

    assert plan.comes_to()[:2] == ("wider", permissions(("invoices", "orders")))


def test_who_is_taken_away_is_listed_as_well(plan: JanesPlan) -> None:
    plan.row("invoices")
    plan.there("invoices")
    plan.judged("apply")

    assert plan.jane().before == ("invoices",)


# --- open questions ---------------------------------------------------------------------------


def test_who_is_asked_about_waits_and_the_question_is_named(plan: JanesPlan) -> None:
    plan.row("invoices")
    plan.there("orders")
    plan.asked("twin_logins_overlap")

    assert plan.comes_to() == ("waits", ("orders",), "twin_logins_overlap")


def test_who_is_wanted_all_the_same_does_not_wait_for_a_question(plan: JanesPlan) -> None:
    plan.row("invoices")
    plan.wanted("invoices")
    plan.there("invoices")
    plan.asked("twin_logins_overlap")

    assert plan.comes_to() == ("same", ("invoices",), "")


def test_notes_and_answered_questions_hold_nobody(plan: JanesPlan) -> None:
    plan.row("invoices")
    plan.asked("plain_twin", severity="note")
    plan.asked("twin_logins_overlap", answer="skip")

    assert plan.jane().state == "excluded"


def test_a_question_on_the_account_is_not_one_on_the_login(plan: JanesPlan) -> None:
    plan.row("invoices")
    plan.asked("account_stranger", severity="block", on=account_key(REF))

    assert plan.jane().state == "excluded"


@pytest.mark.parametrize(
    ("code", "severity", "on"),
    [
        ("orphan_contact", "block", contact_key("legacy/1")),
        ("erased_person", "note", contact_key("legacy/1")),
        ("closed_account", "note", account_key(REF)),
        ("excluded_by_policy", "note", user_key(JANE)),
    ],
)
def test_who_is_left_out_is_told_the_one_reason(
    plan: JanesPlan, code: str, severity: str, on: str
) -> None:
    plan.row("invoices")
    plan.asked(code, severity, on=on)
    plan.asked("inactive_account", "note", on=account_key(REF))

    assert plan.comes_to() == ("excluded", (), code)


def test_a_row_without_an_address_is_left_out_for_that(plan: JanesPlan) -> None:
    plan.row("invoices", email=" legacy/1")
    plan.asked("login_without_email", "block", on=membership_key(REF, ""))

    login = plan.jane()

    assert (login.state, login.why) == ("excluded", "login_without_email")


def test_whom_a_decision_leaves_out_is_not_left_out_by_policy(plan: JanesPlan) -> None:
    plan.row("invoices")
    plan.asked("login_without_rights", answer="leave")

    assert plan.comes_to() == ("excluded", (), "left out by a decision")


# --- who owns the account, and who has a user -------------------------------------------------


def test_who_owns_another_account_owns_not_this_one(plan: JanesPlan) -> None:
    plan.row("invoices")
    plan.wanted("invoices")
    plan.judged("apply")
    plan.add("seen", key=account_key(account_ref("legacy", 18)), kind="account", email=JANE)
    plan.add("seen", key=account_key(REF), kind="account", email=OLGA)

    assert plan.jane().state == "same"


@pytest.mark.parametrize("owner_in", ["clients", "seen"])
def test_who_owns_it_on_either_side_is_its_owner(plan: JanesPlan, owner_in: str) -> None:
    who = OLGA if owner_in == "clients" else JANE
    plan.row("invoices", email=who)
    if owner_in == "seen":
        plan.add("seen", key=account_key(REF), kind="account", email=JANE)

    assert plan.comes_to() == ("owner", ("invoices",), "owns the account")


def test_a_login_of_a_client_that_is_gone_is_listed_without_a_name(plan: JanesPlan) -> None:
    plan.row("invoices", client_id=99)

    login = plan.jane()

    assert (login.account, login.account_name) == ("legacy/99", "")


def test_a_user_is_made_for_the_person_whose_user_is_applied_and_for_nobody_else(
    plan: JanesPlan,
) -> None:
    for number, email in enumerate((JANE, KIM, OLGA)):
        plan.row("invoices", number=number, email=email, client_id=18)
    plan.judged("apply", key=user_key(KIM), kind="user")
    plan.judged("hold", "reason:drift", key=user_key(JANE), kind="user")
    plan.add("seen", key=user_key(OLGA), kind="user", email=OLGA)
    for email in (JANE, KIM, OLGA):
        key = membership_key(account_ref("legacy", 18), email)
        body = msgspec.json.encode(Membership(account_ref("legacy", 18), email, ("invoices",)))
        plan.add("converted", key=key, kind="membership", body=body.decode())
        plan.judged("apply", key=key)

    outcomes = {login.email: login.password_after for login in plan.logins()}

    assert outcomes == {JANE: "set", KIM: "reset", OLGA: "kept"}


@pytest.mark.parametrize(("verdict", "outcome"), [("apply", "reset"), ("hold", "none")])
def test_an_owner_gets_a_user_with_the_account_and_none_while_that_is_held(
    plan: JanesPlan, verdict: str, outcome: str
) -> None:
    plan.row("invoices", email=OLGA)
    plan.judged(verdict, key=account_key(REF), kind="account")

    assert plan.jane().password_after == outcome


# --- a login of several rows ------------------------------------------------------------------


def test_the_rows_of_one_login_are_one_line(plan: JanesPlan) -> None:
    plan.row("tickets", number=1, **stored("md5"))
    plan.row("invoices", number=2, **stored("bcrypt"))

    login = plan.jane()

    assert login.before == permissions(("invoices", "tickets"))
    assert login.password.split() == ["bcrypt", "md5"]
    assert login.label == " + ".join(login.before)


def test_all_that_does_not_stay_the_same_is_in_the_sample_those_left_out_last(
    plan: JanesPlan,
) -> None:
    states = ("excluded", "waits", "narrower", "wider", "same", "owner")
    for state in states:
        plan.add("accesses", email=state, state=state, before=[], after=[])

    shown = [login.state for login in LoginCensus(plan.workspace).sample]
    assert shown == ["wider", "narrower", "waits", "excluded"]


def test_gains_are_in_the_sample_however_many_others_come_first(plan: JanesPlan) -> None:
    for state in (*["waits"] * SAMPLE, "same", "narrower", "wider"):
        plan.add("accesses", state=state, before=[], after=[])

    census = LoginCensus(plan.workspace)

    assert [each.state for each in census.sample[:3]] == ["wider", "narrower", "waits"]
    assert len(census.sample) == SAMPLE
    assert census.by("state") == {"waits": SAMPLE, "same": 1, "narrower": 1, "wider": 1}


def test_who_is_taken_away_loses_everything(plan: JanesPlan) -> None:
    plan.row("invoices")
    plan.there("invoices")
    plan.judged("apply")

    assert plan.comes_to() == ("narrower", (), "this plan removes the membership")
