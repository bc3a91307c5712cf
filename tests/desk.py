"""A support desk: a small provider in memory with hostile names, its runs, and its pages."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
from altered import changed
from listing import ListingTarget
from people import MAPPING, RULES, client, contact, sub
from rehearsal import settings_with

from syncd import run
from syncd.config.files import load_roles
from syncd.model.decision import Decision, Decisions
from syncd.model.legacy import LegacyClient, LegacyContact
from syncd.model.policy import Fuses, Policy
from syncd.model.suppression import Suppressed
from syncd.pages.app import create_app
from syncd.pages.desk import Desk
from syncd.pages.door import Door
from syncd.pages.server import serving
from syncd.pages.shelf import Shelf
from syncd.report.files import ReportRules
from syncd.report.jsonfile import findings
from syncd.report.pagefile import FILE
from syncd.sources.memory import MemorySource

SCRIPT = "<script>document.title='obeyed'</script>"
FORMULA = '=HYPERLINK("http://evil.example","x")'
IMAGE = '"><img src=x onerror="document.title=\'obeyed\'">'
TURNED = "Kim\u202egnp.exe"
NIGHT = datetime(2026, 3, 2, 3, 15, tzinfo=UTC)
Rows = tuple[Sequence[LegacyClient], Sequence[LegacyContact]]


def rows() -> Rows:
    return [
        client(17, "olga@wexford.example", company=f"Wexford {SCRIPT}", billing_contact="3"),
        client(18, "kim@quux.example", first_name=TURNED, last_name="Bartleby"),
        client(19, "none@alone.example", company="Alone Ltd"),
    ], [
        sub(1, 17, "jane@dev.example", "invoices,tickets", first_name=FORMULA, last_name="Okafor"),
        sub(2, 17, "leo@dev.example", "tickets,notallowed"),
        contact(3, 17, "books@wexford.example", first_name="Bérénice", last_name=IMAGE,
                invoice_emails="1", support_emails="1"),
        sub(4, 18, "jane@dev.example", "profile,orders"),
        sub(5, 18, "kim@quux.example", "orders"),
    ]  # fmt: skip


class SmallProvider:
    """Runs and pages over one state folder; each run takes the rows as they are then."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.state = folder / "state"
        self.rows: Rows = rows()
        self.target = ListingTarget("shop")
        self.decisions: list[Decision] = []
        self.policy = Policy()
        self.hashes: dict[int, str] = {}  # of passwords, by contact
        self.now = NIGHT

    def job(self, **more: Any) -> run.Job:
        settings = settings_with(RULES, MAPPING, self.policy, Fuses(), {"legacy": "email"})
        settings = changed(settings, decisions=Decisions(self.decisions))
        report = ReportRules(load_roles("labels"), self.policy, self.state / FILE)
        job = run.Job(
            [MemorySource("legacy", *self.rows, hashes=self.hashes)],
            self.target, settings, self.state, report,
        )  # fmt: skip
        return msgspec.structs.replace(job, now=lambda: self.now, **more)

    def plan(self, **more: Any) -> run.Result:
        return run.planned(self.job(**more))

    def sync(self, **more: Any) -> run.Result:
        return run.synced(self.job(**more))

    def decide(self, on: str, scope: str, answer: str) -> None:
        """Answer a question that the next plan would ask."""
        folder = self.plan().folder
        (made_on,) = {
            each.made_on for each in findings(folder) if (each.code, each.scope) == (on, scope)
        }
        self.decisions.append(Decision(on, scope, answer, "ann", "2026-03-01", made_on=made_on))

    def desk(self, suppressed: Suppressed = frozenset()) -> Desk:
        return Desk(
            target="shop",
            shelf=Shelf(self.state / FILE),
            journal=self.state / "journal.sqlite",
            roles=load_roles("labels"),
            suppressed=suppressed,
            advice="Run `syncd plan`.",
            now=lambda: self.now,
        )

    def later(self, **time: float) -> None:
        self.now += timedelta(**time)


@contextmanager
def pages(desk: Desk, door: Door | None = None) -> Iterator[str]:
    """Serve the pages on a free port; gives their URL without the last slash."""
    try:
        with serving(create_app(desk, door or Door()), "127.0.0.1", 0) as url:
            yield url.rstrip("/")
    finally:
        desk.shelf.close()
