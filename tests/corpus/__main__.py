"""`make corpus`: mishaps of every dump that can be had here; exits with 1 where one is wrong."""

import argparse
import multiprocessing
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent), str(HERE.parents[1])]

from containers import try_containers  # noqa: E402
from corpus import Read, dumped, fill, read, read_source, try_some, written  # noqa: E402
from mariadb import Database, running  # noqa: E402
from php import FOLDER, php_dumped  # noqa: E402

from syncd.model.connection import DatabaseConnection  # noqa: E402
from syncd.sources.mysql import MySqlSource  # noqa: E402

_CHUNK = 200  # mishaps that one process tries before it tells
_PACKED = 20  # damages of each package of a dump, of which each seed takes every eighth
_EIGHTH = 8


def main() -> int:
    options = _options()
    started = time.monotonic()
    dumps = written()
    wrong = []
    with running() as server, server.database() as database:
        fill(database)
        served = {f"mariadb-dump, {name}": dump for name, dump in dumped(database).items()}
        served |= php_dumped(database)
        live = _live(database)
        wrong += [f"{name}: not what the live read gives" for name in _others(served, live)]
        dumps |= served
    if not FOLDER.is_dir():
        sys.stdout.write("without Adminer and phpMyAdmin: they could not be had here\n")
    wrong += [f"{name}: refused as it is" for name, dump in dumps.items() if read(dump).refused]
    came: Counter[str] = Counter()
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(options.jobs, mp_context=spawn) as pool:
        parts = [
            pool.submit(try_some, name, dump, seed, _CHUNK)
            for seed in range(options.seed, options.seed + -(-options.each // _CHUNK))
            for name, dump in dumps.items()
        ]
        parts += [
            pool.submit(try_containers, name, dump, seed, _PACKED)
            for seed in range(options.seed, options.seed + -(-options.each // _CHUNK))
            for name, dump in list(dumps.items())[seed % _EIGHTH :: _EIGHTH]
        ]
        for done in as_completed(parts):
            some, failures = done.result()
            came += some
            wrong += failures
            for line in failures:
                sys.stdout.write(f"WRONG {line}\n")
    told = ", ".join(f"{number:,} {how}" for how, number in sorted(came.items()))
    sys.stdout.write(
        f"{len(dumps)} dumps, {came.total():,} mishaps ({told}) in"
        f" {time.monotonic() - started:.0f} s: {len(wrong)} wrong\n"
    )
    return 1 if wrong else 0


def _live(database: Database) -> Read:
    return read_source(MySqlSource("legacy", DatabaseConnection(**database.login)))


def _others(dumps: dict[str, bytes], live: Read) -> list[str]:
    """Name the dumps that give other people or references than the live read."""
    return [
        name
        for name, dump in dumps.items()
        if (now := read(dump)).rows.keys() != live.rows.keys() or now.references != live.references
    ]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--each", type=int, default=1000, help="mishaps of each dump")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
