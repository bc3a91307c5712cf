r"""How fast a backup file is read: all rows wanted, and rows of other tables passed over.

    python benchmarks/backup.py [--megabytes 100]

Makes two dumps of that size, of invented people: one of clients and contacts, of which every row is
read, and one of the tables that are large in a WHMCS and that nobody reads. Prints how many MB a
second of processor time syncd reads of each, to the end and proven whole; of the first also packed
with gzip, beside the unpacking alone. The yardstick is Python's `for line in file`, in the same
run: it does nothing but find the ends of lines.
"""

import argparse
import random
import shutil
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from subprocess import run
from typing import IO

from population import HEAD, gathered, write_dump
from table import Measure

from syncd.sources.backup import BackupSource

BYTES_A_CONTACT = 437  # with its share of the clients
SOME = 10  # contacts in the dump of other tables: without any it would be no WHMCS
TEXT = (
    "the server invoice domain has been paid please see your account <p>Hello</p> 12.50 EUR"
    " https://shop.example/ client ok - thanks (again), it\\'s up\\r\\n"
)
WORDS = TEXT.split()

Make = Callable[[int, str, str], str]
# The tables that are large, with a row of each: of a number, a short text and a long one.
OTHERS: dict[str, tuple[str, Make]] = {
    "tblactivitylog": (
        "id int, date datetime, description text, user text, userid int, ipaddr text",
        lambda n, few, _: f"{n},'2025-03-04 05:06:07','{few}','System',{n % 997},'192.0.2.7'",
    ),
    "tblemails": (
        "id int, userid int, subject text, message text, date datetime, `to` text, cc text",
        lambda n, few, many: f"{n},{n % 997},'{few}','{many}','2025-03-04 05:06:07','',NULL",
    ),
    "tblhosting": (
        ("id int, userid int, orderid int, packageid int, server int, regdate date, domain text,"
        " amount decimal(10,2), billingcycle text, nextduedate date, domainstatus text,"
        " username text, password text, notes text, diskusage int, bwusage int, lastupdate text"),
        lambda n, _, __: (
            f"{n},{n % 997},{n},{n % 9},1,'2020-01-01','d{n}.example',10.00,'Monthly','2025-04-01',"
            f"'Active','u{n}','','',{n % 5000},0,'0000-00-00 00:00:00'"
        ),
    ),
    "tblinvoiceitems": (
        ("id int, invoiceid int, userid int, type text, relid int, description text,"
        " amount decimal(10,2), taxed int, duedate date, paymentmethod text, notes text"),
        lambda n, few, _: (
            f"{n},{n // 2},{n % 997},'Hosting',{n % 77},'{few}',12.50,1,'2025-02-02','bank',''"
        ),
    ),
    "tblmodulelog": (
        "id int, date datetime, module text, action text, request text, response text",
        lambda n, few, many: f"{n},'2025-03-04 05:06:07','cpanel','create','{few}','{many}'",
    ),
}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=100, help="of each dump")
    size = parser.parse_args().megabytes * 1_000_000
    with tempfile.TemporaryDirectory() as name:
        wanted, others = Path(name) / "people.sql", Path(name) / "others.sql"
        with wanted.open("wb") as out:
            write_dump(out, size // BYTES_A_CONTACT)
        with others.open("wb") as out:
            write_others(out, size)
        tell("all rows wanted", wanted, read)
        tell("rows passed over", others, read)
        tell("yardstick, for line in file", wanted, lines)
        with wanted.open("rb") as file, Path(name, "people.sql.gz").open("wb") as packed:
            run(["gzip", "-6"], stdin=file, stdout=packed, check=True)
        packed_size = wanted.stat().st_size
        tell("all rows wanted, of a gzip", Path(name, "people.sql.gz"), read, packed_size)
        tell("unpacking alone", Path(name, "people.sql.gz"), unpacked, packed_size)


def measures(full: bool) -> Iterator[Measure]:  # noqa: FBT001 (alike in all scripts)
    size = 200_000_000 if full else 20_000_000
    with tempfile.TemporaryDirectory() as name:
        wanted, others = Path(name) / "people.sql", Path(name) / "others.sql"
        with wanted.open("wb") as out:
            write_dump(out, size // BYTES_A_CONTACT)
        with others.open("wb") as out:
            write_others(out, size)
        for what, path, goal in (
            ("a backup file, all rows wanted", wanted, ">= 50"),
            ("a backup file, rows passed over", others, ">= 200"),
        ):
            beside = f"for line in file: {speed(path, lines):,.0f} MB/s"
            yield Measure(what, speed(path, read), "MB/s", beside, goal)


def tell(what: str, path: Path, do: Callable[[Path], None], size: int = 0) -> None:
    print(f"{what:28}{speed(path, do, size):>8.1f} MB/s")


def speed(path: Path, do: Callable[[Path], None], size: int = 0) -> float:
    """Give the MB of a file, or of `size` bytes, in a second of processor time."""
    begun = time.process_time()
    do(path)
    seconds = time.process_time() - begun
    return (size or path.stat().st_size) / seconds / 1_000_000


def read(path: Path) -> None:
    for _ in BackupSource("legacy", path=path).extract():
        pass


def lines(path: Path) -> None:
    with path.open("rb") as file:
        for _ in file:
            pass


def unpacked(path: Path) -> None:
    packed = zlib.decompressobj(31)
    with path.open("rb") as file:
        for part in iter(partial(file.read, 1 << 14), b""):
            packed.decompress(part)


# --- the other tables -------------------------------------------------------------------------


def write_others(out: IO[bytes], size: int) -> None:
    """Write a dump of a few people between tables that nobody reads."""
    chance = random.Random(1)  # not for secrets  # noqa: S311
    with tempfile.TemporaryFile() as people:
        write_dump(people, SOME)
        people.seek(len(HEAD.encode()))
        out.write(HEAD.encode())
        for table, (columns, row) in OTHERS.items():
            out.write(f"CREATE TABLE `{table}` (\n  {columns}\n) ENGINE=InnoDB;\n".encode())
            for values in gathered(rows(row, size // len(OTHERS), chance)):
                out.write(f"INSERT INTO `{table}` VALUES {','.join(values)};\n".encode())  # noqa: S608
        shutil.copyfileobj(people, out)


def rows(row: Make, size: int, chance: random.Random) -> Iterator[str]:
    number = 0
    while size > 0:
        number += 1
        few, many = (" ".join(chance.choices(WORDS, k=k)) for k in (8, 150))
        made = f"({row(number, few, many)})"
        size -= len(made)
        yield made


if __name__ == "__main__":
    main()
