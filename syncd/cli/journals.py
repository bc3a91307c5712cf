"""The commands of `syncd journal` and `syncd bindings` as they are typed; see `app`."""

from pathlib import Path
from typing import Annotated

import typer

from syncd.cli.options import DEFAULT, AsJson, Commands, ConfigPath, Csv, JournalKind

bindings = Commands(
    no_args_is_help=True,
    help="Export, import or forget bindings. A binding says which account or contact in the target "
    "is which legacy one.",
)
journal = Commands(no_args_is_help=True, help="Check, back up, copy and export the journal.")


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


@journal.command("copy")
def copy_journal(
    to: Annotated[
        JournalKind, typer.Argument(help="database: that of state.journal; file: in state_dir.")
    ],
    config: ConfigPath = DEFAULT,
) -> None:
    """Copy the journal from its file into the empty database, or back, and close the original.

    All of it or nothing, proven by its seals; it may be interrupted and called again.
    """
    from syncd.cli.journal import copy

    copy(to, config)


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


@bindings.command("export")
def export_bindings(file: Csv, config: ConfigPath = DEFAULT) -> None:
    """Write the journal's bindings to a file."""
    from syncd.cli.bindings import export_csv

    export_csv(file, config)


@bindings.command("import")
def import_bindings(file: Csv, config: ConfigPath = DEFAULT) -> None:
    """Import the bindings in a file: all of them or none."""
    from syncd.cli.bindings import import_csv

    import_csv(file, config)


@bindings.command("forget")
def forget_binding(
    key: Annotated[str, typer.Argument(help="Like account:legacy/17 or contact:legacy/117.")],
    config: ConfigPath = DEFAULT,
) -> None:
    """Let go of a binding: the next plan matches the account or contact afresh."""
    from syncd.cli.bindings import forget

    forget(key, config)
