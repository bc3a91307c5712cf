"""Golden letters: of the demo and of three cases, as people would read them.

`SYNCD_REWRITE_CASES=1` writes them anew; read every word of what changed.
"""

from datetime import date
from pathlib import Path

import pytest
from altered import changed
from lettered import planned, write
from rehearsal import START
from test_cases import HERE, REWRITE, legacy_rows, said_in, settings_of, target_rows

import syncd
from syncd import run
from syncd.config.config import load_for_backup
from syncd.report.files import ReportRules
from syncd.sources.backup import BackupSource
from syncd.targets.memory import MemoryTarget
from syncd.wiring import settings_for

GOLDEN = HERE.parent / "data" / "letters"
DEMO = Path(syncd.__file__).parent / "cli" / "demo"
NAMES = (
    "S0-07-delegate-who-made-sub-accounts",
    "S1-02-cutover-by-the-owners",
    "S1-16-developer-of-three-accounts",
)


def compare(out: Path, name: str) -> None:
    golden = GOLDEN / name
    made = {path.name: path.read_bytes().decode() for path in sorted(out.iterdir())}
    if REWRITE:
        golden.mkdir(parents=True, exist_ok=True)
        for path in golden.iterdir():
            path.unlink()
        for file, content in made.items():
            (golden / file).write_bytes(content.encode())
    assert made == {path.name: path.read_bytes().decode() for path in sorted(golden.iterdir())}


@pytest.mark.parametrize("name", NAMES)
def test_the_letters_of_a_case(name: str, tmp_path: Path) -> None:
    rows = legacy_rows(HERE / name / "legacy.yaml")
    german = [changed(row, language="german") for row in rows.clients]
    said = settings_of(said_in(HERE / name / "settings.yaml"), rows)
    plan = planned(tmp_path, german, rows.contacts, target_rows(HERE / name / "target.yaml"), said)
    write(plan, tmp_path / "out")

    compare(tmp_path / "out", name)


def test_the_letters_of_the_demo(tmp_path: Path) -> None:
    look = load_for_backup(DEMO / "config.yaml")
    target = MemoryTarget("shop")
    source = BackupSource("legacy", path=DEMO / "legacy-backup.zip")
    said = settings_for(look, ["legacy"])
    rules = ReportRules(policy=changed(look.policy, cutover_date=date(2026, 4, 1)))
    job = run.Job([source], target, said, tmp_path / "state", rules, now=lambda: START)
    run.planned(job, tmp_path / "plan")
    write(tmp_path / "plan", tmp_path / "out")

    for page in (tmp_path / "out").glob("*.html"):  # those of the cases show how they are made
        page.unlink()
    compare(tmp_path / "out", "demo")
