"""The second reading of legacy columns: plain and fail-closed."""

import pytest

from syncd.model.permission import ALL
from syncd.verify.meaning import LegacyFlags, is_login, is_on, read_flags, words

PLAIN = words({key: key for key in ALL}, {})


def granted(column: str | None) -> set[str]:
    return set(read_flags(column, PLAIN).granted)


@pytest.mark.parametrize("mark", ["1", " 1 ", "on", "ON", "true", "True"])
def test_a_mark_that_says_yes(mark: str) -> None:
    assert is_login(mark) is True


@pytest.mark.parametrize("mark", [None, "", "0", "off", "false", "no"])
def test_a_mark_that_says_no(mark: str | None) -> None:
    assert is_login(mark) is False


@pytest.mark.parametrize("mark", ["2", "maybe", "yes", "-1", "01", "1,0"])
def test_a_mark_that_says_neither(mark: str) -> None:
    assert is_login(mark) is None
    assert not is_on(mark)


@pytest.mark.parametrize(
    ("column", "keys"),
    [
        (None, set()),
        ("", set()),
        (" , ", set()),
        ("invoices,tickets", {"invoices", "tickets"}),
        ("Invoices; TICKETS,", {"invoices", "tickets"}),
        ("tickets invoices", {"invoices", "tickets"}),
        ("invoices|tickets\norders", {"invoices", "tickets", "orders"}),
        ("View &amp; Pay Invoices|View Emails", {"invoices", "emails"}),
        ("view  &  pay invoices", {"invoices"}),
        ('["tickets","invoices"]', {"invoices", "tickets"}),
        ('{"tickets":true,"invoices":0,"orders":"on","emails":null}', {"tickets", "orders"}),
        ('a:2:{i:0;s:7:"tickets";i:1;s:6:"orders";}', {"tickets", "orders"}),
        ('a:2:{s:7:"tickets";b:1;s:6:"orders";b:0;}', {"tickets"}),
        ('a:2:{s:7:"tickets";s:2:"on";s:6:"orders";N;}', {"tickets"}),
    ],
)
def test_ways_to_write_flags(column: str | None, keys: set[str]) -> None:
    assert granted(column) == keys
    assert read_flags(column, PLAIN).unknown == frozenset()


@pytest.mark.parametrize(
    "column",
    [
        "view invoices", "all", "*", "invoice", "managebilling", "\u0442ickets", "tic\u212aets",
        '["invoices"',
        '{"invoices":["on"]}', 'a:2:{i:0;s:7:"tickets";', 'O:8:"stdClass":0:{}',
        'a:1:{i:0;a:1:{i:0;s:7:"tickets";}}',
    ],
)  # fmt: skip
def test_what_cannot_be_read_gives_nothing_and_is_quoted(column: str) -> None:
    flags = read_flags(column, PLAIN)

    assert flags.granted == frozenset()
    assert flags.unknown


def test_one_unknown_word_does_not_take_the_others_along() -> None:
    flags = read_flags("invoices, Manage-Billing", PLAIN)

    assert flags == LegacyFlags(frozenset({"invoices"}), frozenset({"Manage-Billing"}))


def test_a_map_is_asked_only_about_words_beyond_the_known_ones() -> None:
    wrong = words(
        {"tickets": "profile", "billing": "invoices"},
        {"View Emails": "billing", "Sees bills": "billing"},
    )

    flags = read_flags("tickets,View Emails,sees BILLS", wrong)

    assert flags.granted == {"tickets", "emails", "invoices"}


def test_a_map_may_drop_words_and_their_labels() -> None:
    narrow = words({"orders": "orders", "odd": "odd"}, {"May be odd": "odd"}, ["Orders", "odd"])

    flags = read_flags("orders,may be odd,tickets", narrow)

    assert flags.granted == {"orders", "odd", "tickets"}, "it was given, whatever becomes of it"
    assert flags.ignored == {"orders", "odd"}


def test_a_dropped_word_without_a_meaning_is_not_unknown() -> None:
    flags = read_flags("shrug,tickets", words({}, {}, ["Shrug"]))

    assert flags == LegacyFlags(frozenset({"tickets"}), ignored=frozenset({"shrug"}))


def test_an_alias_of_nothing_is_unknown() -> None:
    assert read_flags("Odd", words({}, {"Odd": "gone"})).unknown == {"Odd"}
