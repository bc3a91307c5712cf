"""Arguments and options that several commands share."""

from collections.abc import Callable
from enum import StrEnum
from functools import wraps
from inspect import Parameter, signature
from pathlib import Path
from typing import Annotated, Any

import typer


class JournalKind(StrEnum):
    """The two places that a journal can be in."""

    DATABASE = "database"
    FILE = "file"


class Commands(typer.Typer):
    """Commands that all take `-q` and `-v`, of which their functions see nothing."""

    def command(self, name: str | None = None, **options: Any) -> Callable[[Any], Any]:
        register = super().command(name, **options)

        def add(work: Callable[..., Any]) -> Callable[..., Any]:
            register(_heeding(work))
            return work

        return add


def _heeding(work: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(work)
    def command(*, quiet: bool, verbose: bool, **values: Any) -> Any:
        if quiet or verbose:
            from syncd.cli import log  # noqa: PLC0415 (--help needs none of it)

            log.LOUDNESS.set("verbose" if verbose else "quiet")
        return work(**values)

    # What typer reads the options from.
    known = signature(work)
    command.__signature__ = known.replace(  # type: ignore[attr-defined]
        parameters=[*known.parameters.values(), *_LOUDNESS]
    )
    command.__annotations__ = work.__annotations__ | {
        each.name: each.annotation for each in _LOUDNESS
    }
    return command


def _loud(name: str, words: str) -> Parameter:
    annotation = Annotated[bool, typer.Option(f"--{name}", f"-{name[0]}", help=words)]
    return Parameter(name, Parameter.KEYWORD_ONLY, default=False, annotation=annotation)


_LOUDNESS = (
    _loud("quiet", "Show no progress, and log warnings and errors only."),
    _loud("verbose", "Log every call of an API as well."),
)

DEFAULT = Path("/etc/syncd/config.yaml")
ConfigPath = Annotated[
    Path, typer.Option("--config", "-c", envvar="SYNCD_CONFIG", help="The configuration file.")
]
ConfigPaths = Annotated[
    list[Path],
    typer.Option(
        "--config",
        "-c",
        envvar="SYNCD_CONFIG",
        default_factory=lambda: [DEFAULT],
        help="The configuration file; again for each further target.",
    ),
]
Now = Annotated[
    bool, typer.Option("--now", help="Have the daemon that runs already sync at once, and end.")
]
Reason = Annotated[str, typer.Option("--because", help="Why; status and log show it.")]
Until = Annotated[
    str,
    typer.Option(metavar="MOMENT", help="When it ends: 2026-12-01 or 2026-12-01T08:00."),
]
Backup = Annotated[
    Path | None,
    typer.Option(
        help="A legacy backup (.sql, .gz, .zip, .tar, .tgz: any archive with one dump) as the "
        "only source. Without a config file, "
        "the plan is made against an empty target."
    ),
]
OutDir = Annotated[Path | None, typer.Option("--out", help="The folder for plan and report files.")]
Decided = Annotated[
    Path | None, typer.Option("--decisions", help="Use these decisions instead of the config's.")
]
Allow = Annotated[
    list[str] | None,
    typer.Option(metavar="FUSE=NUMBER", help="Lift one fuse to a number, for this run only."),
]
Because = Annotated[str, typer.Option(help="Why the fuse may be lifted; kept in the journal.")]
Csv = Annotated[
    Path, typer.Argument(metavar="FILE.csv", help="A CSV file with the columns key and target_id.")
]
Person = Annotated[
    str, typer.Option(metavar="ADDRESS", help="Print the links to look as this person.")
]
Port = Annotated[
    int, typer.Option(min=0, max=65535, help="Where to serve the page; 0 takes a free port.")
]
Listening = Annotated[
    str, typer.Option("--listen", metavar="HOST:PORT", help="Where, in place of serve.listen.")
]
AsJson = Annotated[
    bool, typer.Option("--json", help="Print it as JSON; docs/json.md has the shapes.")
]
MaxAge = Annotated[
    str,
    typer.Option(
        metavar="AGE",
        help="Print one line for Nagios, is the last good run older than 26h? Ends with 0, 1, 2 or "
        "3 as Nagios reads them: OK, WARNING, CRITICAL, UNKNOWN.",
    ),
]
Sample = Annotated[
    bool, typer.Option("--test", help="Send a sample through every channel instead.")
]
Certify = Annotated[
    Path | None,
    typer.Option(
        metavar="PLAN", help="Apply this plan to a sandbox, verify there, and certify what came."
    ),
]
Noted = Annotated[bool, typer.Option("--note", help="Note the verdict in the journal, for status.")]
As = Annotated[
    str, typer.Option("--as", metavar="NAME", help="Who signs: a name of policy.approvers.")
]
KeyFile = Annotated[
    Path | None,
    typer.Option("--key", metavar="FILE", help="Sign with this private key of SSH (Ed25519)."),
]
PlanDir = Annotated[Path, typer.Argument(metavar="PLAN", help="The folder of the plan.")]
