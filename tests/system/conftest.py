"""Fixtures of the system tests: the real command line as a child process, real HTTP, a sandbox."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from provider import Legacy, Provider, archers

from syncd.sandbox import Sandbox, running


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """Serve a new WHMCS with nobody in it."""
    with running() as started:
        yield started


@pytest.fixture
def provider(tmp_path: Path, sandbox: Sandbox) -> Provider:
    """Set up a provider with the archers in the legacy backup, before its first run."""
    legacy = Legacy()
    archers(legacy)
    made = Provider(tmp_path, sandbox, legacy)
    made.back_up()
    return made


@pytest.fixture
def settled(provider: Provider) -> Provider:
    """Let the first run be over and everybody have accepted."""
    provider.sync_here()
    provider.tell("invites/accept-all")
    requests.delete(f"{provider.sandbox.control}/requests", timeout=10).raise_for_status()
    return provider
