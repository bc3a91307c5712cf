"""The commands of `syncd journal` as they are typed; what each does is in `cli.journal`."""

from pathlib import Path
from typing import Annotated

import typer

from syncd.cli.options import DEFAULT, ConfigPath

journal = typer.Typer(no_args_is_help=True, help="Check, back up and export the journal.")


@journal.command("check")
def check_journal(
    config: ConfigPath = DEFAULT,
    seal: Annotated[
        str, typer.Option(help="A seal noted earlier: the journal must still contain it.")
    ] = "",
) -> None:
    """Check that the journal is whole.

    Its file, its schema, the chain of its changes, and what a broken run left open.
    """
    from syncd.cli.journal import check

    check(config, seal)


@journal.command("backup")
def back_up_journal(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="Replaced once the copy is complete.")
    ],
    config: ConfigPath = DEFAULT,
) -> None:
    """Copy the journal to a file, even while a run is under way. The copy is verified."""
    from syncd.cli.journal import back_up

    back_up(file, config)


@journal.command("export")
def export_journal(
    config: ConfigPath = DEFAULT,
    out_file: Annotated[
        Path | None, typer.Option("--out", help="The file to write; standard output if left out.")
    ] = None,
) -> None:
    """Print all the journal knows, as lines of JSON."""
    from syncd.cli.journal import export

    export(config, out_file)
