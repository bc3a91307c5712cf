"""Dumps: every manner of writing is read alike, and no dump that was cut ends well."""
# ruff: noqa: S608 (SQL is what this is about)

from collections.abc import Iterable, Iterator
from itertools import chain, repeat
from typing import Any

import pytest
from dumps import STYLES, Style, literal, write_dump
from hypothesis import given, settings
from hypothesis import strategies as st

from syncd.sources.definitions import BYTES, columns_of
from syncd.sources.dump import Created, Dump, Inserted
from syncd.sources.text import BadDump

WANTED = {"t": ("id", "a", "b", "absent")}
CREATE = "CREATE TABLE t (id int, a text, b blob, c text, PRIMARY KEY (id));\n"


def read(*sql: str | bytes, wanted: dict[str, tuple[str, ...]] = WANTED) -> list[tuple[Any, ...]]:
    """All rows of a dump in the given pieces."""
    chunks = [part.encode() if isinstance(part, str) else part for part in sql]
    told = Dump(chunks, wanted).read()
    return [row for part in told if isinstance(part, Inserted) for row in part.rows]


def value(sql: str | bytes) -> str | None:
    """Give what the SQL of one value reads as."""
    sql = sql.encode() if isinstance(sql, str) else sql
    (row,) = read(CREATE, b"INSERT INTO t VALUES (1," + sql + b",NULL,'x');")
    text: str | None = row[1]
    return text


# --- values ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sql", "text"),
    [
        ("NULL", None),
        ("null", None),
        ("DEFAULT", None),
        ("TRUE", "1"),
        ("0", "0"),
        ("-12.50", "-12.50"),
        ("1e-7", "1e-7"),
        ("''", ""),
        ("'a''b'", "a'b"),
        ("''''", "'"),
        (r"'\0\'\"\b\n\r\t\Z\\\%\_\x'", "\0'\"\b\n\r\t\x1a\\\\%\\_x"),
        ('"a""b\\"\'c"', 'a"b"\'c'),
        ("'many\nlines\r\n'", "many\nlines\r\n"),
        ("'12,34'", "12,34"),
        ("'),('", "),("),
        ("0x4A6FC3AB", "Joë"),
        ("0x", ""),
        ("x'4a'", "J"),
        ("X'4A'", "J"),
        ("b'01001010'", "J"),
        ("_binary 'Jo'", "Jo"),
        ("_utf8mb4'Jo'", "Jo"),
        (b"_latin1 'Jo\xeb'", "Joë"),
        ("N'Jo'", "Jo"),
        (b"'Jo\xeb'", "Jo\\xeb"),
        (b"0x4AFF00", "J\\xff\0"),
    ],
)
def test_reads_every_way_to_write_a_value(sql: str | bytes, text: str | None) -> None:
    assert value(sql) == text


@pytest.mark.parametrize("sql", ["1 + 1", "now()", "''x''", "'a' 'b'", "(1)", ""])
def test_does_not_guess_at_other_expressions(sql: str) -> None:
    with pytest.raises(BadDump, match=r"the value of t\.a is damaged"):
        value(sql)


TEXTS = st.none() | st.text(max_size=20) | st.text(alphabet="\\'\"`;,()-#/*\n%_0x ", max_size=12)


@given(
    rows=st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=6),
    style=st.sampled_from(list(STYLES.values())),
    size=st.integers(1, 64),
)
@settings(deadline=None, max_examples=300)
def test_what_was_written_is_read(
    rows: list[tuple[str | None, str | None]], style: Style, size: int
) -> None:
    table = [{"id": number, "a": a, "c": None, "b": b} for number, (a, b) in enumerate(rows)]
    dump = write_dump({"other": table, "t": table, "more": table}, style)
    chunks = [dump[at : at + size] for at in range(0, len(dump), size)]
    assert read(*chunks) == [(str(at), a, b, None) for at, (a, b) in enumerate(rows)]


@given(raw=st.binary(max_size=30), style=st.sampled_from([STYLES["mysqldump"], STYLES["hex"]]))
@settings(deadline=None)
def test_bytes_that_are_no_text_stay_visible(raw: bytes, style: Style) -> None:
    sql = literal(raw, style).encode("utf-8", "surrogateescape")
    assert value(sql) == raw.decode("utf-8", "backslashreplace")


# --- statements -----------------------------------------------------------------------------


def test_columns_come_from_the_definition() -> None:
    definition = """(
      `id` int(10) unsigned NOT NULL AUTO_INCREMENT, -- the "key", isn't it
      `key` enum('a,b','c)') DEFAULT 'it''s' COMMENT 'x\\'y, z',
      amount decimal(10,2) /* PRIMARY KEY */,
      "Bytes" varbinary(16), # more
      `we``ird` MEDIUMBLOB,
      made timestamp DEFAULT current_timestamp(),
      PRIMARY KEY (`id`,`key`(3)),
      UNIQUE KEY `u` (amount), KEY k (`key`), CONSTRAINT `c` CHECK (json_valid(`key`)),
      FULLTEXT INDEX f (`key`), FOREIGN KEY (id) REFERENCES other (id)
    ) ENGINE=InnoDB COMMENT='not, a column'; CREATE TABLE other (x int);"""
    assert columns_of(definition) == {
        "id": "",
        "key": "",
        "amount": "",
        "bytes": BYTES,
        "we`ird": BYTES,
        "made": "",
    }


def test_names_tables_and_their_databases() -> None:
    sql = (
        b"CREATE TABLE IF NOT EXISTS t (id int, a text);\n"
        b"USE `Brand``1`;\nCREATE TABLE `Other` (`x` int);\n"
        b"/*!40000 CREATE TABLE shop.`t` (`ID` int, `A` text) */;\n"
        b"INSERT INTO `shop` . `t` (`A`, `id`) VALUES ('x', 1);"
    )
    assert list(Dump([sql], WANTED).read()) == [
        Created("", "t", ("id", "a")),
        Created("brand`1", "other", ()),
        Created("shop", "t", ("id", "a")),
        Inserted("shop", "t", ("a", "id"), [("1", "x", None, None)]),
    ]


PASSED_OVER = """\
-- don't stop; INSERT INTO t VALUES (7,7,7,7);
# nor'here
/* nor "here; */
SELECT 1 -- isn't
 /* it's */ + '\\'; INSERT INTO t VALUES (8,8,8,8);' # "
 - 1 / 2 --1;
/*!50003 CREATE*/ /*!50017 DEFINER=`root`@`x;`*/ /*!50003 TRIGGER x BEFORE INSERT ON t
 FOR EACH ROW SET @a = ';' */;
DELIMITER ;;
CREATE PROCEDURE p() BEGIN INSERT INTO t VALUES (9,9,9,9); SELECT 5 / 2; END ;;
DELIMITER //
CREATE PROCEDURE q() BEGIN SELECT 4 / 2; /* // */ INSERT INTO t VALUES (9,9,9,9); END//
delimiter ;
CREATE TABLE IF NOT EXISTS tt (a int, b text, c text, d text);
INSERT INTO tt VALUES (1,'a;b',"c;\\"d",`e;`);
;;
/*M!999999\\- enable the sandbox mode */
/*!40000 ALTER TABLE `t` DISABLE KEYS */;
"""


def test_passes_over_all_else() -> None:
    row = "INSERT INTO t VALUES (1,2,3,4) ;\n"
    assert read(CREATE, PASSED_OVER, row, PASSED_OVER) == [("1", "2", "3", None)]
    assert read(*f"{CREATE}{PASSED_OVER}{row}{PASSED_OVER}") == [("1", "2", "3", None)]


def test_rows_of_an_unknown_shape_are_refused() -> None:
    with pytest.raises(BadDump, match="before its CREATE TABLE"):
        read("INSERT INTO t VALUES (1,2,3,4);")
    with pytest.raises(BadDump, match="without VALUES"):
        read(CREATE, "INSERT INTO t SELECT * FROM x;")
    good = f"{CREATE}INSERT INTO t VALUES (1,2,3,4),"
    with pytest.raises(
        BadDump, match=rf"^line 2 \(byte {len(good) + 3}\): .* has 2 values for 4 columns"
    ):
        read(good, "(1,2);")


@pytest.mark.parametrize(
    ("sql", "text"),
    [
        (b"SET NAMES latin1;", "Å\x81€ä"),
        (b"/*!40101 SET NAMES cp1251 */;", "ЕЃЂд"),
        (b"SET NAMES utf8 COLLATE utf8_unicode_ci;", "\\xc5\\x81\\x80\\xe4"),
    ],
)
def test_texts_are_read_in_the_character_set_of_the_dump(sql: bytes, text: str) -> None:
    rows = b"INSERT INTO t VALUES (1,'\xc5\x81\x80\xe4','\xc5\x81','');"
    if text.startswith("\\"):
        text = "Ł\\x80\\xe4"
    # b is a blob: its bytes were never in the character set of a client.
    assert read(sql, CREATE, rows) == [("1", text, "Ł", None)]


def test_an_unknown_character_set_is_refused() -> None:
    with pytest.raises(BadDump, match="default-character-set=utf8mb4"):
        read("SET NAMES gbk;")


# --- wholeness ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sql", "lacking"),
    [
        ("-- MySQL dump 10.13\nSELECT 1;\n-- Dump completed", "Dump completed"),
        ("-- MariaDB dump 10.19\nSELECT 1;\n", "Dump completed"),
        ("-- mysqldump-php https://host.example\nSELECT 1;\n", "Dump completed"),
        ("-- MySQL dump 1\n-- Dump completed\n-- MySQL dump 1\n", "Dump completed"),
        ("/*!40101 SET @OLD_SQL_MODE=@@SQL_MODE, SQL_MODE='' */;", "restoring"),
        ("START TRANSACTION;\nSELECT 1;", "COMMIT"),
        ("SELECT 1", "inside a statement"),
        ("SELECT '1;", "inside a string"),
        ("SELECT '1;\\", "inside a string"),
        ("SELECT `1;", "inside a string or a quoted name"),
        ("SELECT 1; /* and", "inside a comment"),
        (CREATE + "INSERT INTO t VALUES (1,2,3,4)", "cut off"),
        (CREATE + "INSERT INTO t VALUES (1,2,3,4),", "cut off"),
        (CREATE + "INSERT INTO t VALUES (1,2,3,'4'", "cut off"),
        (CREATE + "INSERT INTO t VALUES", "cut off"),
    ],
)
def test_a_dump_that_was_cut_is_refused(sql: str, lacking: str) -> None:
    with pytest.raises(BadDump, match=lacking):
        read(sql)


# --- memory ---------------------------------------------------------------------------------


def long_dump(values: Iterable[bytes], table: str = "t") -> Iterator[bytes]:
    """One INSERT as long as its values."""
    other = "CREATE TABLE other (id int);\n"
    yield f"{CREATE}{other}INSERT INTO {table} VALUES (0,'','','')".encode()
    yield from values
    yield b";\n"


def test_memory_holds_a_chunk_and_not_the_statement() -> None:
    row = b",(1,'it''s','','" + b"x" * 1000 + b"')"
    dump = Dump(long_dump(repeat(row * 1000, 40)), WANTED)
    most = count = 0
    for told in dump.read():
        most = max(most, len(dump._scanner.text))
        count += len(told.rows) if isinstance(told, Inserted) else 0
    assert count == 40_001
    assert most < 4_000_000


def test_memory_holds_a_chunk_and_not_a_string_of_another_table() -> None:
    chunks = chain([b",('"], repeat(b"y" * (1 << 20), 200), [b"')"])
    dump = Dump(long_dump(chunks, "other"), WANTED)
    assert [type(told) for told in dump.read()] == [Created, Created]
    assert len(dump._scanner.text) < 4_000_000


def test_an_endless_row_is_given_up() -> None:
    chunks = chain([b",(1,'"], repeat(b"z" * (1 << 20)))
    with pytest.raises(BadDump, match=r"cut off within the value of t\.a"):
        list(Dump(long_dump(chunks), WANTED).read())
