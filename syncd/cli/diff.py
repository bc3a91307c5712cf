"""`syncd diff`: whose access differs between two plans."""

from pathlib import Path

from syncd.cli.printed import out
from syncd.model.text import visible
from syncd.report import compare


def show_difference(old: Path, new: Path) -> None:
    for line in compare.lines(old, new):
        out.print(visible(line), markup=False)
