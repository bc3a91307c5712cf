"""Joining ordered streams by key, holding one key at a time.

Streams yield (key, item) in byte order of the keys, as the workspace gives them; a key may come
several times in one stream.
"""

import sys
from collections.abc import Iterable, Iterator
from heapq import merge
from itertools import groupby
from operator import itemgetter
from typing import Any

_key = itemgetter(0)


def merged(*streams: Iterable[tuple[str, Any]]) -> Iterator[tuple[str, list[list[Any]]]]:
    """Yield each key with what every stream has under it, in the order of the streams."""
    tagged = (_tagged(number, stream) for number, stream in enumerate(streams))
    for key, group in groupby(merge(*tagged, key=_key), key=_key):
        items: list[list[Any]] = [[] for _ in streams]
        for _, number, item in group:
            items[number].append(item)
        yield key, items


def _tagged(number: int, stream: Iterable[tuple[str, Any]]) -> Iterator[tuple[str, int, Any]]:
    for key, item in stream:
        yield key, number, item


def along(
    leader: Iterable[tuple[str, Any]], *followers: Iterable[tuple[str, Any]]
) -> Iterator[tuple[str, Any, list[list[Any]]]]:
    """Yield each item of `leader`, whose keys differ, with what the others have under its key.

    The others are not looked at where there is nothing to go along with.
    """
    heads: list[_Follower] = []
    for key, item in leader:
        heads = heads or [_Follower(stream) for stream in followers]
        yield key, item, [head.take(key) if head.key <= key else [] for head in heads]


class _Follower:
    """A stream and the key it stands at: beyond all keys where it has ended."""

    def __init__(self, stream: Iterable[tuple[str, Any]]) -> None:
        self._stream = iter(stream)
        self.key: str
        self._item: Any
        self.key, self._item = next(self._stream, _END)

    def take(self, key: str) -> list[Any]:
        """Give what stands under `key`, having passed over all that comes before it."""
        items = []
        while self.key <= key:
            if self.key == key:
                items.append(self._item)
            self.key, self._item = next(self._stream, _END)
        return items


_END = (chr(sys.maxunicode) * 2, None)
