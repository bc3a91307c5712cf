"""Options that several commands have in common."""

from pathlib import Path
from typing import Annotated

import typer

DEFAULT = Path("/etc/syncd/config.yaml")
ConfigPath = Annotated[
    Path, typer.Option("--config", "-c", envvar="SYNCD_CONFIG", help="The configuration file.")
]
