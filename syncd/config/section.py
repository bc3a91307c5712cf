"""Sections of the configuration: models of this package, and structs of `model` read as such."""

from typing import Annotated, Any, get_args, get_origin

import msgspec
from pydantic import BaseModel, ConfigDict, Field, GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

_BOUNDS = ("ge", "gt", "le", "lt", "min_length", "max_length", "pattern")


class Section(BaseModel):
    """A part of the configuration that stays here: keys it does not know are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Keys:
    """Marks a struct as a section: `Annotated[Waves, Keys(hours=Hours)]`.

    Its fields are the keys, by their types, bounds and defaults; keys it does not know are errors.
    `read` names the annotation to read a key by where the file writes it in another form.
    """

    def __init__(self, **read: Any) -> None:
        self._read = read

    def __get_pydantic_core_schema__(
        self, struct: type[msgspec.Struct], handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        fields = msgspec.structs.fields(struct)
        keys = {
            field.name: core_schema.typed_dict_field(
                handler.generate_schema(self._read.get(field.name, _bounded(field.type))),
                required=field.required,
            )
            for field in fields
        }
        return core_schema.no_info_after_validator_function(
            lambda values: struct(**values),
            core_schema.typed_dict_schema(keys, extra_behavior="forbid"),
        )


def _bounded(annotation: Any) -> Any:
    """Give an annotation whose bounds pydantic understands."""
    if get_origin(annotation) is not Annotated:
        return annotation
    kind, *marks = get_args(annotation)
    for mark in marks:
        kind = Annotated[kind, _field(mark) if isinstance(mark, msgspec.Meta) else mark]
    return kind


def _field(meta: msgspec.Meta) -> Any:
    bounds = {name: getattr(meta, name) for name in _BOUNDS}
    return Field(**{name: bound for name, bound in bounds.items() if bound is not None})
