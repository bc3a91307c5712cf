"""YAML as people write it for syncd: mappings, lists and plain values, and one error for all else.

No tags and no dates, which can fail in ways of their own, and no key twice in one mapping, of which
YAML would silently take the last. An error never quotes the file, a line
of which may hold a secret.
"""

from pathlib import Path
from typing import Any

import yaml

from syncd.errors import ConfigError


def values(text: str, path: Path | str) -> object:
    """Give what a document says, numbers and truth values as such; raises `ConfigError`."""
    return _loaded(text, path, _Values)


def texts(text: str, path: Path | str) -> object:
    """Give what a document says, every value as text; no aliases. Raises `ConfigError`."""
    return _loaded(text, path, _Texts)


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


def _loaded(text: str, path: Path | str, loader: type[_Texts | _Values]) -> object:
    try:
        return yaml.load(text, loader)  # noqa: S506 (loaders of plain values)
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
