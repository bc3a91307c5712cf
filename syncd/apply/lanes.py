"""Lanes: which change may begin while others are under way."""

from collections import deque
from collections.abc import Iterable

from syncd.model.change import Change, lane

_AHEAD = 500  # changes looked at while their lanes are taken


class Lanes:
    """Gives changes in their order, never two of one `lane` at the same time."""

    def __init__(self, changes: Iterable[Change]) -> None:
        self._coming = iter(changes)
        self._taken: set[str] = set()
        self._behind: dict[str, deque[Change]] = {}  # by lane, in their order
        self._waiting = 0

    def next(self) -> Change | None:
        """Give a change that may begin; None if there is none until another one is finished."""
        for name, waiting in self._behind.items():
            if name not in self._taken:
                change = waiting.popleft()
                if not waiting:
                    del self._behind[name]
                self._waiting -= 1
                return self._take(change)
        while self._waiting < _AHEAD and (coming := next(self._coming, None)) is not None:
            if lane(coming) not in self._taken:
                return self._take(coming)
            self._behind.setdefault(lane(coming), deque()).append(coming)
            self._waiting += 1
        return None

    def through(self, change: Change) -> None:
        self._taken.discard(lane(change))

    def _take(self, change: Change) -> Change:
        self._taken.add(lane(change))
        return change
