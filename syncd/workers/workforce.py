"""A workforce: workers, on any number of hosts, do the reading and converting of a plan.

Who makes the plan reads the sources, in one snapshot and with one proof that all is there; deals
the rows out by a hash of the identity; and takes in what the workers laid down, share by share.
Twice: what a row says must be known of all clients before any of their contacts is converted.
"""

import time
import zlib
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import ExitStack, suppress
from functools import partial
from typing import Self, cast
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
from syncd.workers.queue import Errand, JobLeft, Jobs, prepare
from syncd.workers.shelf import PlanShelf, shelf_of
from syncd.workers.shipped import program, shipped
from syncd.workers.work import COMMON, ROWS
from syncd.workspace import shares
from syncd.workspace.workspace import Workspace

log = structlog.get_logger(__name__)

_EVERY = 0.2  # seconds between two looks at the queue
_AT_WORK = 1.0  # seconds that a job must last to be a sign of life: to refuse it takes less


class Workforce:
    """See `hands.Hands`."""

    def __init__(self, place: SharedWork, clock: Callable[[], float] = time.monotonic) -> None:
        self._place = place
        self._clock = clock

    def __enter__(self) -> Self:
        self._plan = uuid4().hex[:16]
        self._shelf = shelf_of(self._place, self._plan)
        self._rules = ""
        with ExitStack() as stack:
            prepare(self._place)
            self._jobs = stack.enter_context(Jobs(self._place))
            self._jobs.begin(self._plan)
            for left in self._shelf.others():
                if not self._jobs.is_held(left.plan):
                    left.clear()
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
        dealer = Dealer(self._shelf, self._place.shares, rules)
        read_rows(dealer.dealt(batches), workspace, rules)  # those that are of no identity
        for share in self._done("read", progress):
            for table in ROWS:
                workspace.take_in(table, self._shelf.checked(f"{table}-{share}"))

    def convert(
        self,
        workspace: Workspace,
        rules: Rules,  # noqa: ARG002 (which the workers have by now)
        progress: Progress,
    ) -> Dispositions:
        for table in COMMON:
            self._shelf.put(table, partial(shares.lay_down, workspace, table))
        dispositions: Counter[str] = Counter()
        for share in self._done("convert", progress):
            for table in ("converted", "staged_findings"):
                workspace.take_in(table, self._shelf.checked(f"{table}-{share}"))
            dispositions.update(self._shelf.value(f"convert-{share}", dict[str, int]))
        shares.note_codes(workspace)
        return in_order(dispositions)

    # --- jobs -------------------------------------------------------------------------------

    def _done(self, step: str, progress: Progress) -> Iterator[int]:
        """Have a step done for every share; yields each once it is done, in their order."""
        number = self._place.shares
        for share in range(number):
            self._jobs.put(Errand(self._plan, step, share, number, self._rules, program()))
        log.info("jobs.put", step=step, jobs=number, queue=self._place.queue)
        lookout = Lookout(self._clock, self._place)
        for share in range(number):
            while not self._shelf.has(f"{step}-{share}"):
                done = sum(self._shelf.has(f"{step}-{each}") for each in range(number))
                progress(f"{step}ing", done, number)
                self._look_after(step, share, lookout)
                time.sleep(_EVERY)
            yield share
        progress(f"{step}ing", number, number)

    def _look_after(self, step: str, share: int, lookout: "Lookout") -> None:
        jobs = self._jobs.left(self._plan)
        if share not in {job.share for job in jobs}:
            if self._shelf.has(f"{step}-{share}"):  # by now
                return
            note = self._shelf.noted(f"note-{step}-{share}")
            if note is not None and not note.refused:
                raise JobFailed(note.worker, note.reason)
            raise JobsWithdrawn(str(self._place))
        if lookout.sees_nobody(jobs):
            notes = (self._shelf.noted(f"note-{step}-{job.share}") for job in jobs)
            refusal = next((f" {each.worker} refuses: {each.reason}" for each in notes if each), "")
            raise NoWorker(str(self._place), self._place.wait, refusal)


class Lookout:
    """Sees whether anybody works at the jobs of a plan."""

    def __init__(self, clock: Callable[[], float], place: SharedWork) -> None:
        self._clock = clock
        self._wait = place.wait
        self._alive = clock()  # when there was a sign of life
        self._begun: dict[JobLeft, float] = {}
        self._left = 0

    def sees_nobody(self, jobs: Collection[JobLeft]) -> bool:
        """Say whether there has been no sign of life for as long as one waits for it."""
        now = self._clock()
        self._begun = {job: self._begun.get(job, now) for job in jobs if job.is_begun}
        if len(jobs) != self._left or any(now - at > _AT_WORK for at in self._begun.values()):
            self._alive, self._left = now, len(jobs)
        return now - self._alive > self._wait


class Dealer:
    """Deals legacy rows out to the files of their shares. Use as a context manager."""

    def __init__(self, shelf: PlanShelf, number: int, rules: Rules) -> None:
        self._shelf = shelf
        self._number = number
        self._meant = encoded.accepted(rules.decisions)

    def dealt(self, batches: Iterable[Batch]) -> Iterator[Batch]:
        """Deal out the rows of clients and contacts; yields those of other tables.

        Once all are through, the files of the shares are on the shelf.
        """
        with ExitStack() as stack:
            files = [stack.enter_context(self._shelf.rows(n)) for n in range(self._number)]
            for batch in batches:
                if batch.table not in (LegacyClient, LegacyContact):
                    yield batch
                    continue
                for share, rows in enumerate(self._apart(batch)):
                    if rows:
                        files[share].add(Batch(batch.table, rows))

    def _apart(self, batch: Batch) -> list[Rows]:
        dealt: list[Rows] = [[] for _ in range(self._number)]
        address = batch.table.__struct_fields__.index("email")
        for values in batch.rows:
            spelling = normalise(cast("str | None", values[address]))
            email = self._meant.get(spelling, spelling)
            # A row without an address is alone: any share will do.
            identity = email or f"{values[0]}/{values[1]}"
            dealt[zlib.crc32(identity.encode("utf-8", "surrogatepass")) % self._number].append(
                values
            )
        return dealt
