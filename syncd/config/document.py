"""YAML as people write it for syncd: mappings, lists and plain values, and one error for all else.

No tags and no dates, which can fail in ways of their own, and no key twice in one mapping, of which
YAML would silently take the last. An error never quotes the file, a line
of which may hold a secret.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import yaml

from syncd.errors import ConfigError

Place = tuple[str | int, ...]  # keys, and numbers of items, from the top


def values(text: str, path: Path | str) -> object:
    """Give what a document says, numbers and truth values as such; raises `ConfigError`."""
    return _read(text, path, yaml.load, _Values)


def texts(text: str, path: Path | str) -> object:
    """Give what a document says, every value as text; no aliases. Raises `ConfigError`."""
    return _read(text, path, yaml.load, _Texts)


def lines(text: str, path: Path | str) -> dict[Place, int]:
    """Give the line of every key and item, by its way from the top; raises `ConfigError`."""
    root = _read(text, path, yaml.compose, _Values)
    return dict(_lines(root, ())) if root is not None else {}


def _lines(node: yaml.Node, at: Place) -> Iterator[tuple[Place, int]]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            place = (*at, str(key.value))
            yield place, key.start_mark.line + 1
            yield from _lines(value, place)
    elif isinstance(node, yaml.SequenceNode):
        for number, item in enumerate(node.value):
            yield (*at, number), item.start_mark.line + 1
            yield from _lines(item, (*at, number))


class _Plain(yaml.parser.Parser, yaml.composer.Composer):
    def compose_node(self, parent: Any, index: Any) -> Any:
        event = self.peek_event()  # type: ignore[no-untyped-call]
        if getattr(event, "tag", None) not in (None, "!"):
            raise yaml.composer.ComposerError(None, None, "tags are not allowed", event.start_mark)
        return super().compose_node(parent, index)

    def compose_mapping_node(self, anchor: Any) -> Any:
        node = super().compose_mapping_node(anchor)
        names = [key for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        seen: set[str] = set()
        for key in names:
            if key.value in seen:
                problem = "the same key twice in one mapping"
                raise yaml.composer.ComposerError(None, None, problem, key.start_mark)
            seen.add(key.value)
        return node


class _Texts(_Plain, yaml.BaseLoader):
    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):  # which can grow without end
            raise yaml.composer.ComposerError(None, None, "aliases are not allowed", None)
        return super().compose_node(parent, index)


class _Values(_Plain, yaml.SafeLoader): ...


_Values.yaml_implicit_resolvers = {
    first: [(tag, form) for tag, form in known if not tag.endswith(":timestamp")]
    for first, known in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _read(
    text: str,
    path: Path | str,
    read: Callable[[str, type[_Texts | _Values]], Any],
    loader: type[_Texts | _Values],
) -> Any:
    try:
        return read(text, loader)
    except yaml.YAMLError as error:
        problem = _problem(error)
    except RecursionError:
        problem = "nested too deeply"
    except ValueError:
        problem = "a number that cannot be read"
    raise ConfigError(path, [f"not readable as YAML: {problem}"])


def _problem(error: yaml.YAMLError) -> str:
    problem = getattr(error, "problem", None) or "a character that YAML does not allow"
    mark = getattr(error, "problem_mark", None)
    return f"{problem}, line {mark.line + 1}, column {mark.column + 1}" if mark else problem
