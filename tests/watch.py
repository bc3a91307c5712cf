"""A watch that tests move by hand: who waits finds the time gone by."""

import threading

from syncd.wire.pacer import Watch


class HandMoved(Watch):
    def __init__(self) -> None:
        self.at = 100.0
        self.waited: list[float] = []

    def now(self) -> float:
        return self.at

    def wait(self, turn: threading.Condition, seconds: float | None) -> None:
        if seconds is None:
            turn.wait(timeout=30)
            return
        self.waited.append(seconds)
        self.at += seconds
