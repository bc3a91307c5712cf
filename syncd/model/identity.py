"""The one normaliser of e-mail addresses.

An *identity* is a normalised address: the key that gathers the legacy rows of one person. Every
comparison of addresses in syncd goes through `normalise`, never through SQL's idea of lower case.
"""

import string
import unicodedata
from functools import lru_cache
from itertools import groupby

import idna

from syncd.model.text import trim

_ASCII_BLANKS = " \t\r\n\v\f\x1c\x1d\x1e\x1f"
_SMALL = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


def normalise(address: str | None) -> str:
    """Give the identity of an address, for comparison only; never raises, never repairs.

    Trimmed of every Unicode blank at both ends, accents composed, A to Z in lower case, domain in
    IDNA 2008 A-labels (UTS 46, non-transitional), unless that gives a plain label: KELVIN SIGN and
    full-width letters in a domain stay what they are, as in front of the @. No other letter is
    folded, nor plus-tags or dots: those are different mailboxes, and what looks alike is for a
    person (T-15). What is not an address is still normalised, so that twins of it meet; judging it
    is convert's work.
    """
    if not address:
        return ""
    if address.isascii():
        return address.strip(_ASCII_BLANKS).lower()
    return _normalise_unicode(address)


@lru_cache(maxsize=4096)
def _normalise_unicode(address: str) -> str:
    text = _composed(trim(address)).translate(_SMALL)
    local, at, domain = text.rpartition("@")
    if not at or domain.isascii():
        return text
    try:
        ascii_form = idna.encode(domain, uts46=True, transitional=False).decode("ascii")
    except idna.IDNAError:
        return text
    return text if _becomes_another(domain, ascii_form) else f"{local}@{ascii_form}"


def _becomes_another(domain: str, ascii_form: str) -> bool:
    """Say whether a label would become a plain one that somebody else may have typed."""
    labels, plain = domain.split("."), ascii_form.split(".")
    return len(labels) != len(plain) or any(
        not label.isascii() and not encoded.startswith("xn--")
        for label, encoded in zip(labels, plain, strict=True)
    )


def _composed(text: str) -> str:
    """Compose letters and their accents; a sign that NFC gives another letter for stays itself.

    KELVIN SIGN is such a one: to NFC it is a plain K, and with it somebody else's address.
    """
    return "".join(
        "".join(chars) if stays else unicodedata.normalize("NFC", "".join(chars))
        for stays, chars in groupby(text, _stands_for_another)
    )


def _stands_for_another(char: str) -> bool:
    composed = unicodedata.normalize("NFC", char)
    return composed != char and len(composed) == 1


def mask(address: str) -> str:
    """Give an address as logs may show it: `jane@dev.example` -> `j***@d***.example`."""
    local, at, domain = address.partition("@")
    if not at:
        return f"{local[:1]}***" if local else ""
    name, dot, top = domain.rpartition(".")
    return f"{local[:1]}***@{(name or top)[:1]}***{dot}{top if name else ''}"
