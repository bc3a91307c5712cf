"""`syncd` without the pauses between its tries; see forked.py."""

import stamina

from syncd.cli import app as cli


def main() -> None:
    stamina.set_testing(True, attempts=3)
    cli.main()
