"""What people open today and what they will open, page by page: the same, but for what is planned.

By HTTP, in both areas of a rehearsal: of the demo's people and of those of some cases.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path

import pytest
from cases.test_cases import HERE as CASES
from cases.test_cases import legacy_rows, said_in, settings_of, target_rows
from provider import lines
from rehearsal import sources_of
from visitors import OF_USERS, everybody, opened

from syncd import run
from syncd.cli.rehearse.built import Built, build
from syncd.config.config import load_for_backup
from syncd.run import Job
from syncd.sandbox.rehearsal.areas import AreaToFill, RunningRehearsal, rehearsing
from syncd.sources.backup import BackupSource
from syncd.targets.memory import MemoryTarget
from syncd.wiring import settings_for

DEMO = resources.files("syncd.cli.demo")
NOW = datetime(2026, 3, 1, 3, 15, tzinfo=UTC)
# Both generations have such a page, and other things on it: the owner manages users there now.
OF_OWNERS = OF_USERS | {"/users"}


@contextmanager
def rehearsed(job: Job, folder: Path) -> Iterator[tuple[Built, RunningRehearsal]]:
    built = build(job, folder)
    assert not built.refusals
    assert set(built.outcomes) <= {"applied"}
    (legacy,) = built.legacy.values()
    areas = [AreaToFill("Today", "7", legacy), AreaToFill("Then", "8", built.new)]
    with rehearsing(folder, areas) as rehearsal:
        yield built, rehearsal


def differences(rehearsal: RunningRehearsal) -> Mapping[str, tuple[object, object]]:
    """Give who does not open the same then as today; leaves out what every user has."""
    differing = {}
    for email in everybody(rehearsal):
        today = opened(rehearsal, email, 0)
        then = {
            name: pages - (OF_OWNERS if "/users" in pages else OF_USERS)
            for name, pages in opened(rehearsal, email, 1).items()
        }
        if today != then:
            differing[email] = ({k: v for k, v in today.items() if then.get(k) != v},
                                {k: v for k, v in then.items() if today.get(k) != v})  # fmt: skip
    return differing


def of_case(name: str, state: Path) -> Job:
    rows = legacy_rows(CASES / name / "legacy.yaml")
    target = MemoryTarget("shop")
    target.load(**target_rows(CASES / name / "target.yaml"))
    settings = settings_of(said_in(CASES / name / "settings.yaml"), rows)
    return Job(sources_of(*rows), target, settings, state, now=lambda: NOW)


@pytest.mark.parametrize(
    "name",
    [
        "S0-06-each-flag-alone",
        "S0-07-delegate-who-made-sub-accounts",
        "S4-02-one-user-three-accounts",
    ],
)
def test_people_of_a_case_open_the_same(name: str, tmp_path: Path) -> None:
    with rehearsed(of_case(name, tmp_path / "state"), tmp_path) as (built, rehearsal):
        assert built.held == 0
        assert len(everybody(rehearsal)) > 1
        assert differences(rehearsal) == {}


def of_demo(folder: Path) -> Job:
    config, backup = folder / "config.yaml", folder / "backup.zip"
    config.write_bytes((DEMO / "config.yaml").read_bytes())
    backup.write_bytes((DEMO / "legacy-backup.zip").read_bytes())
    settings = settings_for(load_for_backup(config), ["legacy"])
    source, target = BackupSource("legacy", path=backup), MemoryTarget("empty")
    return Job([source], target, settings, folder / "state", now=lambda: NOW)


def left_out(plan: Path) -> set[str]:
    """Give whom a plan holds, or tells of something that only a person can put right."""
    held = {
        change["key"].rpartition(":")[2] for change in lines(plan) if change["verdict"] == "hold"
    }
    told = json.loads((plan / "report.json").read_bytes())["findings"]
    return held | {finding["email"] for finding in told if finding["severity"] != "note"}


def test_people_of_the_demo_open_the_same_but_those_who_wait(tmp_path: Path) -> None:
    run.planned(of_demo(tmp_path), tmp_path / "plan")
    with rehearsed(of_demo(tmp_path), tmp_path) as (built, rehearsal):
        differing = differences(rehearsal)
        assert built.held > 0
        assert len(everybody(rehearsal)) == 49
        assert all(not then for _, then in differing.values()), "nobody gains a page"
        assert differing.keys() == {
            "gareth@papillon-events.example",  # a login without any right
            "leo@fernhill-books.example",
            "marion@harbour-gallery.example",
            "rachel@oldmill-brewery,example",
            "sam@northgate-physio.example",
        }
        assert differing.keys() <= left_out(tmp_path / "plan")
