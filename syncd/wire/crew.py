"""A crew: threads that do one kind of work, while one thread hands it out and takes it back."""

import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from contextvars import copy_context
from queue import SimpleQueue
from types import TracebackType
from typing import Generic, Self, TypeVar

T = TypeVar("T")
R = TypeVar("R")


class Crew(Generic[T, R]):
    """Does `work` on what it is handed, on `hands` threads. Use as a context manager.

    One hand needs no thread: the work is done where it is handed out. The threads do not keep the
    process alive: who interrupts it does not wait for a call.
    """

    def __init__(self, work: Callable[[T], R], hands: int) -> None:
        self.hands = hands
        self.busy = 0  # handed out and not yet taken back
        self._work = work
        self._todo: SimpleQueue[T | None] = SimpleQueue()
        self._done: SimpleQueue[tuple[T, Future[R]]] = SimpleQueue()
        self._threads = [
            # With the context of whoever starts it: that one holds the run's id for the log.
            threading.Thread(target=copy_context().run, args=(self._serve,), daemon=True)
            for _ in range(hands if hands > 1 else 0)
        ]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None
    ) -> None:
        for _thread in self._threads:
            self._todo.put(None)
        if kind is None or issubclass(kind, Exception):
            for thread in self._threads:
                thread.join()

    @property
    def has_room(self) -> bool:
        return self.room > 0

    @property
    def room(self) -> int:
        """How many more things may be handed out."""
        return self.hands - self.busy

    def hand(self, item: T) -> None:
        """Give something to work on; only while there is room."""
        self.busy += 1
        if self._threads:
            self._todo.put(item)
        else:
            self._do(item)

    def take(self) -> tuple[T, "Future[R]"]:
        """Wait for something to be done; give it with what came of it."""
        done = self._done.get()
        self.busy -= 1
        return done

    def take_all(self) -> list[tuple[T, "Future[R]"]]:
        """Wait for something to be done; give all that is by then, in the order it was done."""
        taken = [self.take()]
        while not self._done.empty():
            taken.append(self.take())
        return taken

    def _serve(self) -> None:
        while (item := self._todo.get()) is not None:
            self._do(item)

    def _do(self, item: T) -> None:
        future: Future[R] = Future()
        try:
            future.set_result(self._work(item))
        except Exception as error:  # noqa: BLE001, not caught but carried to who takes it
            future.set_exception(error)
        self._done.put((item, future))


def spread(work: Callable[[T], R], items: Iterable[T], hands: int) -> Iterator[R]:
    """Yield what `work` makes of each item, as it gets done; raises what `work` raises.

    Items are taken by the calling thread, and no more of them than there are hands.
    """
    with Crew(work, hands) as crew:
        for item in items:
            crew.hand(item)
            if not crew.has_room:
                yield crew.take()[1].result()
        while crew.busy:
            yield crew.take()[1].result()
