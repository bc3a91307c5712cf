"""A worker: takes up one job after another until it is told to stop.

What it is in the middle of then goes back to the queue at once. So does a job that it must not do;
any other fault ends the job with a note, and the plan with it.
"""

import asyncio
import logging
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from signal import Signals
from typing import Any

import msgspec
import procrastinate
import structlog
from procrastinate import exceptions
from procrastinate.job_context import JobContext
from procrastinate.retry import BaseRetryStrategy, RetryDecision

from syncd.errors import SyncdError
from syncd.model.connection import SharedWork
from syncd.workers import queue
from syncd.workers.faults import JobRefused, QueueUnreachable
from syncd.workers.queue import Errand
from syncd.workers.shelf import Note, PlanShelf, shelf_of
from syncd.workers.work import Check, do

log = structlog.get_logger(__name__)

_DEFECT = "A defect in syncd. Report it with the traceback from the worker's log."
_LATER = 2  # seconds after which a job that was refused is looked at again


class _BackToQueue(BaseRetryStrategy):
    def get_retry_decision(
        self,
        *,
        exception: BaseException,
        job: procrastinate.jobs.Job,  # noqa: ARG002
    ) -> RetryDecision | None:
        match exception:
            case JobRefused() | QueueUnreachable():
                return RetryDecision(retry_in={"seconds": _LATER})
            case exceptions.JobAborted():
                return RetryDecision()
            case _:
                return None


def _is_no_lost_queue(record: logging.LogRecord) -> bool:
    """Say whether a record is of anything but a queue that is gone, which we say ourselves."""
    error = record.exc_info[1] if record.exc_info else None
    return not isinstance(error, exceptions.ConnectorException)


class Worker:
    def __init__(
        self, place: SharedWork, scratch: Path, words: Callable[[SyncdError], str]
    ) -> None:
        self._place = place
        self._scratch = scratch
        self._words = words
        self._name = f"{os.uname().nodename} (pid {os.getpid()})"
        self._refused: set[str] = set()  # plans of which it was said
        self._stopped = False

    def serve(self, signals: Sequence[Signals]) -> None:
        """Work until one of the signals; raises `QueueUnreachable`."""
        queue.prepare(self._place)
        # Of its lines only the trace of a defect is wanted: the rest is said here.
        logger = logging.getLogger("procrastinate.worker")
        logger.setLevel(logging.ERROR)
        logger.addFilter(_is_no_lost_queue)
        logger.getChild(self._name).setLevel(logging.CRITICAL)
        with queue.reached(self._place):
            asyncio.run(self._serve(signals))
        if not self._stopped:
            raise QueueUnreachable(str(self._place), "the connection was lost")

    async def _serve(self, signals: Sequence[Signals]) -> None:
        connector = procrastinate.PsycopgConnector(**queue.pool(self._place))
        app = procrastinate.App(connector=connector)
        app.task(name=queue.TASK, pass_context=True, retry=_BackToQueue())(self._work)
        async with app.open_async():
            worker = asyncio.create_task(
                app.run_worker_async(
                    queues=[self._place.queue],
                    name=self._name,
                    fetch_job_polling_interval=_LATER,
                    abort_job_polling_interval=_LATER,
                    shutdown_graceful_timeout=0,
                    delete_jobs="always",
                    install_signal_handlers=False,
                    update_heartbeat_interval=queue.BEAT,
                    stalled_worker_timeout=queue.STALLED,
                )
            )

            def stop() -> None:
                self._stopped = True
                worker.cancel()

            for number in signals:
                asyncio.get_running_loop().add_signal_handler(number, stop)
            log.info("worker.started", queue=self._place.queue)
            try:
                await worker
            except asyncio.CancelledError:
                if not self._stopped:
                    raise
            log.info("worker.stopped", queue=self._place.queue)

    # --- a job, on a thread of its own -------------------------------------------------------

    def _work(self, context: JobContext, /, **arguments: Any) -> None:
        try:
            errand = msgspec.convert(arguments, Errand)
        except msgspec.ValidationError as error:
            log.warning("job.refused", why="the plan is made by another version of syncd")
            raise JobRefused(str(error)) from error

        def check() -> None:
            if context.should_abort():
                raise exceptions.JobAborted

        with queue.reached(self._place), queue.connected(self._place) as con:
            is_held = queue.is_held(con, errand.plan)
        facts = {"plan": errand.plan, "step": errand.step, "share": errand.share}
        log.info(self._end_of(errand, check) if is_held else "job.dropped", **facts)

    def _end_of(self, errand: Errand, check: Check) -> str:
        """Do a job; gives how it ended, as the log has it."""
        shelf = shelf_of(self._place, errand.plan)
        try:
            with self._room() as room:
                do(errand, shelf, room, check)
        except JobRefused as refusal:
            self._note(shelf, errand, refusal.reason, refused=True)
            if errand.plan not in self._refused:
                self._refused.add(errand.plan)
                log.warning("job.refused", plan=errand.plan, why=refusal.reason)
            raise
        except SyncdError as error:
            if not shelf.is_there():  # the plan was given up meanwhile
                return "job.dropped"
            reason = self._words(error)
            self._note(shelf, errand, reason, refused=False)
            log.error("job.failed", plan=errand.plan, why=reason)  # noqa: TRY400
            return "job.ended"
        except exceptions.JobAborted:
            log.info("job.dropped", plan=errand.plan, step=errand.step, share=errand.share)
            raise
        except BaseException as error:  # whose trace Procrastinate logs
            reason = f"{type(error).__name__}: {_DEFECT}"
            self._note(shelf, errand, reason, refused=False)
            raise
        return "job.done"

    def _note(self, shelf: PlanShelf, errand: Errand, reason: str, *, refused: bool) -> None:
        if shelf.is_there():
            name = f"note-{errand.step}-{errand.share}"
            shelf.note(name, Note(self._name, reason, refused))

    @contextmanager
    def _room(self) -> Iterator[Path]:
        room = self._scratch / f"worker-{os.getpid()}"
        try:
            yield room
        finally:
            shutil.rmtree(room, ignore_errors=True)


def forget_dead(scratch: Path) -> None:
    """Remove what workers of this machine left behind that were killed."""
    for room in scratch.glob("worker-*"):
        pid = room.name.removeprefix("worker-")
        if not Path("/proc", pid).exists():
            shutil.rmtree(room, ignore_errors=True)
