"""A sample of what `make torture` tries in full: the same points each time."""

from collections.abc import Iterator

import pytest
from harness import WAYS, Point, Torture, sample
from story import NIGHTS

SAMPLE = 18
SILENT = 4
# All that syncd may write, see targets/whmcs/client.py.
WRITES = {
    "AddClient", "AddContact", "AddUser", "CreateClientInvite", "DeleteUserClient",
    "UpdateContact", "UpdateUserPermissions",
}  # fmt: skip
# With the companion. It makes the users as well.
QUIET = WRITES - {"AddUser", "CreateClientInvite"} | {"SyncdAttach"}


@pytest.fixture(scope="module")
def torture() -> Iterator[Torture]:
    with Torture() as made:
        yield made


@pytest.fixture(scope="module")
def points(torture: Torture) -> list[Point]:
    return torture.points()


def test_the_story_makes_every_write_there_is(torture: Torture) -> None:
    assert torture.writes() == WRITES


def test_the_sample_knows_every_night_and_way(points: list[Point]) -> None:
    chosen = sample(points, SAMPLE)
    assert {(one.night, one.way) for one in chosen} == {
        (night, way) for night in NIGHTS for way in WAYS
    }


@pytest.mark.parametrize("part", range(SAMPLE))
def test_whatever_befalls_a_run_reruns_make_up_for_it(
    part: int, torture: Torture, points: list[Point]
) -> None:
    tried = torture.try_point(sample(points, SAMPLE)[part])
    assert not tried.wrong, tried


@pytest.fixture(scope="module")
def silent() -> Iterator[Torture]:
    with Torture(silent=True) as made:
        yield made


@pytest.mark.parametrize("part", range(SILENT))
def test_whatever_befalls_a_silent_run_leaves_no_doubt(part: int, silent: Torture) -> None:
    assert silent.writes() == QUIET
    tried = silent.try_point(sample(silent.points(), SILENT)[part])
    assert (tried.wrong, tried.decided) == ("", 0), tried
