"""Whose address is it: verify's own judgement, so that a wrong fold elsewhere shows here.

Two spellings are one address where nothing differs but blanks at the ends, the case of A to Z, how
an accent is composed, and whether the domain is in letters or in its ASCII form. To no other letter
is another one equal, whatever Unicode folds: that would give one person the rights of another.
"""

import re
import unicodedata
from collections.abc import Iterable
from html import unescape

import idna

from syncd.model.decision import APPLY, Decision, made_on_finding
from syncd.model.finding import Finding

_ENDS = re.compile(r"\A[\s\u180e\u200b-\u200d\u2060\ufeff]+|[\s\u180e\u200b-\u200d\u2060\ufeff]+\Z")
_CAPITALS = re.compile("[A-Z]+")


def spelled_alike(address: str | None) -> str:
    """Give what all spellings of an address have in common; never raises."""
    if not address:
        return ""
    if address.isascii():
        return address.strip().lower()
    bare = _CAPITALS.sub(lambda match: match[0].lower(), _ENDS.sub("", address))
    text = _accents_composed(bare)
    local, at, domain = text.rpartition("@")
    if not at or domain.isascii():
        return text
    try:
        encoded = idna.encode(domain, uts46=True).decode("ascii")
    except idna.IDNAError:
        return text
    # Every label with other letters has to show that it has them: else it is another's plain one.
    lettered = sum(not label.isascii() for label in domain.split("."))
    shown = encoded.count(".xn--") + encoded.startswith("xn--")
    typed = domain.lower().count(".xn--") + domain.lower().startswith("xn--")
    return f"{local}@{encoded}" if shown - typed == lettered else text


def taken_for(decisions: Iterable[Decision]) -> dict[str, str]:
    """Give the addresses with HTML entities that a signed decision takes for the decoded ones."""
    taken = {}
    for decision in decisions:
        encoded = decision.scope.removeprefix("user:")
        plain = spelled_alike(unescape(encoded))
        asked = Finding(decision.on, decision.scope, detail=f"{encoded}; proposed: {plain}")
        signed = (decision.on, decision.answer) == ("address_encoded", APPLY)
        if signed and decision.made_on == made_on_finding(asked):
            taken[encoded] = plain
    return taken


def _accents_composed(text: str) -> str:
    """Compose accents, but no sign that Unicode takes for another letter, as KELVIN SIGN for K."""
    signs = {char for char in text if len(unicodedata.decomposition(char).split()) == 1}
    if not signs:
        return unicodedata.normalize("NFC", text)
    parts = re.split(f"([{re.escape(''.join(sorted(signs)))}])", text)
    return "".join(part if part in signs else unicodedata.normalize("NFC", part) for part in parts)
