"""The sources that join the contract: memory, backups, a live MariaDB, the API of a 7.10."""

import gzip
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from dumps import STYLES, Style, write_dump
from mariadb import Database, MariaDb
from old_whmcs import data_set, load

pytest.register_assert_rewrite("source_contract")

from source_contract import (  # noqa: E402
    BATCH,
    CLIENTS,
    CONTACTS,
    CURRENCIES,
    LINKING,
    NAME,
    PASSWORDS,
    REFERENCES,
    STAFF,
    STAFF_TABLE,
    TERMS,
    TERMS_TABLES,
    GivesPasswords,
    Rows,
    SourceContract,
    tables,
)

from syncd.model.connection import ApiConnection, DatabaseConnection  # noqa: E402
from syncd.model.legacy import (  # noqa: E402
    CLIENT_COLUMNS,
    CONTACT_COLUMNS,
    LegacyClient,
    LegacyReference,
    LegacyStaff,
    LegacyTerm,
)
from syncd.ports import Source  # noqa: E402
from syncd.sandbox import Sandbox, running  # noqa: E402
from syncd.sources.backup import BackupSource  # noqa: E402
from syncd.sources.memory import MemorySource  # noqa: E402
from syncd.sources.mysql import MySqlSource  # noqa: E402
from syncd.sources.whmcs_api import WhmcsApiSource  # noqa: E402

COLUMNS = {
    "tblclients": tuple(CLIENT_COLUMNS.values()),
    "tblcontacts": tuple(CONTACT_COLUMNS.values()),
    **{table: tuple(rows[0]) for table, rows in (LINKING | STAFF_TABLE | TERMS_TABLES).items()},
}


class TestMemory(GivesPasswords, SourceContract):
    @pytest.fixture
    def source(self) -> Source:
        references = [
            LegacyReference("any", contact_id, kind, number)  # type: ignore[arg-type]
            for (kind, contact_id), number in REFERENCES.items()
        ]
        staff = [LegacyStaff("any", email) for _, email in STAFF]
        terms = [LegacyTerm(*term) for term in TERMS]  # type: ignore[arg-type]
        hashes = {row.contact_id: PASSWORDS[row.password or "none"] for row in CONTACTS}
        return MemorySource(
            NAME, CLIENTS, CONTACTS, references, staff, terms, batch=BATCH, hashes=hashes
        )

    @pytest.fixture
    def empty(self) -> Source:
        return MemorySource(NAME)


class TestWrittenBackup(GivesPasswords, SourceContract):
    """Dumps by our own hand, in the manners of many tools."""

    @pytest.fixture(params=STYLES)
    def style(self, request: pytest.FixtureRequest) -> Style:
        return STYLES[request.param]

    @pytest.fixture
    def source(self, style: Style, tmp_path: Path) -> Source:
        return backup(tmp_path, write_dump(tables(), style))

    @pytest.fixture
    def empty(self, style: Style, tmp_path: Path) -> Source:
        # Without definitions a dump shows nothing of an empty table.
        style = replace(style, create=True)
        return backup(tmp_path, write_dump(tables([], []), style, COLUMNS))


# --- a real server --------------------------------------------------------------------------


def fill(database: Database) -> None:
    """Store the rows of the contract, columns of three character sets side by side."""
    for table, rows in tables().items():
        if table not in LINKING | STAFF_TABLE | TERMS_TABLES:
            database.execute(
                f"ALTER TABLE {table} CONVERT TO CHARACTER SET utf8mb4,"
                " MODIFY city text CHARACTER SET latin1, MODIFY country text CHARACTER SET utf8"
            )
        for row in rows:
            database.insert(table, row)


@pytest.fixture(scope="module", params=["InnoDB", "MyISAM"])
def filled(request: pytest.FixtureRequest, mariadb: MariaDb) -> Iterator[Database]:
    with mariadb.database() as database:
        fill(database)
        database.execute(f"ALTER TABLE tblcontacts ENGINE={request.param}")
        yield database


@pytest.mark.usefixtures("each_way_to_read")
class TestMySql(GivesPasswords, SourceContract):
    @pytest.fixture
    def source(self, filled: Database) -> Source:
        return MySqlSource(NAME, DatabaseConnection(**filled.login), batch=BATCH)

    @pytest.fixture
    def empty(self, legacy: Database) -> Source:
        return MySqlSource(NAME, DatabaseConnection(**legacy.login), batch=BATCH)


OPTIONS = {
    "default": (),
    "one-by-one": ("--skip-extended-insert",),
    "complete-insert": ("--complete-insert",),
    "hex-blob": ("--hex-blob",),
    "skip-opt": ("--skip-opt",),
    "compact": ("--compact",),
    "skip-comments": ("--skip-comments",),
    "databases": ("--databases",),
    "no-create": ("--no-create-info", "--complete-insert"),
    "replace": ("--replace",),
    "insert-ignore": ("--insert-ignore",),
    "ansi": ("--compatible=ansi", "--default-character-set=utf8mb4"),
    "mysql40": ("--compatible=mysql40", "--default-character-set=utf8mb4"),
    "order-by-size": ("--order-by-size",),
    "triggers": ("--routines", "--events"),
}


class TestMariaDbDump(SourceContract):
    """Dumps by the real tool, of the very database that the live source reads."""

    @pytest.fixture(params=OPTIONS)
    def source(self, request: pytest.FixtureRequest, filled: Database, tmp_path: Path) -> Source:
        return backup(tmp_path, filled.dump(*OPTIONS[request.param]))

    @pytest.fixture
    def empty(self, legacy: Database, tmp_path: Path) -> Source:
        return backup(tmp_path, legacy.dump())


class TestPacked(GivesPasswords, SourceContract):
    @pytest.fixture(params=["gz", "zip", "gz-in-zip"])
    def packing(self, request: pytest.FixtureRequest) -> str:
        return str(request.param)

    @pytest.fixture
    def source(self, packing: str, filled: Database, tmp_path: Path) -> Source:
        return packed(tmp_path, packing, filled.dump())

    @pytest.fixture
    def empty(self, packing: str, tmp_path: Path) -> Source:
        return packed(tmp_path, packing, write_dump(tables([], []), columns=COLUMNS))


# --- the API --------------------------------------------------------------------------------

# Answers that documentation leaves open; each must read the same.
DIALECTS: dict[str, dict[str, str]] = {
    "as-documented": {},
    "numbers": {"ids": "int"},
    "texts": {"ids": "string", "empty_containers": "blank"},
    "bare": {"hide_numreturned": "on", "empty_containers": "list"},
}


@pytest.fixture(scope="module", params=DIALECTS)
def old_whmcs(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    with running(switches={"version": "7.10.2"} | DIALECTS[request.param]) as sandbox:
        yield sandbox


class TestWhmcsApi(GivesPasswords, SourceContract):
    """Over real HTTP, from a server that answers as a WHMCS 7.10 does."""

    @pytest.fixture
    def expected(self) -> Rows:
        return {
            "LegacyClient": [shown_client(row) for row in CLIENTS],
            "LegacyContact": [
                msgspec.structs.astuple(msgspec.structs.replace(row, tax_id=None))
                for row in CONTACTS
            ],
        }

    @pytest.fixture
    def references(self) -> dict[tuple[str, int], int]:
        return {}  # no call tells; a remark says so

    @pytest.fixture
    def staff(self) -> list[tuple[object, ...]]:
        return []  # likewise

    @pytest.fixture
    def terms(self) -> list[tuple[object, ...]]:
        return CURRENCIES  # what a group is called no call tells that it makes

    @pytest.fixture
    def source(self, old_whmcs: Sandbox) -> Source:
        load(old_whmcs, data_set(tables()))
        return through_api(old_whmcs)

    @pytest.fixture
    def empty(self, old_whmcs: Sandbox) -> Source:
        load(old_whmcs, {})
        return through_api(old_whmcs)


def shown_client(row: LegacyClient) -> tuple[object, ...]:
    """Give a client as the API shows it: no second factor, no last login, all six preferences."""
    sent = dict.fromkeys(("general", "invoice", "support", "product", "domain", "affiliate"), "1")
    sent |= msgspec.json.decode(row.email_preferences or "{}")
    preferences = msgspec.json.encode(sent).decode()
    shown = msgspec.structs.replace(
        row,
        two_factor=None,
        last_login=None,
        email_preferences=preferences,
        # As PHP prints what is false.
        marketing="1" if row.marketing == "1" else "",
        mail_opt_out="",
    )
    return msgspec.structs.astuple(shown)


def through_api(sandbox: Sandbox) -> WhmcsApiSource:
    connection = ApiConnection(
        url=sandbox.url,
        identifier=sandbox.identifier,
        secret=sandbox.secret,
        page_size=BATCH,
    )
    return WhmcsApiSource(NAME, connection, details=True)


def backup(folder: Path, dump: bytes) -> BackupSource:
    path = folder / "backup"
    path.write_bytes(dump)
    return BackupSource(NAME, path=path, batch=BATCH)


def packed(folder: Path, packing: str, dump: bytes) -> BackupSource:
    path = folder / "backup"
    if packing == "gz":
        path.write_bytes(gzip.compress(dump))
    else:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("readme.txt", "A backup.")
            if packing == "zip":
                archive.writestr("whmcs_backup.sql", dump)
            else:
                archive.writestr("whmcs_backup.sql.gz", gzip.compress(dump))
    return BackupSource(NAME, path=path, batch=BATCH)
