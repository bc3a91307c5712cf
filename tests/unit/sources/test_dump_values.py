"""What a value of a dump means: character sets, escapes, functions, damaged literals."""
# ruff: noqa: S608 (SQL is what this is about)

from pathlib import Path

import pytest

from syncd.sources.backup import BackupSource
from syncd.sources.dump import Dump, Inserted
from syncd.sources.text import BadDump

DUMPS = Path(__file__).parents[2] / "data" / "dumps"
WANTED = {"t": ("id", "a", "b")}
CREATE = "CREATE TABLE t (id int, a text, b blob, c text) DEFAULT CHARSET=utf8;\n"
SAVED = (
    "SET @s = @@character_set_client, character_set_client = utf8;\n"
    "SET character_set_client = @s;\n"
)
LATIN = CREATE.replace("a text", "a text CHARACTER SET latin1 COLLATE latin1_german1_ci")


def dump_of(*parts: bytes | str) -> Dump:
    return Dump([part.encode() if isinstance(part, str) else part for part in parts], WANTED)


def first(dump: Dump) -> tuple[str | None, ...]:
    return next(row for told in dump.read() if isinstance(told, Inserted) for row in told.rows)


def value(sql: str | bytes, *before: str) -> str | None:
    """Give what the SQL of a value of column `a` reads as."""
    sql = sql.encode() if isinstance(sql, str) else sql
    dump = dump_of(*(before or (CREATE,)), b"INSERT INTO t VALUES (1," + sql + b",NULL,'x');\n")
    return first(dump)[1]


# --- character sets ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["01-set-names-binary-latin1-column", "01b-mysql8-binary-introducer"]
)
def test_bytes_that_nobody_converted_are_in_the_character_set_of_their_column(name: str) -> None:
    source = BackupSource("legacy", path=DUMPS / f"{name}.sql")
    rows = [row for batch in source.extract() for row in batch.rows]
    assert "K\xf6ln" in rows[0]
    assert not [remark for remark in source.provenance().remarks if "\\x" in remark]


@pytest.mark.parametrize(
    ("create", "text"),
    [
        (LATIN, "ö"),
        (CREATE.replace("utf8", "latin1"), "ö"),
        (CREATE.replace("CHARSET=utf8", "CHARACTER SET = cp1251"), "ц"),
        (CREATE.replace("DEFAULT CHARSET=utf8", "COLLATE=latin2_general_ci"), "ö"),
        (CREATE.replace("a text", "a text COMMENT 'character set latin1'"), "\\xf6"),
        (CREATE, "\\xf6"),
    ],
)
@pytest.mark.parametrize(
    "literal", [b"'\xf6'", b"_binary '\xf6'", b"0xf6", b"x'F6'", b"UNHEX('F6')"]
)
def test_column_or_table_say_in_which(create: str, text: str, literal: bytes) -> None:
    before = ("/*!40101 SET NAMES binary */;\n", create)
    assert value(literal, *before) == text
    if not literal.startswith(b"'"):
        assert value(literal, "SET NAMES utf8;\n", create) == text


def test_strings_are_in_that_of_the_dump_and_blobs_in_none() -> None:
    dump = dump_of("SET NAMES latin1;\n", CREATE, b"INSERT INTO t VALUES (1,'\xf6','\xc3\xb6','');")
    assert first(dump) == ("1", "ö", "ö")


def test_what_is_no_text_is_counted_however_it_is_written() -> None:
    dump = dump_of(
        CREATE, b"INSERT INTO t VALUES (1,0xFF,'\xff',''),(2,'\xff','a',''),(3,'a','b','');"
    )
    assert len(list(dump.read())) == 2
    assert list(dump.decoders.remarks()) == [
        "3 values are no text in UTF-8: such bytes are shown as \\xNN"
    ]


def test_a_message_before_set_names_does_not_hide_it() -> None:
    junk = "mysqldump: [Warning] Using a password on the command line can be insecure.\n"
    assert value(b"'\xf6'", junk, "/*!40101 SET NAMES latin1 */;\n", CREATE) == "ö"


@pytest.mark.parametrize(
    "sql",
    [
        "SET CHARACTER SET latin1;\n",
        "SET NAMES utf8; SET character_set_client = latin1;\n",
        "SET NAMES latin1; " + SAVED,
    ],
)
def test_every_way_to_name_it_is_obeyed(sql: str) -> None:
    assert value(b"'\xf6'", sql, CREATE) == "ö"


def test_one_that_cannot_be_read_is_refused() -> None:
    with pytest.raises(BadDump, match=r"^line 1 .* character set gbk, .*utf8mb4"):
        value("'x'", "SET NAMES gbk;\n", CREATE)


# --- escapes ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sql", "text"),
    [
        ("SET sql_mode='NO_BACKSLASH_ESCAPES';\n", r"C:\new\x"),
        ("SET SESSION sql_mode=CONCAT(@@sql_mode, ',no_backslash_escapes');\n", r"C:\new\x"),
        ("SET sql_mode='NO_BACKSLASH_ESCAPES'; SET sql_mode='';\n", "C:\newx"),
        (
            "SET @o=@@sql_mode, sql_mode='NO_BACKSLASH_ESCAPES'; SET sql_mode=@o;\n",
            "C:\newx",
        ),
        ("SET sql_mode='ANSI';\n", "C:\newx"),
    ],
)
def test_a_backslash_is_what_the_mode_makes_of_it(sql: str, text: str) -> None:
    assert value(r"'C:\new\x'", sql, CREATE) == text


def test_without_escapes_a_backslash_ends_no_string() -> None:
    mode = "SET sql_mode='NO_BACKSLASH_ESCAPES';\n"
    other = "CREATE TABLE o (x text); INSERT INTO o VALUES ('C:\\'),('it''s \\');\n"
    assert value(r"'a\'", mode, CREATE, other) == "a\\"
    assert value("'it''s'", mode, CREATE) == "it's"


# --- functions and literals -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sql", "text"),
    [
        ("UNHEX('4265726C696E')", "Berlin"),
        ("unhex( 'A' )", "\n"),
        ("UNHEX('')", ""),
        ("UNHEX(NULL)", None),
        ("FROM_BASE64('Qm9ubg==')", "Bonn"),
        ("CONVERT(0x4265726C696E USING utf8)", "Berlin"),
        (b"CONVERT(_binary '\xf6' USING latin1)", "ö"),
        ("CONVERT('Bonn' USING utf8mb4)", "Bonn"),
        ("_utf8mb4 0x426F", "Bo"),
        ("_latin1 x'F6'", "ö"),
        ("0b01000010", "B"),
        ("b'01000010'", "B"),
        ("b''", ""),
    ],
)
def test_functions_that_tools_write_are_evaluated(sql: str | bytes, text: str | None) -> None:
    assert value(sql) == text


@pytest.mark.parametrize(
    "sql",
    [
        "UNHEX('zz')", "FROM_BASE64('*')", "x'zz'", "x'4'", "b' '", "b'2'", "0xzz", "1.2.3", "1x",
        "NULLS", "now()", "1 + 1", "'a' 'b'", "''x''", "(1)", "'a'b", "_latin1", "",
        "CONVERT('x', CHAR)", "'a',", "nan",
    ],
)  # fmt: skip
def test_what_is_damaged_or_no_literal_is_refused(sql: str) -> None:
    with pytest.raises(BadDump, match=r"^line 2 "):
        value(sql)


FAULTS = {
    "b'2'": "a binary number with other digits than 0 and 1",
    "0b12": "a binary number with other digits than 0 and 1",
    "x'zz'": "a hexadecimal number with other than pairs of 0-9 and A-F",
    "0xzz": "a hexadecimal number with other than 0-9 and A-F",
    "UNHEX('zz')": "UNHEX of what is no hexadecimal number",
    "FROM_BASE64('*')": "FROM_BASE64 of what is no base64",
    "1.2.3": "a number with something behind it",
    "now()": r"NOW\(\), which is not evaluated",
    "''x''": "behind it stands a word",
    "''Ann.Example''": "behind it stands ",
    "": "a comma",
    "(1)": "a parenthesis",
}


@pytest.mark.parametrize("sql", FAULTS)
def test_a_damaged_literal_is_named_with_its_column_and_place(sql: str) -> None:
    insert = "INSERT INTO t VALUES (1,"
    reason = (
        rf"^line 2 \(byte (\d+)\): the value of t.a .*{FAULTS[sql]}.*\. Copy it again; .* again$"
    )
    with pytest.raises(BadDump, match=reason) as refused:
        value(sql)
    begin = len(CREATE) + len(insert)
    byte = int(str(refused.value).split("byte ")[1].split(")")[0])
    assert begin <= byte <= begin + 2
    assert "Ann" not in str(refused.value)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("(1,'a',NULL)", "a row of t has 3 values for 4 columns"),
        ("(1,'a',NULL,'x',5)", "a row of t has more values than the 4 columns"),
        ("(1,'a',NULL,now() x)", "the value of t.c is damaged: behind it stands a word"),
        ("(1,'a',NULL,'x", "cut off within the value of t.c"),
        ("(1,'a'", "the value of t.a is damaged: behind it stands a semicolon"),
        ("[1]", "a row of t must begin here and not a bracket"),
    ],
)
def test_a_row_that_is_none_is_shown_why(row: str, reason: str) -> None:
    with pytest.raises(
        BadDump, match=rf"^line 2 \(byte \d+\): {reason}.*\. Copy it again; .* again$"
    ):
        list(dump_of(CREATE, f"INSERT INTO t VALUES {row};\n").read())


@pytest.mark.parametrize(
    "sql",
    [
        "UNHEX('C0FFEE')", "ST_GeomFromText('POINT(1 2)')", "now()", "CAST('[1, (2)]' AS JSON)",
        "CONCAT('a', CHAR(10), (1))", "0xC0FFEE", "b'1'", "-1.5e-7", "nan", "CURRENT_TIMESTAMP",
        "_binary '\\';('",
    ],
)  # fmt: skip
def test_functions_where_nobody_reads_are_passed(sql: str) -> None:
    inserts = f"INSERT INTO t VALUES (1,'y',NULL,{sql});INSERT INTO o VALUES ({sql},{sql});\n"
    dump = dump_of(CREATE, "CREATE TABLE o (x text, y text);\n", inserts)
    assert first(dump) == ("1", "y", None)
    assert list(dump.read()) == []


def test_a_damaged_row_of_another_table_is_refused() -> None:
    for values in ("(1,'a' b)", "(1,,2)", "(1;2)", "('a''b'c')", "(@)", "()"):
        with pytest.raises(BadDump):
            list(dump_of("CREATE TABLE o (x text);", f"INSERT INTO o VALUES {values};\n").read())
