"""A browser for all tests of a process, the two areas, and a person before each."""

from collections.abc import Iterator

import pytest
from areas import Area, after, before
from selenium import webdriver
from surfer import Surfer, chromium

from syncd.sandbox import running
from syncd.sandbox.switches import GENERATIONS


@pytest.fixture(scope="session")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    with chromium(tmp_path_factory.mktemp("chromium")) as started:
        yield started


@pytest.fixture(scope="session")
def areas() -> Iterator[dict[str, Area]]:
    with running(switches={"version": GENERATIONS["7"]}) as old, running() as new:
        yield {"7": Area(old), "8": Area(new)}


@pytest.fixture
def old(areas: dict[str, Area]) -> Area:
    """Give the area of generation 7, with three clients and nobody else."""
    before(areas["7"])
    return areas["7"]


@pytest.fixture
def new(areas: dict[str, Area]) -> Area:
    """Give the area of generation 8, with the same three as owners."""
    after(areas["8"])
    return areas["8"]


@pytest.fixture
def at_old(driver: webdriver.Chrome, old: Area) -> Surfer:
    return _fresh(driver, old)


@pytest.fixture
def at_new(driver: webdriver.Chrome, new: Area) -> Surfer:
    return _fresh(driver, new)


def _fresh(driver: webdriver.Chrome, area: Area) -> Surfer:
    surfer = Surfer(driver, area)
    surfer.forget()
    return surfer
