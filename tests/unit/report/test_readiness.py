"""Readiness of a cut-over: each check, what it lacks, and what is to be run next."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from report_fixture import a_report as invented

from syncd.model.finding import Severity
from syncd.report.asking import QuestionFacts
from syncd.report.cutover import CutoverReadiness, History, ReadinessCheck
from syncd.report.facts import ChangeCount, Report, RuleCount
from syncd.report.readiness import readiness

NOW = datetime(2026, 5, 3, 9, tzinfo=UTC)
AT = "2026-05-03T03:15:00+00:00"
DONE = History(
    good_run_at=AT,
    approved_at=AT,
    verified_at=AT,
    verified="PASS",
    rehearsed_at=AT,
    rehearsed="PASS",
    rehearsed_by="0.1.0",
)


@pytest.fixture
def nothing_left() -> Report:
    """Give a report of which nothing is left to do."""
    facts = invented().facts
    notes = tuple(each for each in facts.findings if each.severity is Severity.NOTE)
    contacts = msgspec.structs.replace(facts.contacts, by_hand=0)
    counts = msgspec.structs.replace(facts.counts, accounts_there=facts.counts.accounts)
    done = {"changes": (), "held": (), "findings": notes, "contacts": contacts, "counts": counts}
    done["questions"] = QuestionFacts()
    return msgspec.structs.replace(invented(), facts=msgspec.structs.replace(facts, **done))


def with_facts(report: Report, **facts: Any) -> Report:
    return msgspec.structs.replace(report, facts=msgspec.structs.replace(report.facts, **facts))


def lacking(ready: CutoverReadiness) -> list[str]:
    return [f"{check.name}: {check.lacks}" for check in ready.open]


def test_all_is_met_where_nothing_is_left(nothing_left: Report) -> None:
    ready = readiness(nothing_left, DONE, NOW)
    assert not lacking(ready)
    assert ready.score == "10 of 10"
    assert not any(check.next for check in ready.checks)


def test_nothing_is_met_by_silence(nothing_left: Report) -> None:
    """A journal that knows of nothing meets no check that something was done."""
    critical = "131 logins hold a critical permission, and nobody has stood up for a plan"
    assert lacking(readiness(nothing_left, History(), NOW)) == [
        f"critical: {critical} that was applied",
        "rehearsal: no rehearsal is noted",
        "run: no run has gone through yet",
        "verify: no verification is noted",
    ]


@pytest.mark.parametrize(
    ("history", "said"),
    [
        ({"waiting": 3, "lapsed": 2}, "invitations: 3 wait to be accepted, 2 expired or unclear"),
        ({"lapsed": 1}, "invitations: 0 wait to be accepted, 1 expired or unclear"),
        ({"verified": "FAIL"}, "verify: the last one, 2026-05-03T03:15 UTC, did not pass"),
        (
            {"verified_at": "2026-05-02T03:15:00+00:00"},
            "verify: the last one, 2026-05-02T03:15 UTC, is older than the last run",
        ),
        ({"rehearsed": "FAIL"}, "rehearsal: the last one, 2026-05-03T03:15 UTC, did not pass"),
        (
            {"rehearsed_by": "0.0.9"},
            "rehearsal: the last one was by syncd 0.0.9, and this is 0.1.0",
        ),
    ],
)
def test_what_the_journal_lacks_is_said(
    history: dict[str, Any], said: str, nothing_left: Report
) -> None:
    known = msgspec.structs.replace(DONE, **history)
    assert lacking(readiness(nothing_left, known, NOW)) == [said]


def test_a_run_is_good_for_26_hours(nothing_left: Report) -> None:
    limit = datetime.fromisoformat(AT) + timedelta(hours=26)
    assert not lacking(readiness(nothing_left, DONE, limit))
    assert lacking(readiness(nothing_left, DONE, limit + timedelta(seconds=1))) == [
        "run: the last good run began 2026-05-03T03:15 UTC"
    ]


def test_what_the_plan_lacks_is_said(nothing_left: Report) -> None:
    facts = nothing_left.facts
    held = (
        RuleCount("wave", "", 8871),
        RuleCount("reason:drifted", "", 2),
        RuleCount("reason:vanished", "", 1),
        RuleCount("reason:invite_expired", "", 9),
    )
    report = with_facts(
        nothing_left,
        changes=(ChangeCount("membership", "+", "apply", 500),),
        held=held,
        questions=QuestionFacts({"drifted": 2, "vanished": 1, "invite_expired": 9}),
        contacts=msgspec.structs.replace(facts.contacts, by_hand=4),
        counts=msgspec.structs.replace(facts.counts, accounts=10, accounts_there=8),
    )
    ready = readiness(report, DONE, NOW)
    assert lacking(ready) == [
        "decisions: 12 to decide, 0 to correct",
        "drift: 3 changes made in the target wait for an answer",
        "accounts: 2 accounts are not there",
        "waves: 500 changes not applied yet, 8,871 left for later waves",
        "by hand: 4 tasks that no call can do",
    ]
    assert [check.next for check in ready.open][3] == "syncd apply PLAN"
    applied = msgspec.structs.replace(DONE, applied_of_plan=500)
    assert "waves: 0 changes not applied yet, 8,871 left for later waves" in lacking(
        readiness(report, applied, NOW)
    )


def test_a_plan_that_takes_back_a_run_says_nothing_of_it(nothing_left: Report) -> None:
    header = msgspec.structs.replace(nothing_left.facts.header, undoes="r1")
    assert not readiness(with_facts(nothing_left, header=header), DONE, NOW).checks


def test_a_check_is_met_by_lacking_nothing() -> None:
    checks = (ReadinessCheck("a", "it is so"), ReadinessCheck("b", "it is so", "it is not", "do"))
    ready = CutoverReadiness(checks)
    assert (ready.met, ready.score, ready.open) == (1, "1 of 2", checks[1:])
