r"""The words of SQL as dumps write it: patterns, for text of one character a byte (see `scan`)."""

from functools import lru_cache

import regex as re

FLAGS = re.IGNORECASE | re.ASCII | re.DOTALL

NAME = r'(?:`(?:[^`]|``)++`|"[^"]++"|[\w$\x80-\xff]++)'
# Between two words: blanks and comments, of a comment with code in it only the opening and closing.
COMMENT = r"(?:/\*(?!M?!)(?:[^*]|\*(?!/))*+\*/|(?:--(?=\s)|\#)[^\n]*+\n)"
GAP = rf"(?:\s++|/\*M?!\d*+|\*/|{COMMENT})*+"
SPACE = rf"(?:\s++|/\*M?!\d*+|\*/|{COMMENT})++"

HEX = r"0x[0-9A-Fa-f]*+(?!\w)"
NUMBER = r"[-+]?(?:[0-9]++(?:\.[0-9]*+)?+|\.[0-9]++)(?:[eE][-+]?[0-9]++)?+(?![\w.])"
_WORDS = r"(?i:NULL|TRUE|FALSE|DEFAULT|NAN|[-+]?INF|CURRENT_(?:TIMESTAMP|DATE|TIME))(?!\w)"


def single(*, escapes: bool) -> str:
    r"""Match a string in single quotes; without `escapes` (NO_BACKSLASH_ESCAPES) \ is a letter."""
    return _string("'", escapes=escapes)


def double(*, escapes: bool) -> str:
    return _string('"', escapes=escapes)


def _string(quote: str, *, escapes: bool) -> str:
    return f"{quote}{body(quote, escapes=escapes)}{quote}"


def body(quote: str, *, escapes: bool) -> str:
    if escapes:
        return rf"[^{quote}\\]*+(?:(?:\\.|{quote}{quote})[^{quote}\\]*+)*+"
    return f"[^{quote}]*+(?:{quote}{quote}[^{quote}]*+)*+"


def unescaped(quote: str, body: str, *, escapes: bool) -> str:
    """Give what a string means, of which this stands between its quotes."""
    if quote not in body and not (escapes and "\\" in body):
        return body
    if not escapes:
        return body.replace(quote * 2, quote)
    return _ESCAPES[quote].sub(_unescape, body)


# Only for patterns of LIKE does a backslash guard these two; elsewhere MySQL keeps it.
_ESCAPED = {"0": "\0", "b": "\b", "n": "\n", "r": "\r", "t": "\t", "Z": "\x1a"}
_ESCAPED |= {"%": "\\%", "_": "\\_"}
_ESCAPES = {quote: re.compile(rf"\\(.)|{quote}{quote}", re.DOTALL) for quote in "'\""}


def _unescape(match: "re.Match[str]") -> str:
    letter = match[1]
    return match[0][0] if letter is None else _ESCAPED.get(letter, letter)


def bits(*, escapes: bool) -> str:
    """Match a string with what may stand before it: a character set, or how its digits count."""
    any_string = rf"(?:{single(escapes=escapes)}|{double(escapes=escapes)})"
    return (
        r"(?:[xX]'(?:[0-9A-Fa-f]{2})*+'|[bB]'[01]*+'"
        rf"|[nN]{any_string}|_[A-Za-z0-9]++\s*+(?:{any_string}|{HEX}|[xX]'(?:[0-9A-Fa-f]{{2}})*+'))"
    )


@lru_cache
def unread(*, escapes: bool) -> str:
    """Match a value that nobody reads, to its very end: a string, number, word or call."""
    quoted, two = single(escapes=escapes), double(escapes=escapes)
    inside = rf"[^'\"();]|{quoted}|{two}"
    nested = rf"\((?:{inside})*+\)"
    for _ in range(3):
        nested = rf"\((?:{inside}|{nested})*+\)"
    call = rf"[A-Za-z_]\w*+\s*+{nested}"
    rare = rf"{HEX}|0b[01]++(?!\w)|{two}|{bits(escapes=escapes)}|{_WORDS}|{call}|`[^`]++`"
    # Most frequent first, for speed.
    return rf"(?>{quoted}|NULL(?!\w)|{NUMBER}|{rare})(?=[\s,)])"


@lru_cache
def row_pattern(*, escapes: bool) -> "re.Pattern[str]":
    """Match a whole row that nobody reads, where what follows is in sight."""
    value = unread(escapes=escapes)
    row = rf"\s*+\(\s*+{value}(?:\s*+,\s*+{value})*+\s*+\)\s*+(?=\S)"
    return re.compile(row, re.ASCII | re.DOTALL)


# --- what may not stand within a statement: the head of another ------------------------------

_TABLE = r"TABLES?|DATABASE|SCHEMA|VIEW|TRIGGER|PROCEDURE|FUNCTION|EVENT"
_HEAD = (
    r"(?:(?:INSERT|REPLACE)\s+(?:(?:LOW_PRIORITY|DELAYED|HIGH_PRIORITY|IGNORE)\s+)*INTO"
    rf"|(?:CREATE|DROP|ALTER|TRUNCATE|LOCK|UNLOCK|RENAME)\s+(?:TEMPORARY\s+)?(?:{_TABLE})"
    r"|START\s+TRANSACTION|LOAD\s+DATA)(?!\w)"
)
# Found in a statement that is passed over, this begins another, whose end the first has taken.
HEAD_WITHIN = re.compile(
    rf"(?<!\w){_HEAD}|(?<!\w)VALUES?\s*\(\s*(?:[-\d']|NULL(?!\w))"
    r"|\n\s*(?:SET\s+[@\w]|USE\s+`|COMMIT\s*;|DELIMITER\s|UPDATE\s+`|DELETE\s+FROM)",
    FLAGS,
)
# In the body of a routine: at the beginning of a line; under a delimiter of its own, only what no
# body has there.
HEAD_WITHIN_BODY = re.compile(rf"\n\s*(?:{_HEAD}|DELIMITER\s)", FLAGS)
HEAD_WITHIN_LONG_BODY = re.compile(
    r"\n(?:DELIMITER\s|(?:CREATE\s+TABLE|LOCK\s+TABLES|UNLOCK\s+TABLES)(?!\w))", FLAGS
)
