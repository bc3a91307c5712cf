"""What a dump says about itself: who made it, when, of which rows, and where it ends."""

from typing import NamedTuple

import regex as re

from syncd.sources.moments import moment
from syncd.sources.tokens import FLAGS
from syncd.sources.words import AGAIN


class _Mark(NamedTuple):
    """What a tool writes at the very end of a dump, and at its beginning as a promise of that."""

    opens: re.Pattern[str]
    closes: re.Pattern[str]
    opening: str
    closing: str
    is_comment: bool


def _mark(opens: str, closes: str, opening: str, closing: str, *, comment: bool) -> _Mark:
    return _Mark(re.compile(opens, FLAGS), re.compile(closes, FLAGS), opening, closing, comment)


_COMPLETED = 'its last line, "-- Dump completed"'
_MARKS = (
    _mark(
        r"-- (?:MySQL|MariaDB) dump |-- mysqldump-php ", r"-- Dump completed",
        "the header of mysqldump", _COMPLETED, comment=True,
    ),
    _mark(
        r"-- Dump created by MySQL pump utility", r"-- Dump end time",
        "the header of mysqlpump", 'its last line, "-- Dump end time"', comment=True,
    ),
    _mark(
        r"-- Adminer (?:[4-9]|\d\d)\..* dump", r"-- \d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?: UTC)?\s*\Z",
        "the header of Adminer", "its last line, the time", comment=True,
    ),
    _mark(
        r"SET\s+@OLD_\w+\s*=\s*@@", r"SET\s+\w+\s*=\s*(?:IFNULL\()?@OLD_",
        "saving session variables", "their restoring", comment=False,
    ),
    _mark(
        r"(?:START\s+TRANSACTION|BEGIN)(?!\w)", r"COMMIT(?!\w)",
        "a transaction", "its COMMIT", comment=False,
    ),
)  # fmt: skip
_FAILED = re.compile(
    r"(?:--|\#|/\*)\s*(?:PHP )?(?:fatal error|.{0,40}allowed memory size|.{0,40}maximum execution"
    r"|mysqldump: |mariadb-dump: |error \d+|got error|couldn't execute)",
    FLAGS,
)
# Also where the first bytes of the statement are lost.
_RULED = re.compile(r"-- ?-{3,}.*(?:\bVALUES?\s*\(|\(\s*[-\d'N][^)]*,|',|\)?;\s*\Z)", FLAGS)
_WHERE = re.compile(r"-- WHERE:\s", FLAGS)
_STRUCTURE_OF = re.compile(r"-- Table structure for table [`\"]?([\w$]+)[`\"]?\s*\Z", FLAGS)
_DATA_OF = re.compile(r"-- Dumping data for table [`\"]?([\w$]+)[`\"]?\s*\Z", FLAGS)

_ROWS_OF = re.compile(r"-- Dumped table [`\"]?([\w$]+)[`\"]? with (\d{1,18}) row", FLAGS)


class Marks:
    """Keeps what comments and statements said; `partial` are the tables dumped by a WHERE alone."""

    def __init__(self) -> None:
        self.taken_at = ""
        self.partial: set[str] = set()
        self.without_data: set[str] = set()  # tables that mysqldump made without their rows
        self.rows: dict[str, int] = {}  # as mysqldump-php says behind a table
        self.has_end = False
        self._promised: set[_Mark] = set()
        self._closed: set[_Mark] = set()
        self._spent: set[_Mark] = set()  # closed while rows still followed: no mark of the end
        self._any_table = False
        self._announced = ""

    def comment(self, head: str) -> str:
        """Note a comment by its head; gives what is wrong with it, "" where nothing is."""
        if _RULED.match(head):
            return "rows stand behind a line of dashes, in one comment with it: it is damaged"
        if _FAILED.match(head):
            return "a comment says that the tool which made the dump failed"
        if data := _DATA_OF.match(head):
            self._announced = data[1].lower()
            self.without_data.discard(self._announced)
        elif (structure := _STRUCTURE_OF.match(head)) and _MARKS[0] in self._promised:
            self.without_data.add(structure[1].lower())
        elif rows := _ROWS_OF.match(head):
            self.rows[rows[1].lower()] = int(rows[2])
        elif _WHERE.match(head):
            self.partial.add(self._announced)
        elif self._note(head, comments=True):
            self.taken_at = moment(head) or self.taken_at
        elif not self._any_table:
            self.taken_at = self.taken_at or moment(head)
        return ""

    def statement(self, head: str) -> None:
        self._note(head, comments=False)

    def table(self) -> None:
        """Note that a table or rows come: the end was not the end."""
        self._any_table = True
        self.has_end = False
        self._spent |= self._closed
        self._closed.clear()

    @property
    def broken_promise(self) -> str:
        for mark in _MARKS:
            if mark in self._promised:
                return f"cut off: it begins with {mark.opening} and lacks {mark.closing}. {AGAIN}"
        return ""

    def _note(self, head: str, *, comments: bool) -> bool:
        """Note a mark; True where it closes the dump."""
        for mark in _MARKS:
            if mark.is_comment is not comments:
                continue
            if mark.opens.match(head):
                self._open(mark)
            elif mark.closes.match(head):
                self._close(mark)
                return True
        return False

    def _open(self, mark: _Mark) -> None:
        self._promised.add(mark)
        if self._any_table and not mark.is_comment:
            self._spent.add(mark)  # it speaks of one table, not of the dump

    def _close(self, mark: _Mark) -> None:
        if mark.is_comment:
            self.has_end = True
        elif mark in self._promised and mark not in self._spent:
            self.has_end = True
            self._closed.add(mark)
        elif mark in self._closed:
            self.has_end = True
        self._promised.discard(mark)
