"""Both sides read, accounts paired, people looked at across accounts, sums, verdict and papers."""

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from people import client, contact, sub

from syncd.errors import IncompleteRead, StoreError
from syncd.model.legacy import LegacyClient, LegacyContact
from syncd.model.permission import ALL
from syncd.model.remembered import BoundKey
from syncd.model.resources import AccountRef, Invite, account_ref
from syncd.ports import Batch, Observed, Ownership
from syncd.sources.memory import MemorySource
from syncd.targets.memory import MemoryReader, MemoryTarget
from syncd.verify import across, document, text
from syncd.verify.certificate import Certificate, Remark
from syncd.verify.certify import Known, certify, positions, remarks
from syncd.verify.meaning import words
from syncd.verify.rules import CAUSES, RULES
from syncd.verify.scratch import Scratch

OLGA, JANE, BOB = "olga@acme.example", "jane@dev.example", "bob@dev.example"
HEADER = text.CertificateHeader("2026-03-01T03:15:00+00:00", "0.1.0", "in memory")
WORDS = words({}, {})


@pytest.fixture
def scratch(tmp_path: Path) -> Iterator[Scratch]:
    with Scratch(tmp_path / "scratch.duckdb") as made:
        yield made


def shop(*accounts: tuple[int, str], owners: bool = True) -> MemoryTarget:
    """Give a target with these accounts, each owned by its own address."""
    target = MemoryTarget("shop")
    target.load(clients=[{"id": number, "email": email} for number, email in accounts])
    for number, email in accounts:
        if owners:
            join(target, number, email, owner=True)
    return target


def join(target: MemoryTarget, client_id: int, email: str, *keys: str, owner: bool = False) -> None:
    if email not in target.user_ids:
        target.load(users=[{"email": email}])
    row = {"client_id": client_id, "email": email, "owner": owner, "permissions": list(keys)}
    target.load(memberships=[row])


def run(
    scratch: Scratch,
    clients: Sequence[LegacyClient],
    contacts: Sequence[LegacyContact],
    target: MemoryTarget,
    match: Any = "email",
    reader: MemoryReader | None = None,
    **known: Any,
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
    matches = dict.fromkeys(names, match)
    certificate = certify(
        scratch, sources, reader or target.reader(), WORDS, Known(matches, **known)
    )
    assert certificate.imbalances == ()
    assert set(certificate.rules) <= set(RULES)
    assert set(certificate.causes) <= set(CAUSES)
    assert (certificate.verdict == "FAIL") == bool(fails(certificate))
    return certificate


def fails(certificate: Certificate) -> set[str]:
    return {rule for rule in certificate.rules if RULES[rule].fails}


def pairs(scratch: Scratch) -> dict[str, str]:
    return dict(scratch.stream("SELECT account, target FROM pairs"))


def the(scratch: Scratch, rule: str) -> Remark:
    (remark,) = remarks(scratch, rule)
    return remark


# --- pairing --------------------------------------------------------------------------------


def test_by_email_whatever_the_spelling(scratch: Scratch) -> None:
    run(scratch, [client(17, " OLGA@Acme.Example ")], [], shop((5, OLGA)))

    assert pairs(scratch) == {"legacy/17": "shop/5"}


def test_two_of_one_address_are_not_guessed(scratch: Scratch) -> None:
    target = shop((5, OLGA), (6, OLGA), (7, BOB))
    certificate = run(scratch, [client(17, OLGA), client(18, BOB)], [], target)

    assert pairs(scratch) == {"legacy/18": "shop/7"}
    assert fails(certificate) == {"account_undecided"}
    assert certificate.accounts["undecided"] == 1
    assert certificate.causes == {"account_undecided": 1}


def test_a_closed_account_stands_back_for_an_open_one(scratch: Scratch) -> None:
    clients = [client(17, OLGA, status="Closed"), client(18, OLGA)]
    certificate = run(scratch, clients, [], shop((5, OLGA)))

    assert pairs(scratch) == {"legacy/18": "shop/5"}
    assert (certificate.verdict, certificate.causes) == ("PASS", {"closed_account": 1})


def test_an_account_whose_address_changed_is_not_passed_over(scratch: Scratch) -> None:
    """Its owner owns another account that nothing in legacy explains: that may be it."""
    target = shop((7, BOB))
    target.load(clients=[{"id": 5, "email": "new@acme.example"}])
    join(target, 5, OLGA, owner=True)
    join(target, 5, JANE, *ALL)

    certificate = run(scratch, [client(17, OLGA), client(18, BOB)], [sub(1, 17, JANE)], target)

    assert fails(certificate) == {"account_undecided"}
    assert {one.email for one in remarks(scratch, "outside")} == {OLGA, JANE}


def test_a_binding_of_the_journal_goes_before_the_rule(scratch: Scratch) -> None:
    target = shop((5, OLGA), (6, OLGA))
    bindings = [BoundKey("account:legacy/17", "6"), BoundKey("contact:legacy/1", "5")]
    run(scratch, [client(17, OLGA)], [], target, bindings=bindings)

    assert pairs(scratch) == {"legacy/17": "shop/6"}


def test_the_mapping_goes_before_the_journal(scratch: Scratch) -> None:
    target = shop((5, OLGA), (6, OLGA))
    run(
        scratch,
        [client(17, OLGA)],
        [],
        target,
        match="mapping",
        mapping=[(AccountRef("legacy/17"), "5")],
        bindings=[BoundKey("account:legacy/17", "6")],
    )

    assert pairs(scratch) == {"legacy/17": "shop/5"}


def test_same_id_takes_the_number_and_shows_who_is_there(scratch: Scratch) -> None:
    certificate = run(scratch, [client(17, OLGA)], [], shop((17, BOB)), match="same-id")

    assert pairs(scratch) == {"legacy/17": "shop/17"}
    assert fails(certificate) == {"wrong_owner", "gained_mail"}


def test_two_legacy_accounts_on_one(scratch: Scratch) -> None:
    bindings = [BoundKey("account:legacy/17", "5"), BoundKey("account:legacy/18", "5")]
    clients = [client(17, OLGA), client(18, OLGA)]
    certificate = run(scratch, clients, [], shop((5, OLGA)), bindings=bindings)

    assert fails(certificate) == {"accounts_united"}
    assert the(scratch, "accounts_united").detail == "legacy/17, legacy/18 are all shop/5"


def test_brands_with_the_same_numbers_stay_apart(scratch: Scratch) -> None:
    clients = [client(17, OLGA, source="red"), client(17, BOB, source="blue")]
    contacts = [sub(1, 17, JANE, "tickets", source="red")]
    target = shop((5, OLGA), (6, BOB))
    join(target, 6, JANE, "tickets")

    certificate = run(scratch, clients, contacts, target)

    assert pairs(scratch) == {"red/17": "shop/5", "blue/17": "shop/6"}
    told = the(scratch, "gained_access")
    assert (told.account, told.detail) == ("blue/17", "has a right on red/17 (not there now)")
    assert certificate.causes == {"not_made": 1}


def test_nothing_to_compare_is_no_pass(scratch: Scratch) -> None:
    assert fails(run(scratch, [client(17, OLGA)], [], shop((5, BOB)))) == {"nothing_compared"}


# --- people ---------------------------------------------------------------------------------


def test_one_user_with_two_peoples_rights(scratch: Scratch) -> None:
    clients = [client(17, OLGA), client(18, "bruno@baker.example")]
    contacts = [sub(1, 17, JANE, "tickets"), sub(2, 18, BOB, "invoices")]
    target = shop((5, OLGA), (6, "bruno@baker.example"))
    join(target, 6, BOB, "invoices")
    join(target, 5, BOB, "tickets")
    sent = Invite(AccountRef("legacy/17"), JANE, ("tickets",), datetime(2026, 3, 1, tzinfo=UTC),
                  fresh=True)  # fmt: skip

    certificate = run(scratch, clients, contacts, target, invites=[sent])

    assert fails(certificate) == {"gained_access", "combined_reach"}
    assert the(scratch, "combined_reach").detail == "own rights on legacy/18; gained on legacy/17"
    assert "in the place of jane@dev.example (invited, the same rights)?" in (
        the(scratch, "gained_access").detail
    )


def test_a_right_too_many_of_ones_own_is_nobody_elses(scratch: Scratch) -> None:
    clients = [client(17, OLGA), client(18, BOB)]
    target = shop((5, OLGA), (6, BOB))
    join(target, 5, JANE, "tickets")
    join(target, 6, JANE, "tickets", "orders")

    certificate = run(
        scratch, clients, [sub(1, 17, JANE, "tickets"), sub(2, 18, JANE, "tickets")], target
    )

    assert fails(certificate) == {"gained_right"}


def test_one_login_for_several_is_reported(scratch: Scratch) -> None:
    clients = [client(17, OLGA), client(18, BOB)]
    target = shop((5, OLGA), (6, BOB))
    for number in (5, 6):
        join(target, number, JANE, "tickets")

    certificate = run(
        scratch, clients, [sub(1, 17, JANE, "tickets"), sub(2, 18, JANE, "tickets")], target
    )

    assert certificate.verdict == "PASS"
    assert the(scratch, "several_accounts").detail == "legacy/17, legacy/18"


def test_spellings_that_are_taken_for_one_are_reported(scratch: Scratch) -> None:
    contacts = [sub(1, 17, "kim@bücher.example"), sub(2, 17, "kim@xn--bcher-kva.example")]
    run(scratch, [client(17, OLGA)], contacts, shop((5, OLGA)))

    assert the(scratch, "several_spellings").email == "kim@xn--bcher-kva.example"


class TwinReader(MemoryReader):
    """A target that folds case where it should not have: two users with one address."""

    def observe(self) -> Iterator[Observed | Ownership]:
        for seen in super().observe():
            yield seen
            if isinstance(seen, Observed) and seen.resource.key == f"user:{JANE}":
                yield Observed(seen.resource, "99")


def test_users_of_one_address_are_reported(scratch: Scratch) -> None:
    target = shop((5, OLGA))
    join(target, 5, JANE, "invoices")
    run(scratch, [client(17, OLGA)], [sub(1, 17, JANE)], target, reader=TwinReader(target))

    assert the(scratch, "twin_users").email == JANE


def test_a_legacy_person_on_an_account_of_the_targets_own_is_reported(scratch: Scratch) -> None:
    target = shop((5, OLGA), (6, "new@customer.example"))
    join(target, 6, JANE, *ALL)
    join(target, 6, "friend@customer.example", *ALL)

    certificate = run(scratch, [client(17, OLGA)], [sub(1, 17, JANE)], target)

    assert certificate.verdict == "PASS"
    assert certificate.members == {"judged": 0, "gone": 0, "outside": 2}
    assert (the(scratch, "outside").account, the(scratch, "outside").email) == ("shop/6", JANE)


# --- reads ----------------------------------------------------------------------------------


class LeavingReader(MemoryReader):
    """A target that somebody leaves between observation and inspection."""

    def inspect(self, memberships: Iterable[Observed]) -> Iterator[Observed]:
        self._target.members.clear()
        return super().inspect(memberships)


def test_who_leaves_while_being_read_is_gone(scratch: Scratch) -> None:
    target = shop((5, OLGA))
    join(target, 5, JANE, "invoices")
    certificate = run(
        scratch, [client(17, OLGA)], [sub(1, 17, JANE)], target, reader=LeavingReader(target)
    )

    assert certificate.members == {"judged": 0, "gone": 1, "outside": 0}
    assert certificate.logins["missing"] == 1


class SeeingReader(MemoryReader):
    """A target that shows its invitations and permissions at once, as its database does."""

    def observe(self) -> Iterator[Observed | Ownership]:
        when = datetime(2026, 3, 1, tzinfo=UTC)
        for seen in super().observe():
            complete = isinstance(seen, Observed) and not seen.complete
            yield from self.inspect([seen]) if complete else [seen]
        ref = account_ref(self.name, 5)
        yield Observed(Invite(ref, BOB, ("orders",), when, fresh=True))


def test_what_a_target_shows_at_once_need_not_be_asked_for(scratch: Scratch) -> None:
    target = shop((5, OLGA))
    join(target, 5, JANE, "invoices")
    certificate = run(
        scratch, [client(17, OLGA)], [sub(1, 17, JANE)], target, reader=SeeingReader(target)
    )

    assert certificate.logins["same"] == 1
    assert certificate.members["judged"] == 1
    assert fails(certificate) == {"invite_widens"}


class BrokenSource(MemorySource):
    def extract(self) -> Iterator[Batch]:
        yield from super().extract()
        raise IncompleteRead(self.name, "cut off")


@pytest.mark.parametrize(
    "source", [BrokenSource("legacy", [client(17, OLGA)]), MemorySource("legacy")]
)
def test_half_a_source_and_an_empty_one_give_no_certificate(
    source: MemorySource, scratch: Scratch
) -> None:
    with pytest.raises(IncompleteRead):
        certify(scratch, [source], shop((5, OLGA)).reader(), WORDS, Known({"legacy": "email"}))


def test_sums_that_do_not_add_up_fail(scratch: Scratch, monkeypatch: pytest.MonkeyPatch) -> None:
    """A defect of ours must not pass in silence: lose a member between reading and judging."""
    monkeypatch.setattr(
        "syncd.verify.certify._FACTS",
        "CREATE TABLE facts AS "
        "SELECT account, 'target' AS kind, target AS body FROM pairs UNION ALL "
        "SELECT account, kind, body FROM legacy WHERE kind = 'client'",
    )
    target = shop((5, OLGA))
    join(target, 5, JANE, "invoices")
    source = MemorySource("legacy", [client(17, OLGA)], [sub(1, 17, JANE)])

    certificate = certify(scratch, [source], target.reader(), WORDS, Known({"legacy": "email"}))

    assert certificate.verdict == "FAIL"
    assert certificate.imbalances == (
        "legacy contacts = kept + lost: 1 and 0", "members read = members judged: 1 and 0",
    )  # fmt: skip


def test_a_scratch_file_that_cannot_be_made(tmp_path: Path) -> None:
    with pytest.raises(StoreError):
        Scratch(tmp_path / "no" / "folder" / "scratch.duckdb")


def test_nothing_is_left_behind(tmp_path: Path) -> None:
    with Scratch(tmp_path / "scratch.duckdb") as made:
        run(made, [client(17, OLGA)], [], shop((5, OLGA)))

    assert list(tmp_path.iterdir()) == []


# --- papers ---------------------------------------------------------------------------------


@pytest.fixture
def crowded(scratch: Scratch) -> tuple[Certificate, Scratch]:
    """Let thirty strangers be on an account, one with a name that acts on terminals."""
    target = shop((5, OLGA))
    for number in range(29):
        join(target, 5, f"stranger{number}@else.example", "orders")
    join(target, 5, "\u202eevil\x1b[2J@else.example", "orders")
    contacts = [sub(1, 17, JANE, "tickets,Odd"), contact(2, 17, BOB, invoice_emails="1")]
    return run(scratch, [client(17, OLGA)], contacts, target), scratch


def test_the_text_is_short_and_harmless(crowded: tuple[Certificate, Scratch]) -> None:
    lines = list(text.render(crowded[0], HEADER, crowded[1]))

    assert lines[0].startswith("FAIL  Somebody gains")
    assert all(line.isprintable() and len(line) <= text.WIDTH for line in lines)
    assert sum("stranger" in line for line in lines) < text.NAMED + 1
    assert any("and 20 more in certificate.json" in line for line in lines)
    assert any("legacy/17 jane@dev.example: tickets; not read: Odd" in line for line in lines)


def test_the_document_is_one_object_with_everybody(crowded: tuple[Certificate, Scratch]) -> None:
    certificate, scratch = crowded
    found = json.loads(b"".join(document.pieces(certificate, HEADER, scratch)))

    assert (found["version"], found["verdict"], found["made_at"]) == (1, "FAIL", HEADER.made_at)
    assert sum(one["rule"] == "gained_access" for one in found["remarks"]) == 30
    assert [one["email"] for one in found["positions"]] == [OLGA, JANE]
    assert found["positions"][1]["unread"] == ["Odd"]
    assert len(found["positions"]) == sum(found["logins"].values())
    assert found["causes"] == {"unread_flags": 1}


def test_the_order_of_rows_changes_nothing(tmp_path: Path) -> None:
    clients = [client(17, OLGA), client(18, BOB)]
    contacts = [sub(1, 17, JANE, "tickets"), sub(2, 18, JANE, "orders"), sub(3, 17, JANE, "emails")]
    target = shop((5, OLGA), (6, BOB))
    join(target, 6, JANE, "orders", "emails")
    told = []
    for number, step in enumerate((1, -1)):
        with Scratch(tmp_path / f"{number}.duckdb") as made:
            certificate = run(made, clients[::step], contacts[::step], target)
            told.append((certificate, list(positions(made)), list(remarks(made))))

    assert told[0] == told[1]


def test_every_rule_across_accounts_is_in_the_table() -> None:
    assert set(across.ACROSS) <= set(RULES)
