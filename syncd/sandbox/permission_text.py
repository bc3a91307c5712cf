"""How a table holds permissions: words with commas, or a JSON list."""

import json
import re
from collections.abc import Iterable

from syncd.sandbox import schema

_WORD = re.compile(r"[A-Za-z0-9_-]+")


class BadPermissions(ValueError):
    """A text that is neither of the two forms."""


def words(text: str | None) -> list[str]:
    """Return the permissions of a column, each once; raises BadPermissions."""
    if not (text or "").strip():
        return []
    keys = _listed(str(text)) if is_list(str(text)) else str(text).split(",")
    parts = [key.strip() for key in keys if key.strip()]
    if not all(_WORD.fullmatch(part) for part in parts):
        raise BadPermissions(text)
    return list(dict.fromkeys(parts))


def shown(text: str) -> list[str]:
    """Return what a column holds, whatever its parts are."""
    try:
        return words(text)
    except BadPermissions:
        return [key for key in text.split(",") if key]


def is_list(text: str) -> bool:
    return text.lstrip().startswith("[")


def written(keys: Iterable[str], *, as_list: bool) -> str:
    """Write known keys in their own order."""
    wanted = set(keys)
    known = [key for key in schema.PERMISSIONS if key in wanted]
    return json.dumps(known, separators=(",", ":")) if as_list else ",".join(known)


def _listed(text: str) -> list[str]:
    try:
        keys = json.loads(text)
    except ValueError as error:
        raise BadPermissions(text) from error
    if not (isinstance(keys, list) and all(isinstance(key, str) for key in keys)):
        raise BadPermissions(text)
    return keys
