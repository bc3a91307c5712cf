"""How PHP reads a form and writes an answer."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TypeAlias
from xml.sax.saxutils import escape

# A value is text, or an array: what `name[key]=value` builds.
Value: TypeAlias = "str | dict[str, Value]"

_LEADING_INTEGER = re.compile(r"\s*([+-]?\d+)")
_KEY = re.compile(r"\[([^\]]*)\]")
_ESCAPED = re.compile(r"\\(.)")


class Params(Mapping[str, Value]):
    """A request's parameters, read with PHP's habits: absent, blank and array are no errors."""

    def __init__(self, values: dict[str, Value]) -> None:
        self._values = values

    def __getitem__(self, name: str) -> Value:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def text(self, name: str) -> str:
        """Return the text of `name`; blank where it is absent or an array."""
        value = self._values.get(name, "")
        return value if isinstance(value, str) else ""

    def integer(self, name: str, default: int = 0) -> int:
        """Return `(int) $value`: the leading digits, or 0 where there are none."""
        value = self.text(name)
        if not value:
            return default
        match = _LEADING_INTEGER.match(value)
        # Clamped, as PHP does: what fits no column matches no row.
        return max(-(2**63), min(2**63 - 1, int(match[1][:20]))) if match else 0

    def flag(self, name: str) -> bool:
        return truthy(self._values.get(name, ""))

    def mapping(self, name: str) -> Mapping[str, Value]:
        value = self._values.get(name, {})
        return value if isinstance(value, dict) else {}

    def listed(self, name: str) -> list[str]:
        """Return the parts of a comma-separated text, or the values of an array."""
        value = self._values.get(name, "")
        parts = value.split(",") if isinstance(value, str) else _texts(value)
        return [part.strip() for part in parts if part.strip()]


def _texts(array: Mapping[str, Value]) -> list[str]:
    return [value for value in array.values() if isinstance(value, str)]


def parse(pairs: Iterable[tuple[str, str]]) -> Params:
    """Build parameters from `pairs`; of a repeated name the last one counts."""
    values: dict[str, Value] = {}
    for name, value in pairs:
        head, *keys = _path(name)
        if head:
            _put(values, head, keys, value)
    return Params(values)


def _path(name: str) -> list[str]:
    """Return `a[b][c]` as a, b, c. Dots and spaces become underscores, as variable names must."""
    head, bracket, rest = name.strip().partition("[")
    keys = _KEY.findall(bracket + rest) if "]" in rest else []
    return [head.replace(".", "_").replace(" ", "_"), *keys]


def _put(values: dict[str, Value], name: str, keys: list[str], value: str) -> None:
    for key in keys:
        inner = values.get(name)
        if not isinstance(inner, dict):
            inner = values[name] = {}
        values, name = inner, key or str(len(inner))
    values[name] = value


def truthy(value: Value) -> bool:
    """Say whether PHP takes `value` for true. The text `false` is true."""
    return value not in ("", "0", {})


def entities(text: str) -> str:
    """Encode as `htmlspecialchars($text, ENT_QUOTES)`."""
    return escape(text, {'"': "&quot;", "'": "&#039;"})


def to_json(body: object) -> str:
    """Encode as `json_encode` with JSON_HEX_QUOT: slashes and inner quotes escaped."""
    text = json.dumps(body, separators=(",", ":"))
    if '\\"' in text:
        text = _ESCAPED.sub(lambda m: "\\u0022" if m[1] == '"' else m[0], text)
    return text.replace("/", "\\/")


def to_xml(action: str, body: Mapping[str, object]) -> str:
    """Encode as WHMCS's XML, which names the action in lower case."""
    inner = "".join(_elements(name, value) for name, value in body.items())
    head = '<?xml version="1.0" encoding="utf-8"?>\n<whmcsapi>'
    return f"{head}<action>{escape(action.lower())}</action>{inner}</whmcsapi>"


def to_nvp(body: Mapping[str, object]) -> str:
    """Encode as `name=value;` pairs, the deprecated format; what is no plain value is left out."""
    flat = {name: value for name, value in body.items() if not isinstance(value, list | dict)}
    return "".join(f"{name}={_plain(value)};" for name, value in flat.items())


def _elements(name: str, value: object) -> str:
    if isinstance(value, list):
        return "".join(_elements(name, item) for item in value)
    return f"<{name}>{_content(value)}</{name}>"


def _content(value: object) -> str:
    match value:
        case dict():
            # A number is no element's name.
            return "".join(
                _elements(key if not key.isdigit() else "item", v) for key, v in value.items()
            )
        case _:
            return escape(_plain(value))


def _plain(value: object) -> str:
    match value:
        case None | False:
            return ""
        case True:
            return "1"
        case _:
            return str(value)
