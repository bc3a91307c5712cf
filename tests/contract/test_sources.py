"""The sources that join the contract: memory, backups of many makers, a live MariaDB."""

import gzip
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from dumps import STYLES, Style, write_dump
from mariadb import Database, MariaDb

pytest.register_assert_rewrite("source_contract")

from source_contract import (  # noqa: E402
    BATCH,
    CLIENTS,
    CONTACTS,
    LINKING,
    NAME,
    REFERENCES,
    SourceContract,
    tables,
)

from syncd.model.legacy import CLIENT_COLUMNS, CONTACT_COLUMNS, LegacyReference  # noqa: E402
from syncd.ports import Source  # noqa: E402
from syncd.sources.backup import BackupSource  # noqa: E402
from syncd.sources.memory import MemorySource  # noqa: E402
from syncd.sources.mysql import MySqlSource  # noqa: E402

COLUMNS = {
    "tblclients": tuple(CLIENT_COLUMNS.values()),
    "tblcontacts": tuple(CONTACT_COLUMNS.values()),
    **{table: tuple(rows[0]) for table, rows in LINKING.items()},
}


class TestMemory(SourceContract):
    @pytest.fixture
    def source(self) -> Source:
        references = [
            LegacyReference("any", contact_id, kind, number)  # type: ignore[arg-type]
            for (kind, contact_id), number in REFERENCES.items()
        ]
        return MemorySource(NAME, CLIENTS, CONTACTS, references, batch=BATCH)

    @pytest.fixture
    def empty(self) -> Source:
        return MemorySource(NAME)


class TestWrittenBackup(SourceContract):
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
        if table not in LINKING:
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


class TestMySql(SourceContract):
    @pytest.fixture
    def source(self, filled: Database) -> Source:
        return MySqlSource(NAME, **filled.login, batch=BATCH)

    @pytest.fixture
    def empty(self, legacy: Database) -> Source:
        return MySqlSource(NAME, **legacy.login, batch=BATCH)


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


class TestPacked(SourceContract):
    @pytest.fixture(params=["gz", "zip", "gz-in-zip"])
    def packing(self, request: pytest.FixtureRequest) -> str:
        return str(request.param)

    @pytest.fixture
    def source(self, packing: str, filled: Database, tmp_path: Path) -> Source:
        return packed(tmp_path, packing, filled.dump())

    @pytest.fixture
    def empty(self, packing: str, tmp_path: Path) -> Source:
        return packed(tmp_path, packing, write_dump(tables([], []), columns=COLUMNS))


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
