"""A crew of threads: what is handed in comes back once, errors included."""

import threading
from collections.abc import Iterator

import pytest

from syncd.wire.crew import Crew, spread

HANDS = [1, 4]


@pytest.mark.parametrize("hands", HANDS)
def test_each_item_comes_back_once_with_its_result(hands: int) -> None:
    found = []
    with Crew(lambda number: number * 2, hands) as crew:
        for number in range(20):
            crew.hand(number)
            if not crew.has_room:
                found.append(crew.take())
        while crew.busy:
            found.append(crew.take())
    assert sorted((item, future.result()) for item, future in found) == [
        (number, number * 2) for number in range(20)
    ]


@pytest.mark.parametrize("hands", HANDS)
def test_an_error_is_carried_to_who_takes_it(hands: int) -> None:
    def work(number: int) -> float:
        return 1 / number

    with Crew(work, hands) as crew:
        crew.hand(0)
        item, future = crew.take()
    assert item == 0
    assert isinstance(future.exception(), ZeroDivisionError)


def test_as_many_are_on_at_once_as_there_are_hands() -> None:
    together = threading.Barrier(3)
    with Crew(lambda _: together.wait(30), 3) as crew:
        for number in range(3):
            assert crew.has_room
            crew.hand(number)
        assert not crew.has_room
        assert sorted(crew.take()[1].result() for _ in range(3)) == [0, 1, 2]


def test_one_hand_works_in_the_thread_that_hands_out() -> None:
    with Crew(lambda _: threading.current_thread(), 1) as crew:
        crew.hand(0)
        assert crew.take()[1].result() is threading.current_thread()


def test_who_leaves_with_an_error_waits_for_what_is_on() -> None:
    done, go = threading.Event(), threading.Event()

    def work(_: int) -> None:
        go.wait(30)
        done.set()

    with pytest.raises(KeyError), Crew(work, 2) as crew:  # noqa: PT012
        crew.hand(0)
        go.set()
        raise KeyError
    assert done.is_set()


def test_who_is_interrupted_does_not() -> None:
    go = threading.Event()
    with pytest.raises(KeyboardInterrupt), Crew(lambda _: go.wait(30), 2) as crew:  # noqa: PT012
        crew.hand(0)
        raise KeyboardInterrupt
    assert not go.is_set(), "and here we are"
    go.set()


# --- spread ---------------------------------------------------------------------------------


@pytest.mark.parametrize("hands", HANDS)
def test_a_long_list_is_never_taken_far_ahead(hands: int) -> None:
    taken = 0

    def items() -> Iterator[int]:
        nonlocal taken
        for number in range(50):
            taken += 1
            yield number

    found = []
    for number in spread(lambda number: number, items(), hands):
        found.append(number)
        assert taken <= len(found) + hands
    assert sorted(found) == list(range(50))


@pytest.mark.parametrize("hands", HANDS)
def test_an_error_of_the_work_ends_it(hands: int) -> None:
    with pytest.raises(ZeroDivisionError):
        list(spread(lambda number: 1 / number, [1, 0, 2], hands))
