"""Finds the SQL dump in a backup file, by content and not by name."""

import os
import zipfile
import zlib
from contextlib import ExitStack
from io import BufferedReader
from typing import Protocol, cast

# No dump packs better than this. What does was made to keep a reader busy for days.
MOST_TIMES = 250
_ALWAYS = 1 << 26  # bytes that the smallest file may unpack to


class NoDump(Exception):
    """The file is readable and holds no dump that could be read; says what to do."""


class Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


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


def unpack(file: BufferedReader, stack: ExitStack) -> tuple[Stream, str]:
    """Give the stream of the dump itself, and when it was made, "" where nothing says so.

    Reading the stream to its end checks what checksums there are: it raises `EOFError`,
    `zlib.error`, `zipfile.BadZipFile` or `OSError` where the file is cut or damaged.
    """
    size = os.fstat(file.fileno()).st_size
    head = file.peek(8)
    if not head.startswith(b"PK"):
        return _gunzip(file, head, size), ""
    try:
        archive = stack.enter_context(zipfile.ZipFile(file))
        member = _dump_of(archive)
        packed = cast("zipfile.ZipExtFile", stack.enter_context(archive.open(member)))
    # A ValueError is a name that is no text; NotImplementedError, a way to pack not known here.
    except (NotImplementedError, ValueError) as error:
        raise NoDump(f"the zip cannot be read ({error}): unpack it first") from error
    made_at = "{:04}-{:02}-{:02} {:02}:{:02}:{:02}".format(*member.date_time)
    return _gunzip(Stream(packed, size), packed.peek(8), size), made_at


def _gunzip(file: Readable, head: bytes, size: int) -> Stream:
    for magic, advice in _NOT_DUMPS.items():
        if head.startswith(magic):
            raise NoDump(advice)
    return Stream(_Gunzipped(file) if head.startswith(b"\x1f\x8b") else file, size)


class _Gunzipped:
    """The members of a gzip, one after the other.

    By zlib alone: the module gzip reads the name in a header byte by byte, and a name may be
    endless.
    """

    def __init__(self, file: Readable) -> None:
        self._file = file
        self._packed = b""
        self._member = zlib.decompressobj(_WBITS)

    def read(self, size: int) -> bytes:
        while True:
            if self._member.eof:
                # Zeros may fill up the last block of whatever the file was kept on.
                self._packed = (self._member.unused_data or self._file.read(_CHUNK)).lstrip(b"\0")
                if not self._packed:
                    return b""
                self._member = zlib.decompressobj(_WBITS)
            self._packed = self._packed or self._file.read(_CHUNK)
            if not self._packed:
                raise EOFError("the gzip file is cut off")
            part = self._member.decompress(self._packed, size)
            self._packed = self._member.unconsumed_tail
            if part:
                return part


_WBITS = 31  # the largest window, in a gzip
_CHUNK = 1 << 14


def _dump_of(archive: zipfile.ZipFile) -> zipfile.ZipInfo:
    dumps = [
        member
        for member in archive.infolist()
        if member.filename.lower().endswith((".sql", ".sql.gz"))
        and not member.filename.startswith("__MACOSX/")
    ]
    if len(dumps) != 1:
        names = ", ".join(member.filename for member in dumps[:5]) or "none"
        raise NoDump(f"the zip must hold one .sql or .sql.gz file, but holds {len(dumps)}: {names}")
    if dumps[0].flag_bits & _ENCRYPTED:
        raise NoDump("the zip is encrypted: unpack it first")
    return dumps[0]


_ENCRYPTED = 1
_NOT_DUMPS = {
    b"\xfd7zXZ": "it is packed with xz: unpack it first",
    b"BZh": "it is packed with bzip2: unpack it first",
    b"\x28\xb5\x2f\xfd": "it is packed with zstd: unpack it first",
    b"7z\xbc\xaf": "it is packed with 7z: unpack it first",
    # What PowerShell makes of `mysqldump > file`; characters may be lost by then.
    b"\xff\xfe": "it is UTF-16, not as mysqldump wrote it: make it again with --result-file",
}
