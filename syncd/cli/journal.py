"""`syncd journal`: check, back up and export what must not be lost. Nothing here changes it."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from syncd.cli.terminal import DEFAULT, ConfigPath, configured
from syncd.cli.words import Exit
from syncd.errors import StoreError
from syncd.journal import care, copy
from syncd.report.plan import open_private

app = typer.Typer(no_args_is_help=True, help="Check, back up and export the journal.")


@app.command()
def check(
    config: ConfigPath = DEFAULT,
    seal: Annotated[
        str, typer.Option(help="A seal noted earlier: the journal must still contain it.")
    ] = "",
) -> None:
    """Check the file, its schema, the chain of its changes, and what a broken run left open."""
    settings = configured(config)
    path = settings.state_dir / "journal.sqlite"
    whole = True
    for line in care.check(path, settings.target.name, seal):
        whole = whole and line.ok
        typer.echo(f"{'ok  ' if line.ok else 'FAIL'}  {line.what}")
        if line.told:
            typer.echo(f"      {line.told}")
    raise typer.Exit(Exit.DONE if whole else Exit.NOT_READY)


@app.command()
def backup(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="Replaced once the copy is complete.")
    ],
    config: ConfigPath = DEFAULT,
) -> None:
    """Copy the journal to a file, even while a run is under way; the copy is verified."""
    copy.back_up(configured(config).state_dir / "journal.sqlite", file)
    typer.echo(f"The journal was copied to {file}; the copy is verified.")


@app.command()
def export(
    config: ConfigPath = DEFAULT,
    out_file: Annotated[
        Path | None, typer.Option("--out", help="The file to write; standard output if left out.")
    ] = None,
) -> None:
    """Print all the journal knows, as lines of JSON."""
    lines = care.export(configured(config).state_dir / "journal.sqlite")
    if out_file is None:
        sys.stdout.buffer.writelines(lines)
        return
    try:
        with open_private(out_file) as file:
            file.writelines(lines)
    except OSError as error:
        raise StoreError(out_file, error.strerror or str(error)) from error
