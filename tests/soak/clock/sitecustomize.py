"""Goes before all else in each process on the fast clock.

Python sleeps until a moment of the monotonic clock. libfaketime turns that into a span by the clock
that it has moved, which fails with "Invalid argument". A wait for nothing sleeps as long.
"""

import select
import time


def _sleep(seconds: float) -> None:
    if seconds < 0:
        raise ValueError("sleep length must be non-negative")
    select.select([], [], [], seconds)


time.sleep = _sleep
