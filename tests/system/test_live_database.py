"""A living legacy database gives the same plan as its backup, to the byte."""

import zipfile
from pathlib import Path

import pytest
from mariadb import READER_PASSWORD, Database
from provider import Provider, lines

import syncd

DEMO = Path(syncd.__file__).parent / "cli" / "demo" / "legacy-backup.zip"


@pytest.fixture
def live(provider: Provider, legacy: Database) -> Provider:
    """Let the config point to a database instead of a backup."""
    provider.secrets.append(READER_PASSWORD)
    (provider.folder / "secrets" / "password").write_text(READER_PASSWORD, encoding="utf-8")
    login = legacy.login | {"password": f"file:{provider.folder}/secrets/password"}
    provider.configure(sources=[{"kind": "mysql", "name": "legacy", **login}])
    return provider


def fill(database: Database, provider: Provider) -> None:
    for table, rows in provider.legacy.tables.items():
        for row in rows:
            database.insert(table, row)


def test_the_database_of_the_demo_and_its_backup_give_one_plan(
    live: Provider, legacy: Database
) -> None:
    with zipfile.ZipFile(DEMO) as archive:
        (name,) = archive.namelist()
        legacy.execute(archive.read(name).decode())
    dump = live.folder / "dump.sql"
    dump.write_bytes(legacy.dump())
    out = {name: live.folder / name for name in ("live", "dumped", "bundled")}
    assert live.syncd("check").code == 0
    assert live.syncd("plan", "--out", str(out["live"])).code == 5
    assert live.syncd("plan", "--out", str(out["dumped"]), "--backup", str(dump)).code == 5
    assert live.syncd("plan", "--out", str(out["bundled"]), "--backup", str(DEMO)).code == 5
    first, *others = ((folder / "plan.jsonl").read_bytes() for folder in out.values())
    assert len(lines(out["live"])) == 109
    assert others == [first, first]


def test_what_was_planned_on_a_backup_is_applied_from_the_database(
    live: Provider, legacy: Database
) -> None:
    live.legacy.bill({}, {}, {}, tblcurrencies=[{"id": 1, "code": "USD"}])
    live.back_up()
    fill(legacy, live)
    out = live.folder / "out"
    assert live.syncd("plan", "--out", str(out), "--backup", str(live.backup)).code == 0
    applied = live.syncd("apply", str(out))
    assert applied.code == 0, applied
    assert len(live.mails) == 5
    legacy.execute("DELETE FROM tblcontacts WHERE id IN (111, 112)")
    assert live.syncd("sync").code == 3


def test_a_database_that_lets_nobody_in(live: Provider, legacy: Database) -> None:
    fill(legacy, live)
    (live.folder / "secrets" / "password").write_text("wrong-and-quiet", encoding="utf-8")
    live.secrets.append("wrong-and-quiet")
    done = live.syncd("sync")
    assert done.code == 4
    assert done.said.startswith("Source legacy cannot be opened: ")
    assert done.said.endswith("Check path or host, user and password.")
    assert not live.writes


def test_a_database_that_is_new_already(live: Provider, legacy: Database) -> None:
    live.legacy.version = "8.13.1-release.1"
    fill(legacy, live)
    done = live.syncd("plan")
    assert done.code == 4
    assert "Source legacy is no legacy WHMCS" in done.said
    assert done.said.endswith("set allow_migrated.")
    assert not live.writes


def test_an_empty_database_is_no_whmcs(live: Provider, legacy: Database) -> None:
    legacy.execute("DROP TABLE tblcontacts")
    done = live.syncd("plan")
    assert done.code == 4
    assert "tblcontacts" in done.said
