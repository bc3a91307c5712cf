"""Progress: how far a stage has come, said now and then."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

_T = TypeVar("_T")
# stage, done so far, total where it is known
Progress = Callable[[str, int, int | None], None]


def counted(
    stage: str,
    items: Iterable[_T],
    progress: Progress,
    total: int | None = None,
) -> Iterator[_T]:
    """Yield the items of a stage, and say now and then how many have passed, of how many."""
    done = 0
    for done, item in enumerate(items, start=1):
        if done % 500 == 0:
            progress(stage, done, total)
        yield item
    progress(stage, done, total)
