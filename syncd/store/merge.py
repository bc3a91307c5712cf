"""Merging ordered streams by key: a join that holds one key at a time."""

from collections.abc import Iterable, Iterator
from heapq import merge
from itertools import groupby
from operator import itemgetter
from typing import Any

_key = itemgetter(0)


def merged(*streams: Iterable[tuple[str, Any]]) -> Iterator[tuple[str, list[list[Any]]]]:
    """Yield each key with what every stream has under it, in the order of the streams.

    Streams yield (key, item) in byte order of the keys, as the workspace gives them; a key may
    come several times in one stream.
    """
    tagged = (_tagged(number, stream) for number, stream in enumerate(streams))
    for key, group in groupby(merge(*tagged, key=_key), key=_key):
        found: list[list[Any]] = [[] for _ in streams]
        for _, number, item in group:
            found[number].append(item)
        yield key, found


def _tagged(number: int, stream: Iterable[tuple[str, Any]]) -> Iterator[tuple[str, int, Any]]:
    for key, item in stream:
        yield key, number, item
