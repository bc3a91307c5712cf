"""`syncd suppress`: the lines of a suppression list."""

import re
import sys

import msgspec
import typer

from syncd.errors import OptionUnusable
from syncd.model.suppression import suppression


def show_suppressions(addresses: list[str] | None, *, as_json: bool = False) -> None:
    """Print a line for each address; of standard input where none are given.

    None at all where one is no address: its line would match nobody.
    """
    entries = [entry for entry in addresses or sys.stdin.read().splitlines() if entry.strip()]
    strays = [entry for entry in entries if not _ADDRESS.fullmatch(entry.strip())]
    if strays:
        raise OptionUnusable("ADDRESS", [f"{entry!r} is no e-mail address" for entry in strays])
    lines = [suppression(address) for address in entries]
    if as_json:
        typer.echo(msgspec.json.format(msgspec.json.encode({"version": 1, "hashes": lines})))
        return
    for line in lines:
        typer.echo(line)


_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+")
