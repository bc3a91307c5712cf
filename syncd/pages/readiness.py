"""The page of readiness: what still stands between today and the day of the cut-over.

It shows what the last plan and the journal count, and the checks as that plan found them.
"""

from datetime import datetime

import msgspec

from syncd.journal.glance import Glance
from syncd.model.invitation import TROUBLED
from syncd.pages.waiting import waiting
from syncd.report import words
from syncd.report.cutover import CutoverReadiness
from syncd.report.facts import Report


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
    made_at: str  # the plan that found it so


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
        report.cutover,
        facts.header.made_at,
    )


def _blocks(report: Report) -> int:
    return sum(f.count for f in report.facts.findings if f.severity == "block")
