"""`syncd rehearse`: from a backup, or from the configured source and target, only read."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from provider import Provider
from visitors import OF_USERS, everybody, opened

from syncd.cli.rehearse.built import Built, build
from syncd.config.config import load
from syncd.sandbox.rehearsal.areas import AreaToFill, RunningRehearsal, rehearsing
from syncd.sandbox.rehearsal.logins import addresses
from syncd.wiring import job_of

DANA, ERIN = "dana@dean.example", "erin@archer.example"
BILLING = {"/invoices", "/payment-methods"}
_SHARED = ("-shm", "-wal")
TICKETS = {"/tickets", "/tickets/new"}


@contextmanager
def rehearsed(provider: Provider, folder: Path) -> Iterator[tuple[Built, RunningRehearsal]]:
    built = build(job_of(load(provider.config)), folder)
    areas = [AreaToFill("Today", "7", built.legacy["legacy"]), AreaToFill("Then", "8", built.new)]
    with rehearsing(folder, areas) as rehearsal:
        yield built, rehearsal


def rights(rehearsal: RunningRehearsal, email: str) -> dict[str, set[str]]:
    """Give what somebody will open of what not everybody may."""
    mine = {"/", "/password", "/support"} | OF_USERS
    return {name: set(pages - mine) for name, pages in opened(rehearsal, email, 1).items()}


def kept(folder: Path) -> dict[str, bytes]:
    """Give what files hold, but for those in which SQLite notes that somebody reads along."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path): path.read_bytes() for path in files if path.suffix[-4:] not in _SHARED}


@pytest.fixture
def moving(provider: Provider) -> Provider:
    """Give a provider half-way: one wave is out, nobody has accepted, staff added somebody."""
    provider.configure(waves={"per_run": 2})
    assert provider.syncd("sync").code in (0, 5)
    state = provider.get("state")
    (archer,) = (row["id"] for row in state["clients"] if row["email"] == "alma@archer.example")
    provider.tell("members", client_id=archer, email="zoe@zed.example", permissions=["quotes"])
    return provider


def test_the_target_begins_as_it_is_and_ends_as_the_plan_makes_it(
    moving: Provider, tmp_path_factory: pytest.TempPathFactory
) -> None:
    before, state, writes = moving.picture, kept(moving.state), moving.writes
    with rehearsed(moving, tmp_path_factory.mktemp("first")) as (built, rehearsal):
        assert rights(rehearsal, DANA) == {
            "Archer Ltd": {"/services"} | BILLING,
            "Baker Ltd": {"/domains"},
        }
        assert rights(rehearsal, ERIN) == {"Archer Ltd": TICKETS}
        assert rights(rehearsal, "zoe@zed.example") == {"Archer Ltd": {"/quotes"}}, "not ours"
        assert "zoe@zed.example" not in addresses(rehearsal.areas[0], "", 100)
        first = {email: opened(rehearsal, email, 1) for email in everybody(rehearsal)}
        assert built.accepted == 5, "those of the first wave, too"
    assert moving.picture == before
    assert moving.writes == writes
    assert kept(moving.state) == state

    with rehearsed(moving, tmp_path_factory.mktemp("again")) as (_, rehearsal):
        assert first == {email: opened(rehearsal, email, 1) for email in everybody(rehearsal)}


def test_no_hash_comes_along(moving: Provider, tmp_path: Path) -> None:
    moving.legacy.clients[0]["password"] = f"$2y$10${'q' * 53}"
    moving.legacy.row(112)["password"] = f"$2y$10${'z' * 53}"
    moving.back_up()
    with rehearsed(moving, tmp_path):
        for path, content in kept(tmp_path).items():
            if path != str(moving.backup):
                assert b"q" * 40 not in content, path
                assert b"z" * 40 not in content, path


def test_bad_input_is_a_sentence(provider: Provider) -> None:
    nobody = provider.syncd("rehearse", "--person", "finn@baker.example")
    assert nobody.code == 2
    assert "nobody logs in as finn@baker.example, today or then" in nobody.said

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused = provider.syncd("rehearse", "--port", str(port))
    assert refused.code == 2
    assert f"{port} cannot be had: Address already in use" in refused.said

    missing = provider.syncd("rehearse", "--backup", "nowhere.zip", config=False)
    assert missing.code == 4
    assert "nowhere.zip: No such file" in missing.said

    provider.backup.unlink()
    assert provider.syncd("rehearse").code == 4
    assert provider.syncd("rehearse", "--port", "70000").code == 2
    assert not provider.state.exists()


def test_a_plan_that_a_fuse_refuses_is_not_rehearsed(moving: Provider) -> None:
    moving.legacy.contacts = moving.legacy.contacts[:1]
    moving.back_up()
    done = moving.syncd("rehearse")
    assert done.code == 3
    assert "Refused by the fuse" in done.out
