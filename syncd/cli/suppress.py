"""`syncd suppress`: the lines of a suppression list."""

import re
import sys

import typer

from syncd.errors import OptionUnusable
from syncd.model.suppression import suppression


def show_suppressions(addresses: list[str] | None) -> None:
    """Print a line for each address; of standard input where none are given.

    None at all where one is no address: its line would match nobody.
    """
    entries = [entry for entry in addresses or sys.stdin.read().splitlines() if entry.strip()]
    strays = [entry for entry in entries if not _ADDRESS.fullmatch(entry.strip())]
    if strays:
        raise OptionUnusable("ADDRESS", [f"{entry!r} is no e-mail address" for entry in strays])
    for address in entries:
        typer.echo(suppression(address))


_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+")
