"""Finds the SQL dump in a backup file, by content and not by name."""

import os
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from io import BufferedReader

import regex as re

from syncd.sources.archives import Inventory, Looked, is_dump, is_noise
from syncd.sources.kinds import NoDump, refuse
from syncd.sources.streams import Peeked, Readable, Stream, gunzipped
from syncd.sources.tars import Member, alone_in, looks_like_tar, members
from syncd.sources.text import BadDump


def unpack(file: BufferedReader, stack: ExitStack) -> tuple[Readable, str]:
    """Give the stream of the dump itself, and when it was made, "" where nothing says so.

    Reading the stream to its end checks what checksums there are: it raises `BadDump`, `EOFError`,
    `zlib.error`, `lzma.LZMAError`, `zipfile.BadZipFile` or `OSError` where the file is cut or
    damaged.
    """
    size = os.fstat(file.fileno()).st_size
    if file.peek(8).startswith(b"PK"):
        return _of_zip(file, stack, size)

    def again() -> Readable:
        file.seek(0)
        return file

    return _of_stream(again, size)


def _of_stream(again: Callable[[], Readable], size: int) -> tuple[Readable, str]:
    """Give a dump, or that of a tar; `again` opens what is read, from its beginning."""
    content = gunzipped(again(), size)
    if not looks_like_tar(content.head):
        refuse(content.head)
        return content, ""
    inventory = Inventory("archive")
    for member, packed in members(gunzipped(again(), size)):
        if not is_noise(member.name):
            looked_at = is_dump(member.name) and not member.link and not member.sparse
            look = _look(packed, size) if looked_at else Looked() if is_dump(member.name) else None
            inventory.add(member, look)
    dump = inventory.dump()
    archive = members(gunzipped(again(), size))
    for member, packed in archive:
        if member.number == dump.number:
            with _named(f"{member.name} in the archive"):
                return _Drained(_member(packed, size), archive), member.modified
    raise EOFError("the archive was changed while it was read")


# --- zip ------------------------------------------------------------------------------------


def _of_zip(file: BufferedReader, stack: ExitStack, size: int) -> tuple[Readable, str]:
    with _readable():
        archive = stack.enter_context(zipfile.ZipFile(file))
    infos = [info for info in archive.infolist() if not is_noise(info.filename)]
    files = [info for info in infos if not info.filename.endswith("/")]
    _refuse_more(archive)
    if not files:
        lacking = "holds folders and no file" if infos else "is empty"
        raise NoDump(f"the zip {lacking}: make the backup again")

    def opened(info: zipfile.ZipInfo) -> Readable:
        if info.flag_bits & _ENCRYPTED:
            raise NoDump("it is encrypted: unpack it with its password and give the dump")
        with _readable():
            return Stream(stack.enter_context(archive.open(info)), size)

    info = _dump_of(files, opened, size)
    with _named(f"{info.filename} in the zip"):
        stream, made_at = _of_stream(lambda: opened(info), size)
    return stream, made_at or "{:04}-{:02}-{:02} {:02}:{:02}:{:02}".format(*info.date_time)


_ENCRYPTED = 1


def _dump_of(
    files: list[zipfile.ZipInfo], opened: Callable[[zipfile.ZipInfo], Readable], size: int
) -> zipfile.ZipInfo:
    dumps = [info for info in files if is_dump(info.filename)]
    if len(dumps) > _MOST_DUMPS:
        raise NoDump(f"the zip holds {len(dumps):,} dumps: unpack it and give the right one")
    inventory = Inventory("zip")
    for number, info in enumerate(files):
        look = None
        if is_dump(info.filename):
            look = Looked() if len(dumps) == 1 else _looked_at(info, opened, size)
        inventory.add(Member(number, info.filename, ""), look)
    return files[inventory.dump().number]


_MOST_DUMPS = 50  # that are looked into


def _looked_at(
    info: zipfile.ZipInfo, opened: Callable[[zipfile.ZipInfo], Readable], size: int
) -> Looked:
    with _named(f"{info.filename} in the zip"):
        return _look(opened(info), size)


def _refuse_more(archive: zipfile.ZipFile) -> None:
    """Refuse a zip behind another: only the last of them says what it holds."""
    begin = min((info.header_offset for info in archive.infolist()), default=0)
    if begin > _SPANNED:
        raise NoDump(
            f"the zip begins with {begin:,} bytes that are not part of it: two zips in one file?"
            " Unpack both and give the dump"
        )


_SPANNED = 4  # bytes that may stand before the first file


@contextmanager
def _readable() -> Iterator[None]:
    """Raise `NoDump` for a name that is no text, and for a way to pack that is not known here."""
    try:
        yield
    except (NotImplementedError, ValueError) as error:
        raise NoDump(f"the zip cannot be read ({error}): unpack it first") from error


# --- the files of an archive ------------------------------------------------------------------


@contextmanager
def _named(name: str) -> Iterator[None]:
    try:
        yield
    except NoDump as error:
        raise NoDump(f"{name}: {error}") from error


def _look(packed: Readable, size: int) -> Looked:
    """Look through a file for the tables of a WHMCS."""
    try:
        stream = gunzipped(packed, size)
        if not stream.head:
            return Looked(empty=True)
        content = _unpacked(stream)
        text = b""
        while part := content.read(_CHUNK):
            text = text[-_OVERLAP:] + part
            if _CONTACTS.search(text):
                return Looked(tables=True)
    except (NoDump, BadDump) as error:
        return Looked(refused=str(error))
    return Looked()


_CHUNK = 1 << 14
_CONTACTS = re.compile(
    rb"(?:CREATE\s+TABLE|INSERT\s+INTO)[^;(]{1,40}\btblcontacts\b", re.IGNORECASE
)
_OVERLAP = 100


def _member(packed: Readable, size: int) -> Readable:
    return _unpacked(gunzipped(packed, size))


def _unpacked(content: Peeked) -> Readable:
    """Unpack the archive of one file that a file of an archive may be."""
    if looks_like_tar(content.head):
        content = Peeked(alone_in(content))
    refuse(content.head)
    return content


class _Drained:
    """A member of an archive which, at its end, is read to the archive's own end and checksum."""

    def __init__(self, content: Readable, archive: Iterator[object]) -> None:
        self._content = content
        self._archive = archive

    def read(self, size: int) -> bytes:
        part = self._content.read(size)
        if not part:
            for _ in self._archive:
                pass
        return part
