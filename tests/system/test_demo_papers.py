"""The papers of the bundled backup, as a look at it writes them."""

from datetime import UTC, datetime
from importlib import resources
from pathlib import Path

import msgspec
from papers import compare_papers
from truth import contradictions

from syncd import run, wiring
from syncd.config.config import load_for_backup
from syncd.sources.backup import BackupSource
from syncd.targets.memory import MemoryTarget

DEMO = resources.files("syncd.cli.demo")
NIGHT = datetime(2026, 3, 2, 3, 15, tzinfo=UTC)


def test_the_papers_of_the_demo_are_as_they_were_read(tmp_path: Path) -> None:
    look = load_for_backup(Path(str(DEMO / "config.yaml")))
    rules = msgspec.structs.replace(wiring.report_rules_for(look), provider="Kestrel Hosting")
    source = BackupSource("legacy", path=Path(str(DEMO / "legacy-backup.zip")))
    settings = wiring.settings_for(look, ["legacy"])
    target, state = MemoryTarget("kestrel"), tmp_path / "state"
    job = run.Job([source], target, settings, state, rules, now=lambda: NIGHT)

    run.planned(job, tmp_path / "plan")

    assert contradictions(tmp_path / "plan") == []
    compare_papers("demo", tmp_path / "plan")
