"""What a dump is packed into, and what befalls the package."""

import bz2
import gzip
import lzma
import random
import tarfile
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping

from corpus import Mishap, Read, read, without_advice
from packed import encrypted, tarred, zipped

Pack = Callable[[bytes], bytes]
_SITE = {"site/index.php": b"<?php\n", "site/empty.sql": b""}

# Those that are read.
READABLE: Mapping[str, Pack] = {
    "gz": gzip.compress,
    "gz of two parts": lambda dump: gzip.compress(dump[:99]) + gzip.compress(dump[99:]),
    "zip": lambda dump: zipped({"whmcs.sql": dump}),
    "zip, stored": lambda dump: zipped({"x.bak": dump}, zipfile.ZIP_STORED),
    "zip, bzip2": lambda dump: zipped({"backup": dump}, zipfile.ZIP_BZIP2),
    "zip, lzma": lambda dump: zipped({"-": dump}, zipfile.ZIP_LZMA),
    "zip of gz": lambda dump: zipped({"whmcs.sql.gz": gzip.compress(dump)}),
    "zip of tar": lambda dump: zipped({"backup.tar": tarred({"db": dump})}),
    "zip of tgz": lambda dump: zipped({"b.tgz": gzip.compress(tarred({"db.sql": dump}))}),
    "tar": lambda dump: tarred({"whmcs.sql": dump}),
    "tar, pax": lambda dump: tarred({"b/" * 90 + "whmcs.sql": dump}, tarfile.PAX_FORMAT),
    "tar of gz": lambda dump: tarred({"whmcs.sql.gz": gzip.compress(dump)}),
    "tgz": lambda dump: gzip.compress(tarred({"db": dump})),
    "tgz of a site": lambda dump: gzip.compress(tarred({**_SITE, "whmcs.sql": dump})),
    "tgz of cpanel": lambda dump: gzip.compress(
        tarred({"homedir/backup.sql": b"<html>", "mysql/host_whmcs.sql": dump})
    ),
    "tar of plesk": lambda dump: tarred(
        {"databases/whmcs_1/backup.tgz": gzip.compress(tarred({"backup_1": dump}))}
    ),
}
# Those that are named, with what to do.
NAMED: Mapping[str, tuple[Pack, str]] = {
    "bz2": (bz2.compress, "packed with bzip2: unpack it first"),
    "xz": (lzma.compress, "packed with xz: unpack it first"),
    "zlib": (zlib.compress, "packed with zlib"),
    "gz of gz": (lambda dump: gzip.compress(gzip.compress(dump)), "gzipped twice"),
    "zip of xz": (lambda dump: zipped({"x.sql.xz": lzma.compress(dump)}), "packed with xz"),
    "zip of zip": (lambda dump: zipped({"x.zip": zipped({"x.sql": dump})}), "it is a zip"),
    "gz of zip": (lambda dump: gzip.compress(zipped({"x.sql": dump})), "it is a zip"),
    "tar of bz2": (lambda dump: tarred({"x.sql.bz2": bz2.compress(dump)}), "with bzip2"),
    "zip, encrypted": (lambda dump: encrypted(zipped({"x.sql": dump})), "it is encrypted"),
    "zip of two": (lambda dump: zipped({"a.sql": dump, "b.sql": dump}), "holds 2 dumps"),
    "tar of two": (lambda dump: tarred({"a.sql": dump, "b.sql": dump}), "holds 2 dumps"),
    "utf-16": (lambda dump: dump.decode("latin-1").encode("utf-16"), "it is UTF-16"),
    "utf-32": (lambda dump: dump.decode("latin-1").encode("utf-32"), "it is UTF-32"),
    "nul first": (lambda dump: bytes(600) + dump, "it begins with 600 NUL bytes"),
}


def damages(packed: bytes, number: int, seed: int) -> Iterator[Mishap]:
    """Yield cuts, flipped bits, bytes left out, lost to zeros or put in, and tails."""
    chance = random.Random(seed)  # noqa: S311 (the same each time)
    for _ in range(number):
        how = chance.choice(("cut", "flip", "drop bytes", "zero", "put bytes", "tail", "twice"))
        at, size = chance.randrange(len(packed)), chance.randrange(1, 40)
        if how == "cut":
            dump = packed[:at]
        elif how == "flip":
            dump = packed[:at] + bytes([packed[at] ^ 1 << chance.randrange(8)]) + packed[at + 1 :]
        elif how == "drop bytes":
            dump = packed[:at] + packed[at + size :]
        elif how == "zero":
            dump = packed[:at] + bytes(len(packed[at : at + size])) + packed[at + size :]
        elif how == "put bytes":
            dump = packed[:at] + chance.randbytes(size) + packed[at:]
        elif how == "tail":
            dump = packed + chance.randbytes(size)
        else:
            dump = packed + packed
        yield Mishap(f"{how} at {at}", dump)


def wrong_in(sound: Read, mishap: Mishap, *, checked: bool) -> str:
    """Say what is wrong with how a damaged package is read: other rows than before, unrefused.

    A tar, or a zip's own headers, have no checksum of what is in it; where none is `checked`, what
    is lost is judged by the rows' number alone.
    """
    now = read(mishap.dump)
    if now.refused:
        return without_advice(now.refused)
    if now.rows == sound.rows:
        return ""
    if not checked and len(now.rows) >= len(sound.rows):
        return ""
    if now.doubted and not checked:
        return ""
    return f"{len(now.rows)} rows, and not refused; {len(sound.rows)} were in it"


def try_containers(
    name: str, dump: bytes, seed: int, number: int
) -> tuple[Counter[str], list[str]]:
    """Try every container of a dump, and damages of each; gives what came, and what is wrong."""
    sound = read(dump)
    came: Counter[str] = Counter()
    wrong = []
    for kind, pack in READABLE.items():
        packed = pack(dump)
        if read(packed)[:3] != sound[:3]:
            wrong.append(f"{name} in {kind}: other rows than without it")
        for mishap in damages(packed, number, seed):
            came["damaged packages"] += 1
            checked = kind.partition(",")[0] != "tar"
            if words := wrong_in(sound, mishap, checked=checked):
                wrong.append(f"{name} in {kind}, seed {seed}, {mishap.how}: {words}")
    for kind, (pack, reason) in NAMED.items():
        came["packages that are named"] += 1
        refused = read(pack(dump)).refused
        if reason not in refused or without_advice(refused):
            wrong.append(f"{name} in {kind}: not named but {refused}")
    return came, wrong
