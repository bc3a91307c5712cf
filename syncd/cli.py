"""The commands. Each is a few lines: wire, run, show, and exit with the documented code."""

import gc
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Annotated, NoReturn

import msgspec
import typer
from rich.console import Console

from syncd import __version__, audit, daemon, log, run
from syncd.check import checked
from syncd.config import Config, load
from syncd.core.guard import LIFTABLE
from syncd.demo.story import tell
from syncd.errors import ConfigError, PlanUnusable, Stopped, SyncdError
from syncd.explain import explain as explain_key
from syncd.pipeline import Progress
from syncd.progress import shown
from syncd.report import text
from syncd.run import Job, Result
from syncd.sources.backup import BackupSource
from syncd.status import status_lines
from syncd.store.journal import Journal
from syncd.store.workspace import Workspace
from syncd.targets.memory import MemoryTarget
from syncd.wiring import settings_without_config
from syncd.words import Exit, explain_error

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Turns legacy WHMCS sub-accounts into users, accounts and memberships.",
)
out = Console(highlight=False, soft_wrap=True)

_DEFAULT = Path("/etc/syncd/config.yaml")
ConfigPath = Annotated[
    Path, typer.Option("--config", "-c", envvar="SYNCD_CONFIG", help="The configuration file.")
]
Backup = Annotated[
    Path | None,
    typer.Option(
        help="A legacy backup (.sql, .sql.gz, .zip) as the only source; without a config file, "
        "planned against an empty target."
    ),
]
Allow = Annotated[
    list[str] | None,
    typer.Option(metavar="FUSE=NUMBER", help="Lift one fuse to a number, for this run only."),
]
Because = Annotated[str, typer.Option(help="Why the fuse may be lifted; kept in the journal.")]


def main() -> None:
    """Run a command; every error we raise on purpose becomes a sentence and an exit code."""
    os.umask(0o077)  # whatever a run leaves behind is full of people
    # Rows come and go by the million and hardly any lie in a cycle: looking less often for such
    # saves a tenth of a run.
    gc.set_threshold(50_000, 20, 20)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    try:
        app()
    except SyncdError as error:
        code, words = explain_error(error)
        sys.stderr.write(f"{words}\n")
        sys.exit(code)
    except _Interrupted:
        sys.stderr.write("Stopped. Run the same command again; nothing is lost.\n")
        sys.exit(Exit.ERROR)


class _Interrupted(BaseException):
    """A signal where nothing heeds it better; click would take a KeyboardInterrupt for its own."""


def _interrupt(_: int, __: FrameType | None) -> NoReturn:
    raise _Interrupted


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
def check(config: ConfigPath = _DEFAULT) -> None:
    """Check config, connections, columns, each needed action and the permission map."""
    settings = _configured(config)
    healthy = True
    for line in checked(settings):
        healthy = healthy and line.ok
        out.print(f"{'ok  ' if line.ok else 'FAIL'}  {line.what}", markup=False)
        if line.advice:
            out.print(f"      {line.advice}", markup=False)
    raise typer.Exit(Exit.DONE if healthy else Exit.NOT_READY)


@app.command()
def plan(
    config: ConfigPath = _DEFAULT,
    backup: Backup = None,
    out_dir: Annotated[
        Path | None, typer.Option("--out", help="Where plan and report files go.")
    ] = None,
    allow: Allow = None,
    because: Because = "",
) -> None:
    """Show what a run would do, and why. The target is only read."""
    with _job(config, backup, allow, because) as job:
        result = run.planned(job, out_dir)
        out.print(text.render(result.report), markup=False)
        if backup is None or out_dir is not None:
            out.print(f"Plan {result.manifest.plan}, files in {result.folder}", markup=False)
        raise typer.Exit(_exit_of(result))


@app.command()
def apply(
    plan_dir: Annotated[Path, typer.Argument(metavar="PLAN", help="The folder of the plan.")],
    config: ConfigPath = _DEFAULT,
    allow: Allow = None,
    because: Because = "",
) -> None:
    """Apply exactly that plan, or refuse and say what moved since it was made."""
    if not plan_dir.exists():
        raise PlanUnusable(plan_dir, "there is no such folder")
    folder = plan_dir.parent if plan_dir.is_file() else plan_dir
    with _job(config, None, allow, because) as job:
        result = run.applied(job, folder)
        _show_outcome(result)
        raise typer.Exit(_exit_of(result))


@app.command()
def sync(config: ConfigPath = _DEFAULT, allow: Allow = None, because: Because = "") -> None:
    """Plan and apply in one, for cron."""
    with _job(config, None, allow, because) as job:
        result = run.synced(job)
        out.print(text.render(result.report), markup=False)
        _show_outcome(result)
        raise typer.Exit(_exit_of(result))


@app.command("run")
def run_daemon(config: ConfigPath = _DEFAULT) -> None:
    """Run as a daemon: sync on the schedule of the config, until SIGTERM."""
    settings = _configured(config)

    def once(stop: Callable[[], bool]) -> None:
        job = run.job_of(load(config))
        run.synced(msgspec.structs.replace(job, stop=stop, progress=_stoppable(stop)))

    daemon.serve(settings.schedule, once)


@app.command()
def explain(
    key: Annotated[str, typer.Argument(help="An e-mail address, legacy/17, contact:legacy/117.")],
    config: ConfigPath = _DEFAULT,
    backup: Backup = None,
) -> None:
    """Tell why: rows, findings, desired, observed, applied, change and verdict of one key."""
    with _job(config, backup) as job, ExitStack() as stores:
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
def status(config: ConfigPath = _DEFAULT) -> None:
    """Show the last runs, and the invitations that wait or have expired."""
    settings = _configured(config)
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
    """Serve a WHMCS-8-compatible target to rehearse against (sandbox --help tells more)."""
    # Here, so that no other command loads a web server.
    from syncd.sandbox import server  # noqa: PLC0415

    raise typer.Exit(server.main(context.args))


# --- wiring ---------------------------------------------------------------------------------


def _configured(path: Path) -> Config:
    config = load(path)
    log.configure(config.log.format, config.log.level, show_emails=config.log.show_emails)
    return config


@contextmanager
def _job(
    config: Path, backup: Path | None, allow: list[str] | None = None, because: str = ""
) -> Iterator[Job]:
    """Give the job a command works on, with progress shown and signals heeded."""
    with ExitStack() as stack:
        if backup is not None and config == _DEFAULT and not config.exists():
            log.configure()
            state = stack.enter_context(run.temporary_state())
            source = BackupSource("legacy", path=backup)
            job = Job([source], MemoryTarget("empty"), settings_without_config(), state)
        else:
            job = run.job_of(_configured(config))
            if backup is not None:
                source = BackupSource(job.sources[0].name, path=backup)
                job = msgspec.structs.replace(job, sources=[source])
        settings = msgspec.structs.replace(job.settings, allowed=_allowances(allow, because))
        stop = stack.enter_context(_signals())
        progress = _stoppable(stop, stack.enter_context(shown()))
        yield msgspec.structs.replace(
            job, settings=settings, because=because, stop=stop, progress=progress
        )


def _allowances(allow: list[str] | None, because: str) -> dict[str, int]:
    allowed = {}
    for item in allow or []:
        fuse, _, number = item.partition("=")
        if fuse not in LIFTABLE or not number.isdecimal():
            known = ", ".join(sorted(LIFTABLE))
            raise ConfigError("--allow", [f"{item!r} is not FUSE=NUMBER with one of {known}"])
        allowed[fuse] = int(number)
    if allowed and not because.strip():
        raise ConfigError("--allow", ['needs --because "...": the reason is kept in the journal'])
    return allowed


@contextmanager
def _signals() -> Iterator[Callable[[], bool]]:
    """Turn the first SIGINT or SIGTERM into a question the run asks; a second one interrupts."""
    asked: list[int] = []

    def on_signal(number: int, _: FrameType | None) -> None:
        if asked:
            raise _Interrupted
        asked.append(number)
        # Not by sys.stderr, in the middle of whose own writing this may be.
        os.write(2, b"Stopping between changes; once more to interrupt at once.\n")

    before = {
        number: signal.signal(number, on_signal) for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield lambda: bool(asked)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _stoppable(stop: Callable[[], bool], show: Progress = lambda *_: None) -> Progress:
    """Let a stop end the reading stages at once; apply asks for itself, between changes."""

    def progress(stage: str, done: int, total: int | None) -> None:
        if stage != "apply" and stop():
            raise Stopped(stage=stage)
        show(stage, done, total)

    return progress


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
        out.print("The target does not answer any more; run again to go on.", markup=False)
    elif applied.failed:
        out.print("What did not apply is planned again by the next run.", markup=False)


def _exit_of(result: Result) -> Exit:
    if result.manifest.refusals:
        return Exit.REFUSED
    if result.applied is not None and (result.applied.failed or result.applied.stopped):
        return Exit.NOT_READY if result.applied.stopped == "unreachable" else Exit.ERROR
    return Exit.HELD if result.undecided else Exit.DONE
