"""Letters of a plan made in memory: for the tests of what they say and to whom."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from people import RULES
from rehearsal import START, settings_with, sources_of

from syncd import run
from syncd.config.files import load_mapping
from syncd.model.legacy import LegacyClient, LegacyContact
from syncd.model.lettering import Sender
from syncd.model.policy import Fuses, Policy
from syncd.pipeline import Settings
from syncd.report import letter_files
from syncd.report.files import ReportRules
from syncd.report.letter_files import LetterCounts
from syncd.report.letter_templates import Templates
from syncd.targets.memory import MemoryTarget

SENDER = Sender(
    provider="Kestrel Hosting",
    mailbox="support@kestrel.example",
    billing="billing@kestrel.example",
    client_area="https://my.kestrel.example/",
)
LANGUAGES = ("english", "german")
Table = list[dict[str, str]]


def settings(**policy: Any) -> Settings:
    return settings_with(
        RULES, load_mapping("whmcs-7"), Policy(**policy), Fuses(), {"legacy": "email"}
    )


def planned(
    folder: Path,
    clients: Sequence[LegacyClient],
    contacts: Sequence[LegacyContact],
    target: Mapping[str, Any] | MemoryTarget | None = None,
    said: Settings | None = None,
    hashes: Mapping[int, str] | None = None,
    report: ReportRules | None = None,
) -> Path:
    """Plan rows against a target, fresh or with these rows in it; give the folder of the plan."""
    if not isinstance(target, MemoryTarget):
        rows, target = target or {}, MemoryTarget("shop")
        target.load(**rows)
    sources = sources_of(clients, contacts, hashes=hashes)
    job = run.Job(
        sources,
        target,
        said or settings(),
        folder / "state",
        report or ReportRules(),
        now=lambda: START,
    )
    run.planned(job, folder / "plan")
    return folder / "plan"


def write(plan: Path, out: Path, own: Path | None = None, sender: Sender = SENDER) -> LetterCounts:
    header = letter_files.header_of(plan)
    templates = Templates(own, LANGUAGES, sender, letter_files.cutover_of(header))
    return letter_files.write(plan, out, header, templates)


def table(path: Path) -> Table:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def letters(out: Path) -> dict[str, dict[str, str]]:
    """Give the letters by address; none has two."""
    rows = table(out / letter_files.LETTERS)
    assert len({row["email"] for row in rows}) == len(rows)
    return {row["email"]: row for row in rows}


def unwritten(out: Path) -> dict[tuple[str, str], dict[str, str]]:
    rows = table(out / letter_files.UNWRITTEN)
    return {(row["email"], row["account"]): row for row in rows}
