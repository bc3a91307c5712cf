"""Finds the dump of the database in an archive: a zip, or a tar as hosting panels make them."""

import tarfile
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import NamedTuple, Protocol

import regex as re

from syncd.sources.kinds import NoDump

_BLOCK = 512
_NAME_LIMIT = 1 << 16  # bytes of a long name or of an extended header
_CHUNK = 1 << 20


class Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


# --- zip ------------------------------------------------------------------------------------


def dump_of(archive: zipfile.ZipFile) -> zipfile.ZipInfo:
    members = [
        member
        for member in archive.infolist()
        if not member.is_dir() and not member.filename.startswith("__MACOSX/")
    ]
    dumps = [member for member in members if member.filename.lower().endswith(_DUMPS)]
    if not dumps and len(members) == 1 and members[0].filename.lower().endswith(_ALONE):
        dumps = members
    if len(dumps) != 1:
        names = ", ".join(member.filename for member in dumps[:5]) or "none"
        raise NoDump(f"the zip must hold one .sql or .sql.gz file and holds {len(dumps)}: {names}")
    if dumps[0].flag_bits & _ENCRYPTED:
        raise NoDump("the zip is encrypted: unpack it first")
    return dumps[0]


_DUMPS = (".sql", ".sql.gz")
_ALONE = ("-", ".txt", ".dump")  # taken where nothing else is there
_ENCRYPTED = 1


# --- tar ------------------------------------------------------------------------------------


class Member(NamedTuple):
    number: int  # in the archive, from 0
    name: str
    modified: str  # ISO 8601, UTC


def looks_like_tar(head: bytes) -> bool:
    return head[257:262] == b"ustar"


def choose(members: list[Member], with_tables: list[int]) -> Member:
    """Give the dump of a WHMCS among the members of an archive.

    `with_tables` numbers those in which its tables were seen; asked only where several are dumps.
    """
    if not members:
        raise NoDump(
            "the archive holds no dump of a database (.sql, .sql.gz): does it hold the files of a"
            " site alone? Take the backup of the database"
        )
    mine = [member for member in members if member.number in with_tables]
    if len(members) > 1 and len(mine) == 1:
        members = mine
    if len(members) > 1:
        names = ", ".join(member.name for member in members[:5])
        raise NoDump(
            f"the archive holds {len(members)} dumps, and {len(mine) or 'none'} of them hold the"
            f" tables of a WHMCS: unpack it and give the right one ({names})"
        )
    return members[0]


def dumps_in(archive: Readable) -> Iterator[tuple[Member, Readable]]:
    """Yield what may be a dump in a tar, with its content, which must be read before the next."""
    for member, content in _members(archive):
        if _PANEL.search(member.name) or member.name.lower().endswith(_DUMPS):
            yield member, content


def preferred(members: list[Member]) -> list[Member]:
    """Leave what a panel has put where it keeps databases, if there is any of it."""
    return [member for member in members if _PANEL.search(member.name)] or members


# cPanel: <user>/mysql/<database>.sql; DirectAdmin: backup/<database>.sql;
# Plesk: databases/<database>_<number>/<file>.tgz, in which the dump has a name without an ending.
_PANEL = re.compile(
    r"(?:^|/)(?:mysql|backup)/[^/]+\.sql(?:\.gz)?$"
    r"|(?:^|/)databases/[^/]+/[^/]+\.(?:sql|sql\.gz|tgz|tar\.gz|tar)$",
    re.IGNORECASE,
)


def first_of(archive: Readable) -> Readable:
    """Give the one file of a tar in a tar, as Plesk packs a database."""
    for member, content in _members(archive):
        if not PurePosixPath(member.name).name.endswith((".xml", ".txt")):
            return content
    raise NoDump("an archive in the archive is empty: unpack it and give the dump itself")


def drain(content: Readable) -> None:
    while content.read(_CHUNK):
        pass


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


def _members(archive: Readable) -> Iterator[tuple[Member, _Content]]:
    """Yield the files of a tar; by blocks, for a header must not take memory as it pleases."""
    number, long_name, size = 0, "", None
    while header := _header(archive):
        kind = header.type
        content = _Content(archive, header.size if size is None else size)
        if kind in (tarfile.GNUTYPE_LONGNAME, tarfile.XHDTYPE):
            if header.size > _NAME_LIMIT:
                raise NoDump("the archive has a file name without end: unpack it first")
            body = _exactly(content, header.size)
            if kind == tarfile.XHDTYPE:
                long_name, size = _extended(body, long_name)
            else:
                long_name = body.rstrip(b"\0").decode("utf-8", "replace")
        elif kind in tarfile.REGULAR_TYPES:
            when = datetime.fromtimestamp(max(0, min(int(header.mtime), _LATEST)), UTC)
            yield (
                Member(number, long_name or header.name, f"{when:%Y-%m-%d %H:%M:%S}+00:00"),
                content,
            )
            number, long_name, size = number + 1, "", None
        else:
            long_name, size = "", None
        content.finish()


_LATEST = 1 << 32  # seconds; what a header says beyond is nonsense


def _header(archive: Readable) -> tarfile.TarInfo | None:
    block = _exactly(archive, _BLOCK)
    if not block.strip(b"\0"):
        drain(archive)  # to the checksum of what it is packed in
        return None
    try:
        header = tarfile.TarInfo.frombuf(block, "utf-8", "replace")
    except tarfile.HeaderError as error:
        raise EOFError(f"the archive is damaged: {error}") from error
    if header.size < 0:
        raise EOFError("the archive is damaged: a file of less than nothing")
    return header


def _extended(body: bytes, name: str) -> tuple[str, int | None]:
    """Read path and size from an extended header: lines of `<length> <key>=<value>`."""
    path = re.search(rb"\d+ path=([^\n]*)\n", body)
    size = re.search(rb"\d+ size=(\d{1,18})\n", body)
    return (
        path[1].decode("utf-8", "replace") if path else name,
        int(size[1]) if size else None,
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
