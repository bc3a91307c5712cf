"""Ownership requests in the report and on the worksheet: how they stand, and where to click."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from filled import add, add_state
from report_fixture import a_report, an_empty_report

from syncd.model.keys import account_key
from syncd.model.ownership import Acquaintance, OwnershipRequest, RequestState
from syncd.report import html, ownership, text, worksheet
from syncd.report.ownership import OwnershipFacts
from syncd.workspace.workspace import Workspace

OLGA, JANE, KIM = "olga@acme.example", "jane@dev.example", "kim@dev.example"
ASKED = OwnershipRequest(
    number=1,
    account="legacy/17",
    target_client="5",
    asked_by=OLGA,
    asked_by_id="3",
    new_owner=JANE,
    ticket="4711",
    recorded_by="Lena",
    recorded_at="2026-03-01T09:30:00+00:00",
    owner=OLGA,
    new_owner_is=Acquaintance.MEMBER,
    observed_at="2026-03-01T03:15:00+00:00",
)


def asked(**more: Any) -> OwnershipRequest:
    return msgspec.structs.replace(ASKED, **more)


BY_OWNER = {"owner_confirmed_by": "Lena", "owner_confirmed_at": "2026-03-02T10:00:00+00:00"}
BY_BOTH = BY_OWNER | {
    "new_owner_confirmed_by": "Otto",
    "new_owner_confirmed_at": "2026-03-03T11:00:00+00:00",
}
STALE = asked(number=2, account="legacy/18", state=RequestState.STALE, owner=KIM)
DONE = asked(number=3, account="legacy/19", state=RequestState.DONE, owner=JANE, **BY_OWNER)


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    with Workspace(tmp_path / "workspace.duckdb") as opened:
        yield opened


def stand(workspace: Workspace, *requests: OwnershipRequest) -> None:
    for request in requests:
        body = msgspec.json.encode(request).decode()
        add(workspace, "requests", number=request.number, key=request.key, body="", shown=body)


@pytest.mark.parametrize(
    ("more", "lacks", "task", "where"),
    [
        (
            {},
            ["the confirmation of the present owner", "the confirmation of the new owner"],
            "Ask the present owner and the new owner to confirm",
            "ticket 4711; syncd ownership confirm",
        ),
        (
            BY_OWNER | {"new_owner_is": Acquaintance.STRANGER},
            [
                "the confirmation of the new owner",
                f"{JANE} is neither a user of the target nor invited",
            ],
            "Ask the new owner to confirm",
            "ticket 4711; syncd ownership confirm",
        ),
        (BY_BOTH, [], f"Make {JANE} the owner", "Users tab > Make Owner"),
        (
            BY_BOTH | {"new_owner_is": Acquaintance.USER},
            [],
            f"Associate the user {JANE}, then make them the owner",
            "Users tab > Associate User; then Users tab > Make Owner",
        ),
        (
            BY_BOTH | {"new_owner_is": Acquaintance.INVITED},
            [f"{JANE} has not accepted the invitation"],
            f"Once {JANE} has accepted the invitation, make them the owner",
            "Users tab > Pending Invites; then Users tab > Make Owner",
        ),
        (
            BY_BOTH | {"new_owner_is": Acquaintance.STRANGER},
            [f"{JANE} is neither a user of the target nor invited"],
            f"Invite {JANE} and, once they have accepted, make them the owner",
            "Users tab > Associate User, Send Invite; then Users tab > Make Owner",
        ),
    ],
)
def test_what_it_lacks_and_what_to_do_next(
    more: dict[str, Any], lacks: list[str], task: str, where: str
) -> None:
    request = asked(**more)

    assert ownership.missing(request) == lacks
    assert ownership.next_step(request) == (task, where)
    stands = f"missing: {'; '.join(lacks)}" if lacks else "confirmed by both, to be done by hand"
    assert ownership.standing(request) == stands


@pytest.mark.parametrize(
    ("request_", "stands"),
    [
        (STALE, f"stale: {KIM} owns the account now"),
        (DONE, "done, without the confirmation of the new owner"),
        (asked(state=RequestState.DONE, **BY_BOTH), "done"),
        (
            asked(state=RequestState.REJECTED, rejected_by="Lena", because="not hers"),
            "rejected by Lena: not hers",
        ),
    ],
)
def test_how_it_stands_otherwise(request_: OwnershipRequest, stands: str) -> None:
    assert ownership.standing(request_) == stands


def test_the_worksheet_has_a_row_for_each_that_stands(workspace: Workspace) -> None:
    add(workspace, "clients", source="legacy", client_id=17, label="Acme Ltd", identity=OLGA)
    for number in ("17", "18"):
        add_state(
            workspace, "seen", account_key(f"legacy/{number}"), target_id=f"5{number}", invite=False
        )
    stand(workspace, asked(**BY_BOTH), STALE, DONE)

    first, second = worksheet.tasks(workspace)
    assert (first.task, first.where) == (f"Make {JANE} the owner", "Users tab > Make Owner")
    assert (first.account, first.account_name, first.target_client) == (
        "legacy/17", "Acme Ltd", "517",
    )  # fmt: skip
    assert first.who == f"{OLGA} / {JANE}"
    assert first.why == (
        f"request 1 on legacy/17 (client 5): {OLGA} asks for {JANE}, ticket 4711; confirmed by "
        "both, to be done by hand"
    )
    assert first.rule == second.rule == "ownership-request"
    assert second.account == "legacy/18"
    assert "reject the request" in second.task


def test_they_are_counted_by_how_they_stand(workspace: Workspace) -> None:
    stand(workspace, ASKED, STALE, DONE)

    facts = ownership.facts_of(workspace)
    assert facts.states == {"done": 1, "open": 1, "stale": 1}
    assert facts.sample == (ASKED, STALE, DONE)


FACTS = OwnershipFacts({"open": 1, "stale": 1}, (asked(**BY_BOTH), STALE))


def test_the_report_shows_them_where_there_are_any() -> None:
    report = a_report(ownership=FACTS)

    lines = text.render(report).splitlines()
    assert "Owners     ownership requests: 1 open, 1 stale (worksheet.csv)" in lines
    assert any(line.strip().startswith("request 2 on legacy/18") for line in lines)
    page = html.render(report)
    assert '<a href="#ownership">' in page
    assert "2026-03-02 10:00 UTC, recorded by Lena" in page
    assert "2026-03-03 11:00 UTC, recorded by Otto" in page
    assert f"stale: {KIM} owns the account now" in page
    for none in (a_report(), an_empty_report()):
        assert "ownership requests" not in text.render(none)
        assert 'id="ownership"' not in html.render(none)


def test_the_report_sends_nobody_to_the_worksheet_for_what_is_done() -> None:
    done = a_report(ownership=OwnershipFacts({"done": 1}, (DONE,)))

    assert "Owners     ownership requests: 1 done" in text.render(done).splitlines()
    page = html.render(done)
    assert 'id="ownership"' in page
    assert "to have another owner" not in page

    mixed = html.render(a_report(ownership=OwnershipFacts({"done": 2, "open": 1}, (DONE, ASKED))))
    assert "1 account is to have another owner" in mixed


def test_what_a_ticket_says_is_shown_and_not_obeyed() -> None:
    hostile = asked(ticket="<script>\u202e", new_owner="x\x1b[2J@dev.example")
    report = a_report(ownership=OwnershipFacts({"open": 1}, (hostile,)))

    assert "<script>\u202e" not in html.render(report)
    assert "\x1b" not in text.render(report)
