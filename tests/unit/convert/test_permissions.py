"""Flags become permissions by identity and exact alias; likeness and damage give nothing."""

import itertools
import json

import phpserialize
import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.convert.permissions import flag_reader
from syncd.model.flags import Flags, PermissionMap, entitled
from syncd.model.permission import ALL, NONE, Permissions

MAPPING = PermissionMap(
    "test",
    permissions={key: key for key in ALL},
    aliases={"View & Pay Invoices": "invoices", "View & Open Support Tickets": "tickets"},
    ignored=("addons",),
)
read = flag_reader(MAPPING)
BOTH: Permissions = ("invoices", "tickets")


def php(value: object) -> str:
    return phpserialize.dumps(value).decode()


@pytest.mark.parametrize(
    "raw",
    [
        "invoices,tickets",
        "tickets,invoices",
        "invoices, tickets,",
        ",invoices,,tickets,invoices",
        "Invoices;TICKETS",
        "invoices|tickets",
        "invoices\ntickets\r\n",
        "  invoices   tickets ",
        "invoices\ttickets",
        "View & Pay Invoices,tickets",
        "view &  pay invoices;View & Open Support Tickets",
        "View &amp; Pay Invoices,tickets",
        '["invoices","tickets"]',
        ' [ "tickets", "View & Pay Invoices" ] ',
        '{"invoices":true,"tickets":"1","orders":false,"emails":"","profile":null}',
        '{"invoices":"on","tickets":1,"orders":"off","emails":0}',
        php(["invoices", "tickets"]),
        php({"invoices": "1", "tickets": True, "orders": False, "emails": ""}),
        php({"invoices": 1, "tickets": "on", "orders": 0}),
        php({5: "tickets", 9: "invoices"}),
        php(["invoices", "tickets"]) + "\n",
        "invoices,tickets,addons",
    ],
)
def test_every_known_way_of_writing_two_flags_reads_the_same(raw: str) -> None:
    assert read(raw) == Flags(BOTH)


@pytest.mark.parametrize("raw", [None, "", "  ", ",", ";,|", "[]", "{}", php([]), "addons"])
def test_nothing_is_nothing(raw: str | None) -> None:
    assert read(raw) == Flags(NONE)


@pytest.mark.parametrize(
    ("raw", "unknown"),
    [
        ("invoices,tickets,managebilling", ("managebilling",)),
        ("invoices,tickets,View Invoices", ("View Invoices",)),
        ("invoices,tickets,invoice", ("invoice",)),
        ("invoices,tickets,*,all", ("*", "all")),
        ("invoices,tickets orders,tickets", ("tickets orders",)),
        ('["invoices","tickets","zz","aa"]', ("aa", "zz")),
        ('["invoices","tickets","orders,emails"]', ("orders,emails",)),
        ("View &amp;amp; Pay Invoices,invoices,tickets", ("Pay Invoices", "View &amp")),
    ],
)
def test_what_is_not_known_exactly_is_quoted_and_gives_nothing(
    raw: str, unknown: tuple[str, ...]
) -> None:
    assert read(raw) == Flags(BOTH, unknown)


@pytest.mark.parametrize(
    "raw",
    [
        '["invoices",]',
        '["invoices"',
        '{"invoices":true',
        '["invoices",1]',
        '[["invoices"]]',
        '{"invoices":"yes please"}',
        '{"invoices":true,"tickets":"yes please"}',
        'a:2:{i:0;s:8:"invoices";s:7:"tickets";s:1:"1";}',
        '{"invoices":1.0}',
        '{"invoices":{"view":true}}',
        '["invoices"] orders',
        "[" * 100_000,
        'a:1:{i:0;s:8:"invoices"',
        'a:2:{i:0;s:8:"invoices";}',
        'a:1:{i:0;s:9:"invoices";}',
        'a:1:{i:0;s:-1:"invoices";}',
        'a:1:{i:0;s:99999999999999999999:"invoices";}',
        'a:1:{i:0;s:8:"invoices";}s:6:"orders";',
        'a:1:{i:0;s:8:"invoices";}orders',
        'a:1:{i:0;a:1:{i:0;s:8:"invoices";}}',
        'a:1:{s:8:"invoices";d:1.5;}',
        'a:1:{i:0;O:8:"stdClass":0:{}}',
        'O:8:"Flags":1:{s:8:"invoices";b:1;}',
        'C:8:"Flags":0:{}',
        's:17:"invoices,tickets";',
        "b:1;",
        "i:8191;",
        "N;",
        "a:1:{" * 5_000,
    ],
)  # fmt: skip
def test_nothing_is_taken_from_a_broken_or_strange_serialisation(raw: str) -> None:
    assert read(raw) == Flags(NONE, unreadable=True)


@pytest.mark.parametrize("on", ["true", "1", '"1"', '"on"', '"true"'])
@pytest.mark.parametrize("off", ["false", "0", '"0"', '""', '"off"', '"false"', "null"])
def test_a_map_gives_the_flags_that_are_on(on: str, off: str) -> None:
    assert read(f'{{"invoices":{on},"orders":{off},"tickets":{on}}}') == Flags(BOTH)


def test_an_ignored_flag_is_dropped_even_where_the_map_knows_it() -> None:
    narrow = flag_reader(
        PermissionMap("narrow", MAPPING.permissions, MAPPING.aliases, ignored=("Invoices",))
    )

    assert narrow("invoices,tickets") == Flags(("tickets",))
    assert narrow("View & Pay Invoices,tickets") == Flags(("tickets",))


def test_an_alias_cannot_redefine_a_flag() -> None:
    sly = flag_reader(PermissionMap("sly", MAPPING.permissions, aliases={"Invoices": "profile"}))

    assert sly("invoices") == Flags(("invoices",))


def test_a_flag_may_go_by_another_name_in_the_target() -> None:
    renamed = flag_reader(PermissionMap("renamed", {"invoices": "billing"}, {"Bills": "invoices"}))

    assert renamed("invoices") == renamed("bills") == Flags(("billing",))
    assert renamed("billing") == Flags(NONE, ("billing",))


def test_eleven_flags_of_an_old_host_stay_eleven() -> None:
    eleven = [key for key in ALL if key not in ("quotes", "productsso")]

    assert read(",".join(eleven)).permissions == tuple(eleven)


def test_all_8192_sets_of_flags_survive() -> None:
    for size in range(len(ALL) + 1):
        for keys in itertools.combinations(ALL, size):
            assert read(",".join(reversed(keys))) == Flags(keys)


@pytest.mark.parametrize(
    "raw", ["pro\ufb01le", "ticket\u017f", "tic\u212aets", "\u217fdomains", "\uff50rofile"]
)
def test_a_letter_that_only_looks_alike_is_another_one(raw: str) -> None:
    assert read(raw) == Flags((), (raw,))


@given(st.text(max_size=60) | st.text('aOsibdN:;{}[]"0123456789,truvoices ', max_size=60))
def test_reading_never_fails_and_grants_only_what_the_text_names(raw: str) -> None:
    words = raw.lower()

    assert all(
        key in words or (key == "invoices" and "view &" in words) for key in read(raw).permissions
    )


@given(st.lists(st.sampled_from([*ALL, "zz", 1, True, None]), max_size=5))
def test_lists_are_read_alike_from_json_and_php(items: list[object]) -> None:
    assert read(json.dumps(items)) == read(php(items))


@pytest.mark.parametrize(
    ("columns", "most"),
    [
        ([], NONE),
        (["invoices,tickets"], BOTH),
        (["invoices,tickets", "tickets,orders"], ("tickets",)),
        (["invoices", "tickets"], NONE),
        (["invoices", None], NONE),
        (["invoices", "O:1"], NONE),
        (["invoices,orders", "invoices,emails", "invoices"], ("invoices",)),
    ],
)
def test_a_person_is_entitled_to_what_every_row_gives(
    columns: list[str | None], most: Permissions
) -> None:
    gives = [read(column).permissions for column in columns]

    assert entitled(gives) == most
    assert entitled(gives[::-1]) == most
