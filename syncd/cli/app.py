"""The commands. Each is a few lines: wire, run, show, and exit with the documented code."""

import gc
import os
import signal
import sys
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console

from syncd import __version__, run, wiring
from syncd.cli import bindings as cli_bindings
from syncd.cli import daemon, log
from syncd.cli import journal as care
from syncd.cli import verify as audit
from syncd.cli.check import catalogue_lines, checked
from syncd.cli.demo.story import tell
from syncd.cli.explain import explain as explain_key
from syncd.cli.status import status_lines
from syncd.cli.terminal import (
    DEFAULT,
    ConfigPath,
    Interrupted,
    configured,
    interrupt,
    job_for,
    stoppable,
)
from syncd.cli.words import Exit, explain_error
from syncd.config.config import load
from syncd.errors import PlanUnusable, SyncdError
from syncd.journal.journal import Journal
from syncd.report import compare, text
from syncd.run import Result
from syncd.workspace.workspace import Workspace

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Turns legacy WHMCS sub-accounts into users, accounts and memberships.",
)
app.add_typer(cli_bindings.app, name="bindings")
app.command()(cli_bindings.suppress)
out = Console(highlight=False, soft_wrap=True)

Backup = Annotated[
    Path | None,
    typer.Option(
        help="A legacy backup (.sql, .sql.gz, .zip) as the only source. Without a config file, "
        "the plan is made against an empty target."
    ),
]
Allow = Annotated[
    list[str] | None,
    typer.Option(metavar="FUSE=NUMBER", help="Lift one fuse to a number, for this run only."),
]
Decided = Annotated[
    Path | None, typer.Option("--decisions", help="Use these decisions instead of the config's.")
]
Because = Annotated[str, typer.Option(help="Why the fuse may be lifted; kept in the journal.")]


def main() -> None:
    """Run a command; every error we raise on purpose becomes a sentence and an exit code."""
    os.umask(0o077)  # whatever a run leaves behind is full of people
    # Rows come and go by the million and hardly any lie in a cycle: looking less often for such
    # saves a tenth of a run.
    gc.set_threshold(50_000, 20, 20)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, interrupt)
    try:
        app()
    except SyncdError as error:
        code, words = explain_error(error)
        sys.stderr.write(f"{words}\n")
        sys.exit(code)
    except Interrupted:
        sys.stderr.write("Stopped. Run the same command again; nothing is lost.\n")
        sys.exit(Exit.ERROR)


def _show_version(asked: bool) -> None:  # noqa: FBT001 (typer calls it so)
    if asked:
        out.print(f"syncd {__version__}")
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
def demo() -> None:
    """Walk the whole path on bundled data, against a local sandbox. Needs nothing else."""
    log.configure(level="error")
    tell(out)


@app.command()
def check(
    config: ConfigPath = DEFAULT,
    codes: Annotated[  # noqa: FBT002
        bool, typer.Option("--codes", help="Print the catalogue of findings instead.")
    ] = False,
) -> None:
    """Check config, connections, columns, each needed action and the permission map."""
    if codes:
        for told in catalogue_lines():
            out.print(told, markup=False)
        return
    settings = configured(config)
    healthy = True
    for line in checked(settings):
        healthy = healthy and line.ok
        out.print(f"{'ok  ' if line.ok else 'FAIL'}  {line.what}", markup=False)
        if line.advice:
            out.print(f"      {line.advice}", markup=False)
    raise typer.Exit(Exit.DONE if healthy else Exit.NOT_READY)


@app.command()
def plan(
    config: ConfigPath = DEFAULT,
    backup: Backup = None,
    out_dir: Annotated[
        Path | None, typer.Option("--out", help="The folder for plan and report files.")
    ] = None,
    decided: Decided = None,
    allow: Allow = None,
    because: Because = "",
) -> None:
    """Show what a run would do, and why. The target is only read."""
    with job_for(config, backup, allow, because, decided) as job:
        result = run.planned(job, out_dir)
        out.print(text.render(result.report), markup=False)
        if backup is None or out_dir is not None:
            out.print(f"Plan {result.manifest.plan}, files in {result.folder}", markup=False)
        raise typer.Exit(_exit_of(result))


@app.command()
def apply(
    plan_dir: Annotated[Path, typer.Argument(metavar="PLAN", help="The folder of the plan.")],
    config: ConfigPath = DEFAULT,
    decided: Decided = None,
    allow: Allow = None,
    because: Because = "",
) -> None:
    """Apply exactly that plan, or refuse and say what has changed since it was made."""
    if not plan_dir.exists():
        raise PlanUnusable(plan_dir, "there is no such folder")
    folder = plan_dir.parent if plan_dir.is_file() else plan_dir
    with job_for(config, None, allow, because, decided) as job:
        result = run.applied(job, folder)
        _show_outcome(result)
        raise typer.Exit(_exit_of(result))


@app.command()
def diff(
    old: Annotated[Path, typer.Argument(metavar="PLAN_A", help="The folder of a plan.")],
    new: Annotated[Path, typer.Argument(metavar="PLAN_B", help="The folder of another plan.")],
) -> None:
    """Show whose access differs between two plans, such as before and after a decision."""
    for line in compare.lines(old, new):
        out.print(line, markup=False)


@app.command()
def sync(config: ConfigPath = DEFAULT, allow: Allow = None, because: Because = "") -> None:
    """Plan and apply in one step, for cron."""
    with job_for(config, None, allow, because) as job:
        result = run.synced(job)
        out.print(text.render(result.report), markup=False)
        _show_outcome(result)
        raise typer.Exit(_exit_of(result))


@app.command("run")
def run_daemon(config: ConfigPath = DEFAULT) -> None:
    """Run as a daemon: sync on the schedule of the config, until SIGTERM."""
    settings = configured(config)

    def once(stop: Callable[[], bool]) -> None:
        job = wiring.job_of(load(config))
        run.synced(msgspec.structs.replace(job, stop=stop, progress=stoppable(stop)))

    daemon.serve(settings.schedule, once)


@app.command()
def explain(
    key: Annotated[str, typer.Argument(help="An e-mail address, legacy/17, contact:legacy/117.")],
    config: ConfigPath = DEFAULT,
    backup: Backup = None,
) -> None:
    """Show why: rows, findings, desired, observed, applied, change and verdict of one key."""
    with job_for(config, backup) as job, ExitStack() as stores:
        name = job.target.name
        journal = stores.enter_context(Journal.open(job.state_dir / "journal.sqlite", name))
        scratch = job.state_dir / f"explain-{os.getpid()}.duckdb"
        workspace = stores.enter_context(Workspace(scratch))
        tree = explain_key(
            key, job.sources, job.target, workspace, journal, job.settings, job.now(), job.progress
        )
        # Nothing is cut: wrapped on a terminal, whole lines where another program reads.
        wide = out if out.is_terminal else Console(highlight=False, width=10_000)
        wide.print(tree, soft_wrap=False)


@app.command()
def undo(
    run_id: Annotated[
        str, typer.Argument(metavar="RUN", help="The id of a run, as status shows it.")
    ],
    config: ConfigPath = DEFAULT,
    out_dir: Annotated[
        Path | None, typer.Option("--out", help="The folder for plan and report files.")
    ] = None,
    allow: Allow = None,
    because: Because = "",
) -> None:
    """Plan to take back what a run changed; `syncd apply` carries it out."""
    with job_for(config, None, allow, because) as job:
        result = run.undone(job, run_id, out_dir)
        out.print(text.render(result.report), markup=False)
        out.print(f"Plan {result.manifest.plan}, files in {result.folder}", markup=False)
        raise typer.Exit(_exit_of(result))


@app.command()
def status(config: ConfigPath = DEFAULT) -> None:
    """Show the last runs, and the invitations that are pending or have expired."""
    settings = configured(config)
    path = settings.state_dir / "journal.sqlite"
    with Journal.open(path, settings.target.name) as journal:
        for line in status_lines(journal, datetime.now(UTC)):
            out.print(line, markup=False)


app.command()(audit.verify)


@app.command(
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
    add_help_option=False,
)
def sandbox(context: typer.Context) -> None:
    """Serve a WHMCS-8-compatible target to rehearse against (see sandbox --help)."""
    # Here, so that no other command loads a web server.
    from syncd.sandbox import server  # noqa: PLC0415

    raise typer.Exit(server.main(context.args))


app.add_typer(care.app, name="journal")


# --- showing --------------------------------------------------------------------------------


def _show_outcome(result: Result) -> None:
    applied = result.applied
    if applied is None:
        for refusal in result.manifest.refusals:
            out.print(f"Refused by the fuse {refusal.fuse}: {refusal.why}", markup=False)
        out.print("Nothing was applied.", markup=False)
        return
    told = ", ".join(f"{number} {outcome}" for outcome, number in sorted(applied.outcomes.items()))
    out.print(f"Changes: {told or 'none were needed'}.", markup=False)
    if applied.stopped == "stopped":
        out.print("Stopped between changes; run again to go on.", markup=False)
    elif applied.stopped:
        out.print("The target stopped answering; run again to go on.", markup=False)
    elif applied.failed:
        out.print("The next run plans again what did not apply.", markup=False)


def _exit_of(result: Result) -> Exit:
    if result.manifest.refusals:
        return Exit.REFUSED
    if result.applied is not None and (result.applied.failed or result.applied.stopped):
        return Exit.NOT_READY if result.applied.stopped == "unreachable" else Exit.ERROR
    return Exit.HELD if result.undecided else Exit.DONE
