"""Finds the SQL dump in a backup file, by content and not by name."""

import os
import zipfile
import zlib
from contextlib import ExitStack
from io import BufferedReader
from typing import cast

import regex as re

from syncd.sources.archives import (
    Member,
    Readable,
    choose,
    drain,
    dump_of,
    dumps_in,
    first_of,
    looks_like_tar,
    preferred,
)
from syncd.sources.kinds import HEAD, NoDump, refuse

# No dump packs better than this. What does was made to keep a reader busy for days.
MOST_TIMES = 250
_ALWAYS = 1 << 26  # bytes that the smallest file may unpack to


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


def unpack(file: BufferedReader, stack: ExitStack) -> tuple[Readable, str]:
    """Give the stream of the dump itself, and when it was made, "" where nothing says so.

    Reading the stream to its end checks what checksums there are: it raises `EOFError`,
    `zlib.error`, `zipfile.BadZipFile` or `OSError` where the file is cut or damaged.
    """
    size = os.fstat(file.fileno()).st_size
    if file.peek(8).startswith(b"PK"):
        return _of_zip(file, stack, size)
    content = _Peeked(_gunzipped(_Peeked(file), size))
    if not looks_like_tar(content.head):
        refuse(content.head)
        return content, ""
    member = _whmcs_in(file, size)
    file.seek(0)
    archive = _gunzipped(_Peeked(file), size)
    for each, packed in dumps_in(archive):
        if each.number == member.number:
            return _Drained(_member(packed, size), archive), member.modified
    raise EOFError("the archive was changed while it was read")


def _of_zip(file: BufferedReader, stack: ExitStack, size: int) -> tuple[Readable, str]:
    try:
        archive = stack.enter_context(zipfile.ZipFile(file))
        member = dump_of(archive)
        packed = cast("zipfile.ZipExtFile", stack.enter_context(archive.open(member)))
    # A ValueError is a name that is no text; NotImplementedError, a way to pack not known here.
    except (NotImplementedError, ValueError) as error:
        raise NoDump(f"the zip cannot be read ({error}): unpack it first") from error
    made_at = "{:04}-{:02}-{:02} {:02}:{:02}:{:02}".format(*member.date_time)
    content = _Peeked(_gunzipped(_Peeked(Stream(packed, size)), size))
    refuse(content.head)
    return content, made_at


def _whmcs_in(file: BufferedReader, size: int) -> Member:
    """Read an archive once to find the member that is the dump."""
    file.seek(0)
    members, with_tables = [], []
    for member, packed in dumps_in(_gunzipped(_Peeked(file), size)):
        members.append(member)
        if _has_tables(_member(packed, size)):
            with_tables.append(member.number)
    return choose(preferred(members), with_tables)


def _has_tables(content: Readable) -> bool:
    text = b""
    while part := content.read(_CHUNK):
        text = text[-_OVERLAP:] + part
        if _CONTACTS.search(text):
            return True
    return False


_CONTACTS = re.compile(
    rb"(?:CREATE\s+TABLE|INSERT\s+INTO)[^;(]{1,40}\btblcontacts\b", re.IGNORECASE
)
_OVERLAP = 100


def _member(packed: Readable, size: int) -> Readable:
    """Unpack one file of an archive, and the archive of one file that it may be."""
    content = _Peeked(_gunzipped(_Peeked(packed), size))
    if looks_like_tar(content.head):
        content = _Peeked(_Drained(first_of(content), content))
    refuse(content.head)
    return content


class _Drained:
    """A member of an archive which, at its end, is read to the archive's own end and checksum."""

    def __init__(self, content: Readable, archive: Readable) -> None:
        self._content = content
        self._archive = archive

    def read(self, size: int) -> bytes:
        part = self._content.read(size)
        if not part:
            drain(self._archive)
        return part


class _Peeked:
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


def _gunzipped(file: _Peeked, size: int) -> Readable:
    """Unpack a gzip, and leave anything else as it is."""
    if not file.head.startswith(_GZIP):
        return file
    content = _Peeked(Stream(_Gunzipped(file), size))
    if content.head.startswith(_GZIP):
        raise NoDump("it is gzipped twice: unpack it once (gunzip) and give that")
    return content


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


_GZIP = b"\x1f\x8b"
_WBITS = 31  # the largest window, in a gzip
_CHUNK = 1 << 14
