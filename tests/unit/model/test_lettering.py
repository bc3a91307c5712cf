"""Who is in which group of letters, and what a letter may not say."""

import msgspec
import pytest

from syncd.model.lettering import (
    LetterGroup,
    Other,
    Place,
    PlaceStanding,
    Sender,
    faults,
    is_mailable,
    person,
    plain,
)

ACME = Place("legacy/17", "Acme Ltd", "login", PlaceStanding.INVITED, login="set",
             before=("invoices",), permissions=("invoices",))  # fmt: skip
BOLT = msgspec.structs.replace(ACME, account="legacy/18", account_name="Bolt Ltd")
OWNED = Place("legacy/17", "Acme Ltd", "owner", PlaceStanding.OWNS, login="kept")
OTHER = Other("jane@dev.example", ("invoices",), PlaceStanding.INVITED)
SENDER = Sender("Kestrel", "help@kestrel.example", "help@kestrel.example", "https://k.example/")


def with_(place: Place, **fields: object) -> Place:
    return msgspec.structs.replace(place, **fields)


def groups(*places: Place) -> tuple[str, ...]:
    return person("jane@dev.example", places).groups


@pytest.mark.parametrize(
    ("places", "expected"),
    [
        ([OWNED], ()),
        ([with_(OWNED, others=(OTHER,))], ("owner",)),
        ([with_(OWNED, login="reset")], ("resets",)),
        ([ACME], ("invited",)),
        ([with_(ACME, standing=PlaceStanding.ATTACHED, login="carried")], ("keeps",)),
        ([with_(ACME, standing=PlaceStanding.ATTACHED, login="kept")], ("keeps",)),
        ([with_(ACME, standing=PlaceStanding.ATTACHED, login="reset")], ("resets",)),
        ([with_(ACME, before=("contacts", "invoices"))], ("invited", "delegate")),
        ([with_(ACME, standing=PlaceStanding.MEMBER)], ()),
        ([with_(ACME, standing=PlaceStanding.MEMBER, before=("contacts",))], ("delegate",)),
        ([with_(ACME, standing=PlaceStanding.CONTACT, role="billing")], ("accountant",)),
        ([with_(ACME, standing=PlaceStanding.CONTACT, role="support")], ("support",)),
        (
            [with_(ACME, standing=PlaceStanding.CONTACT, role="billing support")],
            ("accountant", "support"),
        ),
        (
            [ACME, with_(BOLT, standing=PlaceStanding.ATTACHED, login="kept")],
            ("invited", "keeps"),
        ),
    ],
)
def test_a_person_is_in_the_groups_of_all_their_places(
    places: list[Place], expected: tuple[str, ...]
) -> None:
    assert groups(*places) == expected


@pytest.mark.parametrize("standing", [
    PlaceStanding.ASKED, PlaceStanding.LATER, PlaceStanding.BY_OWNER, PlaceStanding.HELD,
    PlaceStanding.EXCLUDED, PlaceStanding.REMOVED,
])  # fmt: skip
def test_nobody_is_promised_what_the_plan_does_not_do(standing: PlaceStanding) -> None:
    held = with_(ACME, standing=standing, before=("contacts",), login="reset")

    assert groups(held) == ()
    assert groups(ACME, with_(held, account="legacy/18")) == ("invited",)


def test_who_has_to_choose_once_something_else_is_settled_is_not_told_yet() -> None:
    held = with_(BOLT, standing=PlaceStanding.HELD)

    assert person("a@b.example", [ACME, BOLT], chooses=True).groups == ("invited", "chooser")
    assert LetterGroup.CHOOSER not in person("a@b.example", [ACME, held], chooses=True).groups


def test_the_same_account_is_named_once() -> None:
    contact = with_(ACME, standing=PlaceStanding.CONTACT, role="billing")

    assert len(person("a@b.example", [contact, contact]).billed) == 1


def test_a_password_that_works_counts_before_one_that_does_not() -> None:
    reset = with_(ACME, standing=PlaceStanding.ATTACHED, login="reset")
    carried = with_(BOLT, standing=PlaceStanding.ATTACHED, login="carried")

    assert person("a@b.example", [reset, carried]).login == "carried"


def test_what_was_narrowed_is_not_said_to_be_kept() -> None:
    narrowed = with_(ACME, before=("invoices", "orders"))

    assert person("a@b.example", [ACME]).keeps_all
    assert not person("a@b.example", [ACME, narrowed]).keeps_all


@pytest.mark.parametrize("name", [
    "Win at http://evil.example", "www.evil.example", "Jane\nBcc: all@acme.example", "a\\nb",
    "A" * 81, "Jane\u2028Doe", "Jane\x00",
])  # fmt: skip
def test_a_name_that_acts_is_left_out(name: str) -> None:
    assert plain(name) == ""
    assert person("a@b.example", [with_(ACME, first_name=name)]).name == ""
    assert with_(ACME, account_name=name).name == "#17"


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "=HYPERLINK(1)", "O'Brien", "翠"])
def test_a_name_that_only_looks_odd_stays(name: str) -> None:
    assert plain(name) == name


def test_one_half_of_a_name_that_acts_takes_the_other_along() -> None:
    hostile = with_(ACME, first_name="Jane", last_name="http://evil.example")

    assert person("a@b.example", [hostile, with_(BOLT, first_name="Jo")]).name == "Jo"


@pytest.mark.parametrize(
    "email",
    [
        "john@",
        "a b@x.example",
        "a@b@c.example",
        "a@x.example;b@x.example",
        "a,b@x.example",
        "a@x.example\\nBcc: b@x.example",
        "",
    ],
)
def test_what_is_no_address_gets_no_letter(email: str) -> None:
    assert not is_mailable(email)


@pytest.mark.parametrize(
    "email", ["jane@dev.example", "o'brien+x@sub.dev.example", "j@xn--bcher-kva.example"]
)
def test_an_address_gets_one(email: str) -> None:
    assert is_mailable(email)


def test_s0_10_an_old_page_is_a_fault() -> None:
    text = "help@kestrel.example, clientarea.php?action=contacts"

    assert len(faults(text, SENDER)) == 1
    assert faults("help@kestrel.example, https://k.example/clientarea.php", SENDER) == []


def test_s2_14_a_letter_without_the_mailbox_is_a_fault() -> None:
    assert len(faults("Dear customer", SENDER)) == 1
