"""Least-privilege advice: to whom it is given, to whom not, and that nothing comes of it."""

from pathlib import Path

import pytest
from people import client, sub
from test_people import BOLT, JANE, KIM, OLGA, Shop

ALL = (
    "profile,contacts,products,manageproducts,productsso,domains,managedomains,invoices,quotes,"
    "tickets,affiliates,emails,orders"
)
ACME = client(17, OLGA, company="Acme Ltd")


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


def advised(shop: Shop) -> list[tuple[str, str, str]]:
    rows = shop.rows("least_privilege.csv")
    return [(row["account"], row["email"], row["advice"]) for row in rows]


def test_who_holds_everything_and_whole_accounts_that_do(shop: Shop) -> None:
    carl = "carl@acme.example"
    logins = [
        sub(1, 17, "anna@acme.example", ALL),
        sub(2, 17, carl, ALL),
        sub(3, 18, carl, "quotes"),
    ]
    result = shop.plan([ACME, BOLT], logins)
    assert advised(shop) == [
        ("legacy/17", "", "everybody_all"),
        ("legacy/17", "anna@acme.example", "holds_all"),
        ("legacy/17", carl, "holds_all"),
    ]
    assert result.report.facts.advice.numbers == {"everybody_all": 1, "holds_all": 2}
    assert shop.rows("least_privilege.csv")[0]["account_name"] == "Acme Ltd"


def test_outsiders_with_a_critical_right(shop: Shop) -> None:
    """The domain of a mail provider says nothing: there many owners have their address."""
    mail = [client(n, f"owner{n}@mail.example") for n in (21, 22, 23, 24)]
    logins = [
        sub(1, 17, JANE, "profile,tickets"),
        sub(2, 17, "anna@acme.example", "profile"),
        sub(3, 17, KIM, "tickets"),
        sub(4, 21, JANE, "productsso"),
    ]
    shop.plan([ACME, *mail], logins)
    assert advised(shop) == [("legacy/17", JANE, "outsider_critical")]
    assert shop.rows("least_privilege.csv")[0]["permissions"] == "profile"


def test_shared_mailboxes_agencies_and_who_spends(shop: Shop) -> None:
    logins = [
        sub(1, 17, "support@acme.example", "manageproducts"),
        sub(2, 17, JANE, "contacts"),
        sub(3, 18, JANE, "contacts"),
        sub(4, 17, KIM, "contacts"),
        sub(5, 18, KIM, "invoices,orders"),
    ]
    shop.plan([ACME, BOLT], logins)
    assert advised(shop) == [
        ("legacy/17", JANE, "manages_several"),
        ("legacy/17", "support@acme.example", "shared_critical"),
        ("legacy/18", JANE, "manages_several"),
        ("legacy/18", KIM, "orders_and_pays"),
    ]


def test_owners_and_people_with_little_are_left_alone_and_no_plan_goes_by_it(shop: Shop) -> None:
    logins = [sub(1, 17, OLGA, ALL), sub(2, 17, KIM, "tickets,products")]
    result = shop.plan([ACME], logins)
    assert advised(shop) == []
    assert not result.report.facts.advice.numbers
    (change,) = (row for row in shop.rows("changes.csv") if row["kind"] == "membership")
    assert change["verdict"] == "apply"
