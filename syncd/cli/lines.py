"""Lines for a terminal: broken between words, never within one."""

import os
import re
import sys
import textwrap

_NARROWEST = 40
_BULLET = re.compile(r"\s*(?:- )?")


def fitted(words: str, columns: int) -> str:
    """Break lines between words, so that none is longer; a line goes on under its own start."""
    return "\n".join(_fitted(line, max(columns, _NARROWEST)) for line in words.split("\n"))


def _fitted(line: str, columns: int) -> str:
    start = _BULLET.match(line)
    return textwrap.fill(
        line,
        columns,
        subsequent_indent=" " * (start.end() if start else 0),
        break_long_words=False,
        break_on_hyphens=False,
    )


def complain(words: str) -> None:
    """Write what went wrong to standard error, fitted where that is a terminal."""
    if sys.stderr.isatty():
        words = fitted(words, os.get_terminal_size(sys.stderr.fileno()).columns)
    sys.stderr.write(f"{words}\n")
