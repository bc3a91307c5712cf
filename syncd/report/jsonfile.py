"""report.json: written and read a finding at a time, and its schema (JSON Schema, draft 2020-12).

The schema is made of the values, and shipped as `report.schema.json` beside this file. Fields may
be added without a new version, so a program must ignore those it does not know.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from syncd.errors import PlanUnusable
from syncd.model.finding import Severity
from syncd.report.facts import VERSION, Report
from syncd.report.lines import lowered
from syncd.report.plan import open_private

NAME = "report.json"
FILE = Path(__file__).with_name("report.schema.json")


class FindingLine(msgspec.Struct, frozen=True):
    """One finding, as `findings` lists it; see `model/finding`."""

    code: str
    case: str
    severity: Severity
    account: str
    contact_id: str
    email: str
    detail: str
    scope: str
    made_on: str
    answer: str


class FindingsFile:
    """The findings of a report that is being written, one a line."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._separator = "\n"

    def add(self, finding: FindingLine) -> None:
        self.add_lines([msgspec.json.encode(finding).decode()])

    def add_lines(self, lines: Iterable[str]) -> None:
        """Write findings that are JSON already."""
        self._file.write(lowered(self._separator + ",\n".join(lines)).encode())
        self._separator = ",\n"


@contextmanager
def opened(folder: Path, report: Report) -> Iterator[FindingsFile]:
    """Write a report, and give what takes its findings."""
    with open_private(folder / NAME) as file:
        file.write(msgspec.json.encode(report)[:-1] + b',\n"findings":[')
        yield FindingsFile(file)
        file.write(b"\n]}\n")


def report_in(folder: Path) -> Report:
    """Read the report in a folder, without its findings; raises `PlanUnusable`."""
    path = folder / NAME
    try:
        with path.open("rb") as file:
            return msgspec.json.decode(file.readline().rstrip(b",\n") + b"}", type=Report)
    except (OSError, msgspec.DecodeError) as error:
        raise PlanUnusable(path, str(error)) from error


def findings(folder: Path) -> Iterator[FindingLine]:
    """Read the findings of the report in a folder, one after the other."""
    decode = msgspec.json.Decoder(FindingLine).decode
    with (folder / NAME).open("rb") as file:
        for line in file:
            if line.startswith(b'{"code"'):
                yield decode(line.rstrip(b",\n"))


def schema() -> dict[str, Any]:
    """Give the schema of report.json: a Report, and the list of all findings beside it."""
    (report, line), values = msgspec.json.schema_components(
        [Report, FindingLine], ref_template="#/$defs/{name}"
    )
    whole = values[report["$ref"].rpartition("/")[2]]
    whole["properties"]["version"] = {"const": VERSION}
    whole["properties"]["findings"] = {"type": "array", "items": line}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **report,
        "$defs": {name: _all_required(value) for name, value in values.items()},
    }


def _all_required(value: dict[str, Any]) -> dict[str, Any]:
    """Say that no field is ever left out, also where the code has a default for it."""
    fields = value.get("properties")
    return {**value, "required": [*fields]} if fields else value
