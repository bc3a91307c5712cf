"""Reads a tar as a stream, by blocks: nothing that a header says may take memory as it pleases."""

import tarfile
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import NamedTuple

import regex as re

from syncd.sources.kinds import NoDump
from syncd.sources.streams import Peeked, Readable, drain

_BLOCK = 512
_NAME_LIMIT = 1 << 16  # bytes of a long name or of an extended header
_LATEST = 1 << 32  # seconds; what a header says beyond is nonsense
_LINKS = (tarfile.SYMTYPE, tarfile.LNKTYPE)


class Member(NamedTuple):
    number: int  # in the archive, from 0
    name: str
    modified: str  # ISO 8601, UTC
    link: bool = False
    sparse: bool = False  # its holes were left out


def looks_like_tar(head: bytes) -> bool:
    """Tell a tar by its magic word, and one from before there was any by its checksum."""
    if head[257:262] == b"ustar":
        return True
    if len(head) < _BLOCK or b"\0" not in head[:_BLOCK]:
        return False
    try:
        tarfile.TarInfo.frombuf(head[:_BLOCK], "utf-8", "replace")
    except tarfile.HeaderError:
        return False
    return True


class _Content:
    """The bytes of one member."""

    def __init__(self, archive: Readable, size: int) -> None:
        self._archive = archive
        self._left = size
        self._padding = -size % _BLOCK

    def read(self, size: int) -> bytes:
        if not self._left:
            return b""
        part = self._archive.read(min(size, self._left))
        if not part:
            raise EOFError("the archive ends in the middle")
        self._left -= len(part)
        return part

    def finish(self) -> None:
        drain(self)
        _exactly(self._archive, self._padding)
        self._padding = 0


class _Extended(NamedTuple):
    """What the headers before that of a member say of it."""

    name: str = ""
    size: int | None = None
    sparse: bool = False


def members(archive: Readable) -> Iterator[tuple[Member, Readable]]:
    """Yield the files of a tar and its links; a content must be read before the next."""
    number, before = 0, _Extended()
    while header := _header(archive):
        kind = header.type
        content = _Content(archive, header.size if before.size is None else before.size)
        if kind in (tarfile.GNUTYPE_LONGNAME, tarfile.XHDTYPE):
            before = _extended(header, content, before)
        elif kind in tarfile.REGULAR_TYPES or kind in _LINKS:
            when = datetime.fromtimestamp(max(0, min(int(header.mtime), _LATEST)), UTC)
            member = Member(
                number,
                before.name or header.name,
                f"{when:%Y-%m-%d %H:%M:%S}+00:00",
                link=kind in _LINKS,
                sparse=before.sparse or kind == tarfile.GNUTYPE_SPARSE,
            )
            if member.link:
                content = _Content(archive, 0)
            yield member, content
            number, before = number + 1, _Extended()
        elif kind != tarfile.GNUTYPE_LONGLINK:
            before = _Extended()
        content.finish()
    _refuse_more(archive)


def alone_in(archive: Peeked) -> Readable:
    """Give the one file of a tar in a tar, as Plesk packs a database."""
    return _Alone(archive)


class _Alone:
    def __init__(self, archive: Readable) -> None:
        self._members = (
            (member, content)
            for member, content in members(archive)
            if not member.name.endswith((".xml", ".txt")) and not member.link
        )
        alone = next(self._members, None)
        if alone is None:
            raise NoDump("it is an archive without a file: unpack it and give the dump itself")
        self._member, self._content = alone

    def read(self, size: int) -> bytes:
        part = self._content.read(size)
        if not part and (other := next(self._members, None)):
            raise NoDump(
                f"it is an archive of several files ({self._member.name}, {other[0].name}): unpack"
                " it and give the dump itself"
            )
        return part


def _header(archive: Readable) -> tarfile.TarInfo | None:
    block = _exactly(archive, _BLOCK)
    if not block.strip(b"\0"):
        return None
    try:
        header = tarfile.TarInfo.frombuf(block, "utf-8", "replace")
    except tarfile.HeaderError as error:
        raise EOFError(f"the archive is damaged: {error}") from error
    if header.size < 0:
        raise EOFError("the archive is damaged: a file of less than nothing")
    if header.type == tarfile.GNUTYPE_SPARSE:
        more = block[_MORE_HOLES]
        while more:
            more = _exactly(archive, _BLOCK)[_YET_MORE_HOLES]
    return header


_MORE_HOLES, _YET_MORE_HOLES = 482, 504  # the place of the byte that says so


def _extended(header: tarfile.TarInfo, content: Readable, before: _Extended) -> _Extended:
    """Read a long name, or an extended header: lines of `<length> <key>=<value>`."""
    if header.size > _NAME_LIMIT:
        raise NoDump("the archive has a file name without end: unpack it first")
    body = _exactly(content, header.size)
    if header.type == tarfile.GNUTYPE_LONGNAME:
        return before._replace(name=body.rstrip(b"\0").decode("utf-8", "replace"))
    path = re.search(rb"\d+ path=([^\n]*)\n", body)
    size = re.search(rb"\d+ size=(\d{1,18})\n", body)
    return _Extended(
        path[1].decode("utf-8", "replace") if path else before.name,
        int(size[1]) if size else None,
        sparse=b" GNU.sparse." in body,
    )


def _refuse_more(archive: Readable) -> None:
    """Read to the checksum of what an archive is packed in; only zeros may stand behind its end."""
    while part := archive.read(_BLOCK):
        if part.strip(b"\0"):
            raise NoDump(
                "behind the end of the archive stands more: two archives in one file? Unpack"
                " both and give the dump"
            )


def _exactly(archive: Readable, size: int) -> bytes:
    parts = []
    while size:
        part = archive.read(size)
        if not part:
            raise EOFError("the archive ends in the middle")
        parts.append(part)
        size -= len(part)
    return b"".join(parts)
