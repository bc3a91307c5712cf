"""Fixtures for all tests. The server starts with the first test that asks for it."""

from collections.abc import Iterator

import pytest
from mariadb import Database, MariaDb, running


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
