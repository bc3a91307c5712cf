"""What a doubtful value may have meant: words for the person who decides, never what is written.

Each function gives its argument back where it has nothing to propose.
"""

import codecs
import re
import unicodedata
from contextlib import suppress

from syncd.convert.addresses import is_usable
from syncd.model.identity import normalise
from syncd.model.text import decode_entities, trim

# Control bytes (ASCII's and those of ISO 8859), separators of lines and paragraphs, and the marks
# that turn the direction of writing, which can make a report show another text than it holds.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")
_FOUR_BYTES = re.compile(r"[\U00010000-\U0010ffff]+")
# What each byte shows as, in Latin-1 and in Windows-1252 as browsers read it: its five empty places
# are those of Latin-1. 1A, the substitute, shows as the sign for what could not be read.
_LATIN_1 = bytes(range(256)).decode("latin-1")
_WINDOWS = "".join(bytes([ord(char)]).decode("cp1252", "ignore") or char for char in _LATIN_1)
_SHOWN_AS = (_LATIN_1, _WINDOWS.replace("\x1a", "\ufffd"))
_CHARMAPS = [codecs.charmap_build(shown) for shown in _SHOWN_AS]
# Two bytes that UTF-8 begins a character with, as either shows them: nothing is mojibake without.
_NEXT = "".join(shown[0x80:0xC0] for shown in _SHOWN_AS)
GARBLED = re.compile(f"[\u00c2-\u00f4][{re.escape(_NEXT)}]")
_HIDDEN = re.compile(r"[\u00ad\u200b-\u200f\u2060\ufeff]+")
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")
_BETWEEN_ADDRESSES = re.compile(r"[;,|<>\s]+")


def has_control(text: str) -> bool:
    """Say whether a text holds control characters or line breaks (T-24)."""
    return _CONTROL.search(text) is not None


def has_four_bytes(text: str) -> bool:
    """Say whether a text holds characters that MySQL's utf8mb3 cannot store (T-23)."""
    return _FOUR_BYTES.search(text) is not None


def decoded(text: str) -> str:
    """Decode entities until none is left: for text that was encoded more than once (T-21)."""
    while (once := decode_entities(text)) != text:
        text = once
    return text


def repaired(text: str) -> str:
    """Undo mojibake, UTF-8 that was once or more read as Latin-1 (T-22), word by word.

    Only in words whose characters, as the bytes of Latin-1 or Windows-1252, are UTF-8 throughout:
    a wrong repair of legitimate text is worse than none.
    """
    if GARBLED.search(text) is None:
        return text  # nearly every text, in whatever language
    return " ".join(map(_repaired_word, text.split(" ")))


def _repaired_word(word: str) -> str:
    while (once := _read_again(word)) != word:
        word = once
    return word


def _read_again(word: str) -> str:
    for charmap in _CHARMAPS:
        with suppress(UnicodeError):
            return codecs.charmap_encode(word, "strict", charmap)[0].decode("utf-8")
    return word


def is_garbled(raw: str | None) -> bool:
    """Say whether an address was read in the wrong character set, or lost letters on the way.

    To be asked beside `is_usable`: in a domain, mojibake can be folded into letters that are valid.
    """
    if not raw or (raw.isascii() and "?" not in raw):
        return False
    return "?" in raw or "\ufffd" in raw or repaired(raw) != raw


def without_control(text: str) -> str:
    return trim(_CONTROL.sub(" ", text))


def without_four_bytes(text: str) -> str:
    """Give letters of mathematics and the like as plain ones, and leave out what is left (T-23)."""
    plain = unicodedata.normalize("NFKC", text) if has_four_bytes(text) else text
    return trim(_FOUR_BYTES.sub("", plain))


def addresses(raw: str) -> list[str]:
    """Give the addresses a field may mean; empty if none is recognised, or it is one as it is.

    Looks through entities, mojibake, hidden characters, names beside addresses and lists of them.
    """
    text = _HIDDEN.sub("", _CONTROL.sub(" ", decoded(repaired(trim(raw)))))
    parts = [part.rstrip(".") for part in _BETWEEN_ADDRESSES.split(text) if part]
    if "<" in text:  # Jane Doe <jane@dev.example>
        parts = [part for part in parts if "@" in part]
    meant = list(dict.fromkeys(normalise(part) for part in parts))
    is_news = meant != [normalise(raw)]
    return meant if is_news and all(_is_in_form(address) for address in meant) else []


def _is_in_form(address: str) -> bool:
    # A letter beyond ASCII before the @ may be meant; everything else must be in form.
    return is_usable(_BEYOND_ASCII.sub("x", address))


def shown_address(raw: str) -> str:
    """Quote a doubtful address for a person, with the addresses it may mean (T-13)."""
    quoted = raw if raw.isprintable() else repr(raw)
    if meant := addresses(raw):
        return f"{quoted}; proposed: {' and '.join(meant)}"
    lost = "?" in raw or "\ufffd" in raw
    return f"{quoted}; a letter was lost where ? or its like stands" if lost else quoted
