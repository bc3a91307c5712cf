"""Files that are no dump: each refusal says what the file is and what to do; archives are read."""

import gzip
import lzma
import tarfile
import zlib
from contextlib import suppress
from pathlib import Path

import pytest
from dumps import ACTIVE, OFF, PHP, Tables, write_dump
from packed import tarred, zipped

from syncd.errors import IncompleteRead, NotLegacy, SourceError
from syncd.ports import Provenance
from syncd.sources.backup import BackupSource

SMALL: Tables = {
    "tblclients": [{"id": 3, "email": "ann@firm.example", **ACTIVE}],
    "tblcontacts": [{"id": 9, "userid": 3, "email": "bo@firm.example", **OFF}],
}
DUMP = write_dump(SMALL)
OTHER = write_dump({"wp_posts": [{"id": 1, "text": "INSERT INTO `nothing`"}]})


def extract(folder: Path, content: bytes) -> Provenance:
    path = folder / "backup"
    path.write_bytes(content)
    source = BackupSource("old", path=path)
    for _ in source.extract():
        pass
    return source.provenance()


# --- what else it may be --------------------------------------------------------------------------

UTF16 = DUMP.decode().encode
KINDS: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "it is empty: make the backup again"),
    "xz": (lzma.compress(DUMP), "packed with xz: unpack it first"),
    "lzma": (lzma.compress(DUMP, lzma.FORMAT_ALONE), "packed with lzma: unpack it first"),
    "lz4": (b"\x04\x22\x4d\x18" + bytes(9), "packed with lz4: unpack it first"),
    "zlib": (zlib.compress(DUMP), "packed with zlib, without the header of gzip"),
    "bzip2": (b"BZh91AY&SY", "packed with bzip2"),
    "zstd": (b"\x28\xb5\x2f\xfd\0", "packed with zstd"),
    "rar": (b"Rar!\x1a\x07", "packed with RAR"),
    "7z in gz": (gzip.compress(b"7z\xbc\xaf\x27\x1c"), "packed with 7z"),
    "gpg": (b"\x8c\x0d\x04\x09\x03\x02" + bytes(20), "encrypted with GPG: decrypt it first"),
    "gpg, in letters": (b"-----BEGIN PGP MESSAGE-----\n", "encrypted with GPG"),
    "openssl": (b"Salted__abcdefgh", "encrypted with OpenSSL"),
    "gzip twice": (gzip.compress(gzip.compress(DUMP)), "gzipped twice: unpack it once"),
    "utf-16": (UTF16("utf-16"), "UTF-16, .* --result-file"),
    "utf-16, other way": (b"\xfe\xff" + UTF16("utf-16-be"), "UTF-16, .* --result-file"),
    "utf-16, unmarked": (UTF16("utf-16-le"), "UTF-16, .* --result-file"),
    "old mac": (DUMP.replace(b"\n", b"\r"), "carriage return alone .* tr"),
    "nothing but nul": (bytes(4096), "nothing but NUL bytes"),
    "binary": (bytes(range(1, 32)) + bytes(64), "no text and of no kind"),
    "html": (b"<!DOCTYPE html>\n<html>", "an HTML page"),
    "xml": (b'<?xml version="1.0"?>\n<mysqldump>', "XML: .* without --xml"),
    "json": (b'[\n{"type":"header","version":"4.9"},\n', "JSON"),
    "csv": (b"id,subject,message\n1,Hi,x\n", "a table of texts"),
    "csv, quoted": (b'"id";"user name";"x"\n1;2;3\n', "a table of texts"),
    "postgres": (b"--\n-- PostgreSQL database dump\n--\n", "a dump of PostgreSQL"),
    "sqlite": (b"PRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION;\n", "a dump of SQLite"),
    "pdf": (b"%PDF-1.4\n", "a PDF"),
    "xtrabackup": (b"XBSTCK01\0", "xtrabackup"),
    "a letter": (b"Dear all,\n\nthe backup is attached.\n" * 20, "no SQL dump: it begins with"),
    "a log": (b"2020-01-01 05:06:07 [note] server started\n" * 30, "no SQL dump"),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_a_refusal_says_what_the_file_is_and_what_to_do(kind: str, tmp_path: Path) -> None:
    content, reason = KINDS[kind]
    with pytest.raises(NotLegacy, match=f"backup: it.*{reason}|backup: .*{reason}"):
        extract(tmp_path, content)


@pytest.mark.parametrize("kind", ["xz", "utf-16", "html", "json", "csv", "nothing but nul"])
def test_so_it_is_within_a_gzip_a_zip_or_a_tar(kind: str, tmp_path: Path) -> None:
    content, reason = KINDS[kind]
    for packed in (
        gzip.compress(content),
        zipped({"whmcs.sql": content}),
        tarred({"whmcs.sql": content}),
    ):
        with pytest.raises(NotLegacy, match=reason):
            extract(tmp_path, packed)


def test_a_folder_is_named_as_one(tmp_path: Path) -> None:
    with pytest.raises(NotLegacy, match="is a folder: name the backup file itself"):
        next(BackupSource("old", path=tmp_path).extract())


def test_a_text_without_a_statement_is_no_dump(tmp_path: Path) -> None:
    with pytest.raises(NotLegacy, match="no SQL dump"):
        extract(tmp_path, b"nothing here\n")


# --- zip --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["-", "whmcs.txt", "WHMCS.DUMP", "a/backup.sql"])
def test_a_member_that_is_alone_is_taken(name: str, tmp_path: Path) -> None:
    assert extract(tmp_path, zipped({name: DUMP})).contacts == 1


@pytest.mark.parametrize("names", [["-", "readme.html"], ["a.txt", "b.txt"]])
def test_one_of_several_is_not_guessed_at(names: list[str], tmp_path: Path) -> None:
    with pytest.raises(NotLegacy, match=r"holds no dump of a database .* but .* and "):
        extract(tmp_path, zipped(dict.fromkeys(names, DUMP)))


# --- archives of hosting panels ----------------------------------------------------------------

ENTRY = b"INSERT INTO `tblcontacts` VALUES (1);"
PANELS = {
    "cpanel": {
        "cpmove-host/homedir/public_html/old.sql": OTHER + ENTRY,
        "cpmove-host/mysql/host_blog.sql": OTHER,
        "cpmove-host/mysql/host_whmcs.create": b"CREATE DATABASE `host_whmcs`;",
        "cpmove-host/mysql/host_whmcs.sql": DUMP,
        "cpmove-host/version": b"1",
    },
    "directadmin": {
        "backup/host_whmcs.conf": b"x=1",
        "backup/host_whmcs.sql": DUMP,
        "domains/host.example/public_html/index.php": b"<?php",
    },
    "directadmin, gzipped": {"backup/host_whmcs.sql.gz": gzip.compress(DUMP)},
    "plesk": {
        "backup_info_2003040506.xml": b"<xml/>",
        "databases/whmcs_1/backup_whmcs_1_2003040506.tgz": gzip.compress(
            tarred({"backup_whmcs_1_2003040506": DUMP})
        ),
        "databases/blog_2/backup_blog_2_2003040506.tgz": gzip.compress(tarred({"dump": OTHER})),
    },
    "one dump": {"./whmcs.sql": DUMP},
    "a long name": {"a/" * 90 + "whmcs.sql": DUMP},
}


@pytest.mark.parametrize("form", [tarfile.GNU_FORMAT, tarfile.PAX_FORMAT, tarfile.USTAR_FORMAT])
@pytest.mark.parametrize("panel", PANELS)
def test_the_dump_in_an_archive_of_a_panel_is_read(panel: str, form: int, tmp_path: Path) -> None:
    archive = tarred(PANELS[panel], form)
    for packed in (archive, gzip.compress(archive)):
        assert extract(tmp_path, packed).contacts == 1


def test_an_archive_says_when_its_dump_was_made(tmp_path: Path) -> None:
    assert extract(tmp_path, tarred({"whmcs.sql": write_dump(SMALL, PHP)})).taken_at == (
        "2020-03-04 05:06:07+00:00"
    )


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ({"index.php": b"<?php", "x.css": b""}, "holds no dump of a database"),
        ({"a.sql": DUMP, "b.sql": DUMP}, r"holds 2 dumps, and 2 of them .*\(a.sql, b.sql\)"),
        ({"a.sql": OTHER, "b.sql": OTHER}, "holds 2 dumps, and none of them"),
        ({"whmcs.sql.gz": gzip.compress(gzip.compress(DUMP))}, "gzipped twice"),
    ],
)
def test_an_archive_without_the_one_dump_is_refused(
    members: dict[str, bytes], reason: str, tmp_path: Path
) -> None:
    with pytest.raises(NotLegacy, match=reason):
        extract(tmp_path, tarred(members))


def test_an_archive_that_was_cut_never_ends_well(tmp_path: Path) -> None:
    whole = gzip.compress(tarred(PANELS["plesk"]))
    plain = tarred(PANELS["cpanel"])
    assert extract(tmp_path, whole).contacts == 1
    for content in [whole[:end] for end in range(0, len(whole), 7)] + [
        plain[:end] for end in range(0, plain.rindex(b"1" + bytes(511)) + 512, 97)
    ]:
        with pytest.raises((IncompleteRead, NotLegacy)):
            extract(tmp_path, content)


def test_a_damaged_archive_is_seen(tmp_path: Path) -> None:
    whole = gzip.compress(tarred(PANELS["one dump"]))
    for at in range(10, len(whole) - 4):  # what stands before means nothing to us
        damaged = bytearray(whole)
        damaged[at] ^= 0x10
        with suppress(EOFError, OSError, zlib.error):
            if gzip.decompress(damaged) == gzip.decompress(whole):
                continue  # the same, spelled otherwise
        with pytest.raises(SourceError):
            extract(tmp_path, bytes(damaged))


def test_a_header_of_an_archive_takes_no_memory(tmp_path: Path) -> None:
    header = tarfile.TarInfo("././@LongLink")
    header.type, header.size = tarfile.GNUTYPE_LONGNAME, 1 << 33
    with pytest.raises(NotLegacy, match="a file name without end"):
        extract(tmp_path, header.tobuf(tarfile.GNU_FORMAT) + bytes(4096))
    header.type, header.size = tarfile.REGTYPE, 1 << 33
    with pytest.raises(IncompleteRead, match="cut off or damaged"):
        extract(tmp_path, header.tobuf(tarfile.GNU_FORMAT) + bytes(4096))
