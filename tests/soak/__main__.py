"""`make soak`: nights on a fast clock; prints figures, and exits with 1 where anything is wrong."""

import argparse
import subprocess
import sys
import tarfile
import tempfile
from io import BytesIO
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent), str(HERE.parents[1])]

from measures import lines  # noqa: E402
from soak import soaked  # noqa: E402


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--nights", type=int, default=60)
    parser.add_argument("--only", default="", help="let nothing but this trouble befall the nights")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="older-") as folder:
        older = "" if options.only else _older(Path(folder))
        figures = soaked(options.seed, options.nights, _say, options.only, older)
    for line in lines(figures):
        _say(line)
    return 1 if figures.wrong else 0


# The last commit before the daemon told anybody, with version 5 of the journal: for want of a tag.
_BEFORE_TAGS = "474b3aa"


def _older(folder: Path) -> str:
    """Unpack the last version with a tag, or what there is; "" where there is no history of git."""
    tag = _git("describe", "--tags", "--abbrev=0").stdout.decode().strip() or _BEFORE_TAGS
    packed = _git("archive", tag, "syncd", "mappings", "config.example.yaml")
    if packed.returncode:
        _say(f"no upgrade: {packed.stderr.decode().strip()}")
        return ""
    with tarfile.open(fileobj=BytesIO(packed.stdout)) as archive:
        archive.extractall(folder, filter="data")
    _say(f"upgrade: from {tag}{' (there is no tag yet)' if tag == _BEFORE_TAGS else ''}")
    return str(folder)


def _git(*words: str) -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run(
        ["git", "-C", str(HERE.parents[1]), *words], capture_output=True, check=False
    )


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
