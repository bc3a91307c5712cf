"""Fixtures of the system tests: the real command line as a child process, real HTTP, a sandbox."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from provider import Provider, provided

from syncd.sandbox import Sandbox, running


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """Serve a new WHMCS with nobody in it."""
    with running() as started:
        yield started


@pytest.fixture
def provider(tmp_path: Path, sandbox: Sandbox) -> Provider:
    return provided(tmp_path, sandbox)


@pytest.fixture
def settled(provider: Provider) -> Provider:
    """Let the first run be over and everybody have accepted."""
    provider.sync_here()
    provider.tell("invites/accept-all")
    requests.delete(f"{provider.sandbox.control}/requests", timeout=10).raise_for_status()
    return provider


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Any]]:
    """Give what the new WHMCS looks like after a run that nothing happened to."""
    with running() as started:
        provider = provided(tmp_path_factory.mktemp("undisturbed"), started)
        provider.sync_here()
        return provider.picture
