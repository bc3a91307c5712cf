"""Counting items as they pass, and keeping the first few: a long table is never held."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice
from typing import Generic, TypeVar

SAMPLE = 200  # rows of a long table kept in the Report

Item = TypeVar("Item")
Kind = TypeVar("Kind")
Rank = Callable[[Item], int | None]


def nowhere(_: object) -> int | None:
    """Rank items of which no sample is kept."""
    return None


def in_passing(_: object) -> int | None:
    """Rank items that are all as good to see: the sample is of the first."""
    return 0


class Census(Generic[Item, Kind]):
    """Counts items by kind, and keeps a sample of those that a person wants to see.

    `rank` gives an item's place in the sample: lowest first, and where it is None, no place.
    """

    def __init__(
        self, kind: Callable[[Item], Kind], rank: Rank[Item] = nowhere, most: int = SAMPLE
    ) -> None:
        self.numbers: Counter[Kind] = Counter()
        self._kind = kind
        self._rank = rank
        self._most = most
        self._kept: defaultdict[int, list[Item]] = defaultdict(list)

    @property
    def sample(self) -> tuple[Item, ...]:
        """The first items, the lowest rank first."""
        ranks = sorted(self._kept)
        return tuple(islice(chain.from_iterable(map(self.kept, ranks)), self._most))

    def kept(self, rank: int) -> list[Item]:
        """Give the first items of a rank."""
        return self._kept[rank]

    def add(self, item: Item) -> None:
        self.numbers[self._kind(item)] += 1
        rank = self._rank(item)
        if rank is not None:
            kept = self._kept[rank]
            if len(kept) < self._most:
                kept.append(item)

    def counted(self, passing: Iterable[Item]) -> Iterator[Item]:
        """Pass items on, adding each."""
        for item in passing:
            self.add(item)
            yield item
