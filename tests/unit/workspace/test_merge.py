"""Merging ordered streams by key."""

from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from syncd.workspace.merge import along, merged

streams = st.lists(st.lists(st.tuples(st.text(max_size=3), st.integers())), max_size=4)


def test_each_key_comes_once_with_what_every_stream_has() -> None:
    ours = [("ann", 1), ("ann", 2), ("cat", 3)]
    theirs = [("bob", 4), ("cat", 5)]
    assert list(merged(ours, theirs)) == [
        ("ann", [[1, 2], []]),
        ("bob", [[], [4]]),
        ("cat", [[3], [5]]),
    ]


def test_items_need_no_order_of_their_own() -> None:
    assert list(merged([("ann", None)], [("ann", {})])) == [("ann", [[None], [{}]])]


def test_nothing_merges_to_nothing() -> None:
    assert not list(merged())
    assert not list(merged([], []))


def test_streams_are_read_as_far_as_needed() -> None:
    def endless() -> Iterator[tuple[str, int]]:
        yield "ann", 1
        yield "bob", 2
        raise AssertionError("read too far")

    assert next(merged(endless())) == ("ann", [[1]])


@given(streams)
def test_no_item_is_lost_and_none_moves(given_streams: list[list[tuple[str, int]]]) -> None:
    ordered = [sorted(stream, key=lambda pair: pair[0]) for stream in given_streams]
    found = list(merged(*ordered))
    assert [key for key, _ in found] == sorted({key for stream in ordered for key, _ in stream})
    for number, stream in enumerate(ordered):
        assert [(key, item) for key, items in found for item in items[number]] == stream


def test_followers_go_along_with_their_leader() -> None:
    leader = [("b", 1), ("c", 2), ("e", 3)]
    others = [("a", "early"), ("b", "one"), ("b", "two"), ("d", "between"), ("e", "last")]

    assert list(along(leader, others, [])) == [
        ("b", 1, [["one", "two"], []]),
        ("c", 2, [[], []]),
        ("e", 3, [["last"], []]),
    ]
