"""Take pictures of what people see, from the bundled backup: `make pictures`.

All go to build/pictures, to be looked at; what the README shows goes to docs/pictures as well. For
another page, add a line that takes it to `main`.
"""

import sys
import tempfile
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path

import msgspec
from desk import pages
from selenium import webdriver
from sight import SCHEMES, WIDTHS, picture, printed, sized
from surfer import chromium

from syncd import run, wiring
from syncd.cli import log
from syncd.config.config import load_for_backup
from syncd.config.files import load_roles
from syncd.pages.desk import Desk
from syncd.pages.shelf import Shelf
from syncd.report.pagefile import FILE
from syncd.sources.backup import BackupSource
from syncd.targets.memory import MemoryTarget

ROOT = Path(__file__).parents[2]
ALL = ROOT / "build" / "pictures"
SHOWN = ROOT / "docs" / "pictures"  # beside the README
DEMO = resources.files("syncd.cli.demo")
NIGHT = datetime(2026, 3, 2, 3, 15, tzinfo=UTC)
_HEIGHT = 900  # of what the README shows: a first screen


def main() -> None:
    log.configure(level="error")
    with (
        tempfile.TemporaryDirectory() as name,
        chromium(Path(name) / "profile", runs_script=True) as browser,
    ):
        folder = Path(name)
        target = MemoryTarget("kestrel")
        report = run.planned(_job(folder, target), folder / "plan").folder / "report.html"
        _take(browser, "report", report.as_uri())
        printed(browser, ALL / "report.pdf")
        run.synced(_job(folder, target))
        with pages(_desk(folder)) as url:
            _take(browser, "account", f"{url}/accounts/legacy/1")


def _job(folder: Path, target: MemoryTarget) -> run.Job:
    """Give a job on the bundled backup, as the provider of the demo would run it."""
    look = load_for_backup(Path(str(DEMO / "config.yaml")))
    rules = msgspec.structs.replace(
        wiring.report_rules_for(look), provider="Kestrel Hosting", pages=folder / "state" / FILE
    )
    source = BackupSource("legacy", path=Path(str(DEMO / "legacy-backup.zip")))
    settings = wiring.settings_for(look, ["legacy"])
    state = folder / "state"
    return run.Job([source], target, settings, state, rules, now=lambda: NIGHT)


def _desk(folder: Path) -> Desk:
    state = folder / "state"
    return Desk(
        target="kestrel",
        shelf=Shelf(state / FILE),
        journal=state / "journal.sqlite",
        roles=load_roles("labels"),
        suppressed=frozenset(),
        advice="Run `syncd plan`.",
        now=lambda: NIGHT,
    )


def _take(browser: webdriver.Chrome, name: str, url: str) -> None:
    """Take a page at each width and in each scheme, whole; and its first screen for the README."""
    for width in WIDTHS:
        for scheme in SCHEMES:
            sized(browser, width, scheme)
            browser.get(url)
            picture(browser, ALL / f"{name}-{width}-{scheme}.png")
    sized(browser, WIDTHS[0], "light")
    browser.get(url)
    picture(browser, SHOWN / f"{name}.png", _HEIGHT)


if __name__ == "__main__":
    sys.exit(main())
