"""Values made of others, with a few fields changed."""

from typing import Any, TypeVar

import msgspec

_Whole = TypeVar("_Whole", bound=msgspec.Struct)


def changed(whole: _Whole, **fields: Any) -> _Whole:
    """Give a value with other fields, its own or those of any part of it."""
    for name, value in fields.items():
        altered = _with(whole, name, value)
        if altered is None:
            raise AttributeError(name)
        whole = altered
    return whole


def _with(whole: _Whole, name: str, value: Any) -> _Whole | None:
    if name in whole.__struct_fields__:
        return msgspec.structs.replace(whole, **{name: value})
    parts = {part: getattr(whole, part) for part in whole.__struct_fields__}
    structs = {part: held for part, held in parts.items() if isinstance(held, msgspec.Struct)}
    altered = {part: _with(held, name, value) for part, held in structs.items()}
    altered = {part: held for part, held in altered.items() if held is not None}
    return msgspec.structs.replace(whole, **altered) if altered else None
