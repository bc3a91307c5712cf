"""Printing for people, to a terminal or wherever the output goes."""

import sys
from datetime import timedelta
from typing import Any

import msgspec
from rich.console import Console

from syncd.cli.lines import fitted

out = Console(highlight=False, soft_wrap=True)


def say(words: str, style: str = "") -> None:
    """Print words; on a terminal no word is torn at its edge, and lines go on under their start."""
    if out.is_terminal:
        words = fitted(words, columns())
    out.print(words, markup=False, style=style)


def span(time: timedelta) -> str:
    """Give a span of time as people say it."""
    hours = int(time.total_seconds() // 3600)
    if hours < 1:
        return f"{int(time.total_seconds() // 60)} min"
    return f"{hours} h" if hours < 48 else f"{hours // 24} days"


def columns() -> int:
    return max(out.width, 40)


def show_json(version: int, **values: Any) -> None:
    """Print a document of docs/json.md."""
    document = msgspec.json.format(msgspec.json.encode({"version": version} | values))
    sys.stdout.write(f"{document.decode()}\n")
