"""`syncd redact`: nothing of a person is in what is given away."""

import csv
import json
from pathlib import Path

import msgspec
import pytest
from altered import changed
from listing import ListingTarget
from people import MAPPING, RULES, client, sub
from rehearsal import settings_with
from report_fixture import a_report

from syncd import run
from syncd.errors import PlanUnusable, StoreError
from syncd.model.finding import CATALOGUE, Finding
from syncd.model.policy import Fuses, Policy
from syncd.report import jsonfile, redact, tables
from syncd.report.files import _write_findings
from syncd.report.redact import Pseudonyms
from syncd.sources.memory import MemorySource
from syncd.workspace.workspace import Workspace

KEY = b"k" * redact.KEY_BYTES
TABLES = [table for table in vars(tables).values() if isinstance(table, tables.Sheet)]
# Marks that stand in every field of a person; none may be found again.
MARKS = ("olga", "wexford", "jane", "zephyrine", "quux", "kim", "bartleby", "notallowed")


def rows():
    return [
        client(17, "Olga@wexford.example", first_name="Olga", company="Wexford Quux Ltd"),
        client(18, "kim@quux.example", first_name="Kim", last_name="Bartleby"),
    ], [
        sub(1, 17, "jane@zephyrine.example", "invoices", first_name="Jane"),
        sub(2, 17, "jane@zephyrine.example", "tickets", first_name="Zephyrine"),
        sub(3, 18, "kim@quux,example", "invoices,notallowed-kim"),
        sub(4, 18, "kim@wexford.example", "orders"),
        # Nothing of these looks like an address, and they are no less somebody's.
        sub(5, 18, "bartleby at quux.example", "invoices"),
        sub(6, 18, "olga: <kim> @quux.example", "tickets"),
    ]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Give the folder of a plan in which most tables have rows."""
    place = tmp_path_factory.mktemp("redact")
    settings = settings_with(RULES, MAPPING, Policy(), Fuses(), {"legacy": "email"})
    settings = changed(settings, policy=Policy(excluded=frozenset({"kim@wexford.example"})))
    source = MemorySource("legacy", *rows())
    job = run.Job([source], ListingTarget("shop"), settings, place / "state")
    run.planned(job, place / "out")
    return place / "out"


def redacted(folder: Path, out: Path, key: bytes = KEY) -> dict[str, str]:
    redact.write(folder, out, Pseudonyms(key))
    return {path.name: path.read_text(encoding="utf-8") for path in sorted(out.iterdir())}


def test_no_mark_of_a_person_is_left(folder, tmp_path):
    before = "".join(path.read_text(encoding="utf-8") for path in folder.iterdir()).lower()
    files = redacted(folder, tmp_path / "out")

    for mark in MARKS:
        assert mark in before
        assert {name for name, content in files.items() if mark in content.lower()} == set()
    plans = {path.name for path in folder.iterdir()}
    assert files.keys() == plans - {"plan.jsonl", "plan.json", "decisions.yaml"}
    for name, content in files.items():
        if name.endswith(".csv"):
            rows = content.count("\n")
            assert rows == (folder / name).read_text(encoding="utf-8").count("\n"), name


def test_a_report_with_something_in_every_section_keeps_its_numbers(tmp_path):
    for place in ("full", "out"):
        (tmp_path / place).mkdir()
    with Workspace(tmp_path / "workspace.duckdb") as workspace:
        on = "user:jane@dev.example"
        workspace.stage_findings(Finding(code, on, detail="Jane") for code in CATALOGUE)
        _write_findings(tmp_path / "full", a_report(), workspace)
    redact._write_json(tmp_path / "full", tmp_path / "out", Pseudonyms(KEY))

    written = (tmp_path / "out" / "report.json").read_text(encoding="utf-8")
    assert "dev.example" not in written
    assert "Acme" not in written
    report = jsonfile.report_in(tmp_path / "out")
    assert {line.code for line in jsonfile.findings(tmp_path / "out")} == set(CATALOGUE)
    assert report.facts.counts == a_report().facts.counts
    assert report.facts.logins == a_report().facts.logins


def test_the_same_person_is_the_same_in_two_reports_of_one_key(folder, tmp_path):
    first = redacted(folder, tmp_path / "a")
    assert redacted(folder, tmp_path / "b") == first
    assert redacted(folder, tmp_path / "c", b"K" * 32)["access.csv"] != first["access.csv"]
    people = Pseudonyms(KEY)
    assert people.address("Jane@Dev.example ") == people.address("jane@dev.example")
    with (tmp_path / "a" / "access.csv").open(encoding="utf-8", newline="") as file:
        emails = {row["email"] for row in csv.DictReader(file)}
    assert people.address("jane@zephyrine.example") in emails


def test_every_field_and_column_is_known_or_hidden():
    """Whatever is added to the report has to be placed here before it is shown to others."""
    placed = Pseudonyms(KEY).ways
    for table in TABLES:
        unplaced = [name for name in table.columns if name not in placed]
        assert unplaced == [], table.file
    for value in jsonfile.schema()["$defs"].values():
        for name, field in value.get("properties", {}).items():
            items = field.get("items", field)
            if items.get("type") == "string":
                assert name in placed or f"{value['title']}.{name}" in placed, value["title"]
    assert Pseudonyms(KEY).shown("Access", "a_new_field", "Jane") != "Jane"


def test_the_key_is_made_once_and_private(tmp_path):
    key = redact.key_in(tmp_path / "key")
    assert len(key) == redact.KEY_BYTES
    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600
    assert redact.key_in(tmp_path / "key") == key
    (tmp_path / "short").write_bytes(b"short")
    with pytest.raises(StoreError, match="at least 32 bytes"):
        redact.key_in(tmp_path / "short")


def test_what_is_no_whole_plan_is_refused(folder, tmp_path):
    with pytest.raises(StoreError, match="own folder"):
        redact.write(folder, folder, Pseudonyms(KEY))
    (tmp_path / "empty").mkdir()
    with pytest.raises(PlanUnusable):
        redact.write(tmp_path / "empty", tmp_path / "out", Pseudonyms(KEY))
    assert not (tmp_path / "out").exists()


def test_the_manifest_of_a_redacted_report_is_still_the_schemas(folder, tmp_path):
    redacted(folder, tmp_path / "out")
    written = json.loads((tmp_path / "out" / "report.json").read_bytes())
    assert set(written) == {*msgspec.json.decode(msgspec.json.encode(a_report())), "findings"}
