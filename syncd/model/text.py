"""Text and marks of twenty years, as databases and API both hold them: what any reader undoes."""

import html
import re
import unicodedata
from functools import lru_cache

# With its semicolon only, as PHP decodes: html.unescape alone would also turn "R&reg" into a sign.
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
# Blanks that str.strip() leaves alone: zero-width characters and the byte order mark (T-14).
_INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff\u180e"
_KELVIN = "\N{KELVIN SIGN}"
_OBEYED = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})  # control, format, surrogate, separators

_TRUE = frozenset({"1", "on", "true"})
_FALSE = frozenset({"", "0", "off", "false"})


def decode_entities(text: str) -> str:
    """Decode HTML entities exactly once (T-21): a second time would eat legitimate text."""
    if "&" not in text:
        return text
    return _ENTITY.sub(lambda match: html.unescape(match[0]), text)


def visible(text: str) -> str:
    r"""Spell out characters that act instead of showing: U+202E becomes `\u202e` (T-24)."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        char.encode("unicode_escape").decode("ascii")
        if unicodedata.category(char) in _OBEYED
        else char
        for char in text
    )


def small(text: str) -> str:
    """Give a text in small letters; KELVIN SIGN, of which `lower` makes a plain k, stays itself."""
    return _KELVIN.join(map(str.lower, text.split(_KELVIN)))


def trim(text: str) -> str:
    """Take every Unicode blank off both ends, zero-width ones too (T-14)."""
    trimmed = text.strip().strip(_INVISIBLE)
    while trimmed != text:
        text, trimmed = trimmed, trimmed.strip().strip(_INVISIBLE)
    return trimmed


def clean(raw: str | None) -> str:
    """Give a value as people see it: entities decoded once, NFC, blanks at the ends trimmed."""
    if not raw:
        return ""
    if raw.isascii() and "&" not in raw:
        return raw.strip()
    return trim(unicodedata.normalize("NFC", decode_entities(raw)))


@lru_cache(maxsize=1024)  # real columns hold few distinct values
def read_flag(raw: str | None) -> bool | None:
    """Read a boolean as old and new WHMCS write it (T-46); None where it is neither.

    True are `1`, `on` and `true`; false `0`, `off`, `false`, nothing and NULL. Whoever asks for a
    right must not take None for true, nor for a revocation.
    """
    if raw is None:
        return False
    word = raw.strip().casefold()
    return True if word in _TRUE else False if word in _FALSE else None


def utf8(raw: bytes) -> str:
    r"""Decode what the database holds as text; bytes that are no text stay visible as `\xNN`."""
    return raw.decode("utf-8", "backslashreplace")


class Utf8:
    """`utf8`, counting the values that are no text in it."""

    def __init__(self) -> None:
        self.strange = 0

    def __call__(self, raw: bytes) -> str:
        try:
            return raw.decode()
        except UnicodeDecodeError:
            self.strange += 1
            return utf8(raw)

    def remarks(self) -> list[str]:
        if not self.strange:
            return []
        return [f"{self.strange} values are no text in UTF-8: such bytes are shown as \\xNN"]
