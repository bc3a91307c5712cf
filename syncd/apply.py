"""Apply: the approved changes of a plan, one by one, each with its intent in the journal first."""

from collections import Counter
from collections.abc import Callable

import msgspec
import structlog

from syncd.errors import (
    AccessRefused,
    Conflict,
    NoAnswer,
    NotConfirmed,
    SyncdError,
    TargetUnavailable,
    Unbound,
    UnexpectedReply,
    WrongUrl,
)
from syncd.model.change import Change
from syncd.model.outcome import Outcome
from syncd.model.verdict import Refusal, Word
from syncd.pipeline import Progress
from syncd.ports import Clock, TargetWriter
from syncd.store import results
from syncd.store.journal import Journal
from syncd.store.workspace import Workspace

log = structlog.get_logger(__name__)

# So many changes in a row without reaching the target: it, not the data, is at fault.
_BREAKER = 3


class Applied(msgspec.Struct, frozen=True):
    """What applying came to. `stopped` is set where it did not go through all changes."""

    outcomes: dict[str, int]
    stopped: str = ""

    @property
    def failed(self) -> int:
        """Changes that were tried and did not apply."""
        return sum(n for outcome, n in self.outcomes.items() if outcome != Outcome.APPLIED)


def apply_plan(
    workspace: Workspace,
    refusals: tuple[Refusal, ...],
    writer: TargetWriter,
    journal: Journal,
    run_id: str,
    now: Clock,
    progress: Progress,
    stop: Callable[[], bool] = lambda: False,
) -> Applied:
    """Apply what the plan in the workspace approves, in its order; nothing if a fuse tripped (I5).

    `stop` is asked between changes. Raises `AccessRefused` where the target refuses us as such.
    """
    if refusals:
        return Applied({}, "refused")
    _settle(workspace, journal, now)
    total = results.count(workspace, "changes WHERE verdict = 'apply'")
    outcomes: Counter[str] = Counter()
    unreachable = 0
    done = 0
    for change, verdict in results.changes(workspace):
        if verdict.word is not Word.APPLY:
            continue
        if stop():
            return Applied(dict(outcomes), "stopped")
        outcome, reached = _perform(change, writer, journal, run_id, now)
        outcomes[outcome] += 1
        done += 1
        progress("apply", done, total)
        unreachable = 0 if reached else unreachable + 1
        if unreachable == _BREAKER:
            return Applied(dict(outcomes), "unreachable")
    return Applied(dict(outcomes))


def _settle(workspace: Workspace, journal: Journal, now: Clock) -> None:
    """Let the journal learn what observation settled, before anything is written."""
    journal.bind(results.new_bindings(workspace), now())
    journal.adopt(results.adopted(workspace), now())
    journal.forget(results.forgotten(workspace))
    journal.settle_invites(results.settled_invites(workspace), now())


def _perform(
    change: Change, writer: TargetWriter, journal: Journal, run_id: str, now: Clock
) -> tuple[Outcome, bool]:
    """Perform one change between begin and finish; says also whether the target was reached."""
    change_id = journal.begin(run_id, change, now())
    receipt, reached = None, True
    try:
        receipt = writer.perform(change)
    except SyncdError as error:
        outcome, reached, message = _outcome_of(error)
        journal.finish(change_id, change, outcome, now(), message=message)
        log.warning(
            "change.not_applied", outcome=outcome.value, verb=change.verb.value, error=message,
            kind=change.kind, subject=change.key,
        )  # fmt: skip
        if isinstance(error, AccessRefused):
            raise
    else:
        outcome = Outcome.APPLIED
        journal.finish(change_id, change, outcome, now(), receipt=receipt)
        log.info("change.applied", verb=change.verb.value, kind=change.kind, subject=change.key)
    return outcome, reached


def _outcome_of(error: SyncdError) -> tuple[Outcome, bool, str]:
    match error:
        case NoAnswer():
            return Outcome.IN_DOUBT, False, error.message
        case TargetUnavailable() | WrongUrl():
            return Outcome.FAILED, False, error.message
        case UnexpectedReply() | NotConfirmed():
            return Outcome.IN_DOUBT, True, str(error)
        case Conflict():
            return Outcome.CONFLICT, True, "the target changed since it was observed"
        case Unbound():
            return Outcome.BLOCKED, True, f"waits for {error.key}"
        case _:
            return Outcome.FAILED, True, getattr(error, "message", str(error))
