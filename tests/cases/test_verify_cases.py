"""Every case, applied and accepted, has a certificate: independent code agrees with convert.

Where a case begins with something that legacy rows do not give (an account of somebody else, a
member whom the owner invited), the certificate must say so, and nothing but that.
"""

from pathlib import Path

import pytest
from rehearsal import Rehearsal, sources_of
from test_cases import (
    CASES,
    HERE,
    Rows,
    answers_of,
    edit,
    legacy_rows,
    said_in,
    settings_of,
    target_rows,
)

from syncd.model.decision import UNION
from syncd.targets.memory import MemoryTarget
from syncd.verify.certificate import Certificate
from syncd.verify.certify import Known, certify
from syncd.verify.meaning import words
from syncd.verify.rules import RULES
from syncd.verify.scratch import Scratch

FAILING = {
    "S0-16-mode-create-only": {"gained_access", "gained_right"},  # what the mode leaves there
    "S0-16-mode-no-removals": {"gained_access"},
    "S1-02-cutover-by-the-owners-who-did": {"gained_right"},  # invited with other rights
    "S2-08-last-domain-recipient": {"gained_mail"},
    "T-13-owner-with-two-addresses": {"nothing_compared"},
    "T-31-contacts-named-elsewhere": {"gained_mail"},
    "T-38-account-without-owner-in-the-target-with-one": {"wrong_owner"},
    "T-49-accepted-under-another-address": {"gained_access"},
    "T-49-accepted-under-another-address-and-expired": {"gained_access"},
    "T-49-stranger-beside-an-invitation": {"gained_access"},
    "T-50-decided-for-the-target": {"gained_right"},
    "T-54-two-brands-one-id-one-owner": {"accounts_united"},
    "T-55-backup-older-than-the-last": {"gained_access"},
    "T-38-account-without-owner": {"nothing_compared"},
    "T-39-two-brands-one-account": {"account_undecided", "nothing_compared"},
    "T-50-permissions-edited-in-the-target": {"gained_right"},
    "T-51-member-added-in-the-target": {"gained_access"},
    "T-52-unticked-after-the-migration": {"gained_access"},
    "T-53-handed-over-to-a-member": {"wrong_owner"},
    "T-53-ownership-changed-meanwhile": {"wrong_owner"},
}


@pytest.mark.parametrize("name", CASES)
def test_a_case_is_certified(name: str, tmp_path: Path) -> None:
    folder = HERE / name
    rows = legacy_rows(folder / "legacy.yaml")
    target = MemoryTarget("shop")
    target.load(**target_rows(folder / "target.yaml"))
    said = said_in(folder / "settings.yaml")
    settings = settings_of(said, rows)
    with Rehearsal(tmp_path, target, settings) as rehearsal:
        if (folder / "earlier.yaml").exists():
            rehearsal.run(*legacy_rows(folder / "earlier.yaml"))
            rehearsal.accept_all(said.accepted)
            rehearsal.wait(said.days - 1)
            edit(target, target_rows(folder / "edits.yaml"))
        if (folder / "decisions.yaml").exists():
            rehearsal.decide(answers_of(folder / "decisions.yaml"), rows)
        for _ in range(said.nights):
            rehearsal.run(*rows)
            rehearsal.accept_all()
        certificate = certified(rehearsal, rows)

    fails = {rule for rule in certificate.rules if RULES[rule].fails}
    assert certificate.imbalances == ()
    assert fails == FAILING.get(name, set())


def certified(rehearsal: Rehearsal, rows: Rows) -> Certificate:
    settings = rehearsal.settings
    journal, mapping = rehearsal._journal, settings.mapping
    united = (one.scope for one in settings.rules.decisions if one.answer == UNION)
    known = Known(
        settings.matches,
        settings.account_mapping,
        journal.bindings(),
        journal.invites(rehearsal.now),
        frozenset(united),
    )
    with Scratch(rehearsal._folder / "verify.duckdb") as scratch:
        return certify(
            scratch,
            sources_of(*rows),
            rehearsal.target.reader(),
            words(mapping.permissions, mapping.aliases, mapping.ignored),
            known,
        )
