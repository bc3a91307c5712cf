"""Takes secrets out of what a target says: as they stand, and in any usual spelling."""

import base64
import html
import re
from collections.abc import Callable, Collection, Iterator
from functools import cache

_NAMED = {char: html.escape(char) for char in "&<>\"'"} | {"'": "&apos;"}
_SHORT = {'"': '\\"', "\\": "\\\\", "/": "\\/"}  # as JSON and PHP escape


def scrubber(secrets: Collection[str]) -> Callable[[str], str]:
    """Give a function that masks every spelling of `secrets` in a text, and any bcrypt hash."""

    @cache  # most replies are never scrubbed, so the pattern is made when one is
    def pattern() -> re.Pattern[str]:
        longest_first = sorted(
            filter(None, set(secrets)), key=lambda secret: (-len(secret), secret)
        )
        spellings = [spelling for secret in longest_first for spelling in _spellings(secret)]
        return re.compile("|".join((*spellings, _HASH)), re.IGNORECASE)

    def scrub(text: str) -> str:
        return pattern().sub("***", text)

    return scrub


# Whoever it is of: a message may quote a row of the target.
_HASH = r"\$2[abxy]\$\d\d\$[./a-z0-9]{53}"


def _spellings(secret: str) -> Iterator[str]:
    """Yield patterns: character by character, in hexadecimal, and in base64."""
    yield "".join(map(_character, secret))
    raw = secret.encode()
    yield raw.hex()
    for before in range(3):  # base64 depends on how many bytes stand before it
        packed = base64.b64encode(bytes(before) + raw).decode().rstrip("=")
        # What shares a letter with a neighbour is left off, if enough remains to be sure.
        inside = packed[(0, 2, 3)[before] : len(packed) - ((before + len(raw)) % 3 > 0)]
        if len(inside) >= _SURE:
            yield re.escape(inside)


_SURE = 6  # letters of base64 that are no accident


def _character(char: str) -> str:
    """Give a pattern of every way in which a page, a URL, JSON or a log may spell a character."""
    code = ord(char)
    units = char.encode("utf-16-be").hex()
    ways = [  # the character itself comes last: it may begin one of the others
        "".join(f"%{byte:02x}" for byte in char.encode()),
        "".join(rf"\\u{units[start : start + 4]}" for start in range(0, len(units), 4)),
        f"&#0*{code};?",
        f"&#x0*{code:x};?",
    ]
    if char == " ":
        ways.append(r"\+")
    ways += [re.escape(table[char]) for table in (_NAMED, _SHORT) if char in table]
    if char in _NAMED:
        ways.append(re.escape(html.escape(char)))
    ways.append(re.escape(char))
    return f"(?:{'|'.join(ways)})"
