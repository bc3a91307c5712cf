"""`make torture`: every point of the story, in parallel; exits with 1 on any difference."""

import argparse
import multiprocessing
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, as_completed
from functools import partial
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent), str(HERE.parents[1])]

from harness import Torture, quiet, sample, try_points  # noqa: E402

_CHUNK = 12  # points that one process tries before it tells


def main() -> int:
    options = _options()
    quiet()
    started = time.monotonic()
    with Torture(silent=options.companion) as torture:
        points = torture.points()
    chosen = sample(points, options.most) if options.most else points
    ways = Counter((point.night, point.way) for point in chosen)
    for (night, way), number in sorted(ways.items()):
        _say(f"{night} night, {way}: {number} points")
    attempt = partial(try_points, silent=options.companion)
    tried, wrong, decided = 0, 0, 0
    # Fresh ones: a fork of a process with threads may stand still.
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(options.jobs, mp_context=spawn, initializer=quiet) as pool:
        parts = [chosen[n : n + _CHUNK] for n in range(0, len(chosen), _CHUNK)]
        for done in as_completed([pool.submit(attempt, part) for part in parts]):
            for one in done.result():
                tried += 1
                decided += one.decided
                if one.wrong:
                    wrong += 1
                    _say(f"WRONG at {one.point}: {one.wrong}")
            _say(f"{tried} of {len(chosen)} points tried, {wrong} wrong")
    seconds = time.monotonic() - started
    _say(
        f"{tried} points tried in {seconds:.0f} s with {options.jobs} jobs: {wrong} differ from "
        f"the undisturbed run; {decided} invitations nobody could know of were decided on."
    )
    return 1 if wrong or tried < len(chosen) else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--most", type=int, default=0, help="a sample of so many; 0 is all")
    parser.add_argument("--companion", action="store_true", help="attach in silence")
    return parser.parse_args()


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
