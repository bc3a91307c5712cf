"""`syncd suppress`: the lines of a suppression list."""

import sys

import typer

from syncd.model.suppression import suppression


def show_suppressions(addresses: list[str] | None) -> None:
    """Print a line for each address; of standard input where none are given."""
    for address in addresses or sys.stdin.read().splitlines():
        if address.strip():
            typer.echo(suppression(address))
