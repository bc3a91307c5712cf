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

from corpus import dumped, fill, read, try_some, written  # noqa: E402
from mariadb import running  # noqa: E402

_CHUNK = 200  # mishaps that one process tries before it tells


def main() -> int:
    options = _options()
    started = time.monotonic()
    dumps = written()
    with running() as server, server.database() as database:
        fill(database)
        dumps |= {f"mariadb-dump, {name}": dump for name, dump in dumped(database).items()}
    unread = [name for name, dump in dumps.items() if read(dump).refused]
    came: Counter[str] = Counter()
    wrong = [f"{name}: refused as it is" for name in unread]
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(options.jobs, mp_context=spawn) as pool:
        parts = [
            pool.submit(try_some, name, dump, seed, _CHUNK)
            for seed in range(options.seed, options.seed + -(-options.each // _CHUNK))
            for name, dump in dumps.items()
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


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--each", type=int, default=1000, help="mishaps of each dump")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
