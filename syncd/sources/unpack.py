"""Finds the SQL dump in a backup file, by content and not by name."""

import gzip
import zipfile
from contextlib import ExitStack
from io import BufferedReader
from typing import cast

Stream = BufferedReader | zipfile.ZipExtFile | gzip.GzipFile


class NoDump(Exception):
    """The file is readable and holds no dump that could be read; says what to do."""


def unpack(file: BufferedReader, stack: ExitStack) -> tuple[Stream, str]:
    """Give the stream of the dump itself, and when it was made, "" where nothing says so.

    Reading the stream to its end checks what checksums there are: it raises `EOFError`,
    `zlib.error`, `zipfile.BadZipFile` or `OSError` where the file is cut or damaged.
    """
    head = file.peek(8)
    if not head.startswith(b"PK"):
        return _gunzip(file, stack), ""
    try:
        archive = stack.enter_context(zipfile.ZipFile(file))
        member = _dump_of(archive)
        packed = cast("zipfile.ZipExtFile", stack.enter_context(archive.open(member)))
    # A ValueError is a name that is no text; NotImplementedError, a way to pack not known here.
    except (NotImplementedError, ValueError) as error:
        raise NoDump(f"the zip cannot be read ({error}): unpack it first") from error
    return _gunzip(packed, stack), "{:04}-{:02}-{:02} {:02}:{:02}:{:02}".format(*member.date_time)


def _gunzip(file: BufferedReader | zipfile.ZipExtFile, stack: ExitStack) -> Stream:
    head = file.peek(8)
    for magic, advice in _NOT_DUMPS.items():
        if head.startswith(magic):
            raise NoDump(advice)
    if head.startswith(b"\x1f\x8b"):
        return stack.enter_context(gzip.GzipFile(fileobj=file))
    return file


def _dump_of(archive: zipfile.ZipFile) -> zipfile.ZipInfo:
    dumps = [
        member
        for member in archive.infolist()
        if member.filename.lower().endswith((".sql", ".sql.gz"))
        and not member.filename.startswith("__MACOSX/")
    ]
    if len(dumps) != 1:
        names = ", ".join(member.filename for member in dumps[:5]) or "none"
        raise NoDump(f"the zip must hold one .sql or .sql.gz file and holds {len(dumps)}: {names}")
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
