"""The commands of `syncd journal` and `syncd config` as they are typed; see `app`."""

from pathlib import Path
from typing import Annotated

import typer

from syncd.cli.options import DEFAULT, AsJson, Commands, ConfigPath

config = Commands(no_args_is_help=True, help="Show or validate the configuration.")
journal = Commands(no_args_is_help=True, help="Check, back up and export the journal.")


@journal.command("check")
def check_journal(
    config: ConfigPath = DEFAULT,
    seal: Annotated[
        str, typer.Option(help="A seal noted earlier: the journal must still contain it.")
    ] = "",
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Check that the journal is whole.

    Its file, its schema, the chain of its changes, and what a broken run left open.
    """
    from syncd.cli.journal import check

    check(config, seal, as_json=as_json)


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


@config.command("show")
def show_config(config: ConfigPath = DEFAULT, as_json: AsJson = False) -> None:  # noqa: FBT002
    """Show every setting that counts, from the file or by default. No secret is shown."""
    from syncd.cli.config import show_settings

    show_settings(config, as_json=as_json)


@config.command("validate")
def validate_config(config: ConfigPath = DEFAULT, as_json: AsJson = False) -> None:  # noqa: FBT002
    """Name all faults of the configuration and of the files it names, with their lines."""
    from syncd.cli.config import show_faults

    show_faults(config, as_json=as_json)
