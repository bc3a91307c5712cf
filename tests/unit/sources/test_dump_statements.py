"""A dump is understood or refused: nothing that is not understood swallows the rows behind it."""
# ruff: noqa: S608 (SQL is what this is about)

import re
from pathlib import Path

import pytest

from syncd.errors import SourceError
from syncd.sources.backup import BackupSource
from syncd.sources.dump import Dump, Inserted
from syncd.sources.kinds import NoDump
from syncd.sources.text import BadDump

DUMPS = Path(__file__).parents[2] / "data" / "dumps"
WANTED = {"t": ("id", "a"), "u": ("id",)}
CREATE = "CREATE TABLE t (id int, a text);\n"
FIRST = "INSERT INTO t VALUES (1,'x');\n"
LAST = "INSERT INTO t VALUES (2,'it''s');\n"
ROWS = [("1", "x"), ("2", "it's")]


def read(*sql: str) -> list[tuple[str | None, ...]]:
    told = Dump([part.encode() for part in sql], WANTED).read()
    return [row for part in told if isinstance(part, Inserted) for row in part.rows]


def rows_of(name: str) -> list[tuple[object, ...]]:
    source = BackupSource("legacy", path=DUMPS / f"{name}.sql")
    return [row for batch in source.extract() for row in batch.rows]


# --- the stories ----------------------------------------------------------------------------

READ = [
    "04-comment-inside-insert-head", "04h-on-duplicate", "13-no-backslash-escapes",
    "08-adminer-unhex", "08b-function-values", "phpmyadmin", "adminer", "heidisql", "navicat",
    "mysqldump-php",
]  # fmt: skip
REFUSED = {
    "02-stderr-line-swallows-insert": (
        r"line 26 \(byte \d+\): .* a message of a program \(mysqldum.* make the dump again, .*2>"
    ),
    "02d-typo-in-keyword": 'line 27 .* "INXERT INTO".* Copy it again',
    "03-text-between-rows-ends-insert": (
        r"line 28 .* neither a comma nor the end .* HTML .*\. The program that made it .* again"
    ),
    "04b-insert-partition-clause": r"only some rows of tblcontacts .*PARTITION\)\. Dump all of it",
    "04d-load-data": (
        r"line 26 .* rows of tblcontacts lie in another file \(LOAD DATA\)\."
        r" Make the dump again, without --tab"
    ),
    "04e-update-statements": (
        r"line 27 .* changed or taken away here \(UPDATE tblcontacts\).* Load the dump into"
    ),
    "04f-alter-drop-column": "line 27 .* tblcontacts, which is read, is altered .* Load the dump",
    "04g-insert-select": "line 27 .* rows of tblcontacts are computed here .* Load the dump",
    "06-where-comment": "only some rows of tblcontacts were dumped .*: dump the whole table",
    "07-structure-of-contacts-only": r"tblcontacts is there without its rows.* Dump them too",
    "09-orders-twice": "tblorders has the id 1 twice.* Give only one",
    "15-bad-bit-literal-traceback": (
        r"line 26 \(byte \d+\): the value of tblcontacts.subaccount .* a binary number with other"
        r" digits than 0 and 1\. Copy it again"
    ),
    "15b-bad-hex-literal-traceback": (
        r"line 26 \(byte \d+\): the value of tblcontacts\.\w+ .* a hexadecimal number .*\. Copy it"
    ),
    "16-ticket-text-in-csv-becomes-plan": "a table of texts.*make the backup again with mysqldump",
    "18-php-fatal-at-end": r"line 25 .* HTML .*\. The program that made it failed",
    "19-memory-exhausted-comment": (
        r"line 24 .* the tool which made the dump failed\. See to what it says, and make the dump"
    ),
    "20-view-error-hides-version-8": r"line 15 .* a message of a program \(mariadb-dump\)",
}
OTHER_TEXTS = {
    "01-set-names-binary-latin1-column", "01b-mysql8-binary-introducer",
    "05-leading-text-eats-table",
}  # fmt: skip


@pytest.mark.parametrize("name", READ)
def test_a_good_dump_in_another_manner_gives_the_same_rows(name: str) -> None:
    good, rows = rows_of("00-good"), rows_of(name)
    assert [row[1] for row in rows] == [row[1] for row in good]
    assert {row[3] for row in rows} == {row[3] for row in good}
    if name not in {"13-no-backslash-escapes", "08b-function-values"}:
        assert rows == good


@pytest.mark.parametrize("name", REFUSED)
def test_what_would_lose_rows_is_refused_with_line_and_cause(name: str) -> None:
    with pytest.raises(SourceError, match=REFUSED[name]) as refused:
        rows_of(name)
    assert "example" not in str(refused.value).replace("/test", "")


def test_every_small_dump_is_listed_here() -> None:
    names = {path.stem for path in DUMPS.glob("*.sql")}
    assert names == {"00-good", *READ, *REFUSED, *OTHER_TEXTS}


# --- before the first statement ----------------------------------------------------------------

JUNK = [
    "You don't have mail.",
    "mysqldump: [Warning] Using a password on the command line interface can be insecure.",
    "<br />\n<b>Notice</b>:  Undefined index: x in /home/x/b.php on line 3<br />",
    "Content-type: text/html; charset=utf-8",
    "stdin: is not a tty",
    "Use of undefined constant X - assumed 'X' in b.php on line 3",
]


@pytest.mark.parametrize("junk", JUNK)
def test_lines_before_the_first_statement_are_passed(junk: str) -> None:
    assert read(f"{junk}\n{CREATE}{FIRST}{LAST}") == ROWS


@pytest.mark.parametrize("junk", JUNK)
@pytest.mark.parametrize("behind", [CREATE, CREATE + FIRST, CREATE + FIRST + LAST])
def test_the_same_lines_behind_it_are_refused(junk: str, behind: str) -> None:
    line = behind.count("\n") + 1
    with pytest.raises(BadDump, match=rf"^line {line} \(byte {len(behind)}\): no statement"):
        read(f"{behind}{junk}\n{LAST}")


@pytest.mark.parametrize(
    "line",
    [
        "INXERT INTO `t` (`id`, `a`) VALUES (1, 'x');",
        "XNSERT `t` VALUES ",
        "INXERT INTO t",
        "CREBTE TABLE `t` (",
        "(1, 'x', 'y', 'z'),",
        "an end;",
        "so\0\0\0much",
    ],
)
def test_a_line_that_may_have_been_a_statement_is_not_passed(line: str) -> None:
    with pytest.raises(BadDump, match=r"^line 2 .* no statement of a dump begins here .*again"):
        read(f"You don't have mail.\n{line}\n{CREATE}{FIRST}{LAST}")
    with pytest.raises(NoDump, match=r"no SQL dump: .* Give the dump"):
        read(f"{'x ' * 300}\n{CREATE}{FIRST}{LAST}")


def test_a_refusal_quotes_no_data() -> None:
    for junk in ("'jane@dev.example','hash')", "jane@dev.example", "(3,'Jane'),", "81723 x"):
        with pytest.raises(BadDump) as refused:
            read(f"{CREATE}{junk}\n{LAST}")
        assert not re.search("jane|8172", str(refused.value), re.IGNORECASE)


# --- no statement takes the next ------------------------------------------------------------------

UNFINISHED = [
    "SET @x = 1",
    "LOCK TABLES `t` WRITE",
    "UNLOCK TABLES",
    "CREATE TABLE other (\n  id int,\n  a text",
    "CREATE TABLE other (id int) ENGINE=InnoDB",
    "DROP TABLE IF EXISTS other",
    "ALTER TABLE other ADD KEY a (a)",
    "CREATE VIEW v AS SELECT 1",
    "CREATE TRIGGER x BEFORE INSERT ON t FOR EACH ROW SET @a = 1",
    "INSERT INTO other SELECT 1",
    "INSERT INTO other (a) VALUES (1,'x')",
    "INSERT INTO other VALUES (1,'x'),",
    "INSERT INTO other VALUES (1,'x",
    "INSERT INTO other VALUES (1,x'zz')",
    "INSERT INTO other VALUES (1,2",
    "INSERT INTO other VALUES (1) ON DUPLICATE KEY UPDATE a = 1",
    "/* a comment\n",
    "DELIMITER ;;",
    "DELIMITER ;;\nCREATE TRIGGER x BEFORE INSERT ON t FOR EACH ROW SET @a = 1",
]


@pytest.mark.parametrize("statement", UNFINISHED)
def test_what_is_not_finished_takes_no_rows(statement: str) -> None:
    other = "" if "CREATE TABLE" in statement else "CREATE TABLE other (id int, a text);\n"
    with pytest.raises(BadDump):
        read(f"{CREATE}{other}{FIRST}{statement}\n{LAST}")


@pytest.mark.parametrize(
    "between",
    [
        "(3,'y')\n(4,'z')",
        "(3,'y') x",
        "(3,'y'),\n<b>Warning</b>\n(4,'z')",
        "(3,'y')\nINSERT INTO t VALUES (4,'z')",
        "(3,'y','z')",
        "(3,'y'),",
        "(3,'y')) ,(4,'z')",
        "[3,'y']",
    ],
)
@pytest.mark.parametrize("table", ["t", "other"])
def test_what_follows_a_row_is_looked_at(table: str, between: str) -> None:
    if (table, between) == ("other", "(3,'y','z')"):
        return  # who knows its columns
    sql = f"{CREATE}CREATE TABLE other (id int);INSERT INTO {table} VALUES (0,'w'),{between};\n"
    with pytest.raises(BadDump):
        read(f"{sql}{LAST}")


@pytest.mark.parametrize(
    "insert",
    [
        "INSERT /* batch 1 */ INTO t VALUES (2,'it''s')",
        "INSERT INTO /*!50000 `t` */ VALUES (2,'it''s')",
        "INSERT INTO t -- of ours\n (id, /* text */ a)\nVALUES (2,'it''s')",
        "/*!40000 INSERT INTO t VALUES (2,'it''s') */",
        "INSERT INTO t VALUES (2,'it''s') /* last */",
        "INSERT INTO t VALUES (2,'it''s') ON DUPLICATE KEY UPDATE a=VALUES(a)",
        "INSERT INTO t VALUES (2,'it''s') AS new ON DUPLICATE KEY UPDATE a=new.a",
        "replace t value (2,'it''s')",
    ],
)
def test_comments_and_tails_of_an_insert_cost_nothing(insert: str) -> None:
    assert read(f"{CREATE}{FIRST}{insert};\n") == ROWS
    assert read(*f"{CREATE}{FIRST}{insert};\n") == ROWS


def test_a_comment_that_is_not_closed_hides_no_rows() -> None:
    with pytest.raises(BadDump, match='would hide "INSERT INTO t"'):
        read(f"{CREATE}/* a note\n{LAST}/* closed */\n{FIRST}")


def test_a_line_of_dashes_that_lost_its_end_hides_no_rows() -> None:
    with pytest.raises(BadDump, match=r"^line 2 .* rows stand behind a line of dashes"):
        read(f"{CREATE}-- ------------{LAST}{FIRST}")
    assert read(f"{CREATE}-- {FIRST}-- ------------\n-- once: {FIRST}{LAST}") == ROWS[1:]


@pytest.mark.parametrize("rest", ["UES (1, 'a', 'b', 'c');", "', 'b', 'c');", "1);"])
def test_nor_where_the_statement_lost_its_beginning(rest: str) -> None:
    with pytest.raises(BadDump, match=r"^line 2 .* rows stand behind a line of dashes"):
        read(f"{CREATE}-- ------{rest}\n{LAST}")


def test_rows_of_a_table_that_is_not_created_are_refused() -> None:
    with pytest.raises(BadDump, match="that this dump does not create"):
        read(f"{CREATE}INSERT INTO tt VALUES (2,'it''s');")


# --- what changes rows ------------------------------------------------------------------------

CHANGES = [
    "UPDATE t SET a = ''",
    "UPDATE other, t SET t.a = ''",
    "DELETE FROM `t` WHERE id = 1",
    "DELETE t FROM t JOIN other",
    "TRUNCATE t",
    "TRUNCATE TABLE t",
    "DROP TABLE t",
    "DROP TABLE IF EXISTS other, t",
    "DROP DATABASE d",
    "RENAME TABLE t TO x",
    "RENAME TABLE other TO t",
    "LOAD DATA LOCAL INFILE 'x' INTO TABLE t",
    "ALTER TABLE t DROP COLUMN a",
    "ALTER TABLE t ADD COLUMN b int",
    "ALTER TABLE t CHANGE a b text",
    "ALTER TABLE t RENAME TO x",
    "ALTER TABLE other RENAME TO t",
    "ALTER TABLE t TRUNCATE PARTITION p",
    "INSERT INTO t SELECT * FROM other",
    "INSERT INTO t SET id = 3",
    "CREATE TABLE u LIKE other",
    "CREATE TABLE u (id int) SELECT 1 AS id",
    "CALL fill()",
    "ROLLBACK",
]


@pytest.mark.parametrize("change", CHANGES)
def test_what_changes_rows_is_refused(change: str) -> None:
    with pytest.raises(BadDump, match=r"line 4 "):
        read(f"CREATE TABLE other (id int); USE d;\n{CREATE}{FIRST}{change};\n")


KEPT = [
    "DROP TABLE IF EXISTS u",
    "TRUNCATE other",
    "DELETE FROM other WHERE a = 't'",
    "UPDATE other SET a = 't'",
    "ALTER TABLE t DISABLE KEYS",
    "/*!40000 ALTER TABLE `t` ENABLE KEYS */",
    "ALTER TABLE `t`\n  ADD PRIMARY KEY (`id`),\n  ADD KEY `a` (`a`(10),`id`)",
    "ALTER TABLE `t` MODIFY `id` int(10) NOT NULL AUTO_INCREMENT, AUTO_INCREMENT=7",
    "ALTER TABLE `t` ADD CONSTRAINT `c` FOREIGN KEY (`id`) REFERENCES `u` (`id`) ON DELETE CASCADE",
    "ALTER TABLE other DROP COLUMN a",
    "GRANT SELECT ON t TO x",
    "FLUSH PRIVILEGES",
    "ANALYZE TABLE t",
    "START TRANSACTION; COMMIT",
    "/*!50112 PREPARE s FROM @x */; /*!50112 EXECUTE s */; DEALLOCATE PREPARE s",
    "CHANGE MASTER TO MASTER_LOG_FILE='x;y', MASTER_LOG_POS=4",
    "SET @@GLOBAL.GTID_PURGED=/*!80000 '+'*/ 'a:1-5,\nb:1-7'",
]


@pytest.mark.parametrize("statement", KEPT)
def test_what_changes_none_is_passed(statement: str) -> None:
    assert read(f"CREATE TABLE other (id int);\n{CREATE}{FIRST}{statement};\n{LAST}") == ROWS


def test_an_emptied_table_may_be_filled() -> None:
    for emptied in ("DROP TABLE IF EXISTS t", "TRUNCATE TABLE t", "DELETE FROM t"):
        where = "" if emptied.startswith("DROP") else CREATE.replace("TABLE t", "TABLE x")
        assert read(f"{where}{emptied};\n{CREATE}{FIRST}{LAST}") == ROWS
    for emptied in ("TRUNCATE `t`", "DELETE FROM t"):
        assert read(f"{CREATE}{emptied};\n{FIRST}{LAST}") == ROWS
        with pytest.raises(BadDump, match="changed or taken away here"):
            read(f"{CREATE}{FIRST}{emptied};\n{LAST}")
