"""Cut-over readiness: what a plan's report and the journal say, weighed by a fixed list of checks.

Pure, and cheap: it counts what has been counted, and looks at no person. docs/approve.md has the
list for people.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec

from syncd.decide.rules import Rule, rule_in
from syncd.model.change import Reason
from syncd.report.cutover import CutoverReadiness, History, ReadinessCheck
from syncd.report.facts import Report
from syncd.report.words import counted, open_questions, still_open, to_decide

_FRESH = timedelta(hours=26)  # as `alerts.silence`
_DRIFT = (Reason.DRIFTED, Reason.VANISHED, Reason.ADOPTED)


class Outlook(msgspec.Struct, frozen=True):
    """What the checks look at."""

    report: Report
    history: History
    now: datetime

    def held_by(self, *rules: Rule) -> int:
        return sum(h.count for h in self.report.facts.held if rule_in(h.rule) in rules)


def readiness(report: Report, history: History, now: datetime) -> CutoverReadiness:
    """Weigh a plan and what came before it."""
    if report.facts.header.undoes:
        return CutoverReadiness()
    outlook = Outlook(report, history, now)
    return CutoverReadiness(tuple(_checked(*check, outlook) for check in _CHECKS))


def _checked(
    name: str, wants: str, lacks: Callable[[Outlook], str], then: str, outlook: Outlook
) -> ReadinessCheck:
    missing = lacks(outlook)
    return ReadinessCheck(name, wants, missing, then if missing else "")


def _decisions(outlook: Outlook) -> str:
    report = outlook.report
    return still_open(report) if to_decide(report) or open_questions(report) else ""


def _accounts(outlook: Outlook) -> str:
    counts = outlook.report.facts.counts
    missing = counts.accounts - counts.accounts_there
    return f"{counted(missing, 'account is', 'accounts are')} not there" if missing > 0 else ""


def _drift(outlook: Outlook) -> str:
    held = outlook.report.facts.held
    number = sum(h.count for h in held if h.rule in {f"reason:{each}" for each in _DRIFT})
    return f"{counted(number, 'change')} made in the target wait for an answer" if number else ""


def _waves(outlook: Outlook) -> str:
    now = max(outlook.report.writes - outlook.history.applied_of_plan, 0)
    later = outlook.held_by(Rule.WAVE, Rule.SILENT_WAVE)
    if not now and not later:
        return ""
    return f"{counted(now, 'change')} not applied yet, {later:,} left for later waves"


def _by_hand(outlook: Outlook) -> str:
    number = outlook.report.facts.contacts.by_hand
    return f"{counted(number, 'task')} that no call can do" if number else ""


def _invitations(outlook: Outlook) -> str:
    history = outlook.history
    if not history.waiting and not history.lapsed:
        return ""
    waiting = counted(history.waiting, "waits", "wait")
    return f"{waiting} to be accepted, {history.lapsed:,} expired or unclear"


def _critical(outlook: Outlook) -> str:
    number = outlook.report.facts.people.tiers.get("critical", 0)
    if not number or outlook.history.approved_at:
        return ""
    hold = counted(number, "login holds", "logins hold")
    return f"{hold} a critical permission, and nobody has stood up for a plan that was applied"


def _run(outlook: Outlook) -> str:
    at = outlook.history.good_run_at
    if not at:
        return "no run has gone through yet"
    return _old(at, outlook.now) and f"the last good run began {at[:16]} UTC"


def _old(at: str, now: datetime) -> str:
    return at if now - datetime.fromisoformat(at) > _FRESH else ""


def _verified(outlook: Outlook) -> str:
    history = outlook.history
    if not history.verified_at:
        return "no verification is noted"
    if history.verified != "PASS":
        return f"the last one, {history.verified_at[:16]} UTC, did not pass"
    is_before = history.verified_at < history.good_run_at
    return f"the last one, {history.verified_at[:16]} UTC, is older than the last run" * is_before


def _rehearsed(outlook: Outlook) -> str:
    history = outlook.history
    if not history.rehearsed_at:
        return "no rehearsal is noted"
    if history.rehearsed != "PASS":
        return f"the last one, {history.rehearsed_at[:16]} UTC, did not pass"
    by, this = history.rehearsed_by, outlook.report.facts.header.syncd
    return "" if by == this else f"the last one was by syncd {by}, and this is {this}"


_Check = tuple[str, str, Callable[[Outlook], str], str]
_CHECKS: tuple[_Check, ...] = (
    ("decisions", "every question is answered", _decisions, "syncd decide PLAN"),
    ("drift", "nothing made in the target waits for an answer", _drift, "syncd decide PLAN"),
    ("accounts", "every account is in the target", _accounts, "docs/how-it-works.md"),
    ("critical", "somebody stood up for who holds critical permissions", _critical,
     "high_risk.csv, then syncd approve PLAN --as NAME"),
    ("rehearsal", "a plan passed a rehearsal by this syncd", _rehearsed,
     "syncd rehearse --certify PLAN"),
    ("waves", "every change is applied, in every wave", _waves, "syncd apply PLAN"),
    ("invitations", "every invitation is accepted", _invitations, "syncd status"),
    ("by hand", "what no call can do is done", _by_hand, "worksheet.csv"),
    ("run", "a run went through in the last 26 hours", _run, "syncd sync, or syncd apply PLAN"),
    ("verify", "verify passed since the last run", _verified, "syncd verify --note"),
)  # fmt: skip
