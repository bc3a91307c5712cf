"""Arguments and options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

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
MaxAge = Annotated[
    str,
    typer.Option(
        metavar="AGE", help="Print one line for Nagios: is the last good run older than 26h?"
    ),
]
Sample = Annotated[
    bool, typer.Option("--test", help="Send a sample through every channel instead.")
]
PlanDir = Annotated[Path, typer.Argument(metavar="PLAN", help="The folder of the plan.")]
