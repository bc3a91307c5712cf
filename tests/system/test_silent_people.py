"""The demo's people move in silence: no mail, and they log in with the password that they had."""

import csv
import re
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import pytest
from control import direct_session

from syncd import run
from syncd.cli.demo.stage import write_config
from syncd.cli.rehearse.built import build
from syncd.config.config import load
from syncd.run import Result
from syncd.sandbox import Sandbox, running
from syncd.sandbox.switches import GENERATIONS
from syncd.sources.backup import BackupSource
from syncd.wiring import job_of

PASSWORD = "kestrel-demo"  # noqa: S105 - the demo's
SILENT = {"cutover": "silent", "passwords": "carry"}
FORM_TOKEN = re.compile(r'name="token" value="([^"]+)"')


@pytest.fixture
def backup(tmp_path: Path) -> Path:
    path = tmp_path / "backup.zip"
    path.write_bytes((resources.files("syncd.cli.demo") / "legacy-backup.zip").read_bytes())
    return path


@pytest.fixture
def new() -> Iterator[Sandbox]:
    with running(switches={"companion": "on"}) as sandbox:
        yield sandbox


@pytest.fixture
def old() -> Iterator[Sandbox]:
    with running(switches={"version": GENERATIONS["7"]}) as sandbox:
        yield sandbox


def moved(backup: Path, new: Sandbox) -> Result:
    ready = {"url": new.url, "identifier": new.identifier, "secret": new.secret}
    return run.synced(job_of(load(write_config(backup.parent, backup, ready, policy=SILENT))))


def tell(sandbox: Sandbox, path: str, body: object) -> None:
    reply = direct_session().post(f"{sandbox.control}/{path}", json=body, timeout=30)
    assert reply.ok, reply.text


def fill(old: Sandbox, backup: Path, folder: Path) -> None:
    """Let the old area hold the backup's people, with the hashes of their passwords."""
    job = job_of(load(backup.parent / "config.yaml"))
    parts = list(build(job, folder).legacy["legacy"])
    for part in parts:
        for row in part.get("contacts", []):
            stored = BackupSource("legacy", path=backup).passwords({row["id"]: 0})(row["id"])
            assert stored is not None
            row["password"] = stored.hash or ""
        tell(old, "load", part)


def lets_in(sandbox: Sandbox, email: str, password: str) -> bool:
    session, address = direct_session(), f"{sandbox.url}/login"
    (token,) = FORM_TOKEN.findall(session.get(address, timeout=30).text)[:1]
    form = {"email": email, "password": password, "token": token}
    page = session.post(address, data=form, timeout=30)
    return page.ok and "Logout" in page.text


def test_people_log_in_before_and_after_with_the_same_password(
    backup: Path, new: Sandbox, old: Sandbox, tmp_path_factory: pytest.TempPathFactory
) -> None:
    result = moved(backup, new)
    assert result.applied is not None
    assert result.applied.outcomes == {"applied": 105}
    assert direct_session().get(f"{new.control}/outbox", timeout=30).json() == {"mails": []}
    fill(old, backup, tmp_path_factory.mktemp("rehearsal"))

    with (result.folder / "passwords.csv").open(encoding="utf-8-sig", newline="") as file:
        people = {row["email"]: row["password_after"] for row in csv.DictReader(file)}
    carried = [email for email, outcome in people.items() if outcome == "carried"]
    assert len(carried) == 19
    for email in carried:
        assert lets_in(old, email, PASSWORD), email
        assert lets_in(new, email, PASSWORD), email
        assert not lets_in(new, email, "something else"), email
    for email in people.keys() - set(carried):
        assert not lets_in(new, email, PASSWORD), email

    again = moved(backup, new)
    assert again.report.writes == 0
