"""What an account is billed by, from its row: numbers mean nothing in another installation."""

import pytest
from altered import changed
from people import RULES, client, convert_all

from syncd.convert.rows import Rules, with_terms
from syncd.model.resources import Terms

NAMES = {("legacy", "currency", "2"): "EUR", ("legacy", "group", "3"): "Gold",
         ("other", "currency", "1"): "GBP"}  # fmt: skip


def terms(rules: Rules = RULES, **row: str) -> Terms:
    known = with_terms(rules, NAMES)  # type: ignore[arg-type]
    account = convert_all([client(17, "olga@acme.example", **row)], [], known)
    return account.accounts["legacy/17"].terms


def test_numbers_become_what_they_stand_for_in_their_source() -> None:
    assert terms(currency="2", group="3") == Terms("EUR", "Gold")


@pytest.mark.parametrize("number", ["1", "7"])  # of another source, and of none
def test_a_number_that_is_not_known_is_said_to_be_one(number: str) -> None:
    assert terms(currency=number, group=number) == Terms(f"legacy/{number}", f"legacy/{number}")


@pytest.mark.parametrize("number", ["0", "", " "])
def test_no_number_is_nothing(number: str) -> None:
    assert terms(currency=number, group=number) == Terms()


def test_the_config_names_what_the_target_has_for_a_currency() -> None:
    rules = changed(RULES, currencies={"EUR": "USD", "legacy/7": "GBP"})

    assert terms(rules, currency="2").currency == "USD"
    assert terms(rules, currency="7").currency == "GBP"


@pytest.mark.parametrize(
    ("row", "marketing"),
    [
        ({"marketing": "1"}, True),
        ({"marketing": "0", "mail_opt_out": "0"}, False),  # consent was asked for, and not given
        ({"marketing": "", "mail_opt_out": "0"}, False),
        ({"mail_opt_out": "0"}, True),  # before 7.5 whoever did not refuse got it
        ({"mail_opt_out": "1"}, False),
        ({"mail_opt_out": "maybe"}, None),
        ({}, None),
    ],
)
def test_marketing_mail_stays_as_it_is(row: dict[str, str], *, marketing: bool | None) -> None:
    assert terms(**row).marketing is marketing
