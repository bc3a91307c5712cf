"""The configuration as it counts: every key with its value, from the file or by default.

Secrets are references in it already. What a plug-in or a program is given may be anything: of that
only references and names are shown, and of what the heartbeat calls no more than where it is.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec
from pydantic import BaseModel

from syncd.config import document
from syncd.config.config import Config, Look, load
from syncd.config.connections import PluginSettings
from syncd.config.document import Place
from syncd.config.secrets import is_secret_reference


class Setting(msgspec.Struct, frozen=True):
    key: str  # like sources.0.name
    value: Any  # of JSON
    line: int | None  # None where the default counts


def settings(path: Path) -> Iterator[Setting]:
    """Yield every setting in the order of the sections; raises `ConfigError`."""
    config = load(path)
    lines = document.lines(path.read_text(encoding="utf-8"), path)
    for place, value in _settings(config, ()):
        key = ".".join(map(str, place))
        shown = _SHORTENED[key](value) if value and key in _SHORTENED else value
        yield Setting(key, shown, lines.get(place))


def _host_alone(url: str) -> str:
    """Give a URL without its path, which lets whoever has it say that all is well."""
    if is_secret_reference(url):
        return url
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}/(set)"


def _program_alone(words: list[str]) -> list[str]:
    return [words[0], *("(set)" for _ in words[1:])]


_SHORTENED: dict[str, Callable[[Any], Any]] = {
    "heartbeat.url": _host_alone,
    "alerts.command": _program_alone,
}


def digest(config: Config) -> str:
    """Give what changes with all that shapes a plan, and with the files that are named there.

    Decisions have a digest of their own; reports and letters only show.
    """
    shaping = {*Look.model_fields, "sources", "target"} - {"report", "letters", "decisions"}
    content = hashlib.sha256()
    for name in sorted(shaping):
        for setting in _settings(getattr(config, name), (name,)):
            content.update(msgspec.json.encode(setting) + b"\n")
    for plugin in (*config.sources, config.target):
        if isinstance(plugin, PluginSettings):  # whose options are not shown
            options = msgspec.json.encode(plugin.options, enc_hook=repr, order="sorted")
            content.update(options + b"\n")
    for file in (config.mapping, config.accounts.mapping, config.policy.suppressed):
        # A map of ours has a name and no file; a file that is missing is reported where it is read.
        with suppress(OSError):
            content.update(hashlib.sha256(Path(file or "").read_bytes()).digest())
    return content.hexdigest()


def _settings(value: Any, at: Place) -> Iterator[tuple[Place, Any]]:
    match value:
        case PluginSettings():
            shown = {
                name: option if is_secret_reference(option) else "(set)"
                for name, option in value.options.items()
            }
            fields = {"kind": value.kind, "name": value.name, "options": shown}
        case BaseModel():
            fields = {name: getattr(value, name) for name in type(value).model_fields}
        case msgspec.Struct():
            fields = msgspec.structs.asdict(value)
        case tuple() if value and isinstance(value[0], BaseModel | msgspec.Struct):
            for number, item in enumerate(value):
                yield from _settings(item, (*at, number))
            return
        case _:
            yield at, _plain(value)
            return
    for name, field in fields.items():
        yield from _settings(field, (*at, name))


def _plain(value: Any) -> Any:
    match value:
        case frozenset():
            return sorted(map(str, value))
        case Mapping():
            return dict(value)
        case tuple() if value and _are_hours(value):
            return "-".join(f"{time:%H:%M}" for time in value)
        case tuple():
            return [_plain(each) for each in value]
        case None | bool() | int() | float() | str():
            return value
        case _:
            return str(value)


def _are_hours(value: tuple[Any, ...]) -> bool:
    return all(hasattr(each, "hour") for each in value)
