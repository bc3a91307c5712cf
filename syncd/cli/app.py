"""The commands as they are typed: names, arguments, options and their help.

The work of each is in the file of its name. It is loaded when the command runs, so that `--help`
and `--version` load none of it. The first sentence of a help is what `syncd --help` shows.
"""

import gc
import os
import signal
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from syncd import __version__
from syncd.cli import pauses
from syncd.cli.configs import config as config_commands
from syncd.cli.configs import init
from syncd.cli.folders import folders
from syncd.cli.interrupt import Interrupted, asked_by, interrupt
from syncd.cli.journals import bindings, journal
from syncd.cli.lines import complain
from syncd.cli.options import (
    DEFAULT,
    Allow,
    AsJson,
    Backup,
    Because,
    Commands,
    ConfigPath,
    ConfigPaths,
    Decided,
    Listening,
    MaxAge,
    Noted,
    Now,
    OutDir,
    PlanDir,
    Sample,
)
from syncd.cli.requests import ownership
from syncd.cli.words import ENDS, Exit, explain_error
from syncd.errors import SyncdError


class Ordered(TyperGroup):
    """The commands as docs/commands.md has them, the most used first."""

    _ORDER = (
        *("demo", "init", "config", "check", "plan", "rehearse", "decide", "approve"),
        *("apply", "sync", "run", "pause", "resume", "diff", "letters", "redact", "verify"),
        *("explain", "status", "alert", "bindings", "ownership", "suppress", "undo", "journal"),
        *("serve", "worker", "sandbox"),
    )

    def list_commands(self, ctx: Any) -> list[str]:
        return sorted(super().list_commands(ctx), key=self._ORDER.index)


app = Commands(
    cls=Ordered,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # to draw boxes, it takes longer to load than all else here
    help="Turns legacy WHMCS sub-accounts into users, accounts and memberships.",
    epilog="\b\nExit codes:\n" + "\n".join(f"  {code}  {ends}" for code, ends in ENDS.items()),
)


def main() -> None:
    """Run a command; every error we raise on purpose becomes a sentence and an exit code."""
    os.umask(0o077)  # whatever a run leaves behind is full of people
    # Rows come and go by the million and hardly any lie in a cycle: looking less often for such
    # saves a tenth of a run.
    gc.set_threshold(50_000, 20, 20)
    for number in asked_by():
        signal.signal(number, interrupt)
    if "_SYNCD_COMPLETE" in os.environ:  # the shell asks what may stand here
        from typer.completion import completion_init  # type: ignore[attr-defined]

        completion_init()
    try:
        app()
    except SyncdError as error:
        code, words = explain_error(error)
    except Interrupted:
        code, words = Exit.ERROR, ""
    # Behind the errors, which would hold on to the engine's objects until Python has ended; and
    # that, the engine takes for leaks.
    if words:
        complain(words)
    else:
        sys.stderr.write("Stopped. Run the same command again; nothing is lost.\n")
    sys.exit(code)


def _show_version(asked: bool) -> None:  # noqa: FBT001 (typer calls it so)
    if asked:
        typer.echo(f"syncd {__version__}")
        raise typer.Exit


@app.callback()
def _common(
    version: Annotated[  # noqa: FBT002
        bool,
        typer.Option(
            "--version", callback=_show_version, is_eager=True, help="Show the version and exit."
        ),
    ] = False,
) -> None: ...


@app.command()
def suppress(
    addresses: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[ADDRESS]...", help="E-mail addresses; if none, the lines of stdin."
        ),
    ] = None,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Print the hash of each e-mail address, for a suppression list."""
    from syncd.cli.suppress import show_suppressions

    show_suppressions(addresses, as_json=as_json)


@app.command()
def demo() -> None:
    """Walk the whole path on bundled data, against a local sandbox. Needs no configuration."""
    from syncd.cli.demo.story import play

    play()


@app.command()
def check(
    config: ConfigPath = DEFAULT,
    codes: Annotated[  # noqa: FBT002
        bool, typer.Option("--codes", help="Print the catalogue of findings instead.")
    ] = False,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Test everything a run needs, and write nothing.

    Config, connections, columns, each needed action and the permission map.
    """
    from syncd.cli.check import show_catalogue, show_checks

    if codes:
        show_catalogue(as_json=as_json)
    else:
        show_checks(config, as_json=as_json)


@app.command()
def plan(
    config: ConfigPath = DEFAULT,
    backup: Backup = None,
    out_dir: OutDir = None,
    decided: Decided = None,
    allow: Allow = None,
    because: Because = "",
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Show what a run would do, and why. The target is only read."""
    from syncd.cli.plan import show_plan

    show_plan(config, backup, out_dir, decided, allow, because, as_json=as_json)


@app.command()
def apply(
    plan_dir: PlanDir,
    config: ConfigPath = DEFAULT,
    decided: Decided = None,
    allow: Allow = None,
    because: Because = "",
) -> None:
    """Apply exactly the plan you reviewed, or refuse and say why."""
    from syncd.cli.apply import apply_plan

    apply_plan(plan_dir, config, decided, allow, because)


@app.command()
def sync(config: ConfigPath = DEFAULT, allow: Allow = None, because: Because = "") -> None:
    """Plan and apply in one step, for cron."""
    from syncd.cli.sync import sync_once

    sync_once(config, allow, because)


@app.command()
def run(config: ConfigPaths, now: Now = False) -> None:  # noqa: FBT002
    """Run as a daemon: sync on the config's schedule, until SIGTERM.

    Several targets are several configs, each with a state folder of its own: give --config again.
    """
    from syncd.cli.run import run_daemon, run_now

    (run_now if now else run_daemon)(config)


@app.command()
def worker(config: ConfigPath = DEFAULT) -> None:
    """Help to make the plans of large populations, until SIGTERM.

    Takes up jobs of `plan`, `apply`, `sync` and `run` where the config has workers. Reads no source
    and no target.
    """
    from syncd.cli.worker import work

    work(config)


app.command()(pauses.pause)
app.command()(pauses.resume)


@app.command()
def explain(
    key: Annotated[str, typer.Argument(help="An e-mail address, legacy/17, contact:legacy/117.")],
    config: ConfigPath = DEFAULT,
    backup: Backup = None,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Explain one key: what becomes of it, and why.

    Shows its rows, findings, desired, observed, applied, change and verdict.
    """
    from syncd.cli.explain import show_why

    show_why(key, config, backup, as_json=as_json)


@app.command()
def undo(
    run_id: Annotated[
        str, typer.Argument(metavar="RUN", help="The id of a run, as status shows it.")
    ],
    config: ConfigPath = DEFAULT,
    out_dir: OutDir = None,
    allow: Allow = None,
    because: Because = "",
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Plan to take back what a run changed. `syncd apply` carries it out."""
    from syncd.cli.undo import plan_undo

    plan_undo(run_id, config, out_dir, allow, because, as_json=as_json)


@app.command()
def status(
    config: ConfigPath = DEFAULT,
    as_json: AsJson = False,  # noqa: FBT002
    max_age: MaxAge = "",
) -> None:
    """Show the last runs, and the pending and expired invitations."""
    from syncd.cli.status import show_status

    show_status(config, max_age, as_json=as_json)


@app.command()
def alert(config: ConfigPath = DEFAULT, test: Sample = False) -> None:  # noqa: FBT002
    """Send now what is due, or a sample.

    Due is what a run would send as well: that no run was good for long, and the digest. Ends with
    4 if a channel fails or the journal cannot be used, with 2 if no channel is set.
    """
    from syncd.cli.alert import tell_now

    tell_now(config, test=test)


@app.command()
def verify(
    config: ConfigPath = DEFAULT,
    backup: Annotated[
        Path | None,
        typer.Option(help="A legacy backup, as for plan, in place of the sources."),
    ] = None,
    as_json: AsJson = False,  # noqa: FBT002
    out_dir: Annotated[
        Path | None,
        typer.Option("--out", help="The folder for certificate.txt and certificate.json."),
    ] = None,
    note: Noted = False,  # noqa: FBT002
) -> None:
    """Certify that nobody can do more than the legacy rows gave.

    With code that shares nothing with the conversion.
    """
    from syncd.cli.verify import show_certificate

    show_certificate(config, backup, out_dir, as_json=as_json, noted=note)


@app.command()
def serve(config: ConfigPath = DEFAULT, listen: Listening = "") -> None:
    """Serve pages for the support desk, to be read.

    Who can log in to which account, what they can do there, and why.
    """
    from syncd.cli.serve import serve_pages

    serve_pages(config, listen)


@app.command(
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
    add_help_option=False,
)
def sandbox(context: typer.Context) -> None:
    """Serve a WHMCS-compatible target to rehearse against."""
    from syncd.cli.sandbox import serve

    raise typer.Exit(serve(context.args))


app.add_typer(folders)  # beside the others, as no name is given
app.add_typer(bindings, name="bindings")
app.add_typer(ownership, name="ownership")
app.add_typer(journal, name="journal")
app.add_typer(config_commands, name="config")
app.command("init")(init)
