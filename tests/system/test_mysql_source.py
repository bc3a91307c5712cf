"""The live source against a real server: what it refuses, what it proves, what it never does."""
# ruff: noqa: S608 (statements of our own, for a server of our own)

import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pymysql
import pytest
from mariadb import READER_PASSWORD, Database, MariaDb

from syncd.errors import AlreadyMigrated, IncompleteRead, NotLegacy, SourceError, SourceUnavailable
from syncd.model.connection import DatabaseConnection, Tls
from syncd.model.legacy import LegacyClient, LegacyContact
from syncd.model.text import Utf8
from syncd.ports import Provenance, Source
from syncd.sources.backup import BackupSource
from syncd.sources.mysql import MySqlSource
from syncd.wire import mysql as wire
from syncd.wire.mysql import SNAPSHOT, connect

pytestmark = pytest.mark.usefixtures("each_way_to_read")

Rows = dict[str, list[tuple[object, ...]]]


def mysql(legacy: Database, **options: Any) -> MySqlSource:
    own = {name: options.pop(name) for name in ("allow_migrated", "batch") if name in options}
    return MySqlSource("old", DatabaseConnection(**legacy.login | options), **own)


def backup(database: Database, folder: Path, *options: str) -> BackupSource:
    path = folder / "backup.sql"
    path.write_bytes(database.dump(*options))
    return BackupSource("old", path=path)


def read(source: Source) -> Rows:
    rows: Rows = {}
    for batch in source.extract():
        rows.setdefault(batch.table.__name__, []).extend(batch.rows)
    return rows


def provenance(source: Source) -> Provenance:
    read(source)
    return source.provenance()


def add_contacts(database: Database, *ids: int) -> None:
    values = ", ".join(f"({number}, 1, 'c{number}@firm.example')" for number in ids)
    database.execute(f"INSERT INTO tblcontacts (id, userid, email) VALUES {values}")


def add_client(database: Database) -> None:
    """Add the client that the contacts are of."""
    database.execute("INSERT INTO tblclients (id, email) VALUES (1, 'ann@firm.example')")


@pytest.fixture
def old(mariadb: MariaDb) -> Iterator[Database]:
    """Make a WHMCS 6.0 with a client and a contact."""
    with mariadb.database("legacy-6.0") as database:
        add_client(database)
        add_contacts(database, 4)
        yield database


# --- the same, live and from a dump ---------------------------------------------------------


def test_old_schemas_read_with_what_they_have(old: Database, tmp_path: Path) -> None:
    rows = read(mysql(old))
    client = LegacyClient(*rows["LegacyClient"][0])
    contact = LegacyContact(*rows["LegacyContact"][0])
    assert (client.tax_id, client.two_factor, client.created_at) == (None, None, "0000-00-00")
    assert (contact.affiliate_emails, contact.created_at, contact.tax_id) == (None, None, None)
    assert contact.subaccount == "0"
    assert (client.password, contact.password) == ("none", "none")
    assert read(backup(old, tmp_path)) == rows
    live = provenance(mysql(old)).remarks
    dumped = provenance(backup(old, tmp_path)).remarks
    assert dumped == tuple(remark for remark in live if "InnoDB" not in remark)
    assert len([remark for remark in live if "the snapshot does not cover it" in remark]) == 2


def test_a_schema_without_logins_is_refused(old: Database) -> None:
    old.execute("ALTER TABLE tblcontacts DROP subaccount, DROP permissions, DROP password")
    with pytest.raises(IncompleteRead, match="no column subaccount, permissions, which decides"):
        read(mysql(old))


@pytest.mark.parametrize("options", [(), ("--hex-blob",), ("--default-character-set=latin1",)])
def test_bytes_and_null_are_the_same_live_and_dumped(
    options: tuple[str, ...], legacy: Database, tmp_path: Path
) -> None:
    legacy.execute("ALTER TABLE tblcontacts MODIFY city blob, MODIFY state varbinary(99) NULL")
    add_client(legacy)
    add_contacts(legacy, 1, 2)
    legacy.execute(
        "UPDATE tblcontacts SET city = %s, state = NULL, companyname = 'Zürich' WHERE id = 1",
        (b"\xff\xfe\0' \\ Z\xc3\xbcrich",),
    )
    rows = read(mysql(legacy))
    contact = LegacyContact(*rows["LegacyContact"][0])
    assert contact.city == "\\xff\\xfe\0' \\ Zürich"
    assert (contact.state, contact.company) == (None, "Zürich")
    assert read(backup(legacy, tmp_path, *options)) == rows
    assert "1 values are no text in UTF-8" in provenance(mysql(legacy)).remarks[-1]


def test_timestamps_are_the_same_whatever_the_zone_of_the_server(
    legacy: Database, tmp_path: Path
) -> None:
    add_client(legacy)
    add_contacts(legacy, 1)
    legacy.execute("SET GLOBAL time_zone = '+05:00'")
    try:
        legacy.execute("UPDATE tblcontacts SET created_at = '2019-05-06 07:08:09'")
        rows = read(mysql(legacy))
        assert LegacyContact(*rows["LegacyContact"][0]).created_at == "2019-05-06 02:08:09"
        assert read(backup(legacy, tmp_path)) == rows
    finally:
        legacy.execute("SET GLOBAL time_zone = 'SYSTEM'")


# --- one snapshot, nothing written, proven complete -----------------------------------------


def test_reads_one_snapshot_while_others_write(legacy: Database) -> None:
    add_contacts(legacy, *range(1, 11))
    batches = mysql(legacy, batch=4).extract()
    ids = [row[1] for row in next(batches).rows]
    legacy.execute("DELETE FROM tblcontacts WHERE id > 5")
    add_contacts(legacy, 11)
    ids += [row[1] for batch in batches for row in batch.rows]
    assert ids == list(range(1, 11))


def test_changes_under_a_table_without_snapshots_are_noticed(old: Database) -> None:
    add_contacts(old, *range(5, 12))
    batches = mysql(old, batch=4).extract()
    next(batches)
    next(batches)
    add_contacts(old, 12)
    with pytest.raises(IncompleteRead, match=r"tblcontacts: .* run again while nobody writes"):
        list(batches)


def test_changes_behind_the_reader_are_noticed(old: Database) -> None:
    batches = mysql(old, batch=4).extract()
    assert {next(batches).table for _ in range(2)} == {LegacyClient, LegacyContact}
    old.execute("INSERT INTO tblclients (id, email) VALUES (2, 'late@firm.example')")
    with pytest.raises(IncompleteRead, match=r"tblclients: 1 rows .* counts 2"):
        list(batches)


def test_its_session_cannot_write(legacy: Database) -> None:
    source = mysql(legacy, user="root", password="", unix_socket=legacy.server.socket)
    with (
        closing(connect(source._connection, Utf8())) as connection,
        connection.cursor() as cursor,
    ):
        for statement in SNAPSHOT:
            cursor.execute(statement)
        with pytest.raises(pymysql.MySQLError, match="READ ONLY"):
            cursor.execute("DELETE FROM tblcontacts")
        cursor.execute("COMMIT")
        with pytest.raises(pymysql.MySQLError, match="READ ONLY"):
            cursor.execute("DELETE FROM tblcontacts")


def test_a_lost_connection_is_an_incomplete_read(legacy: Database) -> None:
    add_contacts(legacy, *range(1, 11))
    batches = mysql(legacy, batch=4).extract()
    next(batches)
    ((thread,),) = legacy.execute(
        "SELECT id FROM information_schema.processlist WHERE user = 'reader'"
    )
    legacy.execute(f"KILL {thread}")
    with pytest.raises(IncompleteRead, match=legacy.name):
        list(batches)


def test_ids_that_repeat_are_an_incomplete_read(legacy: Database) -> None:
    legacy.execute("ALTER TABLE tblcontacts MODIFY id int, DROP PRIMARY KEY")
    add_contacts(legacy, 1, 2, 2, 3)
    with pytest.raises(IncompleteRead, match=r"3 rows .* counts 4"):
        read(mysql(legacy))


# --- what is refused ------------------------------------------------------------------------


def test_whmcs_8_is_refused_unless_allowed(legacy: Database) -> None:
    legacy.insert("tblconfiguration", {"setting": "Version", "value": "8.13.1-release.1"})
    with pytest.raises(NotLegacy, match=r"its version is 8\.13\.1") as caught:
        read(mysql(legacy))
    assert isinstance(caught.value, AlreadyMigrated)
    legacy.execute("CREATE TABLE tblusers (id int)")
    with pytest.raises(NotLegacy, match="it has the table tblusers"):
        read(mysql(legacy))
    allowed = provenance(mysql(legacy, allow_migrated=True))
    assert allowed.version == "8.13.1-release.1"
    assert "already WHMCS 8 or later" in allowed.remarks[0]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("DROP TABLE tblcontacts", "no table tblcontacts in 127.0.0.1:.*may the user reader"),
        ("ALTER TABLE tblcontacts DROP userid", "tblcontacts has no column userid"),
        ("ALTER TABLE tblclients DROP email", "tblclients has no column email"),
    ],
)
def test_what_is_no_whmcs_is_refused(change: str, reason: str, legacy: Database) -> None:
    legacy.execute(change)
    with pytest.raises(NotLegacy, match=reason):
        read(mysql(legacy))


@contextmanager
def granted(legacy: Database, *without: str) -> Iterator[None]:
    """Let the reader read both tables column by column, but for some, and nothing else."""
    grants = []
    for table in ("tblclients", "tblcontacts"):
        columns = [row[0] for row in legacy.execute(f"SHOW COLUMNS FROM {table}")]
        names = ", ".join(f"`{name}`" for name in columns if name not in without)
        grants.append(f"SELECT ({names}) ON {table}")
    legacy.execute(f"REVOKE SELECT ON {legacy.name}.* FROM reader@'%'")
    try:
        for grant in grants:
            legacy.execute(f"GRANT {grant} TO reader@'%'")
        yield
    finally:
        legacy.execute(f"GRANT SELECT ON {legacy.name}.* TO reader@'%'")
        for grant in grants:
            legacy.execute(f"REVOKE {grant} FROM reader@'%'")


def test_a_user_that_may_read_two_tables_is_enough(legacy: Database) -> None:
    add_contacts(legacy, 1)
    with granted(legacy, "password", "tax_id"):
        rows = read(mysql(legacy))
        known = provenance(mysql(legacy))
    assert rows["LegacyContact"][0][:3] == ("old", 1, 1)
    assert known.version == ""
    assert "tblcontacts has no column tax_id, password: read as empty" in known.hidden


@pytest.mark.parametrize("column", ["invoiceemails", "permissions", "subaccount", "status"])
def test_what_decides_and_is_not_granted_is_refused(column: str, legacy: Database) -> None:
    add_contacts(legacy, 1)
    with (
        granted(legacy, column),
        pytest.raises(IncompleteRead, match=f"no column {column}, which .* grant it, see docs"),
    ):
        read(mysql(legacy))


@pytest.mark.parametrize("limit", ["sql_select_limit=3", "max_statement_time=0.000001"])
def test_limits_of_the_server_do_not_count(limit: str, legacy: Database) -> None:
    add_contacts(legacy, *range(1, 10))
    legacy.execute(f"SET GLOBAL {limit}")
    try:
        assert len(read(mysql(legacy))["LegacyContact"]) == 9
    finally:
        name = limit.partition("=")[0]
        legacy.execute(f"SET SESSION {name} = DEFAULT; SET GLOBAL {name} = DEFAULT")


def test_a_port_on_which_nobody_answers_is_soon_given_up(
    legacy: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "_CONNECT", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        source = mysql(legacy, port=silent.getsockname()[1])
        with pytest.raises(SourceUnavailable, match="no MySQL or MariaDB answers"):
            next(source.extract())


def test_tables_in_capitals_are_refused_with_a_sentence(legacy: Database) -> None:
    legacy.execute("RENAME TABLE tblcontacts TO TBLCONTACTS")
    with pytest.raises(NotLegacy, match="is called TBLCONTACTS"):
        read(mysql(legacy))


def test_a_login_of_the_old_kind_is_named(legacy: Database) -> None:
    """`mysql_old_password` of MySQL 4.0, which no client of today speaks."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        greeter = threading.Thread(target=ask_for_the_old_password, args=(server,))
        greeter.start()
        with pytest.raises(SourceUnavailable, match="SET PASSWORD"):
            next(mysql(legacy, port=server.getsockname()[1]).extract())
        greeter.join()


def ask_for_the_old_password(server: socket.socket) -> None:
    salt, capabilities = b"12345678", (0x0008_A201).to_bytes(4, "little")
    greeting = b"\x0a5.6.51\0" + bytes(4) + salt + b"\0" + capabilities[:2] + b"\x21\x02\0"
    greeting += capabilities[2:] + b"\x15" + bytes(10) + b"123456789012\0"
    greeting += b"mysql_native_password\0"
    caller, _ = server.accept()
    with caller:
        caller.sendall(len(greeting).to_bytes(3, "little") + b"\0" + greeting)
        caller.recv(4096)
        caller.sendall(b"\x01\0\0\x02\xfe")  # go on with the old hash
        caller.recv(4096)


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"password": "wrong-secret-1"}, "Access denied for user 'reader'.*1045"),
        ({"database": "nowhere"}, "nowhere"),
        ({"host": "none.invalid"}, "Can't connect"),
        ({"tls": Tls(verify=False)}, "SSL is required"),
        (
            {"tls": Tls(ca=Path("none.pem"))},
            "TLS files none.pem cannot be used: .*No such file",
        ),
    ],
)
def test_what_cannot_be_reached_is_unavailable(
    options: dict[str, Any], reason: str, legacy: Database
) -> None:
    source = mysql(legacy, **options)
    with pytest.raises(SourceUnavailable, match=reason) as caught:
        next(source.extract())
    for secret in (READER_PASSWORD, "wrong-secret-1"):
        assert secret not in f"{caught.value!r} {caught.value} {caught.value.fields}"


def test_a_server_of_another_kind_is_unavailable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        greeter = threading.Thread(target=greet, args=(server, b"SSH-2.0-OpenSSH_9.2\r\n"))
        greeter.start()
        port = server.getsockname()[1]
        login = {"host": "127.0.0.1", "port": port, "database": "a", "user": "b", "password": "c"}
        with pytest.raises(SourceUnavailable):
            next(MySqlSource("old", DatabaseConnection(**login)).extract())
        greeter.join()


def greet(server: socket.socket, words: bytes) -> None:
    caller, _ = server.accept()
    with caller:
        caller.sendall(words)


def test_tls_can_be_left_off(legacy: Database) -> None:
    assert provenance(mysql(legacy, tls=Tls(disabled=True))).kind == "mysql"


def test_a_unix_socket_goes_before_the_host(legacy: Database) -> None:
    source = mysql(legacy, host="none.invalid", unix_socket=legacy.server.socket)
    assert provenance(source).origin == f"{legacy.server.socket}/{legacy.name}"


# --- real dumps -----------------------------------------------------------------------------


def test_a_real_dump_cut_at_any_byte_never_ends_well(old: Database, tmp_path: Path) -> None:
    path = tmp_path / "backup.sql"
    dump = old.dump("--routines", "--triggers")
    for end in range(len(dump)):
        path.write_bytes(dump[:end])
        with pytest.raises((IncompleteRead, NotLegacy)):
            read(BackupSource("old", path=path))


def test_two_brands_in_one_dump_are_refused(
    mariadb: MariaDb, legacy: Database, tmp_path: Path
) -> None:
    with mariadb.database() as other:
        source = backup(legacy, tmp_path, "--databases", other.name)
        with pytest.raises(NotLegacy, match="more than one WHMCS"):
            read(source)


def test_all_databases_of_a_server_hold_one_whmcs(legacy: Database, tmp_path: Path) -> None:
    add_client(legacy)
    add_contacts(legacy, 1)
    legacy.execute(
        "CREATE TRIGGER t BEFORE INSERT ON tblcontacts FOR EACH ROW SET NEW.city = 'a;b\\'c'"
    )
    source = backup(legacy, tmp_path, "--databases", "mysql", "--routines", "--events")
    assert provenance(source).contacts == 1


def test_errors_are_of_the_source(legacy: Database) -> None:
    legacy.execute("DROP TABLE tblclients")
    with pytest.raises(SourceError) as caught:
        read(mysql(legacy))
    assert caught.value.source == "old"
