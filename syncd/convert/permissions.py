"""From legacy flags to permissions: identity, exact aliases, nothing by likeness (T-17, T-18)."""

import json
import re
from collections.abc import Collection
from functools import lru_cache
from io import BytesIO

import phpserialize

from syncd.model.flags import FlagReader, Flags, PermissionMap, fold
from syncd.model.permission import NONE, permissions
from syncd.model.text import decode_entities

_SEPARATOR = re.compile(r"[,;\n|]")
_PHP = re.compile(r"\s*(?:[aOsibdC]:\d|N;)")
_SCALAR = (bool, int, str, type(None))
_ON = (True, "1", "on", "true")
_OFF = (False, "0", "", "off", "false", None)
_UNREADABLE = Flags(NONE, (), unreadable=True)


def flag_reader(mapping: PermissionMap) -> FlagReader:
    """Give the function that reads a `permissions` column through `mapping`.

    Real tables hold few distinct strings, so what was read once is remembered.
    """
    ignored = {fold(flag) for flag in mapping.ignored}
    ignored |= {fold(label) for label, flag in mapping.aliases.items() if fold(flag) in ignored}
    flags = {fold(flag): target for flag, target in mapping.permissions.items()}
    aliases = {
        fold(label): mapping.permissions[flag] for label, flag in mapping.aliases.items()
    } | flags

    @lru_cache(maxsize=1 << 14)
    def read(raw: str | None) -> Flags:
        tokens = _tokens(decode_entities(raw or ""), flags.keys())
        if tokens is None:
            return _UNREADABLE
        folded = {fold(token): token.strip() for token in tokens if token.strip()}
        counted = folded.keys() - ignored
        known = permissions(aliases[token] for token in counted if token in aliases)
        unknown = sorted(folded[token] for token in counted if token not in aliases)
        return Flags(known, tuple(unknown))

    return read


def _tokens(raw: str, flags: Collection[str]) -> list[str] | None:
    """Split a column into tokens; None where it is a broken serialisation."""
    if raw.lstrip().startswith(("[", "{")):
        return _json_tokens(raw)
    if _PHP.match(raw):
        return _php_tokens(raw)
    words = raw.split()
    if len(words) > 1 and all(fold(word) in flags for word in words):
        return words
    return _SEPARATOR.split(raw)


def _json_tokens(raw: str) -> list[str] | None:
    try:
        return _listed(json.loads(raw))
    except (ValueError, RecursionError):
        return None


def _php_tokens(raw: str) -> list[str] | None:
    # phpserialize builds plain values only: without an object hook, objects are refused.
    try:
        stream = BytesIO(raw.strip().encode())
        value = phpserialize.load(stream, decode_strings=True)
    except (ValueError, TypeError, OverflowError, RecursionError):
        return None
    return None if stream.read(1) else _listed(value)


def _listed(value: object) -> list[str] | None:
    """Read a list of flags, a PHP list (numbered map), or a map whose true values are flags."""
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return value
    if not isinstance(value, dict):
        return None
    if all(isinstance(key, int) for key in value):
        return _listed(list(value.values()))
    if any(not isinstance(item, _SCALAR) or item not in _ON + _OFF for item in value.values()):
        return None
    return [str(key) for key, item in value.items() if item in _ON]
