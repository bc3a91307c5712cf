"""`make soak`: nights on a fast clock; prints its figures, and exits with 1 where anything is wrong."""

import argparse
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent), str(HERE.parent / "system"), str(HERE.parents[1])]

from soak import soaked  # noqa: E402


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--nights", type=int, default=60)
    parser.add_argument("--only", default="", help="let nothing but this trouble befall the nights")
    options = parser.parse_args()
    figures = soaked(options.seed, options.nights, _say, options.only)
    print(figures)
    return 1 if figures.wrong else 0


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
