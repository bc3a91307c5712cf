"""A signed union counts for verify as long as it does for a plan: while its rows are the same."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from people import client, contact, sub
from rehearsal import Rehearsal, Rows, first_look

from syncd.model.decision import made_on_rows
from syncd.model.legacy import LegacyClient, LegacyContact
from syncd.targets.memory import MemoryTarget
from syncd.verify.rules import RULES

JANE = "membership:legacy/17:jane@dev.example"
OVERLAP = {"on": "twin_logins_overlap", "scope": JANE, "answer": "union"}
CLIENTS = (client(17, "olga@acme.example"), client(18, "JANE@dev.example", status="Closed"))
TWINS = (
    sub(1, 17, "jane@dev.example", "invoices,tickets"),
    sub(2, 17, "Jane@Dev.example", "tickets,orders"),
    contact(3, 17, "jane@dev.example"),
)
ROWS: Rows = (CLIENTS, TWINS, ())


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Rehearsal]:
    """Give a target where Jane holds what any of her rows gave, by a signed decision."""
    target = MemoryTarget("shop")
    target.load(
        clients=[{"id": 5, "email": "olga@acme.example"}],
        users=[{"email": "olga@acme.example"}],
        memberships=[{"client_id": 5, "email": "olga@acme.example", "owner": True}],
    )
    with Rehearsal(tmp_path, target, first_look()) as made:
        elsewhere = {"on": "owner_elsewhere_other_name", "scope": JANE, "answer": "apply"}
        made.decide([OVERLAP, elsewhere], ROWS)
        made.run(*ROWS)
        made.accept_all()
        yield made


def changed(table: type[LegacyClient | LegacyContact], **fields: Any) -> Rows:
    """Give the rows, where Jane's first one of this table says something else."""
    clients, contacts = list(CLIENTS), list(TWINS)
    if table is LegacyClient:
        clients[1] = msgspec.structs.replace(clients[1], **fields)
    else:
        contacts[0] = msgspec.structs.replace(contacts[0], **fields)
    return clients, contacts, ()


def asked(shop: Rehearsal, rows: Rows) -> bool:
    return (OVERLAP["on"], JANE) in shop.asked(*rows)


def fails(shop: Rehearsal, rows: Rows) -> set[str]:
    return {rule for rule in shop.certificate(*rows).rules if RULES[rule].fails}


def test_a_union_counts_while_its_rows_are_the_same(shop: Rehearsal) -> None:
    assert not asked(shop, ROWS)
    assert fails(shop, ROWS) == set()


@pytest.mark.parametrize(
    "rows",
    [
        changed(LegacyContact, updated_at="2026-03-02 10:00:00"),
        changed(LegacyClient, last_login="2026-03-02 10:00:00"),
    ],
    ids=["updated", "logged-in"],
)
def test_a_union_outlives_what_changes_by_itself(shop: Rehearsal, rows: Rows) -> None:
    assert not asked(shop, rows)
    assert fails(shop, rows) == set()


@pytest.mark.parametrize(
    "rows",
    [
        changed(LegacyContact, permissions="tickets,invoices,quotes"),
        changed(LegacyContact, phone="+49 30 1"),
        changed(LegacyClient, first_name="Jane"),
        (CLIENTS, TWINS[:2], ()),
        (CLIENTS[:1], TWINS, ()),
    ],
    ids=["permissions", "phone", "owner-elsewhere", "a-row-less", "an-account-less"],
)
def test_a_union_whose_rows_have_changed_counts_no_more(shop: Rehearsal, rows: Rows) -> None:
    assert asked(shop, rows)
    assert fails(shop, rows) == {"gained_right"}


def test_a_union_signed_on_other_rows_never_counts(shop: Rehearsal) -> None:
    shop.decide([OVERLAP | {"made_on": made_on_rows(TWINS[:1])}], ROWS)
    assert fails(shop, ROWS) == {"gained_right"}
