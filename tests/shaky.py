"""A source and a target that cannot be read to their end."""

from collections.abc import Iterator

from syncd.errors import IncompleteRead, TargetUnavailable
from syncd.ports import Batch, Observed, Ownership
from syncd.sources.memory import MemorySource
from syncd.targets.memory import MemoryReader, MemoryTarget


class CutSource(MemorySource):
    """Breaks off between the clients and the contacts."""

    def extract(self) -> Iterator[Batch]:
        yield next(super().extract())
        raise IncompleteRead(self.name, "the dump ends in the middle")


class ShakyTarget(MemoryTarget):
    """Breaks off after `readable` items, where that is set."""

    readable: int | None = None

    def reader(self) -> MemoryReader:
        return _ShakyReader(self)


class _ShakyReader(MemoryReader):
    def observe(self) -> Iterator[Observed | Ownership]:
        for number, item in enumerate(super().observe()):
            if number == self._target.readable:
                raise TargetUnavailable("GetUsers", "503")
            yield item
