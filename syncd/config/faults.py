"""All that is wrong with a configuration, each with its line: for whoever has it in an editor."""

import difflib
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
from pydantic import ValidationError
from pydantic.json_schema import GenerateJsonSchema

from syncd.config import decisions, document, files
from syncd.config.config import Config, problems, read
from syncd.config.document import Place
from syncd.errors import ConfigError


class ConfigFault(msgspec.Struct, frozen=True):
    line: int | None  # None where the whole file is meant, or one that it names
    key: str
    fault: str


def faults(path: Path) -> Iterator[ConfigFault]:
    """Yield every fault of a configuration and of the files it names, in the order of the file."""
    try:
        raw = read(path)
        lines = document.lines(path.read_text(encoding="utf-8"), path)
    except ConfigError as error:
        for problem in error.problems:
            at = re.search(r"line (\d+)", problem)
            yield ConfigFault(int(at[1]) if at else None, "", problem)
        return
    try:
        config = Config.model_validate(raw, context={"folder": path.absolute().parent})
    except ValidationError as error:
        yield from sorted(_faults(error, lines), key=lambda fault: (fault.line or 0, fault.key))
        return
    yield from _of_files(config, lines)


def _faults(error: ValidationError, lines: dict[Place, int]) -> Iterator[ConfigFault]:
    for problem in problems(error):
        nearest = problem.place
        while nearest and nearest not in lines:
            nearest = nearest[:-1]
        words = problem.words
        if problem.is_unknown_key:
            known = _keys(_schema(), problem.place[:-1])
            close = difflib.get_close_matches(str(problem.place[-1]), known, 1)
            words += f"; did you mean {close[0]}?" if close else ""
        yield ConfigFault(lines.get(nearest), ".".join(map(str, problem.place)), words)


def _of_files(config: Config, lines: dict[Place, int]) -> Iterator[ConfigFault]:
    named: dict[Place, Callable[[], object]] = {
        ("mapping",): lambda: files.load_mapping(config.mapping),
        ("accounts", "mapping"): lambda: files.account_mapping(config.accounts.mapping),
        ("decisions",): lambda: decisions.load(config.decisions),
        ("policy", "suppressed"): lambda: files.suppressed(config.policy.suppressed),
        ("report", "labels"): lambda: files.load_roles(config.report.labels),
    }
    for place, load in named.items():
        try:
            load()
        except ConfigError as error:
            for problem in error.problems:
                key = ".".join(map(str, place))
                yield ConfigFault(lines.get(place), key, f"{error.path}: {problem}")


class _ConfigSchema(GenerateJsonSchema):
    ignored_warning_kinds = {"skipped-choice", "non-serializable-default"}  # noqa: RUF012 (pydantic's)


def _schema() -> dict[str, Any]:
    return Config.model_json_schema(schema_generator=_ConfigSchema)


def _keys(schema: dict[str, Any], place: Place) -> list[str]:
    """Give the keys that may stand at a place."""
    here = [schema]
    for part in place:
        here = [inner for each in here for inner in _below(schema, each, part)]
    return [
        key for each in here for form in _forms(schema, each) for key in form.get("properties", ())
    ]


def _below(schema: dict[str, Any], section: dict[str, Any], part: str | int) -> Iterator[Any]:
    for form in _forms(schema, section):
        if isinstance(part, int) and "items" in form:
            yield form["items"]
        elif part in form.get("properties", {}):
            yield form["properties"][part]


def _forms(schema: dict[str, Any], section: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield what a section may be, references and alternatives resolved."""
    if "$ref" in section:
        section = schema["$defs"][section["$ref"].rpartition("/")[2]]
    yield section
    for each in (*section.get("oneOf", ()), *section.get("anyOf", ())):
        yield from _forms(schema, each)
