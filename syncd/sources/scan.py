"""Moves through the text of a dump, a chunk at a time: over blanks, comments, whole statements."""

from collections.abc import Callable, Iterable
from functools import lru_cache

import regex as re


class BadDump(Exception):
    """The dump is cut off, damaged or not understood."""


class Scanner:
    """Stands at one place of a dump: `at` in `text`, the part that is in memory.

    `text` is latin-1, one character for each byte: so patterns and slices work before a character
    set is known, and no character is cut in two. `heed` is told of every whole comment line.
    """

    def __init__(self, chunks: Iterable[bytes], heed: Callable[[str], None]) -> None:
        self.text = ""
        self.at = 0
        self.delimiter = ";"
        self._chunks = iter(chunks)
        self._heed = heed
        self._passed = 0
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
        self.at = 0
        self.text = "".join(parts)
        return taken > 0

    def see(self, size: int) -> bool:
        """Have the next `size` bytes, or all there are, in memory; False where there are none."""
        while len(self.text) - self.at < size and self.grow():
            pass
        return self.at < len(self.text)

    def reach_statement(self) -> bool:
        """Pass blanks, comments and empty statements; False at the end of the dump.

        The head of the statement is in memory then, up to its first row of values.
        """
        while self.see(_STATEMENT_HEAD):
            if blank := _BLANK.match(self.text, self.at):
                self.at = blank.end()
            elif self.text.startswith(self.delimiter, self.at):
                self.at += len(self.delimiter)
            elif not self._pass_comment():
                return True
        return False

    def pass_statement(self) -> None:
        """Go behind the end of the statement, from anywhere in it but a string or a comment."""
        plain = _plain(self.delimiter)
        while True:
            self.at = plain.match(self.text, self.at).end()  # type: ignore[union-attr]
            if not self.see(_COMMENT_HEAD):
                raise self.bad("cut off inside a statement")
            if self.text.startswith(self.delimiter, self.at):
                self.at += len(self.delimiter)
                return
            if self.text[self.at] in _IN_QUOTES:
                self._pass_quoted()
            elif not self._pass_comment():
                self.at += 1

    def bad(self, reason: str) -> BadDump:
        return BadDump(f"{reason} (at byte {self._passed + self.at})")

    def _pass_quoted(self) -> None:
        quote = self.text[self.at]
        self.at += 1
        while True:
            self.at = _IN_QUOTES[quote].match(self.text, self.at).end()  # type: ignore[union-attr]
            if self.text.startswith(quote, self.at):
                # A doubled quote reopens at once, which comes to the same.
                self.at += 1
                return
            if not self.grow():
                raise self.bad("cut off inside a string or a quoted name")

    def _pass_comment(self) -> bool:
        """Pass the comment that begins here, if one does; of one with code only its opening."""
        comment = _COMMENT.match(self.text, self.at)
        if not comment:
            return False
        head = self.text[self.at : self.at + _COMMENT_HEAD]
        self.at = comment.end()
        if comment["line"]:
            if self._pass_to("\n"):
                self._heed(head)
        elif comment["block"] and not self._pass_to("*/"):
            raise self.bad("cut off inside a comment")
        return True

    def _pass_to(self, end: str) -> bool:
        while (found := self.text.find(end, self.at)) < 0:
            self.at = max(self.at, len(self.text) - len(end) + 1)
            if not self.grow():
                self.at = len(self.text)
                return False
        self.at = found + len(end)
        return True


_BOM = "\xef\xbb\xbf"
_STATEMENT_HEAD = 1 << 16
_COMMENT_HEAD = 128

# The close of a comment with code in it means nothing: only its opening was passed.
_BLANK = re.compile(r"(?:\s|\*/)++", re.ASCII)
# Code for a version yet to come (mariadb-dump begins with such a line) is a plain comment.
_COMMENT = re.compile(
    r"(?P<line>\#|--(?:(?=\s)|\Z))|(?P<code>/\*M?!(?!99999\d)\d*+)|(?P<block>/\*)", re.ASCII
)
_IN_QUOTES = {
    "'": re.compile(r"[^'\\]*+(?:\\.[^'\\]*+)*+", re.DOTALL),
    '"': re.compile(r'[^"\\]*+(?:\\.[^"\\]*+)*+', re.DOTALL),
    "`": re.compile(r"[^`]*+"),
}


@lru_cache
def _plain(delimiter: str) -> re.Pattern[str]:
    """Match what is neither the delimiter nor a comment nor a string that leaves the memory."""
    first, whole = re.escape(delimiter[0]), re.escape(delimiter)
    plain = rf"[^'\"`#/\-{first}]*+"
    quoted = r"""'[^'\\]*+(?:\\.[^'\\]*+)*+'|"[^"\\]*+(?:\\.[^"\\]*+)*+"|`[^`]*+`"""
    other = rf"(?!{whole})(?:-(?=[^-])|/(?=[^*]))"
    return re.compile(rf"{plain}(?:(?:{quoted}|{other}){plain})*+", re.DOTALL)
