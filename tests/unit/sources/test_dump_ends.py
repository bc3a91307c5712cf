"""Where a dump ends, of which rows it is, and when it was made: as its tools say it."""

from pathlib import Path

import pytest
from dumps import ACTIVE, OFF, PHP, STYLES, Tables, write_dump

from syncd.errors import IncompleteRead, NotLegacy
from syncd.ports import Provenance
from syncd.sources.backup import BackupSource
from syncd.sources.dump import Dump
from syncd.sources.moments import moment
from syncd.sources.text import BadDump

DUMPS = Path(__file__).parents[2] / "data" / "dumps"
SMALL: Tables = {
    "tblclients": [{"id": 3, "email": "ann@firm.example", **ACTIVE}],
    "tblcontacts": [{"id": 9, "userid": 3, "email": "bo@firm.example", **OFF}],
}
TABLE = "CREATE TABLE x (id int);\nINSERT INTO x VALUES (1);\n"


def read(sql: str) -> Dump:
    dump = Dump([sql.encode()], {"t": ("id",)})
    assert all(True for _ in dump.read())
    return dump


def extract(path: Path, dump: bytes | None = None) -> Provenance:
    if dump is not None:
        path.write_bytes(dump)
    source = BackupSource("legacy", path=path)
    for _ in source.extract():
        pass
    return source.provenance()


# --- the end ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "sql",
    [
        f"-- MySQL dump 10.13\n{TABLE}-- Dump completed on 2020-03-04  5:06:07\n",
        f"{TABLE}-- Dump completed\n",
        f"-- Dump created by MySQL pump utility, version: 5.7\n{TABLE}-- Dump end time: x\n",
        f"-- Adminer 4.8.1 MySQL 5.7.33 dump\n{TABLE}-- 2021-03-04 05:06:07\n",
        f"-- Adminer 5.0.1 MySQL 8.0 dump\n{TABLE}-- 2021-03-04 05:06:07 UTC\n",
        f"SET @OLD_SQL_MODE=@@SQL_MODE;\n{TABLE}SET SQL_MODE=IFNULL(@OLD_SQL_MODE, '');\n",
        f"START TRANSACTION;\n{TABLE}COMMIT;\n/*!40101 SET NAMES utf8 */;\n",
    ],
)
def test_an_end_mark_is_seen(sql: str) -> None:
    assert read(sql).marks.has_end


@pytest.mark.parametrize(
    "sql",
    [
        TABLE,
        f"{TABLE}COMMIT;\n",
        f"SET autocommit=0;\n{TABLE}COMMIT;\n",
        f"START TRANSACTION;\n{TABLE}COMMIT;\n{TABLE}",
        f"{TABLE}START TRANSACTION;\n{TABLE}COMMIT;\n",
        f"START TRANSACTION;\n{TABLE}COMMIT;\nSTART TRANSACTION;\n{TABLE}COMMIT;\n",
        f"-- MySQL dump 1\n{TABLE}-- Dump completed\n{TABLE}",
        f"{TABLE}-- Dump completed\nINSERT INTO x VALUES (1);\n",
        f"{TABLE}SET SQL_MODE=IFNULL(@OLD_SQL_MODE, '');\n",
        f"{TABLE}-- 2021-03-04 05:06:07 was the day\n",
    ],
)
def test_what_is_the_end_of_one_table_is_not_that_of_the_dump(sql: str) -> None:
    assert not read(sql).marks.has_end


@pytest.mark.parametrize("name", ["adminer", "heidisql", "mysqldump-php", "phpmyadmin"])
def test_a_tool_that_marks_the_end_is_missed_when_cut(name: str, tmp_path: Path) -> None:
    dump = (DUMPS / f"{name}.sql").read_bytes()
    assert not extract(DUMPS / f"{name}.sql").doubts
    lines = dump.splitlines(keepends=True)
    last = max(n for n, line in enumerate(lines) if b"c6@" in line)
    for end in range(1, last + 1):
        with pytest.raises((IncompleteRead, NotLegacy)):
            extract(tmp_path / "cut", b"".join(lines[:end]))


def test_a_dump_without_end_mark_is_doubted_with_its_counts(tmp_path: Path) -> None:
    (doubt,) = extract(tmp_path / "dump", write_dump(SMALL, PHP)).doubts
    assert "a cut between two statements would not show" in doubt
    assert "1 clients and 1 contacts" in doubt
    assert not extract(tmp_path / "dump", write_dump(SMALL, STYLES["mysqldump"])).doubts


@pytest.mark.parametrize(
    "rest",
    [
        "\0" * 512,
        "\x1a",
        "mysqldump: Error 2013: Lost connection to MySQL server during query\n",
        "<br />\n<b>Fatal error</b>: Out of memory\n",
        "Done.",
    ],
)
def test_text_behind_the_end_is_named(rest: str, tmp_path: Path) -> None:
    with pytest.raises(IncompleteRead, match=r"NUL bytes|Ctrl-Z|a message of a program|HTML|Done"):
        extract(tmp_path / "dump", write_dump(SMALL) + rest.encode())


@pytest.mark.parametrize(
    "comment",
    [
        "# Fatal error: Allowed memory size exhausted",
        "-- mysqldump: Got error: 1045",
        "-- ERROR 2006 (HY000): MySQL server has gone away",
        "/* PHP Fatal error: Maximum execution time exceeded */",
        "-- Couldn't execute 'SHOW FIELDS'",
    ],
)
def test_a_comment_that_reports_a_failure_is_heard(comment: str) -> None:
    with pytest.raises(BadDump, match=r"^line 3 .* the tool which made the dump failed"):
        read(f"{TABLE}{comment}\n")


# --- which rows -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("named", "reason"),
    [
        ({"tblorders": [{"id": 1, "contactid": 9}]}, "tblcontacts is there without its rows"),
        (
            {"tblclients": [{"id": 3, "email": "a@b.example", "billingcid": 9, **ACTIVE}]},
            "tblcontacts",
        ),
        ({"tblclients": []}, "tblclients is there without its rows"),
    ],
)
def test_a_table_whose_rows_were_left_out_is_missed(
    named: Tables, reason: str, tmp_path: Path
) -> None:
    without = "tblclients" if "tblclients is" in reason else "tblcontacts"
    left_out = {**SMALL, without: [], **named}
    columns = {
        "tblcontacts": ["id", "userid", "email", *OFF],
        "tblclients": ["id", "email", *ACTIVE],
    }
    with pytest.raises(IncompleteRead, match=reason):
        extract(tmp_path / "dump", write_dump(left_out, columns=columns))


def test_no_contacts_at_all_are_no_defect(tmp_path: Path) -> None:
    dump = write_dump(
        {**SMALL, "tblcontacts": []}, columns={"tblcontacts": ["id", "userid", "email", *OFF]}
    )
    assert extract(tmp_path / "dump", dump).contacts == 0


def test_the_rows_that_a_tool_counted_must_come(tmp_path: Path) -> None:
    dump = (DUMPS / "mysqldump-php.sql").read_bytes()
    with pytest.raises(IncompleteRead, match=r"6 rows of tblcontacts came, and .* it has 7"):
        extract(tmp_path / "dump", dump.replace(b"with 6 row(s)", b"with 7 row(s)"))


def test_a_dump_of_the_version_alone_is_enough_of_its_table(tmp_path: Path) -> None:
    """The configuration holds secrets; whoever dumps it by a WHERE does well."""
    tables = {**SMALL, "tblconfiguration": [{"setting": "Version", "value": "7.10.2"}]}
    told = b"-- Dumping data for table `tblconfiguration`\n--\n-- WHERE:  setting='Version'\n"
    dump = write_dump(tables).replace(b"INSERT INTO `tblconf", told + b"INSERT INTO `tblconf")
    assert extract(tmp_path / "dump", dump).version == "7.10.2"


@pytest.mark.parametrize("table", ["tblorders", "tbltickets"])
def test_a_table_that_stands_twice_counts_once_or_not_at_all(table: str, tmp_path: Path) -> None:
    twice = write_dump({table: [{"id": 1, "contactid": 9}]})
    with pytest.raises(IncompleteRead, match=f"{table} has the id 1 twice"):
        extract(tmp_path / "dump", write_dump(SMALL) + twice + twice)


@pytest.mark.parametrize(
    ("table", "column"), [("tblcurrencies", "code"), ("tblclientgroups", "groupname")]
)
def test_a_number_that_stands_for_two_things_is_not_believed(
    table: str, column: str, tmp_path: Path
) -> None:
    twice = write_dump({table: [{"id": 1, column: "EUR"}, {"id": 1, column: "USD"}]})
    with pytest.raises(IncompleteRead, match=f"{table} has the id 1 twice"):
        extract(tmp_path / "dump", write_dump(SMALL) + twice)


def test_an_id_of_thousands_of_digits_is_no_traceback(tmp_path: Path) -> None:
    tables = {**SMALL, "tblorders": [{"id": 1, "contactid": "9" * 5000}]}
    assert extract(tmp_path / "dump", write_dump(tables)).contacts == 1


# --- the age --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("comment", "when"),
    [
        ("-- Dump completed on 2020-03-04  5:06:07", "2020-03-04  5:06:07"),
        ("-- Dump completed on: Wed, 04 Mar 2020 05:06:07 +0000", "2020-03-04 05:06:07+00:00"),
        ("-- Dump completed on: Wed, 04 Mar", ""),
        ("-- Dump end time: Wed Mar  4 05:06:07 2020", "2020-03-04 05:06:07"),
        ("-- Generation Time: Mar 04, 2020 at 05:06 AM", "2020-03-04 05:06:00"),
        ("-- Generation Time: Mar 04, 2020 at 12:06 PM", "2020-03-04 12:06:00"),
        ("-- Generation Time: Mar 04, 2020 at 05:06:07 PM", "2020-03-04 17:06:07"),
        ("-- Generation Time: 4. Mar 2020 um 05:06", "2020-03-04 05:06:00"),
        ("-- Erstellungszeit: 04. M\xc3\xa4r 2020 um 05:06", "2020-03-04 05:06:00"),
        ("-- G\xc3\xa9n\xc3\xa9r\xc3\xa9 le : mer. 04 mars 2020 \xc3\xa0 05:06", ""),
        ("-- G\xc3\xa9n\xc3\xa9r\xc3\xa9 le : 04 juil. 2020 \xc3\xa0 05:06", "2020-07-04 05:06:00"),
        ("# Generation Time: 2020-03-04 05:06:07 +0000", "2020-03-04 05:06:07+0000"),
        ("-- 2020-03-04 05:06:07", "2020-03-04 05:06:07"),
        ("-- 2020-03-04 05:06:07 UTC", "2020-03-04 05:06:07+00:00"),
        ("/*\nNavicat\n\nDatabase : x\n\nDate: 2020-03-04 05:06:07\n", "2020-03-04 05:06:07"),
        ("/*\n Navicat Premium\n\n Date: 04/03/2020 05:06:07\n", "2020-03-04 05:06:07"),
        ("-- Date: Wed, 04 Mar 2020 05:06:07 +0200", "2020-03-04 05:06:07+02:00"),
        ("-- Generation Time: Foo 99, 2020 at 99:99", ""),
        ("-- Host: 2020-03-04 05:06:07", ""),
        ("-- Server version 5.7.33", ""),
    ],
)  # fmt: skip
def test_each_tool_says_when_in_its_own_way(comment: str, when: str) -> None:
    assert moment(comment) == when


@pytest.mark.parametrize(
    ("name", "when"),
    [
        ("00-good", "2021-03-04  5:06:07"),
        ("adminer", "2021-03-04 05:06:07"),
        ("mysqldump-php", "2021-03-04 05:06:07+00:00"),
        ("navicat", "2021-03-04 05:06:07"),
        ("phpmyadmin", "2021-03-04 05:06:00"),
        ("heidisql", ""),  # which says nothing
    ],
)
def test_a_backup_knows_its_age(name: str, when: str) -> None:
    assert extract(DUMPS / f"{name}.sql").taken_at == when
