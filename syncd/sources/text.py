"""The text of a dump, a chunk at a time: where one stands in it, its strings and its comments."""

from collections.abc import Callable, Iterable

import regex as re

from syncd.sources.words import AGAIN, SEE, advice_on, first_words, kind_of


class BadDump(Exception):
    """The dump is cut off, damaged or not understood."""


class Text:
    """Stands at one place of a dump: `at` in `text`, the part that is in memory.

    `text` is latin-1, one character for each byte: so patterns and slices work before a character
    set is known, and no character is cut in two. `heed` is told of the head of every comment, and
    answers what is wrong with it, if anything is.
    """

    def __init__(self, chunks: Iterable[bytes], heed: Callable[[str], str]) -> None:
        self.raw = b""  # the same as bytes
        self.text = ""
        self.at = 0
        self.delimiter = ";"
        self.escapes = True  # whether a backslash in a string guards what follows
        self._chunks = iter(chunks)
        self._heed = heed
        self._passed = 0
        self._lines = 1  # that of `_counted`, a place in `text`
        self._counted = 0
        self._backslash = -1  # the next one, where it is known
        self.see(len(_BOM))
        if self.text.startswith(_BOM):
            self.at = len(_BOM)

    def grow(self) -> bool:
        """Forget what lies before `at` and take on more than is left of it; False at the end."""
        parts = [self.raw[self.at :]]
        taken = 0
        # More than is left, so that a long row is looked at a few times only, not once a chunk.
        for chunk in self._chunks:
            parts.append(chunk)
            taken += len(chunk)
            if taken > len(parts[0]):
                break
        self._lines = self.place[0]
        self._passed += self.at
        self._counted = self.at = 0
        self._backslash = -1
        self.raw = b"".join(parts)
        self.text = self.raw.decode("latin-1")
        return taken > 0

    def see(self, size: int) -> bool:
        """Have the next `size` bytes, or all there are, in memory; False where there are none."""
        while len(self.text) - self.at < size and self.grow():
            pass
        return self.at < len(self.text)

    @property
    def backslash(self) -> int:
        """The place of the next that guards what follows, or the end of the text."""
        if not self.escapes:
            return len(self.text)
        if self._backslash < self.at:
            place = self.text.find("\\", self.at)
            self._backslash = len(self.text) if place < 0 else place
        return self._backslash

    @property
    def place(self) -> tuple[int, int]:
        """Line, from 1, and byte, from 0; lines are counted on, not anew."""
        if self.at < self._counted:
            line = self._lines - self.text.count("\n", self.at, self._counted)
        else:
            self._lines += self.text.count("\n", self._counted, self.at)
            self._counted, line = self.at, self._lines
        return line, self._passed + self.at

    def bad(
        self, reason: str, place: tuple[int, int] | None = None, advice: str = AGAIN
    ) -> BadDump:
        line, byte = place or self.place
        return BadDump(f"line {line:,} (byte {byte:,}): {reason}. {advice}")

    def words(self) -> str:
        """Say what stands here, in no more than a few words of it."""
        self.see(COMMENT_HEAD)
        return first_words(self.text[self.at : self.at + COMMENT_HEAD])

    def kind(self) -> str:
        """Say what stands here without a word of it, for rows hold the data of people."""
        self.see(COMMENT_HEAD)
        return kind_of(self.text[self.at : self.at + COMMENT_HEAD])

    def advice(self) -> str:
        """Say what to do about what stands here and should not."""
        self.see(COMMENT_HEAD)
        return advice_on(self.text[self.at : self.at + COMMENT_HEAD])

    # --- strings and comments -------------------------------------------------------------------

    def pass_quoted(self) -> str:
        """Pass a string or a quoted name; of a name, give it."""
        begin = self.at
        if name := _SHORT_NAME.match(self.text, self.at):
            self.at = name.end()
            return name[0]
        quote = self.text[self.at]
        start = self.place
        inner = IN_QUOTES[quote] if self.escapes else _WITHOUT_ESCAPES[quote]
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
                    f"a string is not closed, or damaged: behind it stands {self.kind()}"
                )
            else:
                return "''"

    def pass_comment(self) -> bool:
        """Pass the comment that begins here, if one does; of one with code only its opening."""
        comment = _COMMENT.match(self.text, self.at)
        if not comment:
            return False
        place = self.place
        head = self.text[self.at : self.at + _BLOCK_HEAD]
        self.at = comment.end()
        if comment["line"]:
            wrong = self._heed(head.partition("\n")[0]) if self.pass_to("\n") else ""
        elif comment["block"]:
            if not self.pass_to("*/", _HIDDEN):
                raise self.bad("cut off inside a comment that begins here", place)
            wrong = self._heed(head.partition("*/")[0])
        else:
            return True
        if wrong:
            raise self.bad(wrong, place, SEE if "failed" in wrong else AGAIN)
        return True

    def pass_to(self, end: str, never: re.Pattern[str] | None = None) -> bool:
        while (stop := self.text.find(end, self.at)) < 0:
            self._look_for(never, len(self.text))
            self.at = max(self.at, len(self.text) - OVERLAP)
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
_BLOCK_HEAD = 1024
# Code for a version yet to come (mariadb-dump begins with such a line) is a plain comment.
_COMMENT = re.compile(
    r"(?P<line>\#|--(?:(?=\s)|\Z))|(?P<code>/\*M?!(?!99999\d)\d*+)|(?P<block>/\*)", re.ASCII
)
_HIDDEN = re.compile(
    r"\n(?:INSERT\s+INTO|REPLACE\s+INTO|CREATE\s+TABLE)\s", re.ASCII | re.IGNORECASE
)
_LETTER = re.compile(r"[\w$]", re.ASCII)
_SHORT_NAME = re.compile(r'`(?:[^`]|``){1,256}`(?!`)|"[\w$]{1,64}"(?![\w"])', re.ASCII)
COMMENT_HEAD = 128
OVERLAP = 80  # bytes in which the head of a statement is recognised
IN_QUOTES = {
    "'": re.compile(r"[^'\\]*+(?:\\.[^'\\]*+)*+", re.DOTALL),
    '"': re.compile(r'[^"\\]*+(?:\\.[^"\\]*+)*+', re.DOTALL),
    "`": re.compile(r"[^`]*+"),
}
_WITHOUT_ESCAPES = {"'": re.compile(r"[^']*+"), '"': re.compile(r'[^"]*+'), "`": IN_QUOTES["`"]}
