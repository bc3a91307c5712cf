"""The page of readiness: what still stands between today and the day of the cut-over.

It shows what the last plan and the journal count; the checks weigh both, as they are now.
"""

from collections.abc import Mapping
from datetime import datetime

import msgspec

from syncd.journal.glance import Glance
from syncd.model.invitation import TROUBLED, Life
from syncd.pages.waiting import waiting
from syncd.report import words
from syncd.report.cutover import CutoverReadiness, History
from syncd.report.facts import Report
from syncd.report.readiness import readiness


class LeftToDo(msgspec.Struct, frozen=True):
    """How many of something are left; `how` is the look of a number that is not 0."""

    what: str
    number: int
    how: str
    says: str


class ReadinessPage(msgspec.Struct, frozen=True):
    cutover: str
    counts: list[LeftToDo]
    readiness: CutoverReadiness
    made_at: str  # the plan that is weighed


def readiness_page(report: Report, glance: Glance, now: datetime) -> ReadinessPage:
    facts, lives = report.facts, waiting(report, glance, now)
    waves = sum(rule.count for rule in facts.held if rule.rule in ("wave", "silent-wave"))
    troubled = sum(number for life, number in lives.items() if life in TROUBLED)
    pending = sum(lives.values()) - troubled
    return ReadinessPage(
        words.cutover(facts.header),
        [
            LeftToDo(
                "questions to decide", words.to_decide(report), "wait", "each holds its changes"
            ),
            LeftToDo("rows to correct", _blocks(report), "bad", "no decision lifts them"),
            LeftToDo("left for later waves", waves, "keep", "sent by later runs"),
            LeftToDo("invitations waiting", pending, "keep", "not accepted yet"),
            LeftToDo(
                "invitations in trouble", troubled, "care", "expired, expiring or unconfirmed"
            ),
            LeftToDo("tasks by hand", facts.contacts.by_hand, "care", "no call can do them"),
        ],
        readiness(report, _history(report, glance, lives), now),
        facts.header.made_at,
    )


def _history(report: Report, glance: Glance, lives: Mapping[Life, int]) -> History:
    """Gather what `report.history` gathers for a plan, by a look that cannot write."""
    good = glance.last_good()
    is_later = good is not None and good.finished_at >= report.facts.header.made_at
    verified, rehearsed = glance.certificate("verify"), glance.certificate("rehearsal")
    pending = lives.get(Life.WAITING, 0) + lives.get(Life.EXPIRING, 0)
    return History(
        good_run_at=good.started_at if good else "",
        applied_of_plan=glance.applied_by(good.run_id) if good and is_later else 0,
        waiting=pending,
        lapsed=sum(lives.values()) - pending,
        approved_at=glance.approved_at(),
        verified_at=verified.at if verified else "",
        verified=verified.verdict if verified else "",
        rehearsed_at=rehearsed.at if rehearsed else "",
        rehearsed=rehearsed.verdict if rehearsed else "",
        rehearsed_by=rehearsed.syncd if rehearsed else "",
    )


def _blocks(report: Report) -> int:
    return sum(f.count for f in report.facts.findings if f.severity == "block")
