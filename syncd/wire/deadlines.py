"""Deadlines: what is ended if it takes too long, watched for all calls by one thread.

A timer of its own for each call, and a thread for each timer, would cost more than the call.
"""

import math
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

End = Callable[[], None]


class Deadlines:
    """Calls an `end` where what is done under it lasts longer than it may. For any thread."""

    def __init__(self) -> None:
        self._turn = threading.Condition()
        self._due: dict[object, tuple[float, End]] = {}
        self._wakes = math.inf  # when the thread looks next
        self._watched = False  # the thread is there: it is started when it is first needed

    @contextmanager
    def after(self, seconds: float, end: End) -> Iterator[None]:
        mark, due = object(), time.monotonic() + seconds
        with self._turn:
            self._due[mark] = due, end
            if due < self._wakes:
                self._wakes = due
                self._turn.notify()
            if not self._watched:
                self._watched = True
                threading.Thread(target=self._watch, name="deadlines", daemon=True).start()
        try:
            yield
        finally:
            with self._turn:
                self._due.pop(mark, None)

    def _watch(self) -> None:
        while True:
            for end in self._overdue():
                end()

    def _overdue(self) -> list[End]:
        """Wait until something may be due; take out what is."""
        with self._turn:
            now = time.monotonic()
            if now < self._wakes:
                self._turn.wait(None if self._wakes == math.inf else self._wakes - now)
                now = time.monotonic()
            over = [mark for mark, (due, _) in self._due.items() if due <= now]
            ends = [self._due.pop(mark)[1] for mark in over]
            self._wakes = min((due for due, _ in self._due.values()), default=math.inf)
            return ends


DEADLINES = Deadlines()
# A process that was forked has none of the threads, and may have got the lock as it was taken.
os.register_at_fork(after_in_child=DEADLINES.__init__)  # type: ignore[misc]
