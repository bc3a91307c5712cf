"""report.json keeps to the schema that is shipped with it."""

import json
import os
from pathlib import Path

from jsonschema import Draft202012Validator
from report_fixture import a_report

from syncd.model.finding import CATALOGUE, Finding
from syncd.report.files import _write_findings
from syncd.report.jsonfile import FILE, schema
from syncd.workspace.workspace import Workspace

REWRITE = bool(os.environ.get("SYNCD_REWRITE_CASES"))


def test_the_shipped_schema_is_that_of_the_values() -> None:
    text = json.dumps(schema(), indent=1) + "\n"
    if REWRITE:
        FILE.write_text(text, encoding="utf-8")
    assert FILE.read_text(encoding="utf-8") == text


def test_a_report_with_something_in_every_section_is_valid(tmp_path: Path) -> None:
    with Workspace(tmp_path / "workspace.duckdb") as workspace:
        workspace.stage_findings(Finding(code, "user:jane@dev.example") for code in CATALOGUE)
        _write_findings(tmp_path, a_report(), workspace)
    written = json.loads((tmp_path / "report.json").read_bytes())

    check = Draft202012Validator(json.loads(FILE.read_bytes()))
    check.check_schema(check.schema)
    assert [error.message for error in check.iter_errors(written)] == []
    assert len(written["findings"]) == len(CATALOGUE)
    for field in ("facts", "findings", "version"):
        assert not check.is_valid({key: written[key] for key in written if key != field})
    assert not check.is_valid(written | {"version": 2})
