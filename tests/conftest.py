"""Fixtures for all tests. The server starts with the first test that asks for it."""

from collections.abc import Iterator
from pathlib import Path

import postgres as postgresql
import pytest
from mariadb import Database, MariaDb, running

from syncd.journal.stores import Place
from syncd.wire import rows as wire


@pytest.fixture(scope="session")
def mariadb() -> Iterator[MariaDb]:
    """One server for all tests of a process."""
    with running() as server:
        yield server


@pytest.fixture
def legacy(mariadb: MariaDb) -> Iterator[Database]:
    """Make a fresh, empty database of a WHMCS 7.10."""
    with mariadb.database() as database:
        yield database


@pytest.fixture(params=["asyncmy", "without asyncmy"])
def each_way_to_read(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Read rows of MySQL with asyncmy, and as where it is not installed."""
    if request.param == "asyncmy":
        assert wire.taker() is not wire.take_rows, "asyncmy is not installed"
    else:
        monkeypatch.setattr(wire, "taker", lambda: wire.take_rows)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[postgresql.Postgres]:
    """One server for all tests of a process."""
    with postgresql.running() as server:
        yield server


@pytest.fixture
def postgres(postgres_server: postgresql.Postgres) -> Iterator[postgresql.Postgres]:
    """Give a database without tables."""
    with postgres_server.emptied() as server:
        yield server


@pytest.fixture(params=["file", "database"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """Give a place for a journal: each of the two."""
    if request.param == "file":
        return tmp_path / "journal.sqlite"
    server: postgresql.Postgres = request.getfixturevalue("postgres")
    return server.place(tmp_path)


# What takes longest begins first: at the end no worker waits for another one's long test.
LONGEST_FIRST = ("machine", "torture", "system", "browser", "cases", "contract", "corpus")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    def rank(item: pytest.Item) -> int:
        _, folder, *_ = item.nodeid.split("/")
        return LONGEST_FIRST.index(folder) if folder in LONGEST_FIRST else len(LONGEST_FIRST)

    items.sort(key=rank)
