"""A workforce: workers, on any number of hosts, do the reading and converting of a plan.

Who makes the plan reads the sources, in one snapshot and with one proof that all is there; deals
the rows out by a hash of the identity; and takes in what the workers laid down, share by share.
Twice: what a row says must be known of all clients before any of their contacts is converted.
"""

import time
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, suppress
from typing import Self
from uuid import uuid4

import structlog

from syncd.convert import encoded
from syncd.convert.rows import Rules
from syncd.model.connection import SharedWork
from syncd.model.flags import PermissionMap
from syncd.model.identity import normalise
from syncd.model.legacy import LegacyClient, LegacyContact
from syncd.ports import Batch, Progress, Rows
from syncd.workers.faults import JobFailed, JobsWithdrawn, NoWorker, QueueUnreachable
from syncd.workers.hands import Dispositions, in_order, read_rows
from syncd.workers.queue import Errand, Jobs, prepare
from syncd.workers.shelf import Note, RowFile, Shelf
from syncd.workers.shipped import program, shipped
from syncd.workspace import shares
from syncd.workspace.workspace import Workspace

log = structlog.get_logger(__name__)

_BATCH = 2000  # rows of a share that are written together
_EVERY = 0.1  # seconds between two looks at the queue
_AT_WORK = 1.0  # seconds that a job must last to be a sign of life: to refuse it takes less


class Workforce:
    """See `hands.Hands`."""

    def __init__(self, place: SharedWork, clock: Callable[[], float] = time.monotonic) -> None:
        self._place = place
        self._clock = clock

    def __enter__(self) -> Self:
        self._plan = uuid4().hex[:16]
        self._shelf = Shelf(self._place.folder, self._plan)
        self._rules = ""
        with ExitStack() as stack:
            prepare(self._place)
            self._jobs = stack.enter_context(Jobs(self._place))
            self._jobs.begin(self._plan)
            self._shelf.open()
            stack.callback(self._shelf.clear)
            stack.callback(self._withdraw)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _withdraw(self) -> None:
        # The lock of the plan goes with the connection, and its jobs are nobody's then.
        with suppress(QueueUnreachable):
            self._jobs.withdraw(self._plan)

    # --- the work ---------------------------------------------------------------------------

    def read(
        self,
        batches: Iterable[Batch],
        workspace: Workspace,
        rules: Rules,
        mapping: PermissionMap,
        progress: Progress,
    ) -> None:
        self._rules = self._shelf.put_value("rules", shipped(rules, mapping))
        with Dealer(self._shelf, self._place.shares, rules) as dealer:
            # Rows that are of no identity stay here.
            read_rows(dealer.dealt(batches), workspace, rules)
        for share in self._done("read", progress):
            for table in ("clients", "contacts"):
                workspace.take_in(table, self._shelf.checked(f"{table}-{share}"))

    def convert(self, workspace: Workspace, rules: Rules, progress: Progress) -> Dispositions:  # noqa: ARG002 (they have them)
        for table in ("legacy_staff", "legacy_terms"):
            self._shelf.put(table, lambda draft, table=table: shares.lay_down(workspace, table, draft))
        dispositions: Counter[str] = Counter()
        for share in self._done("convert", progress):
            for table in ("converted", "staged_findings"):
                workspace.take_in(table, self._shelf.checked(f"{table}-{share}"))
            dispositions.update(self._shelf.value(f"dispositions-{share}", dict[str, int]))
        shares.note_codes(workspace)
        return in_order(dispositions)

    # --- jobs -------------------------------------------------------------------------------

    def _done(self, step: str, progress: Progress) -> Iterator[int]:
        """Have a step done for every share; yields each once it is done, in their order."""
        number = self._place.shares
        for share in range(number):
            errand = Errand(self._plan, step, share, number, self._rules, program())
            self._jobs.put(errand)
        log.info("jobs.put", step=step, jobs=number, queue=self._place.queue)
        watch = Watch(self._clock, self._place)
        for share in range(number):
            while not self._is_done(step, share, watch, progress):
                time.sleep(_EVERY)
            yield share

    def _is_done(self, step: str, share: int, watch: "Watch", progress: Progress) -> bool:
        progress(f"{step}ing", sum(self._has(step, each) for each in range(self._place.shares)), self._place.shares)
        if self._has(step, share):
            return True
        jobs = self._jobs.states(self._plan)
        if share not in {job[0] for job in jobs.values()}:
            # Done between the two looks, or it will never be.
            if self._has(step, share):
                return True
            note = self._note(step, share)
            if note is not None and not note.refused:
                raise JobFailed(note.worker, note.reason)
            raise JobsWithdrawn(self._place.queue)
        watch.look(jobs, lambda: self._note(step, share))
        return False

    def _has(self, step: str, share: int) -> bool:
        return self._shelf.has(f"{step}-{share}")

    def _note(self, step: str, share: int) -> Note | None:
        return self._shelf.noted(f"note-{step}-{share}")


class Watch:
    """Sees whether anybody works at the jobs of a plan."""

    def __init__(self, clock: Callable[[], float], place: SharedWork) -> None:
        self._clock = clock
        self._place = place
        self._alive = clock()  # when there was a sign of life
        self._since: dict[tuple[int, int], float] = {}  # by job and attempt
        self._left = -1

    def look(self, jobs: object, note: Callable[[], Note | None]) -> None: ...
