"""`syncd check`: what it tries without writing, what it warns of, and what to do about it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from mariadb import READER, READER_PASSWORD, Database, certificate, running
from provider import Provider

from syncd.config.config import load
from syncd.ports import TriedTarget
from syncd.sources.backup import BackupSource
from syncd.targets.whmcs.trial import TRIALS
from syncd.wiring import open_target

NOT_TRIED = "AddClient and AddUser were not tried: no call of them is certain to write nothing"
# Reaches this machine, and nothing in its name says so.
ELSEWHERE = "0.0.0.0"  # noqa: S104 (to connect to, not to bind)


def advice(out: str, line: str) -> str:
    """Give what stands below a line."""
    lines = out.splitlines()
    assert line in lines, out
    return lines[lines.index(line) + 1].strip()


@pytest.fixture
def live(provider: Provider, legacy: Database) -> Provider:
    """Let the config point to a database instead of a backup."""
    provider.secrets.append(READER_PASSWORD)
    password = provider.folder / "secrets" / "password"
    password.write_text(READER_PASSWORD, encoding="utf-8")
    password.chmod(0o600)
    for table, rows in provider.legacy.tables.items():
        for row in rows:
            legacy.insert(table, row)
    read_from(provider, legacy)
    return provider


def read_from(provider: Provider, legacy: Database, **changes: Any) -> None:
    login = legacy.login | {"password": f"file:{provider.folder}/secrets/password"}
    provider.configure(sources=[{"kind": "mysql", "name": "legacy", **login, **changes}])


@contextmanager
def granted(legacy: Database, rights: str, where: str, more: str = "") -> Iterator[None]:
    legacy.execute(f"GRANT {rights} ON {where} TO {READER}@'%' {more}")
    try:
        yield
    finally:
        taken = ", ".join([rights, *(["GRANT OPTION"] if more else [])])
        legacy.execute(f"REVOKE {taken} ON {where} FROM {READER}@'%'")


# --- the actions that write -----------------------------------------------------------------


def test_each_writing_action_that_can_be_is_tried_and_writes_nothing(synced: Provider) -> None:
    before, mails = synced.get("state"), synced.get("outbox")

    checked = synced.syncd("check")

    assert checked.code == 0, checked
    for action in TRIALS:
        assert f"ok    target action {action}" in checked.out.splitlines()
    assert f"note  {NOT_TRIED}" in checked.out.splitlines()
    assert "warn" not in checked.out
    assert sorted(synced.tried) == sorted(TRIALS), "each once"
    assert (synced.get("state"), synced.get("outbox")) == (before, mails)


def test_a_role_that_only_plans_is_warned_and_passes(provider: Provider) -> None:
    provider.tell("roles", deny=["addcontact", "deleteuserclient"])

    checked = provider.syncd("check")

    assert checked.code == 0, checked
    below = advice(checked.out, "warn  target action AddContact")
    assert below.startswith('Invalid Permissions: API action "addcontact" is not allowed')
    assert below.endswith("`syncd apply` needs it: Tick AddContact in the credential's API role.")
    assert "warn  target action DeleteUserClient" in checked.out
    assert "ok    target action UpdateContact" in checked.out
    assert NOT_TRIED in checked.out


def test_nothing_is_tried_where_nobody_is_let_in(provider: Provider) -> None:
    provider.tell("ips", allow=["192.0.2.1"])

    checked = provider.syncd("check")

    assert checked.code == 4
    assert provider.tried == []
    assert "AddContact" not in checked.out


def test_a_target_is_tried_again_and_again_with_one_result(provider: Provider) -> None:
    target = open_target(load(provider.config))
    assert isinstance(target, TriedTarget)
    state = provider.get("state")
    first = target.probe_writing()
    assert first == target.probe_writing()
    assert all(probe.ok for probe in first)
    assert provider.get("state") == state


# --- what to do -----------------------------------------------------------------------------


def test_wrong_credentials_come_with_what_to_do(provider: Provider) -> None:
    (provider.folder / "secrets" / "secret").write_text("wrong-and-quiet", encoding="utf-8")
    checked = provider.syncd("check")
    assert checked.code == 4
    below = advice(checked.out, "FAIL  target action WhmcsDetails")
    assert below == ("Authentication Failed. Check identifier and secret of the API credential.")


def test_an_address_that_is_not_allowed_comes_with_what_to_do(provider: Provider) -> None:
    provider.tell("ips", allow=["192.0.2.1"])
    checked = provider.syncd("check")
    assert checked.code == 4
    below = advice(checked.out, "FAIL  target action WhmcsDetails")
    assert below == ("Invalid IP 127.0.0.1. Add this machine's address to the API IP allow list.")


def test_an_action_that_reads_and_is_not_allowed_comes_with_what_to_do(provider: Provider) -> None:
    provider.tell("roles", deny=["getcontacts"])
    checked = provider.syncd("check")
    assert checked.code == 4
    below = advice(checked.out, "FAIL  target action GetContacts")
    assert below.endswith("is not allowed. Tick GetContacts in the credential's API role.")


# --- how the way there is protected ---------------------------------------------------------


def test_a_target_that_is_reached_readable_is_warned_of(provider: Provider) -> None:
    url = provider.sandbox.url.replace("127.0.0.1", ELSEWHERE)
    assert ELSEWHERE in url
    provider.configure(target={"url": url, "plain_http": True})

    checked = provider.syncd("check")

    assert checked.code == 0, checked
    below = advice(checked.out, "warn  target kestrel is reached over http")
    assert below == "The credentials travel unencrypted: use https://"


def test_a_loopback_target_needs_no_tls(provider: Provider) -> None:
    assert "http" not in provider.syncd("check").out


def test_a_database_session_that_is_readable_is_warned_of(live: Provider, legacy: Database) -> None:
    assert "encrypted" not in live.syncd("check").out, "it does not leave this machine"
    read_from(live, legacy, host=ELSEWHERE)

    checked = live.syncd("check")

    assert checked.code == 0, checked
    below = advice(checked.out, "warn  source legacy: session encrypted")
    assert "docs/install.md" in below


@pytest.fixture(scope="module")
def over_tls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Database, Path]]:
    """Make a legacy database on a server with TLS, and give its certificate."""
    key, cert = certificate(tmp_path_factory.mktemp("tls"), ELSEWHERE)
    options = f"--ssl-key={key}", f"--ssl-cert={cert}"
    with running("", *options) as server, server.database() as database:
        yield database, cert


@pytest.mark.parametrize("tls", ["none", "checked", "disabled"])
def test_a_database_session_says_whether_it_is_encrypted(
    tls: str, live: Provider, over_tls: tuple[Database, Path]
) -> None:
    database, cert = over_tls
    ways = {"none": None, "checked": {"ca": str(cert)}, "disabled": {"disabled": True}}
    read_from(live, database, host=ELSEWHERE, tls=ways[tls])

    checked = live.syncd("check")

    assert checked.code == 0, checked
    word = "warn" if tls == "disabled" else "ok  "
    below = advice(checked.out, f"{word}  source legacy: session encrypted")
    assert below.startswith("What is read" if tls == "disabled" else "TLS_")


# --- the version of the legacy WHMCS --------------------------------------------------------


def test_a_backup_says_which_version_it_is(provider: Provider) -> None:
    line = "ok    source legacy opens and its tables can be read"
    assert advice(provider.syncd("check").out, line) == "WHMCS 7.10.3-release.1"


def test_a_large_backup_says_it_as_well(provider: Provider) -> None:
    for number in range(1000, 7000):
        provider.legacy.client(number, "Ann Other", f"ann{number}@other.example")
    provider.back_up()
    line = "ok    source legacy opens and its tables can be read"
    assert advice(provider.syncd("check").out, line) == "WHMCS 7.10.3-release.1"


def test_a_database_says_which_version_it_is(live: Provider) -> None:
    line = "ok    source legacy opens and its tables can be read"
    assert advice(live.syncd("check").out, line) == "WHMCS 7.10.3-release.1"


def test_what_does_not_say_its_version_can_be_read(live: Provider, legacy: Database) -> None:
    legacy.execute("DELETE FROM tblconfiguration")
    checked = live.syncd("check")
    assert checked.code == 0, checked
    line = "ok    source legacy opens and its tables can be read"
    assert advice(checked.out, line).startswith("It does not say its version")


# --- grants that are too wide ---------------------------------------------------------------


def test_a_login_that_only_reads_is_not_warned_of(live: Provider) -> None:
    checked = live.syncd("check")
    assert checked.code == 0, checked
    assert "ok    source legacy: login may only read" in checked.out.splitlines()
    assert "warn" not in checked.out


@pytest.mark.parametrize(
    ("rights", "where", "more", "named"),
    [
        ("INSERT, UPDATE (city)", "{}.tblclients", "", "INSERT, UPDATE ON `{}`.`tblclients`"),
        ("ALL PRIVILEGES", "{}.*", "", "ALL PRIVILEGES ON `{}`.*"),
        ("SELECT", "*.*", "", "SELECT ON *.*"),
        ("SELECT", "{}.tblclients", "WITH GRANT OPTION", "GRANT OPTION ON `{}`.`tblclients`"),
        ("SELECT, DELETE", "*.*", "WITH GRANT OPTION", "DELETE, SELECT, GRANT OPTION ON *.*"),
    ],
)
def test_a_login_that_may_do_more_is_warned_of(
    rights: str, where: str, more: str, named: str, live: Provider, legacy: Database
) -> None:
    with granted(legacy, rights, where.format(legacy.name), more):
        checked = live.syncd("check")
    legacy.execute(f"GRANT SELECT ON {legacy.name}.* TO {READER}@'%'")  # the fixture's own again

    assert checked.code == 0, checked
    below = advice(checked.out, "warn  source legacy: login may only read")
    assert below.startswith(f"Revoke {named.format(legacy.name)}.")
    assert below.endswith("What syncd needs is in docs/install.md.")
    assert "PASSWORD" not in checked.out, "SHOW GRANTS shows the hash of the password"


def test_a_backup_says_its_version_before_all_of_it_is_read(provider: Provider) -> None:
    source = BackupSource("legacy", path=provider.backup, batch=1)
    said = [source.version for _ in source.extract()]
    # Clients, then the settings, then contacts; the last batches come at the end.
    assert said[0] is None
    assert "7.10.3-release.1" in said
    assert said.index("7.10.3-release.1") == len(provider.legacy.clients)
