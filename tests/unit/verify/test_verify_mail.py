"""Contacts and mail of one account, before and after."""

from syncd.model.resources import PREFERENCES
from syncd.verify.case import Address, Case, Client, Counterpart, Row
from syncd.verify.mail import judge_contacts

OLGA, JANE = "olga@acme.example", "jane@dev.example"


def row(number: int, email: str, *receives: str, name: str = "jane doe") -> Row:
    mail = tuple("1" if category in receives else "0" for category in PREFERENCES)
    return Row(str(number), email, name, "0", None, mail)


def address(email: str, *receives: str, name: str = "jane doe") -> Address:
    return Address(email, name, receives)


def case(rows: list[Row], addresses: list[Address], target: str = "shop/1") -> Case:
    client = Client(OLGA, "Acme", "Active")
    return Case("legacy/17", client=client, target=target, rows=rows, addresses=addresses)


def told(account: Case) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(one.rule, one.email, one.what) for one in judge_contacts(account)[1]]


def test_nothing_moved() -> None:
    account = case([row(1, JANE, "invoice")], [address(JANE, "invoice")])
    kept, remarks = judge_contacts(account)

    assert (kept.kept, kept.lost, kept.added, remarks) == (1, 0, 0, [])


def test_categories_lost_and_gained() -> None:
    account = case([row(1, JANE, "invoice", "general")], [address(JANE, "general", "product")])
    kept, _ = judge_contacts(account)

    assert told(account) == [
        ("lost_mail", JANE, ("invoice",)), ("gained_mail", JANE, ("product",)),
    ]  # fmt: skip
    assert (kept.mail_lost["invoice"], kept.mail_gained["product"]) == (1, 1)


def test_two_contacts_of_one_address_are_one_recipient() -> None:
    rows = [row(1, JANE, "invoice"), row(2, JANE, "general")]
    account = case(rows, [address(JANE, "invoice", "general")])
    kept, _ = judge_contacts(account)

    assert told(account) == [("lost_contact", JANE, ("general",))]
    assert (kept.kept, kept.lost) == (1, 1)


def test_a_new_recipient_is_a_gain_and_a_silent_contact_is_none() -> None:
    account = case([], [address(JANE), address("bob@dev.example", "support")])
    kept, _ = judge_contacts(account)

    assert told(account) == [("gained_mail", "bob@dev.example", ("support",))]
    assert kept.added == 2


def test_without_an_address_a_contact_is_found_by_its_name_and_gets_nothing() -> None:
    account = case([row(1, "", "invoice")], [address("", "invoice", "product")])

    assert told(account) == []
    other = case([row(1, "", "invoice")], [address("", "invoice", name="someone else")])
    assert [rule for rule, _, _ in told(other)] == ["lost_contact"]


def test_an_unclear_preference_is_no_mail() -> None:
    unclear = Row("1", JANE, "jane doe", "0", None, ("maybe", *["0"] * 5))

    assert told(case([unclear], [address(JANE, "general")])) == [
        ("gained_mail", JANE, ("general",))
    ]


def test_of_an_account_that_is_not_there_every_contact_is_lost() -> None:
    account = case([row(1, JANE, "invoice")], [], target="")
    kept, (remark,) = judge_contacts(account)

    assert (remark.rule, remark.detail) == (
        "lost_contact", "contact 1: its account is not in the target",
    )  # fmt: skip
    assert (kept.lost, kept.mail_lost.total()) == (1, 0)


# --- the account's own address --------------------------------------------------------------


def test_another_address_of_the_account_itself_gains_its_mail() -> None:
    account = case([], [])
    account.counterpart = Counterpart("eve@evil.example", "Active")
    (remark,) = judge_contacts(account)[1]

    assert (remark.rule, remark.email) == ("gained_mail", "eve@evil.example")
    assert remark.detail == "the account's own address; in the legacy system olga@acme.example"


def test_the_same_address_or_one_the_target_does_not_say_gains_nothing() -> None:
    for email in (OLGA, ""):
        account = case([], [])
        account.counterpart = Counterpart(email, "Active")
        assert told(account) == []
