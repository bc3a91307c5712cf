"""Streams of bytes: bounded, with a head that is known, unpacked from a gzip."""

import zlib
from typing import Protocol

from syncd.sources.kinds import HEAD, NoDump
from syncd.sources.text import BadDump

# No dump packs better than this. What does was made to keep a reader busy for days.
MOST_TIMES = 250
_ALWAYS = 1 << 26  # bytes that the smallest file may unpack to
_CHUNK = 1 << 14


class Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


def drain(content: Readable) -> None:
    while content.read(_CHUNK):
        pass


class Stream:
    """What a file unpacks to; raises `NoDump` where that is more than a dump can be."""

    def __init__(self, unpacked: Readable, packed: int) -> None:
        self._unpacked = unpacked
        self._left = max(_ALWAYS, MOST_TIMES * packed)

    def read(self, size: int) -> bytes:
        part = self._unpacked.read(size)
        self._left -= len(part)
        if self._left < 0:
            raise NoDump(
                f"it unpacks to more than {MOST_TIMES} times its size, unlike any real dump: if it"
                " is one, unpack it first"
            )
        return part


class Peeked:
    """A stream whose head is known."""

    def __init__(self, content: Readable) -> None:
        parts, missing = [], HEAD
        while missing > 0 and (part := content.read(missing)):
            parts.append(part)
            missing -= len(part)
        self.head = b"".join(parts)
        self._content = content
        self._waiting = self.head

    def read(self, size: int) -> bytes:
        if self._waiting:
            part, self._waiting = self._waiting[:size], self._waiting[size:]
            return part
        return self._content.read(size)


def gunzipped(content: Readable, size: int) -> Peeked:
    """Unpack a gzip, and leave anything else as it is; `size` is that of the file on disk."""
    packed = Peeked(content)
    if not packed.head.startswith(_GZIP):
        return packed
    unpacked = Peeked(Stream(_Gunzipped(packed), size))
    if unpacked.head.startswith(_GZIP):
        raise NoDump("it is gzipped twice: unpack it once (gunzip) and give that")
    return unpacked


class _Gunzipped:
    """The members of a gzip, one after the other.

    By zlib alone: the module gzip reads the name in a header byte by byte, and a name may be
    endless.
    """

    def __init__(self, file: Readable) -> None:
        self._file = file
        self._taken = 0
        self._packed = b""
        self._member = zlib.decompressobj(_WBITS)

    def read(self, size: int) -> bytes:
        while True:
            if self._member.eof and not self._next_member():
                return b""
            self._packed = self._packed or self._more()
            if not self._packed:
                raise EOFError("the gzip file is cut off")
            part = self._member.decompress(self._packed, size)
            self._packed = self._member.unconsumed_tail
            if part:
                return part

    def _next_member(self) -> bool:
        """Go to the next member; zeros may fill up the last block of what the file was kept on."""
        rest = self._member.unused_data
        while len(rest := rest.lstrip(b"\0")) < len(_GZIP) and (more := self._more()):
            rest += more
        if not rest:
            return False
        if not rest.startswith(_GZIP):
            raise BadDump(
                f"behind the end of the gzip, at byte {self._taken - len(rest):,}, stands what is"
                " no gzip: copy it again, or make the backup again"
            )
        self._packed = rest
        self._member = zlib.decompressobj(_WBITS)
        return True

    def _more(self) -> bytes:
        part = self._file.read(_CHUNK)
        self._taken += len(part)
        return part


_GZIP = b"\x1f\x8b"
_WBITS = 31  # the largest window, in a gzip
