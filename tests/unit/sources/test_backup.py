"""Backup files: what is in them, how they are packed, and that none that was cut ends well."""

import gzip
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from dumps import ACTIVE, OFF, PHP, STYLES, Style, Tables, write_dump

from syncd.errors import AlreadyMigrated, IncompleteRead, NotLegacy, SourceError, SourceUnavailable
from syncd.ports import Provenance
from syncd.sources.backup import BackupSource

SMALL: Tables = {
    "tblactivitylog": [{"id": 1, "description": "it's; done -- or /* not */ 'yet'"}],
    "tblclients": [
        {"id": 3, "firstname": "Ann", "email": "ann@firm.example", "notes": "a;b'),('\\", **ACTIVE},
        {"id": 5, "firstname": "Zoë", "email": "zoe@firm.example", "notes": None, **ACTIVE},
    ],
    "tblconfiguration": [{"id": 1, "setting": "Version", "value": "7.10.2-release.1"}],
    "tblcontacts": [
        {"id": 9, "userid": 3, "email": "bo@firm.example", **OFF, "permissions": "a,b"}
    ],
    "tbltickets": [{"id": 1, "title": "Hello\nthere"}],
}


def source(folder: Path, dump: bytes, **options: Any) -> BackupSource:
    path = folder / "backup"
    path.write_bytes(dump)
    return BackupSource("old", path=path, **options)


def rows(folder: Path, dump: bytes, **options: Any) -> list[tuple[object, ...]]:
    return [row for batch in source(folder, dump, **options).extract() for row in batch.rows]


def extract(folder: Path, dump: bytes, **options: Any) -> Provenance:
    backup = source(folder, dump, **options)
    for _ in backup.extract():
        pass
    return backup.provenance()


def pack(dump: bytes, packing: str) -> bytes:
    if packing == "plain":
        return dump
    if packing == "gz":
        return gzip.compress(dump, mtime=0)
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("whmcs.sql", dump)
    return file.getvalue()


# --- whole or refused -----------------------------------------------------------------------


@pytest.mark.parametrize("packing", ["plain", "gz", "zip"])
def test_cut_at_any_byte_it_never_ends_well(packing: str, tmp_path: Path) -> None:
    # A packed one may be without end marks: its checksum shows the cut.
    dump = pack(write_dump(SMALL, STYLES["mysqldump"] if packing == "plain" else PHP), packing)
    assert extract(tmp_path, dump).contacts == 1
    for end in range(len(dump)):
        with pytest.raises((IncompleteRead, NotLegacy)):
            extract(tmp_path, dump[:end])


@pytest.mark.parametrize("packing", ["gz", "zip"])
def test_a_damaged_archive_is_seen(packing: str, tmp_path: Path) -> None:
    dump = pack(write_dump(SMALL), packing)
    good = rows(tmp_path, dump)
    for at in range(len(dump)):
        damaged = bytearray(dump)
        damaged[at] ^= 0x10
        try:
            # Some bytes of an archive mean nothing to us, such as who made it.
            assert rows(tmp_path, bytes(damaged)) == good
        except SourceError:
            continue


# --- what they tell -------------------------------------------------------------------------


def test_provenance_names_version_time_and_what_is_missing(tmp_path: Path) -> None:
    provenance = extract(tmp_path, write_dump(SMALL))
    assert provenance.version == "7.10.2-release.1"
    assert provenance.taken_at == "2020-03-04  5:06:07"
    assert provenance.origin == "backup"
    (links,) = provenance.remarks
    clients, contacts, _staff = provenance.hidden
    assert clients.startswith("tblclients has no column lastname, companyname, address1")
    assert contacts.startswith("tblcontacts has no column firstname, lastname")
    assert links.startswith("missing or not readable: tblorders.contactid, tblpaymethods")
    assert "tbltickets.contactid" in links


@pytest.mark.parametrize("column", [*OFF, "status"])
@pytest.mark.parametrize("version", ["7.10.2-release.1", ""], ids=["7.10", "of no version"])
def test_a_column_that_decides_is_never_read_as_empty(
    column: str, version: str, tmp_path: Path
) -> None:
    """A backup without a version may be older than the column, where it is one of mail."""
    table = "tblclients" if column == "status" else "tblcontacts"
    rows = [{name: row[name] for name in row if name != column} for row in SMALL[table]]
    known = {"tblconfiguration": [{"id": 1, "setting": "Version", "value": version}]}
    dump = write_dump({**SMALL, **known, table: rows})
    if column.endswith("emails") and not version:
        assert f"has no column {column}" in " ".join(_spaced(extract(tmp_path, dump)))
    else:
        with pytest.raises(IncompleteRead, match=f"{table} shows no column {column}"):
            extract(tmp_path, dump)


def _spaced(provenance: Provenance) -> list[str]:
    """Give what is hidden, the names of columns one by one."""
    return [
        f"has no column {column}"
        for line in provenance.hidden
        for column in line.partition("no column ")[2].partition(":")[0].split(", ")
    ]


def test_a_zip_says_when_it_was_made(tmp_path: Path) -> None:
    file = BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        member = zipfile.ZipInfo("whmcs.sql", (2019, 8, 7, 6, 5, 4))
        archive.writestr(member, write_dump(SMALL, PHP))
    provenance = extract(tmp_path, file.getvalue())
    assert provenance.taken_at == "2019-08-07 06:05:04"
    assert "nothing marks the end of the dump" in provenance.doubts[0]


def test_lost_and_strange_characters_are_remarked(tmp_path: Path) -> None:
    style = Style(preamble="/*!40101 SET NAMES utf8 */;\n", charset="latin-1")
    remarks = " ".join(extract(tmp_path, write_dump(SMALL, style)).remarks)
    assert "1 values are no text in UTF-8" in remarks
    assert "written in utf8: characters it does not have, such as emoji, were lost" in remarks


def test_a_byte_order_mark_is_no_matter(tmp_path: Path) -> None:
    dump = b"\xef\xbb\xbf" + write_dump(SMALL)
    assert rows(tmp_path, dump) == rows(tmp_path, write_dump(SMALL))


def without(table: str) -> Tables:
    return {name: rows for name, rows in SMALL.items() if name != table}


USERS: Tables = {**SMALL, "tblusers": [{"id": 1, "email": "ann@firm.example"}]}
EIGHT: Tables = {**SMALL, "tblconfiguration": [{"setting": "Version", "value": "8.1.0-release.1"}]}


@pytest.mark.parametrize("tables", [USERS, dict(reversed(USERS.items())), EIGHT])
def test_whmcs_8_is_refused_unless_allowed(tables: Tables, tmp_path: Path) -> None:
    with pytest.raises(NotLegacy, match="already WHMCS 8 or later") as caught:
        rows(tmp_path, write_dump(tables))
    assert isinstance(caught.value, AlreadyMigrated)
    provenance = extract(tmp_path, write_dump(tables), allow_migrated=True)
    assert "already WHMCS 8" in provenance.remarks[0]


@pytest.mark.parametrize(
    ("dump", "failure", "reason"),
    [
        (b"-- nothing\n", NotLegacy, "no table tblclients"),
        (b"SELECT 'no", IncompleteRead, "inside a string"),
        (write_dump(without("tblcontacts")), NotLegacy, "no table tblcontacts"),
        (write_dump(without("tblclients")), NotLegacy, "no table tblclients"),
        (
            write_dump({**SMALL, "tblcontacts": [{"id": 1, "userid": 1}]}),
            NotLegacy,
            "tblcontacts has no column email",
        ),
        (write_dump(SMALL) * 2, IncompleteRead, "tblclients is created twice"),
        (
            write_dump(SMALL) + write_dump(SMALL, STYLES["no-create"]),
            IncompleteRead,
            "tblclients has the id 3 twice",
        ),
        (
            b"USE a;" + write_dump(SMALL) + b"USE b;" + write_dump(SMALL),
            NotLegacy,
            "in the databases 'a' and 'b'",
        ),
        (
            write_dump({**SMALL, "tblclients": [{"id": "x", "email": ""}]}),
            IncompleteRead,
            "tblclients has an id that is not a number",
        ),
        (pack(write_dump(SMALL), "gz") + b"more", IncompleteRead, "behind the end of the gzip"),
    ],
)
def test_what_is_no_backup_of_one_whmcs_is_refused(
    dump: bytes, failure: type[SourceError], reason: str, tmp_path: Path
) -> None:
    with pytest.raises(failure, match=reason):
        rows(tmp_path, dump)


def test_other_databases_of_a_dump_do_not_count(tmp_path: Path) -> None:
    other = {"tblusers": [{"id": 1}], "tblconfiguration": EIGHT["tblconfiguration"]}
    dump = b"USE shop;" + write_dump(other) + b"USE whmcs;" + write_dump(SMALL)
    provenance = extract(tmp_path, dump)
    assert (provenance.clients, provenance.version) == (2, "7.10.2-release.1")


@pytest.mark.parametrize(
    ("names", "reason"),
    [
        (["readme.html"], r"readme.html in the zip: it is empty"),
        (["a.sql", "b.SQL.gz", "__MACOSX/._a.sql"], r"holds 2 dumps, .*\(a.sql, b.SQL.gz\)"),
    ],
)
def test_a_zip_holds_one_dump(names: list[str], reason: str, tmp_path: Path) -> None:
    file = BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name in names:
            archive.writestr(name, "")
    with pytest.raises(NotLegacy, match=reason):
        rows(tmp_path, file.getvalue())


def test_an_encrypted_zip_is_refused(tmp_path: Path) -> None:
    dump = bytearray(pack(write_dump(SMALL), "zip"))
    for header, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        dump[dump.index(header) + flags] |= 1
    with pytest.raises(NotLegacy, match="encrypted: unpack it with its password"):
        rows(tmp_path, bytes(dump))


def test_a_missing_file_is_unavailable_and_found_so_only_when_read(tmp_path: Path) -> None:
    backup = BackupSource("old", path=tmp_path / "none.sql")
    with pytest.raises(SourceUnavailable, match=r"none.sql: No such file"):
        next(backup.extract())
