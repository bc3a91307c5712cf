"""Counting as things pass, and keeping a few of those that a person wants to see."""

from syncd.report.census import SAMPLE, Census, in_passing


def length(word: str) -> int:
    return len(word)


def test_items_pass_as_they_came_and_are_counted_by_kind() -> None:
    census = Census[str, int](length)
    assert list(census.counted(["b", "aa", "a"])) == ["b", "aa", "a"]
    assert census.numbers == {1: 2, 2: 1}
    assert census.sample == ()


def test_they_are_counted_while_they_pass_and_not_before() -> None:
    census = Census[str, int](length)
    passing = census.counted(["b", "aa", "a"])
    assert (next(passing), census.numbers[1]) == ("b", 1)


def test_the_lowest_rank_is_shown_first_and_what_has_none_not_at_all() -> None:
    ranks = {1: 1, 3: 0}
    census = Census[str, int](length, lambda word: ranks.get(len(word)))
    for word in ("b", "bb", "bbb", "a", "aaa"):
        census.add(word)
    assert census.sample == ("bbb", "aaa", "b", "a")
    assert census.kept(1) == ["b", "a"]


def test_of_many_the_first_are_kept() -> None:
    census = Census[int, bool](bool, in_passing)
    for number in range(2 * SAMPLE):
        census.add(number)
    assert census.sample == tuple(range(SAMPLE))
    assert census.numbers == {False: 1, True: 2 * SAMPLE - 1}


def test_many_of_a_late_rank_leave_room_for_an_early_one_that_comes_last() -> None:
    census = Census[int, bool](bool, lambda number: 0 if number == 9 else 1, most=3)
    for number in range(10):
        census.add(number)
    assert census.sample == (9, 0, 1)
