"""Tells by its first bytes what a file is that is no dump, and what to do about it."""

import regex as re


class NoDump(Exception):
    """The file is readable and holds no dump that could be read; says what to do."""


HEAD = 4096  # bytes that are looked at

_UNPACK = "unpack it first"
_AGAIN = "make the backup again with mysqldump"
_WHMCS = f"{_AGAIN} of the WHMCS database"
_DECRYPT = "decrypt it first"
_BY_MAGIC = {
    b"\xfd7zXZ": f"it is packed with xz: {_UNPACK}",
    b"\x5d\x00\x00": f"it is packed with lzma: {_UNPACK}",
    b"BZh": f"it is packed with bzip2: {_UNPACK}",
    b"\x28\xb5\x2f\xfd": f"it is packed with zstd: {_UNPACK}",
    b"\x04\x22\x4d\x18": f"it is packed with lz4: {_UNPACK}",
    b"\x02\x21\x4c\x18": f"it is packed with lz4: {_UNPACK}",
    b"\x1f\x9d": f"it is packed with compress (.Z): {_UNPACK}",
    b"\x89LZO": f"it is packed with lzop: {_UNPACK}",
    b"PK\x03\x04": "it is a zip, within another archive: unpack the outer one and give the zip",
    b"MZ": f"it is a program of Windows, or an archive that unpacks itself: {_UNPACK}",
    b"7z\xbc\xaf": f"it is packed with 7z: {_UNPACK}",
    b"Rar!": f"it is packed with RAR: {_UNPACK}",
    **dict.fromkeys(
        (b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda"),
        f"it is packed with zlib, without the header of gzip: {_UNPACK}",
    ),
    b"-----BEGIN PGP": f"it is encrypted with GPG: {_DECRYPT}",
    b"Salted__": f"it is encrypted with OpenSSL: {_DECRYPT}",
    b"age-encryption.org": f"it is encrypted with age: {_DECRYPT}",
    b"XBSTCK": f"it is a stream of xtrabackup, not a dump: restore it and {_AGAIN}",
    b"SQLite format 3": f"it is a SQLite database: {_AGAIN}",
    b"PGDMP": f"it is a dump of PostgreSQL: {_WHMCS}",
    b"%PDF": f"it is a PDF: {_AGAIN}",
    b"\xd0\xcf\x11\xe0": f"it is an office document: {_AGAIN}",
    b"\xfe\x01": f"it is a file of the database server itself (.frm), not a dump: {_AGAIN}",
}
# What PowerShell makes of `mysqldump > file`; characters may be lost by then.
_WIDE = "it is {}, not as mysqldump wrote it: make it again with --result-file"
_BY_BYTES = (
    (rb"\xff\xfe\0\0|\0\0\xfe\xff", _WIDE.format("UTF-32")),
    (rb"(?:[\t\r\n -~]\0{3}){4}|(?:\0{3}[\t\r\n -~]){4}", _WIDE.format("UTF-32")),
    (rb"\xff\xfe|\xfe\xff", _WIDE.format("UTF-16")),
    (rb"(?:[\t\r\n -~]\0){8}|(?:\0[\t\r\n -~]){8}", _WIDE.format("UTF-16")),
    # A key or a password for what follows, in packets of the old and of the new form.
    (
        rb"\x84.\x03|\x85..\x03|\x8c.[\x04-\x06]|\xc1.{1,5}\x03|\xc3.[\x04-\x06]",
        f"it is encrypted with GPG: {_DECRYPT}",
    ),
    (rb"\xa3[\x01-\x03]|\x90\x0d\x03", "it is signed or packed with GPG: unpack it first (gpg)"),
)
_BY_TEXT = (
    (rb"<!doctype html|<html", f"it is an HTML page (of a login or an error?): {_AGAIN}"),
    (rb"<\?xml|<(?:mysqldump|pma_xml_export|database)\b", f"it is XML: {_AGAIN}, without --xml"),
    (rb"[\[{]\s*[\[{\"]", f"it is JSON: {_AGAIN}"),
    (rb"--\s*\n--\s*PostgreSQL database", f"it is a dump of PostgreSQL: {_WHMCS}"),
    (rb"PRAGMA\s+foreign_keys", f"it is a dump of SQLite: {_WHMCS}"),
    (
        rb"\"?[A-Za-z_][\w ]*\"?(?:([,;\t])\"?[A-Za-z_][\w ]*\"?)(?:\1\"?[A-Za-z_][\w ]*\"?)*\s*\n",
        f"it is a table of texts (CSV): {_AGAIN}",
    ),
)  # fmt: skip
_TEXTS = tuple((re.compile(rb"\s*" + text, re.IGNORECASE), what) for text, what in _BY_TEXT)
_BYTES = tuple((re.compile(pattern, re.DOTALL), what) for pattern, what in _BY_BYTES)
_BOM = b"\xef\xbb\xbf"


def refuse(head: bytes) -> None:
    """Raise `NoDump` where a file that begins so is known to be something else."""
    for magic, what in _BY_MAGIC.items():
        if head.startswith(magic):
            raise NoDump(what)
    if not head:
        raise NoDump(f"it is empty: {_AGAIN}")
    for pattern, what in _BYTES:
        if pattern.match(head):
            raise NoDump(what)
    _refuse_nul(head)
    text = head.removeprefix(_BOM)
    for pattern, what in _TEXTS:
        if pattern.match(text):
            raise NoDump(what)
    if b"\r" in head and b"\n" not in head:
        raise NoDump(
            "its lines end in a carriage return alone (CR), and so all of it is one line: convert"
            " them, as with tr '\\r' '\\n'"
        )


def _refuse_nul(head: bytes) -> None:
    if b"\0" not in head[:_BINARY]:
        return
    begin = len(head) - len(head.lstrip(b"\0"))
    if begin == len(head):
        where = "it begins with nothing but NUL bytes"
    elif _TEXT.match(head, begin):
        where = f"it begins with {begin:,} NUL bytes"
        if not begin:
            where = f"NUL bytes stand at byte {head.index(0):,}"
    else:
        raise NoDump(f"it is no text and of no kind that is known here: {_AGAIN}")
    raise NoDump(
        f"{where}, where a disk or a transfer lost what it held: copy it again, or {_AGAIN}"
    )


_BINARY = 512  # bytes in which no dump has a NUL byte
_TEXT = re.compile(rb"[\t\r\n -~\x80-\xff]{8}[\0\t\r\n -~\x80-\xff]*+\Z")
