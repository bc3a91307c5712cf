"""Masks the e-mail addresses in what is logged or sent."""

import re
from typing import Any

from syncd.model.identity import mask

_ADDRESS = re.compile(r"[^\s:/<>\"'(),;]+@[^\s:/<>\"'(),;]+")


def masked(value: Any) -> Any:
    """Give a value with every address in it as `mask` shows it, however deep it lies."""
    match value:
        case str():
            return _ADDRESS.sub(lambda match: mask(match[0]), value) if "@" in value else value
        case dict():
            return {masked(name): masked(item) for name, item in value.items()}
        case list() | tuple():
            return [masked(item) for item in value]
        case _:
            return value
