"""Sets of permissions: equal sets are equal values, and nothing is ever gained."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from syncd.model.permission import ALL, NONE, excess, intersection, permissions

KEYS = st.sets(st.sampled_from([*ALL, "addons", "zones"])).map(permissions)


def test_there_are_thirteen_permissions() -> None:
    assert len(set(ALL)) == len(ALL) == 13


def test_order_and_repetition_do_not_matter() -> None:
    assert permissions(["tickets", "profile", "tickets"]) == ("profile", "tickets")
    assert permissions(reversed(ALL)) == ALL
    assert permissions([]) == NONE


def test_keys_we_do_not_know_sort_last_by_name() -> None:
    assert permissions(["zones", "addons", "orders"]) == ("orders", "addons", "zones")


@given(KEYS, KEYS)
def test_what_two_sets_share_exceeds_neither(
    first: tuple[str, ...], second: tuple[str, ...]
) -> None:
    both = intersection(first, second)

    assert both == intersection(second, first) == permissions(set(first) & set(second))
    assert excess(both, first) == excess(both, second) == NONE


@given(KEYS, KEYS)
def test_excess_is_what_was_not_allowed(granted: tuple[str, ...], allowed: tuple[str, ...]) -> None:
    assert set(excess(granted, allowed)) == set(granted) - set(allowed)


def test_each_of_the_8192_combinations_keeps_itself_through_a_plan_file() -> None:
    for number in range(1 << len(ALL)):
        keys = tuple(key for bit, key in enumerate(ALL) if number >> bit & 1)

        assert permissions(keys[::-1]) == keys
        assert msgspec.json.decode(msgspec.json.encode(keys), type=tuple[str, ...]) == keys
