"""The commands about what stands beside a plan: bindings as CSV, lines of a suppression list."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from syncd.bindings import export_bindings, import_bindings
from syncd.core.suppression import suppression
from syncd.state import alone
from syncd.store.journal import Journal
from syncd.terminal import DEFAULT, ConfigPath, configured

app = typer.Typer(
    no_args_is_help=True,
    help="Which account or contact of the target is which of ours: export and import as CSV.",
)
Csv = Annotated[Path, typer.Argument(metavar="FILE.csv", help="The columns key and target_id.")]


@app.command("export")
def export_csv(file: Csv, config: ConfigPath = DEFAULT) -> None:
    """Write the journal's bindings to a file."""
    settings = configured(config)
    with Journal.open(settings.state_dir / "journal.sqlite", settings.target.name) as journal:
        number = export_bindings(journal, file)
    typer.echo(f"{number} bindings written to {file}")


@app.command("import")
def import_csv(file: Csv, config: ConfigPath = DEFAULT) -> None:
    """Take over the bindings of a file, all or none."""
    settings = configured(config)
    path, target = settings.state_dir / "journal.sqlite", settings.target.name
    sources = [source.name for source in settings.sources]
    with (
        alone(settings.state_dir) as nobody_else,
        Journal.open(path, target) as journal,
        journal.held(lambda: datetime.now(UTC), alone=nobody_else),
    ):
        new, known = import_bindings(journal, file, sources, datetime.now(UTC))
    typer.echo(f"{new} bindings imported, {known} were known")


def suppress(
    addresses: Annotated[
        list[str] | None,
        typer.Argument(metavar="[ADDRESS]...", help="E-mail addresses; none: lines of stdin."),
    ] = None,
) -> None:
    """Print the line of a suppression list for each e-mail address: its hash."""
    for address in addresses or sys.stdin.read().splitlines():
        if address.strip():
            typer.echo(suppression(address))
