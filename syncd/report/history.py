"""What the journal knows beside a plan, for the readiness of a cut-over."""

from datetime import datetime

from syncd.journal.journal import Journal
from syncd.model.invitation import Life
from syncd.report.cutover import History

_WAITING = (Life.WAITING, Life.EXPIRING)
_RUNS = 200  # looked through for one that people stood up for


def history_of(journal: Journal, now: datetime, run_id: str = "") -> History:
    """Gather it; `run_id` is the run that made the plan, and may have applied it."""
    lives = journal.invite_lives(now)
    waiting = sum(lives.get(life, 0) for life in _WAITING)
    good = journal.last_good()
    verified, rehearsed = (
        next(iter(journal.certificates(kind, limit=1)), None) for kind in ("verify", "rehearsal")
    )
    return History(
        good_run_at=good["started_at"] if good else "",
        applied_of_plan=journal.applied_by(run_id) if run_id else 0,
        waiting=waiting,
        lapsed=sum(lives.values()) - waiting,
        approved_at=_approved_at(journal),
        verified_at=verified.at if verified else "",
        verified=verified.verdict if verified else "",
        rehearsed_at=rehearsed.at if rehearsed else "",
        rehearsed=rehearsed.verdict if rehearsed else "",
        rehearsed_by=rehearsed.syncd if rehearsed else "",
    )


def _approved_at(journal: Journal) -> str:
    """Give when somebody last stood up for a plan that a run went through with."""
    runs = [run["run_id"] for run in journal.runs(_RUNS) if run["status"] in ("done", "held")]
    moments = [
        approval.approved_at
        for warrant in journal.warrants(runs).values()
        for approval in warrant.approvals
    ]
    return max(moments, default="")
