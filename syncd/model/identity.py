"""The one normaliser of e-mail addresses.

An *identity* is a normalised address: the key that gathers the legacy rows of one person. Every
comparison of addresses in syncd goes through `normalise`, never through SQL's idea of lower case.
"""

import unicodedata
from functools import lru_cache

import idna

from syncd.model.text import trim

_ASCII_BLANKS = " \t\r\n\v\f\x1c\x1d\x1e\x1f"


def normalise(address: str | None) -> str:
    """Give the identity of an address, for comparison only; never raises, never repairs.

    Trimmed of every Unicode blank at both ends, NFC, lower case, domain in IDNA 2008 A-labels
    (UTS 46, non-transitional). No plus-tag or dot folding: those are different mailboxes. What is
    not an address is still normalised, so that twins of it meet; judging it is convert's work.
    """
    if not address:
        return ""
    if address.isascii():
        return address.strip(_ASCII_BLANKS).lower()
    return _normalise_unicode(address)


@lru_cache(maxsize=4096)
def _normalise_unicode(address: str) -> str:
    text = trim(unicodedata.normalize("NFC", address)).lower()
    local, at, domain = text.rpartition("@")
    if not at or domain.isascii():
        return text
    try:
        return f"{local}@{idna.encode(domain, uts46=True, transitional=False).decode('ascii')}"
    except idna.IDNAError:
        return text


def mask(address: str) -> str:
    """Give an address as logs may show it: `jane@dev.example` -> `j***@d***.example`."""
    local, at, domain = address.partition("@")
    if not at:
        return f"{local[:1]}***" if local else ""
    name, dot, top = domain.rpartition(".")
    return f"{local[:1]}***@{(name or top)[:1]}***{dot}{top if name else ''}"
