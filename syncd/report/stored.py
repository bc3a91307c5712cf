"""The report that lies in the folder of a plan, read back; it loads nothing of what writes it."""

from pathlib import Path

import msgspec

from syncd.errors import PlanUnusable
from syncd.report.facts import Report

NAME = "report.json"


def report_in(folder: Path) -> Report:
    """Read the report in a folder, without its findings; raises `PlanUnusable`."""
    path = folder / NAME
    try:
        with path.open("rb") as file:
            return msgspec.json.decode(file.readline().rstrip(b",\n") + b"}", type=Report)
    except (OSError, msgspec.DecodeError) as error:
        raise PlanUnusable(path, str(error)) from error
