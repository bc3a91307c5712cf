"""Skeletons: what addresses look like, so that look-alikes meet (T-15).

Two addresses with one skeleton are different mailboxes that a person, or the accent-blind index of
a database, may take for each other.
"""

import unicodedata
from functools import lru_cache

import idna

# Scripts with letters in the shape of one another's.
_ALIKE = ("LATIN", "GREEK", "CYRILLIC", "ARMENIAN", "CHEROKEE", "COPTIC")


def needs_skeleton(identity: str) -> bool:
    """Say whether an identity can look like another; plain ASCII is its own skeleton."""
    return not identity.isascii() or "xn--" in identity


def skeleton(identity: str) -> str:
    """Fold width, case, accents and confusable letters; ASCII letters and digits stay."""
    folded = unicodedata.normalize("NFKC", _in_letters(identity)).casefold()
    bare = (char for char in unicodedata.normalize("NFD", folded) if not _is_accent(char))
    return "".join(char if char.isascii() else _plain(char) for char in bare)


def mixes_scripts(identity: str) -> bool:
    """Say whether one part of an address has letters of several scripts that look alike."""
    local, _, domain = _in_letters(identity).rpartition("@")
    return any(len(_scripts(part)) > 1 for part in (local, *domain.split(".")))


def _in_letters(identity: str) -> str:
    """Show the domain of an identity in letters, where its A-labels can be read."""
    local, at, domain = identity.rpartition("@")
    return f"{local}{at}{'.'.join(_label(label) for label in domain.split('.'))}"


def _label(label: str) -> str:
    if not label.startswith("xn--"):
        return label
    try:
        return idna.decode(label)
    except idna.IDNAError:
        return label


def _is_accent(char: str) -> bool:
    return unicodedata.combining(char) != 0


@lru_cache(maxsize=4096)
def _plain(char: str) -> str:
    """Give the ASCII letter or digit that a letter looks like, small or as a capital, or itself."""
    # Here, since the table takes 16 MB and few populations have such letters. It is that of
    # Unicode's Technical Standard 39, in which "m" also looks like "rn": only the one way counts.
    from confusable_homoglyphs.confusables import confusables_data  # noqa: PLC0415

    for shape in (char, char.upper()):
        for alike in confusables_data.get(shape, ()):
            glyph = "".join(part for part in alike["c"] if not _is_accent(part)).lower()
            if len(glyph) == 1 and glyph.isascii() and glyph.isalnum():
                return glyph
    return char


def _scripts(text: str) -> set[str]:
    names = (unicodedata.name(char, "") for char in unicodedata.normalize("NFKC", text))
    return {script for name in names for script in _ALIKE if name.startswith(f"{script} ")}
