"""Moves through the text of a dump, a chunk at a time: over blanks, comments, whole statements.

What is passed over is understood to its end: nothing that is not may swallow what stands behind it.
"""

from collections.abc import Callable, Iterable
from functools import lru_cache

import regex as re

from syncd.sources.tokens import HEAD_WITHIN, rows_pattern
from syncd.sources.words import first_words


class BadDump(Exception):
    """The dump is cut off, damaged or not understood."""


class Scanner:
    """Stands at one place of a dump: `at` in `text`, the part that is in memory.

    `text` is latin-1, one character for each byte: so patterns and slices work before a character
    set is known, and no character is cut in two. `heed` is told of the head of every comment, and
    answers what is wrong with it, if anything is.
    """

    def __init__(self, chunks: Iterable[bytes], heed: Callable[[str], str]) -> None:
        self.text = ""
        self.at = 0
        self.delimiter = ";"
        self.escapes = True  # whether a backslash in a string guards what follows
        self._chunks = iter(chunks)
        self._heed = heed
        self._passed = 0
        self._lines = 1
        self.see(len(_BOM))
        if self.text.startswith(_BOM):
            self.at = len(_BOM)

    def grow(self) -> bool:
        """Forget what lies before `at` and take on more than is left of it; False at the end."""
        parts = [self.text[self.at :]]
        taken = 0
        # More than is left, so that a long row is looked at a few times only, not once a chunk.
        for chunk in self._chunks:
            parts.append(chunk.decode("latin-1"))
            taken += len(chunk)
            if taken > len(parts[0]):
                break
        self._passed += self.at
        self._lines += self.text.count("\n", 0, self.at)
        self.at = 0
        self.text = "".join(parts)
        return taken > 0

    def see(self, size: int) -> bool:
        """Have the next `size` bytes, or all there are, in memory; False where there are none."""
        while len(self.text) - self.at < size and self.grow():
            pass
        return self.at < len(self.text)

    @property
    def place(self) -> tuple[int, int]:
        """Line, from 1, and byte, from 0."""
        return self._lines + self.text.count("\n", 0, self.at), self._passed + self.at

    def bad(self, reason: str, place: tuple[int, int] | None = None) -> BadDump:
        line, byte = place or self.place
        return BadDump(f"line {line:,} (byte {byte:,}): {reason}")

    def words(self) -> str:
        """Say what stands here, in no more than a few words of it."""
        self.see(_COMMENT_HEAD)
        return first_words(self.text[self.at : self.at + _COMMENT_HEAD])

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
            elif not self._pass_comment():
                return True
        return False

    def pass_line(self) -> str:
        """Go behind the end of the line; gives its beginning."""
        self.see(_COMMENT_HEAD)
        head = self.text[self.at : self.at + _COMMENT_HEAD].partition("\n")[0]
        self._pass_to("\n")
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
            elif self.text[self.at] in _IN_QUOTES:
                piece = self._pass_quoted()
            elif self._pass_comment():
                piece = " "
            else:
                piece = self.text[self.at]
                self.at += 1
            tail = tail[-_OVERLAP:] + piece
            if other := within.search(tail):
                self.at -= min(self.at, len(tail) - other.start() - (other[0][0] == "\n"))
                raise self.bad(
                    "a statement begins within another, whose end is missing: cut or damaged"
                    f" before {self.words()}"
                )
            if len(text) < _SKELETON:
                text += piece
        raise self.bad("cut off inside a statement")

    def pass_rows(self) -> None:
        """Pass rows of values and the end of their statement."""
        rows = rows_pattern(escapes=self.escapes)
        while True:
            passed = rows.match(self.text, self.at)
            self.at = passed.end()  # type: ignore[union-attr]
            if passed["last"] is None:  # type: ignore[index]
                if len(self.text) - self.at <= _WINDOW and self.grow():
                    continue
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
        self._pass_gap("rows end without the end of their statement: cut off")
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
            f"behind a row stands neither a comma nor the end of the statement but {self.words()}"
        )

    def _pass_gap(self, at_the_end: str) -> None:
        while self.see(_COMMENT_HEAD):
            if blank := _BLANK.match(self.text, self.at):
                self.at = blank.end()
            elif not self._pass_comment():
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
        if self.text[self.at] in _IN_QUOTES:
            self._pass_quoted()
        elif not self._pass_word():
            raise self.bad(f"no value of a row: {self.words()}")
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
            if char in _IN_QUOTES:
                self._pass_quoted()
                continue
            if char == self.delimiter[0]:
                break
            self.at += 1
            depth += {"(": 1, ")": -1}.get(char, 0)
            if not depth:
                return
        raise self.bad("cut off or damaged: a parenthesis is not closed")

    def _blank(self) -> None:
        while self.see(_COMMENT_HEAD) and (blank := _BLANK.match(self.text, self.at)):
            self.at = blank.end()
        if self.at == len(self.text):
            raise self.bad("cut off within a row")

    def _expect(self, chars: str) -> str:
        self._blank()
        char = self.text[self.at]
        if char not in chars:
            wanted = " or ".join(f'"{each}"' for each in chars)
            raise self.bad(f"a row is damaged: {wanted} must stand here and not {self.words()}")
        self.at += 1
        return char

    # --- strings and comments -------------------------------------------------------------------

    def _pass_quoted(self) -> str:
        """Pass a string or a quoted name; of a name, give it."""
        begin = self.at
        if name := _SHORT_NAME.match(self.text, self.at):
            self.at = name.end()
            return name[0]
        quote = self.text[self.at]
        start = self.place
        inner = _IN_QUOTES[quote] if self.escapes else _WITHOUT_ESCAPES[quote]
        self.at = begin + 1
        while True:
            self.at = inner.match(self.text, self.at).end()  # type: ignore[union-attr]
            if not self.text.startswith(quote, self.at):
                if not self.grow():
                    raise self.bad(
                        "cut off inside a string or a quoted name that begins here", start
                    )
                continue
            self.at += 1
            self.see(1)
            if self.text.startswith(quote, self.at):
                self.at += 1  # doubled, it stands for itself
            elif quote != "`" and _LETTER.match(self.text, self.at):
                raise self.bad(
                    f"a string is not closed, or damaged: behind it stands {self.words()}"
                )
            else:
                return "''"

    def _pass_comment(self) -> bool:
        """Pass the comment that begins here, if one does; of one with code only its opening."""
        comment = _COMMENT.match(self.text, self.at)
        if not comment:
            return False
        place = self.place
        head = self.text[self.at : self.at + _BLOCK_HEAD]
        self.at = comment.end()
        if comment["line"]:
            wrong = self._heed(head.partition("\n")[0]) if self._pass_to("\n") else ""
        elif comment["block"]:
            if not self._pass_to("*/", _HIDDEN):
                raise self.bad("cut off inside a comment that begins here", place)
            wrong = self._heed(head.partition("*/")[0])
        else:
            return True
        if wrong:
            raise self.bad(wrong, place)
        return True

    def _pass_to(self, end: str, never: re.Pattern[str] | None = None) -> bool:
        while (stop := self.text.find(end, self.at)) < 0:
            self._look_for(never, len(self.text))
            self.at = max(self.at, len(self.text) - _OVERLAP)
            if not self.grow():
                self.at = len(self.text)
                return False
        self._look_for(never, stop)
        self.at = stop + len(end)
        return True

    def _look_for(self, never: re.Pattern[str] | None, end: int) -> None:
        if never and (hidden := never.search(self.text, self.at, end)):
            self.at = hidden.start() + 1
            raise self.bad(f"a comment that is not closed, or damaged, would hide {self.words()}")


_BOM = "\xef\xbb\xbf"
_STATEMENT_HEAD = 1 << 16
_COMMENT_HEAD = 128
_BLOCK_HEAD = 1024
_NAME_SIZE = 300  # bytes of the longest name, quoted
_WINDOW = 1 << 20  # bytes in which a row that nobody reads is looked for at once
_SKELETON = 1 << 16
_OVERLAP = 80  # bytes in which the head of a statement is recognised

# The close of a comment with code in it means nothing: only its opening was passed.
_BLANK = re.compile(r"(?:\s++|\*/)++", re.ASCII)
# Code for a version yet to come (mariadb-dump begins with such a line) is a plain comment.
_COMMENT = re.compile(
    r"(?P<line>\#|--(?:(?=\s)|\Z))|(?P<code>/\*M?!(?!99999\d)\d*+)|(?P<block>/\*)", re.ASCII
)
_HIDDEN = re.compile(
    r"\n(?:INSERT\s+INTO|REPLACE\s+INTO|CREATE\s+TABLE)\s", re.ASCII | re.IGNORECASE
)
_BEHIND_ROWS = re.compile(
    r"ON\s+DUPLICATE\s+KEY\s+UPDATE(?!\w)|AS\s+(?=[`\w])", re.ASCII | re.IGNORECASE
)
_LETTER = re.compile(r"[\w$]", re.ASCII)
_PREFIX = re.compile(r"(?:_[A-Za-z0-9]++\s*+|[xXbBnN])(?=['\"])", re.ASCII)
_WORD = re.compile(r"[-+.\w]++", re.ASCII)
_SHORT_NAME = re.compile(r'`(?:[^`]|``){1,256}`(?!`)|"[\w$]{1,64}"(?![\w"])', re.ASCII)
_IN_QUOTES = {
    "'": re.compile(r"[^'\\]*+(?:\\.[^'\\]*+)*+", re.DOTALL),
    '"': re.compile(r'[^"\\]*+(?:\\.[^"\\]*+)*+', re.DOTALL),
    "`": re.compile(r"[^`]*+"),
}
_WITHOUT_ESCAPES = {"'": re.compile(r"[^']*+"), '"': re.compile(r'[^"]*+'), "`": _IN_QUOTES["`"]}


@lru_cache
def _plain(delimiter: str) -> re.Pattern[str]:
    """Match what is neither the delimiter nor a quote nor a comment."""
    return re.compile(rf"[^'\"`#/\-{re.escape(delimiter[0])}]++")
