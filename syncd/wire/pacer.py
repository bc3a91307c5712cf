"""The pacer: one per target, before every call that goes there, from whichever thread."""

import math
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from syncd.errors import TargetUnavailable, Throttled
from syncd.wire.pace import Pace

log = structlog.get_logger(__name__)

LONGEST_PAUSE = 60.0  # seconds; a target that asks for more is left alone for this run


class Watch:
    """Time as it is; tests bring their own."""

    def now(self) -> float:
        return time.monotonic()

    def wait(self, turn: threading.Condition, seconds: float | None) -> None:
        """Wait until `turn` is notified, but not longer than `seconds`."""
        turn.wait(seconds)


class Pacer:
    """Lets calls begin at a `Pace`; `connections` is how many may ever be on at once."""

    def __init__(
        self,
        connections: int = 1,
        per_second: float = math.inf,
        watch: Watch | None = None,
    ) -> None:
        self.connections = connections
        self.heard = False  # whether an answer ever came, so that there is somebody to wait for
        self._pace = Pace(connections, per_second)
        self._watch = watch or Watch()
        self._turn = threading.Condition()

    @contextmanager
    def call(self, action: str) -> Iterator[None]:
        """Wait for the turn of a call, and learn from how it went."""
        began = self._begin()
        failure: TargetUnavailable | None = None
        try:
            yield
        except TargetUnavailable as error:
            failure = error
            raise
        finally:
            self._end(action, began, failure)

    def _begin(self) -> float:
        with self._turn:
            while (seconds := self._pace.wait(self._watch.now())) != 0:
                self._watch.wait(self._turn, seconds)
            began = self._watch.now()
            self._pace.begin(began)
            return began

    def _end(self, action: str, began: float, failure: TargetUnavailable | None) -> None:
        with self._turn:
            now = self._watch.now()
            match failure:
                case None:
                    fell = self._pace.answered(action, began, now)
                case Throttled(retry_after=pause) if pause is None or pause <= LONGEST_PAUSE:
                    fell = self._pace.throttled(began, now, pause)
                case _:
                    fell = self._pace.failed(began, now)
            if fell:
                window, said = int(self._pace.window), failure.message if failure else "slow"
                log.info("pace.slowed", action=action, window=window, why=said)
            self._turn.notify_all()
