"""Every case, applied and accepted, has a certificate: independent code agrees with convert.

Where a case begins with something that legacy rows do not give (an account of somebody else, a
member whom the owner invited), the certificate must say so, and nothing but that.
"""

from pathlib import Path

import pytest
from rehearsal import START, Rehearsal
from test_cases import CASES, HERE, edit, legacy_rows, settings_of, target_rows

from syncd.model.legacy import LegacyClient, LegacyContact
from syncd.pipeline import Settings
from syncd.sources.memory import MemorySource
from syncd.targets.memory import MemoryTarget
from syncd.verify.certificate import Certificate
from syncd.verify.certify import Known, certify
from syncd.verify.meaning import words
from syncd.verify.rules import RULES
from syncd.verify.scratch import Scratch

FAILING = {
    "T-38-account-without-owner": {"nothing_compared"},
    "T-39-two-brands-one-account": {"account_undecided", "nothing_compared"},
    "T-50-permissions-edited-in-the-target": {"gained_right"},
    "T-51-member-added-in-the-target": {"gained_access"},
    "T-52-unticked-after-the-migration": {"gained_access"},
    "T-53-ownership-changed-meanwhile": {"wrong_owner"},
}


@pytest.mark.parametrize("name", CASES)
def test_a_case_is_certified(name: str, tmp_path: Path) -> None:
    folder = HERE / name
    rows = legacy_rows(folder / "legacy.yaml")
    target = MemoryTarget("shop")
    target.load(**target_rows(folder / "target.yaml"))
    settings = settings_of(folder / "settings.yaml", rows)
    with Rehearsal(tmp_path, target, settings) as rehearsal:
        if (folder / "earlier.yaml").exists():
            rehearsal.run(*legacy_rows(folder / "earlier.yaml"))
            rehearsal.accept_all()
            edit(target, target_rows(folder / "edits.yaml"))
        rehearsal.run(*rows)
        rehearsal.accept_all()
        certificate = certified(rehearsal, settings, *rows)

    fails = {rule for rule in certificate.rules if RULES[rule].fails}
    assert certificate.imbalances == ()
    assert fails == FAILING.get(name, set())


def certified(
    rehearsal: Rehearsal,
    settings: Settings,
    clients: list[LegacyClient],
    contacts: list[LegacyContact],
) -> Certificate:
    names = sorted({row.source for row in (*clients, *contacts)})
    sources = [
        MemorySource(
            name,
            [row for row in clients if row.source == name],
            [row for row in contacts if row.source == name],
        )
        for name in names
    ]
    journal, mapping = rehearsal._journal, settings.mapping
    known = Known(
        settings.matches, settings.account_mapping, journal.bindings(), journal.invites(START)
    )
    with Scratch(rehearsal._folder / "verify.duckdb") as scratch:
        return certify(
            scratch,
            sources,
            rehearsal.target.reader(),
            words(mapping.permissions, mapping.aliases, mapping.ignored),
            known,
        )
