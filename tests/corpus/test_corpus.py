"""A sample of what `make corpus` tries in full: many producers, random mishaps, one promise."""

import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
from containers import NAMED, READABLE, damages, wrong_in
from corpus import (
    OPTIONS,
    addresses,
    dumped,
    fill,
    mishaps,
    read,
    read_source,
    without_advice,
    written,
    wrong_with,
)
from mariadb import Database, MariaDb

from syncd.model.connection import DatabaseConnection
from syncd.sources.mysql import MySqlSource

EACH = 20  # mishaps a dump
WRITTEN = written()


@pytest.mark.parametrize("name", WRITTEN)
def test_every_style_is_read_whole(name: str) -> None:
    sound = read(WRITTEN[name])
    assert not sound.refused
    assert sound.rows.keys() == addresses(WRITTEN[name])


@pytest.mark.parametrize("name", WRITTEN)
def test_a_mishap_is_read_whole_or_refused(name: str) -> None:
    dump = WRITTEN[name]
    sound = read(dump)
    wrong = [
        (mishap.how, words)
        for mishap in mishaps(dump, EACH, seed=len(dump))
        if (words := wrong_with(dump, sound, mishap))
    ]
    assert not wrong


# --- what it is packed into ------------------------------------------------------------------

PACKED = WRITTEN["mysqldump"]
DAMAGES = 6  # a package


@pytest.mark.parametrize("kind", READABLE)
def test_a_package_is_read_as_what_is_in_it_or_refused(kind: str) -> None:
    sound = read(PACKED)
    packed = READABLE[kind](PACKED)
    assert read(packed)[:3] == sound[:3]
    wrong = [
        (mishap.how, words)
        for mishap in damages(packed, DAMAGES, seed=len(packed))
        if (words := wrong_in(sound, mishap, checked=kind.partition(",")[0] != "tar"))
    ]
    assert not wrong


@pytest.mark.parametrize("kind", NAMED)
def test_a_package_that_is_not_read_is_named_with_what_to_do(kind: str) -> None:
    pack, reason = NAMED[kind]
    refused = read(pack(PACKED)).refused
    assert reason in refused
    assert not without_advice(refused)


# --- what the tool of the server writes -----------------------------------------------------


@pytest.fixture(scope="module")
def whmcs(mariadb: MariaDb) -> Iterator[Database]:
    with mariadb.database() as database:
        fill(database)
        yield database


def test_what_mariadb_dump_writes_is_what_the_live_read_gives(whmcs: Database) -> None:
    live = read_source(MySqlSource("legacy", DatabaseConnection(**whmcs.login)))
    assert len(live.rows) == 20
    assert len(live.references) == 4
    for name, dump in dumped(whmcs).items():
        now = read(dump)
        assert not now.refused, name
        # Without its comments and its restoring of variables nothing marks the end.
        assert now.doubted is (name == "bare"), name
        assert now.references == live.references, name
        assert now.rows == (without_charset(live.rows) if name == "ansi" else live.rows), name
    assert len(OPTIONS) == 16


def without_charset(rows: dict[str, Any]) -> dict[str, Any]:
    """Give rows in latin1 as one reads them who is not told so: with --compatible=ansi."""
    return {
        address: tuple(
            value.encode("latin-1").decode("utf-8", "backslashreplace")
            if isinstance(value, str)
            else value
            for value in row
        )
        for address, row in rows.items()
    }


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--where=id<3"], "only some rows of tblclients were dumped"),
        (["--no-data"], "tblclients is there without its rows"),
        (["--ignore-table-data=DB.tblcontacts"], "tblcontacts is there without its rows"),
        (["--ignore-table=DB.tblcontacts"], "no table tblcontacts"),
        (["--no-create-info"], "before its CREATE TABLE"),
        (["--xml"], "it is XML"),
    ],
)
def test_a_part_of_a_database_is_refused(options: list[str], reason: str, whmcs: Database) -> None:
    options = [option.replace("DB", whmcs.name) for option in options]
    assert reason in read(whmcs.dump(*options)).refused


def test_a_broken_view_costs_the_dump_and_not_its_tables(whmcs: Database) -> None:
    """With --force mariadb-dump goes on and exits with 2; its complaint lands among the tables."""
    whmcs.execute("CREATE TABLE tblgone (id int); CREATE VIEW tblcc AS SELECT id FROM tblgone")
    whmcs.execute("DROP TABLE tblgone")
    command = ["mariadb-dump", "--no-defaults", f"--socket={whmcs.server.socket}", "--user=root"]
    done = subprocess.run(
        [*command, "--force", whmcs.name],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    assert done.returncode == 2
    assert b"references invalid table" in done.stdout
    assert "a message of a program (mariadb-dump)" in read(done.stdout).refused
