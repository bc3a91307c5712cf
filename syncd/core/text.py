"""Text of twenty years: entities, control characters, names of people."""

import html
import re
import unicodedata

# With its semicolon only, as PHP decodes: html.unescape alone would also turn "R&reg" into a sign.
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_PUNCTUATION = re.compile(r"[^\w\s]|_")


def decode_entities(text: str) -> str:
    """Decode HTML entities exactly once (T-21): a second time would eat legitimate text."""
    if "&" not in text:
        return text
    return _ENTITY.sub(lambda match: html.unescape(match[0]), text)


def clean(raw: str | None) -> str:
    """Give a value as people see it: entities decoded once, NFC, blanks at the ends trimmed."""
    if not raw:
        return ""
    if raw.isascii() and "&" not in raw:
        return raw.strip()
    return unicodedata.normalize("NFC", decode_entities(raw)).strip()


def has_control(raw: str | None) -> bool:
    """Say whether a value holds control bytes, NUL or line breaks inside (T-24).

    Decoded first, as it would be written: `&#10;` is a line break too.
    """
    return raw is not None and _CONTROL.search(decode_entities(raw).strip()) is not None


def same_person(first: str, second: str) -> bool:
    """Compare two names as the ruling on T-07 says.

    Equal after decoding, accents, case and punctuation; or one is part of the other; or initials
    stand against full names. A blank name matches any.
    """
    ours, theirs = _bare(first), _bare(second)
    # "Anne-Marie" is "Anne Marie", and "O'Brien" is "OBrien".
    return any(
        _tokens_match(_tokens(ours, between), _tokens(theirs, between)) for between in (" ", "")
    )


def _bare(name: str) -> str:
    folded = unicodedata.normalize("NFKD", clean(name)).casefold()
    return "".join(char for char in folded if not unicodedata.combining(char))


def _tokens(name: str, between: str) -> set[str]:
    return set(_PUNCTUATION.sub(between, name).split())


def _tokens_match(ours: set[str], theirs: set[str]) -> bool:
    if not ours or not theirs or ours <= theirs or theirs <= ours:
        return True
    return len(ours) == len(theirs) and _initials_match(
        sorted(ours - theirs), sorted(theirs - ours)
    )


def _initials_match(ours: list[str], theirs: list[str]) -> bool:
    """Match the tokens two names do not share: an initial on one side, a full name on the other."""

    def fits(short: str, full: str) -> bool:
        return min(len(short), len(full)) == 1 and short[0] == full[0]

    return all(fits(*pair) for pair in zip(ours, theirs, strict=True))
