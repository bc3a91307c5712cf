"""Moves through the text of a dump: over blanks, whole statements and rows.

What is passed over is understood to its end: nothing that is not may swallow what stands behind it.
"""

from functools import lru_cache

import regex as re

from syncd.sources.plain import passing
from syncd.sources.text import COMMENT_HEAD, IN_QUOTES, OVERLAP, Text
from syncd.sources.tokens import HEAD_WITHIN, row_pattern


class Scanner(Text):
    """Passes over what is not read, and knows where statements and rows end."""

    # --- between statements -------------------------------------------------------------------

    def reach_statement(self) -> bool:
        """Pass blanks, comments and empty statements; False at the end of the dump.

        The head of the statement is in memory then, up to its first row of values.
        """
        while self.see(_STATEMENT_HEAD):
            if blank := _BLANK.match(self.text, self.at):
                self.at = blank.end()
                if self.text.startswith("INSERT INTO ", self.at):
                    return True  # nearly always, and nothing else can begin so
            elif self.text.startswith(self.delimiter, self.at):
                self.at += len(self.delimiter)
            elif not self.pass_comment():
                return True
        return False

    def pass_line(self, size: int) -> str:
        """Go behind the end of the line; gives its beginning, of no more than `size` bytes."""
        self.see(size)
        head = self.text[self.at : self.at + size].partition("\n")[0]
        self.pass_to("\n")
        return head

    # --- statements ---------------------------------------------------------------------------

    def pass_statement(self, within: re.Pattern[str] = HEAD_WITHIN) -> str:
        """Go behind the end of the statement, from anywhere in it but a string or a comment.

        Gives its text without strings and comments, as far as it is short. Raises `BadDump` where
        `within` is found in it: then its own end is missing.
        """
        plain = _plain(self.delimiter)
        text, tail = "", ""
        while self.see(_NAME_SIZE):
            if run := plain.match(self.text, self.at):
                piece = run[0]
                self.at = run.end()
            elif self.text.startswith(self.delimiter, self.at):
                self.at += len(self.delimiter)
                return text
            elif self.text[self.at] in IN_QUOTES:
                piece = self.pass_quoted()
            elif self.pass_comment():
                piece = " "
            else:
                piece = self.text[self.at]
                self.at += 1
            tail = tail[-OVERLAP:] + piece
            if other := within.search(tail):
                self.at -= min(self.at, len(tail) - other.start() - (other[0][0] == "\n"))
                raise self.bad(
                    "a statement begins within another, whose end is missing: cut or damaged"
                    f" before {self.words()}"
                )
            if len(text) < _SKELETON:
                text += piece
        raise self.bad("cut off inside a statement")

    def pass_rows(self, head: str) -> None:
        """Pass rows of values and the end of their statement, and further ones of the same head."""
        plain, any_row = passing(head, escapes=self.escapes), row_pattern(escapes=self.escapes)
        while True:
            if self.delimiter == ";" and (rows := plain.match(self.raw, self.at)):
                self.at = rows.end()
            if row := any_row.match(self.text, self.at):
                self.at = row.end()
            elif len(self.text) - self.at <= _WINDOW and self.grow():
                continue
            else:
                self._pass_long_row()
            if not self.goes_on():
                return

    def goes_on(self) -> bool:
        """Behind a row: pass a comma, or the end of the statement; True where a row must follow."""
        if self.text.startswith(self.delimiter, self.at):
            self.at += len(self.delimiter)
            return False
        if self.text.startswith(",", self.at):
            self.at += 1
            return True
        self._pass_gap("cut off: rows end without the end of their statement")
        if self.text.startswith(",", self.at):
            self.at += 1
            self._pass_gap("cut off: a row must follow")
            return True
        if self.text.startswith(self.delimiter, self.at):
            self.at += len(self.delimiter)
            return False
        if tail := _BEHIND_ROWS.match(self.text, self.at):
            self.at = tail.end()
            self.pass_statement()
            return False
        raise self.bad(
            f"behind a row stands neither a comma nor the end of the statement but {self.kind()}",
            advice=self.advice(),
        )

    def _pass_gap(self, at_the_end: str) -> None:
        while self.see(COMMENT_HEAD):
            if blank := _BLANK.match(self.text, self.at):
                self.at = blank.end()
            elif not self.pass_comment():
                return
        raise self.bad(at_the_end)

    def _pass_long_row(self) -> None:
        """Pass a row value by value, for those that memory does not hold."""
        self._expect("(")
        while True:
            self._pass_value()
            if self._expect(",)") == ")":
                self._blank()
                return

    def _pass_value(self) -> None:
        self._blank()
        if prefix := _PREFIX.match(self.text, self.at):
            self.at = prefix.end()
        if self.text[self.at] in IN_QUOTES:
            self.pass_quoted()
        elif not self._pass_word():
            raise self.bad(f"no value of a row: {self.kind()}")
        elif self.text.startswith("(", self.at):
            self._pass_call()

    def _pass_word(self) -> bool:
        begun = False
        while word := _WORD.match(self.text, self.at):
            begun, self.at = True, word.end()
            if self.at < len(self.text) or not self.grow():
                break
        return begun

    def _pass_call(self) -> None:
        depth = 0
        while self.see(1):
            char = self.text[self.at]
            if char in IN_QUOTES:
                self.pass_quoted()
                continue
            if char == self.delimiter[0]:
                break
            self.at += 1
            depth += {"(": 1, ")": -1}.get(char, 0)
            if not depth:
                return
        raise self.bad("cut off or damaged: a parenthesis is not closed")

    def _blank(self) -> None:
        while self.see(COMMENT_HEAD) and (blank := _BLANK.match(self.text, self.at)):
            self.at = blank.end()
        if self.at == len(self.text):
            raise self.bad("cut off within a row")

    def _expect(self, chars: str) -> str:
        self._blank()
        char = self.text[self.at]
        if char not in chars:
            wanted = " or ".join(f'"{each}"' for each in chars)
            raise self.bad(f"a row is damaged: {wanted} must stand here and not {self.kind()}")
        self.at += 1
        return char


_STATEMENT_HEAD = 1 << 16
_NAME_SIZE = 300  # bytes of the longest name, quoted
_WINDOW = 1 << 20  # bytes in which a row that nobody reads is looked for at once
_SKELETON = 1 << 16

# The close of a comment with code in it means nothing: only its opening was passed.
_BLANK = re.compile(r"(?:\s++|\*/)++", re.ASCII)
_BEHIND_ROWS = re.compile(
    r"ON\s+DUPLICATE\s+KEY\s+UPDATE(?!\w)|AS\s+(?=[`\w])", re.ASCII | re.IGNORECASE
)
_PREFIX = re.compile(r"(?:_[A-Za-z0-9]++\s*+|[xXbBnN])(?=['\"])", re.ASCII)
_WORD = re.compile(r"[-+.\w]++", re.ASCII)


@lru_cache
def _plain(delimiter: str) -> re.Pattern[str]:
    """Match what is neither the delimiter nor a quote nor a comment."""
    return re.compile(rf"[^'\"`#/\-{re.escape(delimiter[0])}]++")
