"""What a new account is billed by: carried where it is known, held where it is not."""

import pytest
from altered import changed

from syncd.decide.billing import as_made
from syncd.decide.guard import Circumstances, GuardRules, judge
from syncd.model.change import Change, Reason, Verb
from syncd.model.policy import Accounts
from syncd.model.resources import Account, AccountRef, Terms
from syncd.model.verdict import APPLY
from syncd.ports import TargetTerms

ACME = Account(AccountRef("legacy/17"), "olga@acme.example", status="Active")
RULES = GuardRules(
    lambda flags: pytest.fail(f"an account has no flags: {flags}"),
    accounts=Accounts(create_missing=True),
    supports=frozenset((("account", Verb.ADD),)),
)


def verdict_on(currency: str, target: TargetTerms | None) -> tuple[str, str]:
    account = changed(ACME, terms=Terms(currency))
    change = Change(Verb.ADD, Reason.NEW, None, account)
    verdict = judge(change, Circumstances(), changed(RULES, terms=target))
    assert (verdict == APPLY) is (verdict.rule == "")
    return verdict.rule, verdict.why


@pytest.mark.parametrize(
    ("currency", "known"),
    [("EUR", ("USD", "EUR")), ("USD", ("USD",)), ("", ("EUR",))],
)
def test_a_currency_that_the_target_has_is_carried(currency: str, known: tuple[str, ...]) -> None:
    assert verdict_on(currency, TargetTerms(known)) == ("", "")


@pytest.mark.parametrize(
    ("currency", "known", "why"),
    [
        ("GBP", ("USD", "EUR"), "the legacy currency is GBP, and the target has USD, EUR"),
        ("eur", ("EUR",), "the legacy currency is eur"),
        ("", ("USD", "EUR"), "its currency is not known, and the target has USD, EUR"),
        ("legacy/2", ("USD",), "number legacy/2, and the source does not show which"),
        ("EUR", (), "the legacy currency is EUR, and the target has none"),
        ("", (), "its currency is not known, and the target has none"),
        ("EUR", None, "tick GetCurrencies"),
        ("", None, "tick GetCurrencies"),
    ],
)
def test_any_other_holds_the_account(
    currency: str, known: tuple[str, ...] | None, why: str
) -> None:
    rule, sentence = verdict_on(currency, TargetTerms(known))

    assert rule == "currency"
    assert why in sentence


def test_a_target_that_bills_nobody_asks_for_no_currency() -> None:
    assert verdict_on("GBP", None) == ("", "")


@pytest.mark.parametrize(
    ("status", "made"),
    [("Inactive", "Active"), ("inactive", "Active"), ("Active", "Active"), ("Closed", "Closed")],
)
def test_an_account_is_made_active(status: str, made: str) -> None:
    assert as_made(changed(ACME, status=status), None).status == made


@pytest.mark.parametrize(
    ("known", "group"),
    [(TargetTerms(groups=("Gold",)), "Gold"), (TargetTerms(groups=("gold",)), ""),
     (TargetTerms(groups=None), ""), (None, "Gold")],
)  # fmt: skip
def test_a_group_is_kept_where_the_target_has_it(known: TargetTerms | None, group: str) -> None:
    account = changed(ACME, terms=Terms("EUR", "Gold", marketing=True))

    assert as_made(account, known).terms == Terms("EUR", group, marketing=True)
