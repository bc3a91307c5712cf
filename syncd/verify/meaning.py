"""What legacy columns mean, read a second time and on purpose in another way than convert does.

Straight and fail-closed: what cannot be read plainly gives no right. A permission name and the
labels of the legacy form mean themselves, whatever a map says; a map is asked only about words
beyond these, so that a map which widens is found and not followed.
"""

import html
import re
from collections.abc import Iterable, Mapping

import msgspec

from syncd.model.permission import ALL

# The words of the legacy form, in small letters.
_LABELS = {
    "modify master account profile": "profile",
    "view & manage contacts": "contacts",
    "view products & services": "products",
    "view product & services": "products",
    "view & modify product passwords": "manageproducts",
    "view & modify passwords": "manageproducts",
    "perform single sign-on": "productsso",
    "view domains": "domains",
    "view domain": "domains",
    "manage domain settings": "managedomains",
    "view & pay invoices": "invoices",
    "view & pay invoice": "invoices",
    "view & accept quotes": "quotes",
    "view & open support tickets": "tickets",
    "view & open support ticket": "tickets",
    "view & manage affiliate account": "affiliates",
    "view emails": "emails",
    "place new orders/upgrades/cancellations": "orders",
}
_OWN = {key: key for key in ALL} | _LABELS

_YES = ("1", "on", "true")  # T-46 lists these and no others
_NO = ("", "0", "off", "false", "no")

_PHP_LIST = re.compile(r'a:\d+:\{(?:i:\d+;s:\d+:"[^"]*";)*\}')
_PHP_MAP = re.compile(r'a:\d+:\{(?:s:\d+:"[^"]*";(?:b:[01]|i:[01]|s:\d+:"[^"]*"|N);)*\}')
_PHP_ITEM = re.compile(r'i:\d+;s:\d+:"([^"]*)";')
_PHP_PAIR = re.compile(r's:\d+:"([^"]*)";(?:[bi]:([01])|s:\d+:"([^"]*)"|N);')


class LegacyFlags(msgspec.Struct, frozen=True):
    """What one `permissions` column gives. `unknown` are its own words, as they stand there.

    `ignored` is what the map drops: given once, and so no gain where somebody still has it.
    """

    granted: frozenset[str] = frozenset()
    unknown: frozenset[str] = frozenset()
    ignored: frozenset[str] = frozenset()


class Words(msgspec.Struct, frozen=True):
    """A permission map as plain data: small words to permissions, and words that are dropped."""

    meanings: Mapping[str, str]
    ignored: frozenset[str]


def words(
    flags: Mapping[str, str], aliases: Mapping[str, str], ignored: Iterable[str] = ()
) -> Words:
    """Take a map's tables: flag to permission, label to flag, flags to drop."""
    meanings = {_small(flag): permission for flag, permission in flags.items()}
    dropped = {_small(flag) for flag in ignored}
    for label, flag in aliases.items():
        meanings.setdefault(_small(label), flags.get(flag, ""))
        if _small(flag) in dropped:
            dropped.add(_small(label))
    return Words(meanings | _OWN, frozenset(dropped))


def is_login(mark: str | None) -> bool | None:
    """Say whether a `subaccount` column marks a login; None where it says neither."""
    text = (mark or "").strip().lower()
    return True if text in _YES else False if text in _NO else None


def is_closed(status: str) -> bool:
    """Say whether nobody can sign in to an account of this status."""
    return status.strip().lower() == "closed"


def is_on(preference: str | None) -> bool:
    """Say whether a mail column is ticked; what is neither yes nor no is not."""
    return (preference or "").strip().lower() in _YES


def read_flags(column: str | None, known: Words) -> LegacyFlags:
    granted, unknown, ignored = set(), set(), set()
    for word in _split(column or "", known):
        small = _small(word)
        if not small:
            continue
        meaning = known.meanings.get(small)
        if meaning:
            granted.add(meaning)
        if small in known.ignored:
            ignored.add(meaning or small)
        elif not meaning:
            unknown.add(word.strip())
    return LegacyFlags(frozenset(granted), frozenset(unknown), frozenset(ignored))


def _small(word: str) -> str:
    # No word becomes a plain one by its case alone: KELVIN SIGN would be a k.
    low = word.lower()
    return " ".join((low if word.isascii() or not low.isascii() else word).split())


def _split(column: str, known: Words) -> list[str]:
    text = html.unescape(column).strip()
    listed = _php(text) if text.startswith("a:") else _json(text) if text[:1] in "[{" else None
    if listed is not None:
        return listed
    parts = re.split(r"[,;|\n]", text)
    # Blanks part words only where each is one: "view emails" is a label, "tickets emails" are two.
    if len(parts) == 1 and all(_small(word) in known.meanings for word in text.split()):
        return text.split()
    return parts


def _php(text: str) -> list[str] | None:
    """Read a flat list or a map with true and false; anything else stays one unknown word."""
    if _PHP_LIST.fullmatch(text):
        return _PHP_ITEM.findall(text)
    if _PHP_MAP.fullmatch(text):
        pairs = _PHP_PAIR.findall(text)
        return [name for name, number, word in pairs if number == "1" or is_on(word)]
    return [text]


def _json(text: str) -> list[str] | None:
    if not text:
        return None
    try:
        value = msgspec.json.decode(text, type=list[str] | dict[str, bool | int | str | None])
    except msgspec.DecodeError:
        return [text]
    if isinstance(value, list):
        return value
    return [name for name, on in value.items() if is_on(str(on if on is not None else ""))]
