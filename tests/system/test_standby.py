"""Two hosts that stand by for each other, with one journal in PostgreSQL."""

import os
import signal
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from postgres import PASSWORD, Postgres
from provider import Done, Provider
from wire import Wire, between


@pytest.fixture
def wire(provider: Provider) -> Iterator[Wire]:
    """Put a wire between syncd and the sandbox."""
    with between(provider.sandbox) as strung:
        yield strung


def host(provider: Provider, postgres: Postgres, name: str, url: str = "") -> None:
    """Be that host from now on: each has its own state folder."""
    journal = {"journal": postgres.tcp, "password": f"file:{provider.folder}/secrets/journal"}
    (provider.folder / "secrets" / "journal").write_text(PASSWORD)
    (provider.folder / "secrets" / "journal").chmod(0o600)
    provider.secrets[:] = {*provider.secrets, PASSWORD}
    target = {"url": url or provider.sandbox.url}
    provider.configure(state=journal, state_dir=str(provider.folder / name), target=target)


def refused(done: Done, *words: str) -> None:
    assert done.code == 4, done
    for each in words:
        assert each in done.said, done.said


def test_either_host_goes_on_where_the_other_was_cut_off(
    wire: Wire, provider: Provider, postgres: Postgres, undisturbed: dict[str, Any]
) -> None:
    host(provider, postgres, "ada", wire.url)
    wire.before = lambda _, count: postgres.cut() if count == 3 else None
    done = provider.syncd("sync")
    refused(done, "Cannot use the journal postgresql://", "then run again.")
    assert len(provider.writes) == 3, "no call without the journal"

    child = provider.start("sync")
    wire.before = lambda _, count: os.kill(child.pid, signal.SIGKILL) if count == 6 else None
    assert provider.finish(child).code == -signal.SIGKILL
    wire.before = lambda *_: None
    wrote = len(provider.writes)

    host(provider, postgres, "bob", wire.url)
    refused(provider.finish(provider.start("sync")), "Another syncd is working on kestrel (pid ")
    assert len(provider.writes) == wrote
    soon = datetime.now(UTC) + timedelta(minutes=2)
    provider.sync_here(soon)
    assert provider.picture == undisturbed
    wrote = len(provider.writes)
    for name in ("bob", "ada"):
        host(provider, postgres, name, wire.url)
        provider.sync_here(soon)
    assert len(provider.writes) == wrote, "nothing twice, by whom ever"


def test_a_journal_moves_to_the_database_and_back_by_command(
    provider: Provider, postgres: Postgres
) -> None:
    provider.sync_here()
    wrote = provider.writes
    host(provider, postgres, "state")
    refused(provider.syncd("sync"), "it is empty, and ", "`syncd journal copy database`")
    done = provider.syncd("journal", "copy", "database")
    assert done.code == 0, done
    assert "links, seal" in done.out
    again = provider.syncd("journal", "copy", "database")
    refused(again, "it was copied to postgresql://")
    for command in (
        "check", "journal check", "status", "status --max-age 26h", "explain account:legacy/17",
        "ownership list", "bindings export bindings.csv", "verify", "sync",
    ):  # fmt: skip
        assert provider.syncd(*command.split()).code == 0, command
    backup = provider.folder / "backup.sqlite"
    assert provider.syncd("journal", "backup", str(backup)).code == 0

    refused(provider.syncd("journal", "copy", "file"), "move that one away")
    moved = Path(f"{provider.state}/journal.sqlite")
    moved.rename(provider.folder / "old.sqlite")
    done = provider.syncd("journal", "copy", "file")
    assert done.code == 0, done
    assert "Take state.journal out of the config" in done.out
    refused(provider.syncd("sync"), "and goes on there")
    provider.configure()
    provider.sync_here()
    assert provider.writes == wrote
    done = provider.syncd("journal", "copy", "file")
    assert (done.code, "state.journal" in done.said) == (2, True)
