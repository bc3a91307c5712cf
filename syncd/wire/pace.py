"""Pace: how many calls may be on at once, and how soon one may follow another. Pure.

The window of calls at once rises while replies stay as quick as they were, and halves when they get
slow, fail or ask for a pause: additive up, multiplicative down. It never passes what the config
allows, and neither does the number of calls in a second.
"""

import msgspec

# Of the usual latency to the best: below the first it is flat, above the second the target labours.
_FLAT, _SLOW = 1.5, 3.0
_QUICK = 0.05  # seconds; replies quicker than this are all alike
_SHARE = 1 / 8  # of a new reply in the usual latency
_FADING = 1.001  # by which the best latency is forgotten, a reply at a time
_PAUSE = 1.0  # seconds, where a target asks to slow down and does not say for how long


class _Latency(msgspec.Struct):
    best: float
    usual: float


class Pace:
    """Times are seconds of one clock that only goes forward."""

    def __init__(self, most: int, per_second: float) -> None:
        self.window = 1.0
        self._most = most
        self._gap = 1 / per_second
        self._on = 0
        self._next = 0.0  # no call begins before
        self._slowed_at = -1.0
        self._latencies: dict[str, _Latency] = {}

    def wait(self, now: float) -> float | None:
        """Give the seconds until a call may begin; None while one has to end first."""
        return max(0.0, self._next - now) if self._on < int(self.window) else None

    def begin(self, now: float) -> None:
        self._on += 1
        self._next = max(self._next, now) + self._gap

    def answered(self, action: str, began: float, now: float) -> bool:
        """Learn from a reply, whatever it says; true where the window fell."""
        filled, alone = self._on >= int(self.window), self._on == 1
        self._on -= 1
        if began < self._slowed_at:
            return False  # it was on its way already when the window fell: nothing new
        # Alone it can be slow only by itself: a long page of a list, a bad hour of the target.
        strain = 1.0 if alone else self._strain(action, now - began)
        if strain > _SLOW:
            return self._fall(began, now)
        if strain < _FLAT and filled:
            self._rise()
        return False

    def failed(self, began: float, now: float, pause: float = 0.0) -> bool:
        """Learn from a call that found no target, or was asked to come later by `pause`."""
        self._on -= 1
        self._next = max(self._next, now + pause)
        return self._fall(began, now)

    def throttled(self, began: float, now: float, pause: float | None) -> bool:
        return self.failed(began, now, _PAUSE if pause is None else pause)

    def _rise(self) -> None:
        """By one a round of calls; by one a call, until it was too much for the first time."""
        step = 1.0 if self._slowed_at < 0 else 1 / self.window
        self.window = min(float(self._most), self.window + step)

    def _fall(self, began: float, now: float) -> bool:
        if began < self._slowed_at:  # the first of the calls that fail together has counted
            return False
        before, self.window = self.window, max(1.0, self.window / 2)
        self._slowed_at = now
        for latency in self._latencies.values():
            latency.usual = latency.best
        return self.window < before

    def _strain(self, action: str, seconds: float) -> float:
        """Say how many times longer than at its best an action takes by now."""
        taken = max(seconds, _QUICK)
        known = self._latencies.setdefault(action, _Latency(taken, taken))
        known.best = min(taken, known.best * _FADING)
        known.usual += (taken - known.usual) * _SHARE
        return known.usual / known.best
