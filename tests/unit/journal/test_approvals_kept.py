"""Approvals and certificates in the journal: kept, replaced, sealed, and told by run."""

from datetime import UTC, datetime

import msgspec

from syncd.journal import care
from syncd.journal.journal import Journal
from syncd.journal.stores import Place
from syncd.model.approval import Approval, Attested, Warrant

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
ANN = Approval("5ea1", "0123456789ab", "ann", "SHA256:a", "2026-03-01T09:00:00+00:00", "by ann")
BOB = msgspec.structs.replace(
    ANN, name="bob", fingerprint="SHA256:b", approved_at="2026-03-01T08:00:00+00:00"
)
PASSED = Attested("rehearsal", "2026-03-01T07:00:00+00:00", "PASS", "1.0", "0123456789ab", "5ea1")


def test_approvals_come_in_the_order_they_were_given_and_one_of_a_person_is_replaced(
    place: Place,
) -> None:
    again = msgspec.structs.replace(ANN, signature="by ann, anew")
    other = msgspec.structs.replace(ANN, seal="07he")
    with Journal.open(place, "kestrel") as journal:
        for approval in (ANN, BOB, other, again):
            journal.record_approval(approval)
        assert journal.approvals("5ea1") == [BOB, again]
        assert len(journal.approvals()) == 3
    assert all(checked.ok for checked in care.check(place, "kestrel"))


def test_certificates_come_newest_first_by_kind_and_plan(place: Place) -> None:
    later = msgspec.structs.replace(PASSED, at="2026-03-01T08:00:00+00:00", verdict="FAIL")
    other = msgspec.structs.replace(later, seal="07he")
    verified = Attested("verify", "2026-03-01T08:30:00+00:00", "PASS", "1.0")
    with Journal.open(place, "kestrel") as journal:
        for judged in (PASSED, later, other, verified, verified):
            journal.record_certificate(judged)
        assert journal.certificates("rehearsal", "5ea1") == [later, PASSED]
        assert journal.certificates("verify") == [verified]
        assert len(journal.certificates("rehearsal", limit=2)) == 2


def test_a_run_remembers_on_whose_word_it_wrote(place: Place) -> None:
    with Journal.open(place, "kestrel") as journal, journal.held(lambda: NOW):
        journal.note_warrant("r1", Warrant((ANN, BOB), PASSED), NOW)
        journal.note_warrant("r2", Warrant(), NOW)
        known = journal.warrants(["r1", "r2"])
    assert list(known) == ["r1"]
    assert [(each.name, each.fingerprint, each.approved_at) for each in known["r1"].approvals] == [
        ("bob", "SHA256:b", BOB.approved_at),
        ("ann", "SHA256:a", ANN.approved_at),
    ]
    assert known["r1"].rehearsal is not None
    assert known["r1"].rehearsal.at == PASSED.at
    assert all(checked.ok for checked in care.check(place, "kestrel"))
