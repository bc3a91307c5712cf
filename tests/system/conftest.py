"""Fixtures of the system tests: the real command line as a child process, real HTTP, a sandbox."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

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


class FirstRun(NamedTuple):
    """What the first run on the archers leaves behind; nobody changes it, each takes a copy."""

    sandbox: Path  # the file of the new WHMCS
    state: Path
    picture: dict[str, list[Any]]


@pytest.fixture(scope="session")
def first_run(tmp_path_factory: pytest.TempPathFactory) -> FirstRun:
    file = tmp_path_factory.mktemp("sandbox") / "sandbox.sqlite"
    with running(file) as started:
        provider = provided(tmp_path_factory.mktemp("first-run"), started)
        provider.sync_here()
        picture = provider.picture
    return FirstRun(file, provider.state, picture)


@pytest.fixture
def synced(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, first_run: FirstRun
) -> Iterator[Provider]:
    """Let the first run be over."""
    file = shutil.copy(first_run.sandbox, tmp_path_factory.mktemp("sandbox"))
    with running(Path(file)) as started:
        provider = provided(tmp_path, started)
        shutil.copytree(first_run.state, provider.state)
        provider.is_known_here()
        yield provider


@pytest.fixture
def settled(synced: Provider) -> Provider:
    """Let the first run be over and everybody have accepted."""
    synced.tell("invites/accept-all")
    requests.delete(f"{synced.sandbox.control}/requests", timeout=10).raise_for_status()
    return synced


@pytest.fixture(scope="session")
def undisturbed(first_run: FirstRun) -> dict[str, list[Any]]:
    """Give what the new WHMCS looks like after a run that nothing happened to."""
    return first_run.picture
