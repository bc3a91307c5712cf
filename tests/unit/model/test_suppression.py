"""The suppression list: who is on it is not made, not mailed and not named (T-40)."""

from hashlib import sha256
from pathlib import Path

import msgspec
import pytest
from altered import changed
from people import RULES, client, contact, convert_all, sub
from rehearsal import Rehearsal, settings_with

from syncd.config.files import load_mapping
from syncd.model.disposition import Disposition
from syncd.model.legacy import LegacyContact, LegacyReference
from syncd.model.policy import Fuses, Policy
from syncd.model.suppression import is_suppressed, suppression, without_person
from syncd.ports import Batch
from syncd.run import Job, planned
from syncd.sources.memory import MemorySource
from syncd.sources.suppressed import without_suppressed
from syncd.targets.memory import MemoryTarget

JANE = "jane@dev.example"
LIST = frozenset({suppression(JANE)})
OLGA = client(17, "olga@acme.example")


def test_a_line_is_the_sha_256_of_the_normalised_address() -> None:
    assert suppression(" Jane@DEV.example\n") == sha256(JANE.encode()).hexdigest()
    assert suppression("jörg@müller.example") == suppression("jörg@xn--mller-kva.example")


def test_only_who_is_on_the_list_is_suppressed() -> None:
    assert is_suppressed("JANE@dev.example", LIST)
    assert not is_suppressed("jane@dev.example.org", LIST)
    assert not is_suppressed(None, LIST)
    assert not is_suppressed("", frozenset({suppression("")}))


def test_a_row_keeps_its_ids_and_nothing_of_the_person() -> None:
    row = sub(9, 17, JANE, first_name="Jane", last_name="Doe", phone="0123", country="GB")

    batch = without_suppressed(Batch(LegacyContact, [msgspec.structs.astuple(row)]), LIST)

    assert LegacyContact(*batch.rows[0]) == LegacyContact(  # type: ignore[arg-type]
        "legacy", 9, 17, email="erased-9@suppressed.invalid"
    )


def test_other_rows_pass_as_they_are() -> None:
    batch = Batch(LegacyContact, [msgspec.structs.astuple(sub(9, 17, "kim@dev.example"))])

    assert without_suppressed(batch, LIST) == batch
    assert without_suppressed(batch, frozenset()) is batch


def test_convert_skips_and_counts_the_row_and_says_why() -> None:
    story = convert_all([OLGA], [without_person(sub(9, 17, JANE))])

    assert story.members == {}
    assert story.contacts == {}
    assert story.dispositions == {Disposition.EXCLUDED: 1}
    found = story.the("suppressed_person")
    assert (found.scope, found.email) == ("contact:legacy/9", "")


def test_references_name_nobody_and_pass() -> None:
    batch = Batch(LegacyReference, [("legacy", 9, "tickets", 3)])

    assert without_suppressed(batch, LIST) is batch


@pytest.mark.parametrize("users", ["by-invite", "create-first"])
@pytest.mark.parametrize("row_is_there", [True, False])
def test_somebody_erased_after_the_migration_is_named_nowhere(
    users: str,
    row_is_there: bool,  # noqa: FBT001
    tmp_path: Path,
) -> None:
    target = MemoryTarget("shop")
    settings = settings_with(
        rules=RULES,
        mapping=load_mapping("whmcs-7"),
        policy=Policy(mode="sync", users=users),
        fuses=Fuses(source_share=0),
        matches={"legacy": "email"},
    )
    jane, kim = sub(9, 17, JANE, "tickets", invoice_emails="1"), contact(10, 17, "kim@dev.example")
    later, out = [jane, kim] if row_is_there else [kim], tmp_path / "out"
    with Rehearsal(tmp_path, target, settings) as rehearsal:
        assert rehearsal.run([OLGA], [jane, kim]).to_apply
        rehearsal.accept_all()
        named = rehearsal.run([OLGA], [kim])  # without the list, she is
        settings = changed(settings, suppressed=LIST)
        rehearsal.settings = settings
        run = rehearsal.run([OLGA], later)
    planned(Job([MemorySource("legacy", [OLGA], later)], target, settings, tmp_path), out)

    assert "jane" in repr(named)
    assert named.planned.refusals  # her removal is more than the fuse allows
    assert run.changes == []
    assert "jane" not in repr(run)
    codes = {finding.code for finding in run.findings}
    assert "suppressed_in_target" in codes
    assert ("suppressed_person" in codes) is row_is_there
    assert target.members  # for a person to remove
    places = {finding.scope for finding in run.findings if finding.code == "suppressed_in_target"}
    assert places == {"account:legacy/17", f"user:{suppression(JANE)[:12]}"}
    files = {path.name: path.read_text(encoding="utf-8").lower() for path in out.iterdir()}
    assert {"plan.jsonl", "recipients.csv", "report.html"} <= files.keys()
    assert [name for name, text in files.items() if "jane" in text] == []


@pytest.mark.parametrize(
    ("listed", "spelling"),
    [
        ("kim.o'hara@dev.example", "Kim.O&#039;Hara@dev.example"),
        ("jos\u00e9@dev.example", "JOS\u00c9@dev.example"),
    ],
)
def test_a_suppressed_person_is_known_in_spellings_that_could_be_taken_for_the_address(
    listed: str, spelling: str
) -> None:
    assert is_suppressed(spelling, {suppression(listed)})
    assert not is_suppressed(spelling, {suppression("jane@dev.example")})
