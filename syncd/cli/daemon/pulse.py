"""Whether work goes on: what feeds systemd's watchdog, and what `systemctl status` shows."""

from collections.abc import Callable

import msgspec
import structlog

from syncd.cli.daemon.notify import Notifier

log = structlog.get_logger(__name__)

# For so long a run may be at one thing and say nothing: a call that is tried again, or the engine
# at a join of millions.
PATIENCE = 1800.0  # seconds


class Sign(msgspec.Struct, frozen=True):
    """The last sign of a run."""

    at: float
    stage: str


class Pulse:
    """Feeds the watchdog from the scheduler's own loop, as long as runs that are on progress.

    One that stands still is no reason to end others: only once nothing else moves is the watchdog
    left to starve.
    """

    def __init__(self, notifier: Notifier, monotonic: Callable[[], float]) -> None:
        self._notifier = notifier
        self._monotonic = monotonic
        self._signs: dict[str, Sign] = {}

    def progressed(self, target: str, stage: str) -> None:
        """Note a sign of the run for a target; a stage that is new is shown."""
        before = self._signs.get(target)
        self._signs[target] = Sign(self._monotonic(), stage)
        if before is None or before.stage != stage:
            self._notifier.status(self.words())

    def ended(self, target: str) -> None:
        self._signs.pop(target, None)

    def words(self) -> str:
        return "; ".join(f"{target}: {sign.stage}" for target, sign in list(self._signs.items()))

    def beat(self) -> None:
        """Feed the watchdog, unless all that is on stands still."""
        signs = list(self._signs.items())
        late = [name for name, sign in signs if self._monotonic() - sign.at > PATIENCE]
        if late and len(late) == len(signs):
            log.error("daemon.stuck", targets=late, seconds=int(PATIENCE))
        else:
            self._notifier.alive()
