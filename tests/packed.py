"""Packs files into archives, as people and hosting panels do."""

import io
import tarfile
import zipfile
from collections.abc import Mapping


def zipped(members: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return packed.getvalue()


def tarred(members: Mapping[str, bytes], form: int = tarfile.GNU_FORMAT) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=form) as archive:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size, member.mtime = len(content), 1583298367
            archive.addfile(member, io.BytesIO(content))
    return packed.getvalue()


def linked(name: str, target: str, form: int = tarfile.GNU_FORMAT) -> bytes:
    """Give a tar with nothing but a symbolic link."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=form) as archive:
        link = tarfile.TarInfo(name)
        link.type, link.linkname = tarfile.SYMTYPE, target
        archive.addfile(link)
    return packed.getvalue()


def encrypted(archive: bytes) -> bytes:
    """Mark the one member of a zip as encrypted, as its headers say it."""
    marked = bytearray(archive)
    for magic, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        marked[archive.index(magic) + at] |= 1
    return bytes(marked)
