"""What people pack a dump into: it is read where it is the one there, or named for what it is."""

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
from contextlib import suppress
from pathlib import Path

import pytest
from dumps import ACTIVE, OFF, Tables, write_dump
from packed import encrypted, linked, tarred, zipped

from syncd.errors import IncompleteRead, NotLegacy
from syncd.ports import Provenance
from syncd.sources.backup import BackupSource

SMALL: Tables = {
    "tblclients": [{"id": 3, "email": "ann@firm.example", **ACTIVE}],
    "tblcontacts": [{"id": 9, "userid": 3, "email": "bo@firm.example", **OFF}],
}
DUMP = write_dump(SMALL)
OTHER = write_dump({"wp_posts": [{"id": 1, "text": "INSERT INTO `nothing`"}]})
TAR = tarred({"whmcs.sql": DUMP})
ZIP = zipped({"whmcs.sql": DUMP})
MAC = bytes([0, 5, 22, 7]) + bytes(40)  # what macOS keeps beside a file


def extract(folder: Path, content: bytes) -> Provenance:
    path = folder / "backup"
    path.write_bytes(content)
    source = BackupSource("old", path=path)
    for _ in source.extract():
        pass
    return source.provenance()


def zip64() -> bytes:
    packed = io.BytesIO()
    with (
        zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("whmcs.sql", "w", force_zip64=True) as member,
    ):
        member.write(DUMP)
    return packed.getvalue()


def old_tar() -> bytes:
    """Give a tar as it was before POSIX: without a magic word."""
    content = bytearray(tarred({"whmcs.sql": DUMP}))
    content[257:265] = bytes(8)
    content[148:156] = b" " * 8
    content[148:156] = f"{sum(content[:512]):06o}\0 ".encode()
    return bytes(content)


READ = {
    "a zip of backup": zipped({"backup": DUMP}),
    "a zip of x.bak": zipped({"x.bak": DUMP}),
    "a zip of -": zipped({"-": DUMP}),
    "a zip of a .txt": zipped({"a.txt": DUMP}),
    "a zip of a .dump": zipped({"a/b.dump": DUMP}),
    "a zip of a .gz": zipped({"whmcs.gz": gzip.compress(DUMP)}),
    "a zip made on a mac": zipped({"backup": DUMP, "__MACOSX/._backup": MAC, ".DS_Store": MAC}),
    "a zip, bzip2 within": zipped({"whmcs.sql": DUMP}, zipfile.ZIP_BZIP2),
    "a zip, lzma within": zipped({"whmcs.sql": DUMP}, zipfile.ZIP_LZMA),
    "a zip, stored": zipped({"whmcs.sql": DUMP}, zipfile.ZIP_STORED),
    "a zip64": zip64(),
    "a zip with another database": zipped({"blog.sql": OTHER, "whmcs.sql": DUMP}),
    "a zip of a tar": zipped({"backup.tar": TAR}),
    "a zip of a tar.gz": zipped({"backup.tar.gz": gzip.compress(TAR)}),
    "a zip of a panel's archive": zipped(
        {"cp.tar.gz": gzip.compress(tarred({"h/mysql/a.sql": OTHER, "h/mysql/b.sql": DUMP}))}
    ),
    "a gzip of a tar": gzip.compress(TAR),
    "a gzip in parts": gzip.compress(DUMP[:200]) + gzip.compress(DUMP[200:]),
    "a gzip filled up": gzip.compress(DUMP) + bytes(512),
    "a tar of backup": tarred({"backup": DUMP}),
    "a tar of a gzip": tarred({"db.gz": gzip.compress(DUMP)}),
    "a tar of a tar.gz": tarred({"db.tgz": gzip.compress(tarred({"dump": DUMP}))}),
    "a tar made on a mac": tarred({"./._whmcs.sql": MAC, "./whmcs.sql": DUMP}),
    "a tar with an empty dump": tarred({"mysql/a.sql": b"", "mysql/whmcs.sql": DUMP}),
    "a panel's archive with rubbish": tarred(
        {"h/homedir/x.sql": b"<html>", "h/homedir/y.sql": b"", "h/mysql/whmcs.sql": DUMP}
    ),
    "a tar as of old": old_tar(),
}


@pytest.mark.parametrize("name", READ)
def test_the_one_dump_is_read(name: str, tmp_path: Path) -> None:
    assert extract(tmp_path, READ[name]).contacts == 1


REFUSED: dict[str, tuple[bytes, str]] = {
    "a zip of nothing": (zipped({}), "the zip is empty: make the backup again"),
    "a zip of a folder": (zipped({"backup/": b""}), "the zip holds folders and no file: make"),
    "a zip of others": (
        zipped({"a.txt": DUMP, "b.html": DUMP}),
        r"the zip holds no .* \(.sql, .sql.gz\) but a.txt and b.html: unpack it and give the dump",
    ),
    "a zip of two": (
        zipped({"a.sql": DUMP, "b.sql": DUMP}),
        r"the zip holds 2 dumps, and 2 of them hold .* unpack it and give .* \(a.sql, b.sql\)",
    ),
    "a zip of two, in folders": (
        zipped({"backup/old.sql": DUMP, "whmcs.sql": DUMP}),
        "the zip holds 2 dumps, and 2 of them hold",
    ),
    "a tar of two, in folders": (
        tarred({"backup/blog.sql": OTHER, "now/a.sql": DUMP, "then/a.sql": DUMP}),
        "the archive holds 3 dumps, and 2 of them hold",
    ),
    "a zip of a zip": (zipped({"in.zip": ZIP}), r"in.zip in the zip: it is a zip, .*: unpack"),
    "a zip of an xz": (zipped({"a.xz": lzma.compress(DUMP)}), "a.xz in the zip: .* xz: unpack it"),
    "a zip, encrypted": (encrypted(ZIP), "encrypted: unpack it with its password"),
    "two zips": (ZIP + ZIP, r"begins with \d+ bytes that are not part of it: .* Unpack"),
    "a gzip of a zip": (gzip.compress(ZIP), r"it is a zip, .* unpack"),
    "a gzip of an xz": (gzip.compress(lzma.compress(DUMP)), "packed with xz: unpack it first"),
    "a tar of a zip": (tarred({"in.zip": ZIP}), r"in.zip in the archive: it is a zip, .*: unpack"),
    "a tar of nothing": (tarred({}), "nothing but NUL bytes, .* copy it again"),
    "a tar of a folder": (
        tarred({"site/index.php": b"<?php", "site/style.css": b"a{}"}),
        "the archive holds no .* but site/index.php and site/style.css: .* Take the backup",
    ),
    "a tar of packed dumps": (
        tarred({**{f"{n}.php": b"" for n in range(99)}, "whmcs.sql.xz": lzma.compress(DUMP)}),
        "holds no .* but whmcs.sql.xz, 0.php, 1.php and 97 more",
    ),
    "a tar of a link": (linked("whmcs.sql", "/srv/x.sql"), r"whmcs.sql is a link .*tar -h"),
    "a tar of a tar of two": (
        tarred({"db.tgz": gzip.compress(tarred({"a": DUMP, "b": DUMP}))}),
        r"db.tgz in the archive: it is an archive of several files \(a, b\): unpack",
    ),
    "two tars": (TAR + TAR, "behind the end of the archive stands more: .* Unpack"),
    "a panel's archive with a page": (
        tarred({"h/mysql/a.sql": b"<html>", "h/mysql/whmcs.sql": DUMP}),
        "h/mysql/a.sql in the archive: it is an HTML page",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_anything_else_is_shown_what_it_is(name: str, tmp_path: Path) -> None:
    content, reason = REFUSED[name]
    with pytest.raises(NotLegacy, match=f"backup: {reason}|backup: .*{reason}"):
        extract(tmp_path, content)


def test_what_stands_behind_a_gzip_is_reported_with_its_place(tmp_path: Path) -> None:
    packed = gzip.compress(DUMP)
    for rest in (b"Done.\n", DUMP, TAR):
        with pytest.raises(
            IncompleteRead, match=rf"behind the end of the gzip, at byte {len(packed)}, .*: copy"
        ):
            extract(tmp_path, packed + rest)


def test_a_name_of_a_zip_may_be_empty(tmp_path: Path) -> None:
    nameless = ZIP.replace(b"whmcs.sql", b"\0" * 9)
    assert extract(tmp_path, nameless).contacts == 1


def test_a_sparse_file_of_an_archive_is_not_read_without_its_holes(tmp_path: Path) -> None:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive:
        member = tarfile.TarInfo("whmcs.sql")
        member.size = len(DUMP)
        member.pax_headers = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0"}
        archive.addfile(member, io.BytesIO(DUMP))
    with pytest.raises(NotLegacy, match=r"whmcs.sql is packed with holes .*: unpack"):
        extract(tmp_path, packed.getvalue())


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA, zipfile.ZIP_DEFLATED])
def test_a_damaged_zip_is_seen(method: int, tmp_path: Path) -> None:
    whole = zipped({"whmcs.sql": DUMP}, method)
    begin = whole.index(b"whmcs.sql") + 9
    for at in range(begin, whole.index(b"PK\x01\x02"), 3):
        damaged = bytearray(whole)
        damaged[at] ^= 0x10
        with suppress(IncompleteRead, NotLegacy):  # some bits mean nothing
            assert extract(tmp_path, bytes(damaged)).contacts == 1


# --- other kinds, and other characters --------------------------------------------------------

UTF32 = DUMP.decode().encode
HEADER = DUMP[: DUMP.index(b"/*!")]
KINDS: dict[str, tuple[bytes, str]] = {
    "utf-32": (UTF32("utf-32"), "it is UTF-32, .* --result-file"),
    "utf-32, other way": (b"\0\0\xfe\xff" + UTF32("utf-32-be"), "it is UTF-32, "),
    "utf-32, unmarked": (UTF32("utf-32-le"), "it is UTF-32, "),
    "utf-32, unmarked, other way": (UTF32("utf-32-be"), "it is UTF-32, "),
    "nul before all": (bytes(512) + DUMP, "it begins with 512 NUL bytes, .* lost .* copy it again"),
    "much nul before all": (bytes(9000) + DUMP, "it begins with nothing but NUL .* copy it again"),
    "nul in the header": (
        DUMP[:9] + bytes(30) + DUMP[39:],
        r"NUL bytes stand at byte 9, .* lost .* copy it again",
    ),
    "bzip2": (bz2.compress(DUMP), "packed with bzip2: unpack it first"),
    "gpg, rsa 3072": (b"\x85\x01\x8c\x03" + bytes(20), "encrypted with GPG"),
    "gpg, new": (b"\xc3\x0d\x04\x09" + bytes(20), "encrypted with GPG"),
    "gpg, signed": (b"\xa3\x01\x9b" + b"\x9d" * 20, "signed or packed with GPG"),
}  # fmt: skip


@pytest.mark.parametrize("name", KINDS)
def test_a_kind_is_named_by_its_bytes(name: str, tmp_path: Path) -> None:
    content, reason = KINDS[name]
    with pytest.raises(NotLegacy, match=f"backup: .*{reason}"):
        extract(tmp_path, content)


def test_nul_bytes_behind_the_header_are_refused_at_their_place(tmp_path: Path) -> None:
    """They may have taken the first table."""
    long = b"-- x\n" * 300
    with pytest.raises(IncompleteRead, match=r"line 303 \(byte 1,\d+\): .*NUL bytes.* Copy"):
        extract(tmp_path, HEADER + long + bytes(40) + b"\n" + DUMP[len(HEADER) :])
