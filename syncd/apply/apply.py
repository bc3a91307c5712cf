"""Apply: the approved changes of a plan, each with its intent in the journal first."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from itertools import groupby, islice
from typing import NamedTuple

import msgspec
import structlog

from syncd.apply import learn
from syncd.apply.lanes import Lanes
from syncd.apply.passwords import RowMoved
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
from syncd.journal.intents import EndedChange
from syncd.journal.journal import Journal
from syncd.match import trust
from syncd.model.change import Change, phase
from syncd.model.outcome import Outcome
from syncd.model.verdict import Refusal, Word
from syncd.ports import AttachingWriter, Clock, Progress, Receipt, TargetWriter
from syncd.wire.crew import Crew
from syncd.workspace import changes as planned
from syncd.workspace.workspace import Workspace

log = structlog.get_logger(__name__)

# So many changes in a row without reaching the target: it, not the data, is at fault. With several
# at once, beside those that were on already when it went away.
_BREAKER = 3
_AT_ONCE = 500  # changes for which what they need is looked up together


class Applied(msgspec.Struct, frozen=True):
    """The result of applying. `stopped` is set if it did not get through all changes."""

    outcomes: dict[str, int]
    stopped: str = ""
    noted: int = 0  # applied changes that the target warned of, or that could not be read back
    note: str = ""  # of the first of them
    mails: int = 0  # invitations sent
    mails_in_doubt: int = 0  # of which nobody knows

    @property
    def failed(self) -> int:
        """Changes that were tried and did not apply."""
        return sum(n for outcome, n in self.outcomes.items() if outcome != Outcome.APPLIED)


def apply_plan(  # noqa: PLR0913, PLR0917, all that a run has at hand
    workspace: Workspace,
    refusals: tuple[Refusal, ...],
    writer: TargetWriter,
    journal: Journal,
    run_id: str,
    now: Clock,
    progress: Progress,
    stop: Callable[[], bool] = lambda: False,
    hands: int = 1,
    foresee: Callable[[list[Change]], None] = lambda _: None,
) -> Applied:
    """Apply what the plan in the workspace approves, in its order; nothing if a fuse tripped (I5).

    One phase after the other; inside a phase up to `hands` changes at once, no two of one lane.
    `stop` is asked between changes, `foresee` is shown some before they begin. Raises
    `AccessRefused` where the target refuses us as such, once all that was on has come back.
    """
    if refusals:
        return Applied({}, "refused")
    attaching = planned.count(workspace, "changes WHERE verdict = 'apply' AND attach IS NOT NULL")
    if attaching and isinstance(writer, AttachingWriter):
        writer.check_attaching()
    if not journal.undoes(run_id):  # what such a run wants is not what the legacy side wants
        _settle(workspace, journal, now)
    total = planned.count(workspace, "changes WHERE verdict = 'apply'")
    with Crew[_Begun, Receipt](lambda begun: writer.perform(begun.change), hands) as crew:
        site = _Site(crew, journal, run_id, now, lambda done: progress("apply", done, total))
        for _, changes in groupby(_foreseen(_approved(workspace), foresee), key=phase):
            site.go_through(changes, stop)
            if site.stopped:
                break
    if site.fault:
        raise site.fault
    sent, doubted = site.mails[Outcome.APPLIED], site.mails[Outcome.IN_DOUBT]
    return Applied(dict(site.outcomes), site.stopped, site.noted, site.note, sent, doubted)


def hands_for(connections: int) -> int:
    """Say how many changes to have on: a few more than calls, ready for when a call ends."""
    return connections + max(1, connections // 4) if connections > 1 else 1


def _approved(workspace: Workspace) -> Iterator[Change]:
    for change, verdict in planned.changes(workspace):
        if verdict.word is Word.APPLY:
            yield change


def _foreseen(
    changes: Iterator[Change], foresee: Callable[[list[Change]], None]
) -> Iterator[Change]:
    while some := list(islice(changes, _AT_ONCE)):
        foresee(some)
        yield from some


def _settle(workspace: Workspace, journal: Journal, now: Clock) -> None:
    """Record in the journal what observation settled, before anything is written."""
    journal.unbind(learn.released_bindings(workspace))
    journal.bind(learn.new_bindings(workspace), now())
    journal.note_people(learn.new_people(workspace), now())
    journal.forget_origins(learn.ended_origins(workspace))
    journal.note_origins(learn.new_origins(workspace), now())
    journal.adopt(learn.adopted(workspace), now())
    journal.note_checked(trust.checked(workspace), now())
    journal.forget(learn.forgotten(workspace))
    journal.settle_invites(learn.ended_invites(workspace), now())


class _Begun(NamedTuple):
    """A change whose intent is in the journal."""

    change_id: int
    change: Change


class _Site:
    """Where changes are handed to a crew. The journal is written here alone, by one thread."""

    def __init__(
        self,
        crew: Crew[_Begun, Receipt],
        journal: Journal,
        run_id: str,
        now: Clock,
        show_done: Callable[[int], None],
    ) -> None:
        self.outcomes: Counter[str] = Counter()
        self.mails: Counter[str] = Counter()
        self.stopped = ""
        self.fault: BaseException | None = None
        self.noted = 0
        self.note = ""
        self._crew = crew
        self._journal = journal
        self._run_id = run_id
        self._now = now
        self._show_done = show_done
        self._unreachable = 0
        self._last_lost = 0  # the change that did not reach the target, the latest begun

    def go_through(self, changes: Iterable[Change], stop: Callable[[], bool]) -> None:
        """Apply changes until they are through or `stopped` is set, and none is on any more.

        One transaction has the outcomes of all that are done by then and the intents of all that
        begin next: where the target is quick, the disk is waited for once for several.
        """
        lanes, ended = Lanes(changes), list[EndedChange]()
        while True:
            begun = self._next(lanes, stop)
            self._record(ended, begun)
            if not self._crew.busy:
                return
            ended = [end for end in map(self._judge, self._take(lanes)) if end is not None]

    def _next(self, lanes: Lanes, stop: Callable[[], bool]) -> list[Change]:
        """Give the changes that begin now; `stop` is asked before each."""
        begun: list[Change] = []
        while not self.stopped and len(begun) < self._crew.room and (change := lanes.next()):
            if stop():
                self.stopped = "stopped"
            else:
                begun.append(change)
        return begun

    def _record(self, ended: list[EndedChange], begun: list[Change]) -> None:
        if not ended and not begun:
            return
        change_ids = self._journal.record(self._run_id, ended, begun, self._now())
        for each in ended:
            _tell(each)
            self.outcomes[each.outcome] += 1
            self.mails[each.outcome] += each.change.sends_mail
            self._show_done(self.outcomes.total())
        for change_id, change in zip(change_ids, begun, strict=True):
            self._crew.hand(_Begun(change_id, change))

    def _take(self, lanes: Lanes) -> list[tuple[_Begun, Future[Receipt]]]:
        taken = self._crew.take_all()
        for begun, _ in taken:
            lanes.through(begun.change)
        return taken

    def _judge(self, taken: tuple[_Begun, Future[Receipt]]) -> EndedChange | None:
        """Say what came of a change, and decide whether to go on.

        None for a defect of our own, which leaves the change open.
        """
        (change_id, change), performed = taken
        end: EndedChange | None = None
        match error := performed.exception():
            case None:
                receipt = performed.result()
                end = EndedChange(change_id, change, Outcome.APPLIED, receipt, receipt.note)
                self.noted += bool(receipt.note)
                self.note = self.note or receipt.note
                self._count(change_id, reached=True)
            case SyncdError():
                outcome, reached, message = _outcome_of(error)
                end = EndedChange(change_id, change, outcome, message=message)
                self._count(change_id, reached=reached)
        if end is None or isinstance(error, AccessRefused):
            self.fault = self.fault or error
            self.stopped = "failed"
        elif self._unreachable == _BREAKER + self._crew.hands - 1:
            self.stopped = "unreachable"
        return end

    def _count(self, change_id: int, *, reached: bool) -> None:
        """Count in a row; an answer to a call from before the target was lost does not reset it."""
        if not reached:
            self._unreachable += 1
            self._last_lost = max(self._last_lost, change_id)
        elif change_id > self._last_lost:
            self._unreachable = 0


def _tell(ended: EndedChange) -> None:
    change, said = ended.change, {"note": ended.message} if ended.message else {}
    what = {"verb": change.verb.value, "kind": change.kind, "subject": change.key}
    if ended.outcome is Outcome.APPLIED:
        log.info("change.applied", **what, **said)
    else:
        log.warning("change.not_applied", outcome=ended.outcome.value, error=ended.message, **what)


def _outcome_of(error: SyncdError) -> tuple[Outcome, bool, str]:  # noqa: PLR0911 (a line a kind)
    match error:
        case NoAnswer():
            return Outcome.IN_DOUBT, False, error.message
        case TargetUnavailable() | WrongUrl():
            return Outcome.FAILED, False, error.message
        case UnexpectedReply() | NotConfirmed():
            return Outcome.IN_DOUBT, True, str(error)
        case RowMoved():
            return Outcome.CONFLICT, True, error.message
        case Conflict():
            return Outcome.CONFLICT, True, "the target changed since it was observed"
        case Unbound():
            return Outcome.BLOCKED, True, f"depends on {error.key}, which is not applied"
        case _:
            return Outcome.FAILED, True, getattr(error, "message", str(error))
