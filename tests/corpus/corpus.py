"""A corpus of dumps: what many tools write, and what mishaps make of it.

Whatever befalls a dump, it is read with all rows that stand in it, or refused. Rows are known by
their addresses, of which each is there once.
"""

import random
import re
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from dumps import HEX, OFF, PHP, STYLES, Tables, write_dump
from mariadb import Database

from syncd.errors import SourceError
from syncd.ports import Source
from syncd.sources.backup import BackupSource

FILES = Path(__file__).parents[1] / "data" / "dumps"
_ADDRESS = re.compile(rb"p\d+@[a-z]+\.example|[a-z]\w*@qz[12]\.example")
_HEX = re.compile(rb"0x((?:[0-9A-F]{2})+)")

# Texts as tickets have them: with SQL, quotes, backslashes and lines of their own.
_TEXTS = (
    'Hello,\nthe site\'s "down".\nThanks',
    "I ran\nINSERT INTO `tblcontacts` VALUES (1,2,3);\nand; it -- said 'no'",
    "C:\\new\\table\\",
    "/* not a comment */ # nor this",
    "it''s ') , (' done;",
    "",
)


def people(clients: int = 6, contacts: int = 14) -> Tables:
    """Give the tables of a small WHMCS, between others that nobody reads."""
    noise = [
        {"id": n, "date": "2020-01-02 03:04:05", "text": text, "rate": None}
        for n, text in enumerate(_TEXTS, start=1)
    ]
    return {
        "tblactivitylog": noise,
        "tblclients": [
            {
                "id": n,
                "firstname": "Zoë",
                "lastname": "O'Hara",
                "companyname": _TEXTS[n % len(_TEXTS)],
                "email": f"p{n}@firm.example",
                "status": "Active",
            }
            for n in range(1, clients + 1)
        ],
        "tblconfiguration": [{"id": 1, "setting": "Version", "value": "7.10.2-release.1"}],
        "tblcontacts": [
            {
                "id": n,
                "userid": n % clients + 1,
                "firstname": "Jo",
                "lastname": _TEXTS[n % 2],
                "email": f"p{n}@dev.example",
                **OFF,
                "subaccount": n % 2,
                "permissions": "tickets,invoices",
                "address1": _TEXTS[n % len(_TEXTS)],
            }
            for n in range(1, contacts + 1)
        ],
        "tblorders": [{"id": n, "contactid": n} for n in range(1, 5)],
        "tbltickets": [
            {"id": n, "contactid": 0, "title": text} for n, text in enumerate(_TEXTS, 1)
        ],
        "tblzones": noise,
    }


def written() -> dict[str, bytes]:
    """Give dumps in every style that can be had without a server."""
    tables = people()
    raw = replace(PHP, header="-- backup\n")
    styles = {**STYLES, "hex-php": replace(HEX, header="", footer=""), "raw": raw}
    made = {name: write_dump(tables, style) for name, style in styles.items()}
    files = {path.stem: path.read_bytes() for path in sorted(FILES.glob("[a-z]*.sql"))}
    return {**made, **files, "good": (FILES / "00-good.sql").read_bytes()}


# Option sets of mariadb-dump, each a way that people take backups.
OPTIONS = {
    "default": [],
    "single-transaction": ["--single-transaction", "--quick"],
    "one row an insert": ["--skip-extended-insert"],
    "complete": ["--complete-insert", "--order-by-primary"],
    "hex": ["--hex-blob", "--tz-utc"],
    "replace": ["--replace", "--skip-add-locks", "--skip-disable-keys"],
    "ignore": ["--insert-ignore", "--skip-add-drop-table"],
    "bare": ["--compact"],
    "no comments": ["--skip-comments"],
    "ansi": ["--compatible=ansi"],
    "latin1": ["--default-character-set=latin1"],
    "binary": ["--default-character-set=binary"],
    "commits": ["--no-autocommit"],
    "routines": ["--routines", "--triggers", "--events"],
    "databases": ["--databases"],
    "no names": ["--skip-set-charset"],
}


def dumped(database: Database) -> dict[str, bytes]:
    return {name: database.dump(*options) for name, options in OPTIONS.items()}


def fill(database: Database) -> None:
    """Put the rows of `people` into the tables of a WHMCS, and what dumps hold besides rows."""
    for table, rows in people().items():
        if database.execute("SHOW TABLES LIKE %s", [table]):
            there = {str(row[0]) for row in database.execute(f"SHOW COLUMNS FROM {table}")}
            for row in rows:
                known = {name: value for name, value in row.items() if name in there}
                database.insert(table, known)
    database.execute("CREATE VIEW named AS SELECT id, email FROM tblcontacts")
    database.execute(
        "CREATE TRIGGER noted AFTER INSERT ON tblcontacts FOR EACH ROW SET @noted = 'a;b'"
    )


# --- reading --------------------------------------------------------------------------------


class Read(NamedTuple):
    """What came of reading a source: rows by address, or why it was refused."""

    rows: dict[str, tuple[object, ...]]
    references: set[tuple[object, ...]]  # how often other tables name a contact
    refused: str
    doubted: bool


def read(dump: bytes) -> Read:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "dump.sql"
        path.write_bytes(dump)
        return read_source(BackupSource("legacy", path=path))


def read_source(source: Source) -> Read:
    rows: dict[str, tuple[object, ...]] = {}
    references: set[tuple[object, ...]] = set()
    try:
        for batch in source.extract():
            fields = batch.table.__struct_fields__
            if "email" in fields:
                at = fields.index("email")
                rows |= {str(row[at]): row for row in batch.rows}
            else:
                references |= set(batch.rows)
    except SourceError as error:
        return Read({}, set(), str(error), doubted=False)
    return Read(rows, references, "", doubted=bool(source.provenance().doubts))


def addresses(dump: bytes) -> set[str]:
    """Give the addresses that stand in a text."""
    plain = _HEX.sub(lambda match: bytes.fromhex(match[1].decode()), dump)
    return {match[0].decode() for match in _ADDRESS.finditer(plain)}


# --- mishaps --------------------------------------------------------------------------------


class Mishap(NamedTuple):
    how: str
    dump: bytes


# What others write into a file: complaints of tools, notices of PHP, slips of a hand.
_LINES = (
    b"mysqldump: Couldn't execute 'SHOW FIELDS FROM `v_old`': View 'v_old' is invalid (1356)\n",
    b"mysqldump: [Warning] Using a password on the command line interface can be insecure.\n",
    b"<br />\n<b>Warning</b>:  mysql_fetch_row() expects parameter 1 in /home/x/b.php on line 3\n",
    b"You don't have mail.\n",
    b"# Fatal error: Allowed memory size exhausted\n",
    b"'\n", b'"\n', b"`\n", b"(\n", b"/*\n", b"*/\n", b";\n", b"--\n", b"\\\n", b",\n", b"\0\0\0\n",
    b"\x1a\n", b"COMMIT;\n", b"START TRANSACTION;\n", b"DELIMITER ;;\n", b"USE other;\n",
    b"SET NAMES latin1;\n", b"INSERT INTO `tblnotes` VALUES (1,'it''s');\n", b"\n",
    b"UPDATE `tblcontacts` SET `subaccount`=0;\n", b"DROP TABLE `tblcontacts`;\n",
    b"-- a note; isn't it\n", b"CREATE TABLE `x` (\n", b") ENGINE=InnoDB;\n", b"VALUES\n",
)  # fmt: skip


def mishaps(dump: bytes, number: int, seed: int, *, bytewise: bool = False) -> Iterator[Mishap]:
    """Yield cuts, and insertions, doublings and deletions of whole lines, or of bytes."""
    chance = random.Random(seed)  # noqa: S311 (the same each time)
    lines = dump.splitlines(keepends=True)
    ways = ["cut", "cut at a line", "put", "drop", "double"] + ["drop bytes"] * bytewise
    for _ in range(number):
        how = chance.choice(ways)
        at = chance.randrange(len(lines))
        size = chance.choice((1, 1, 1, 2, 3))
        if how == "cut":
            yield Mishap(how, dump[: chance.randrange(len(dump))])
        elif how == "cut at a line":
            yield Mishap(how, b"".join(lines[:at]))
        elif how == "put":
            line = chance.choice(_LINES)
            yield Mishap(f"put {line!r} at {at}", b"".join([*lines[:at], line, *lines[at:]]))
        elif how == "drop":
            yield Mishap(f"drop {size} at {at}", b"".join([*lines[:at], *lines[at + size :]]))
        elif how == "double":
            yield Mishap(f"double {at}", b"".join([*lines[: at + 1], *lines[at:]]))
        else:
            begin, size = chance.randrange(len(dump)), chance.randrange(1, 30)
            yield Mishap(f"drop {size} bytes at {begin}", dump[:begin] + dump[begin + size :])


_ADVICE = re.compile(
    r"(?:^|[.:;?,] |, or )(?:copy|make|unpack|give|load|dump|see|decrypt|take|pack|convert)\b"
    r"[^.:;?]*(?:\.\w[^.:;?]*)*\)?\.?\Z",
    re.IGNORECASE,
)


def without_advice(refused: str) -> str:
    """Say that a refusal does not end in what to do, "" where it does."""
    return "" if _ADVICE.search(refused) else f"refused without advice: {refused}"


def wrong_with(good: bytes, sound: Read, mishap: Mishap) -> str:
    """Say what is wrong with how a dump is read after a mishap, "" where nothing is.

    Rows that stand in the file must come, each as it was; where it was cut, rows may be missing
    only with a doubt, which holds all removals.
    """
    now = read(mishap.dump)
    if now.refused:
        return without_advice(now.refused)
    there = addresses(mishap.dump)
    if lacking := there - now.rows.keys():
        return f"{len(lacking)} rows stand in the file and were not read: {sorted(lacking)[:3]}"
    if mishap.how.startswith("cut") and not now.doubted and addresses(good) - there:
        return "cut, and nothing says so"
    if mishap.how.startswith("drop"):
        return ""  # a row may be one with the next then, as any client would read it
    for address, row in now.rows.items():
        if address in sound.rows and not _same(row, sound.rows[address]):
            return f"another row than it was: {address}"
    return ""


def try_some(name: str, dump: bytes, seed: int, number: int) -> tuple[Counter[str], list[str]]:
    """Try mishaps of one dump; gives what came of them, and what is wrong."""
    sound = read(dump)
    came: Counter[str] = Counter()
    wrong = []
    for mishap in mishaps(dump, number, seed, bytewise=True):
        words = wrong_with(dump, sound, mishap)
        came[mishap.how.partition(" ")[0]] += 1
        if words:
            wrong.append(f"{name}, seed {seed}, {mishap.how}: {words}")
    return came, wrong


def _same(one: tuple[object, ...], other: tuple[object, ...]) -> bool:
    """Compare what decides on access; a text in several lines may have lost one of them."""
    wanted = {value for value in other if isinstance(value, int)}
    return {value for value in one if isinstance(value, int)} == wanted
