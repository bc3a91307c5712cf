"""Writes answers into decisions.yaml, as a person would: all else in the file stays as it is."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import msgspec
import yaml

from syncd.config import decisions
from syncd.errors import ConfigError, DecisionsUnusable
from syncd.model.decision import Decision
from syncd.report.decisions import quoted

_FIELDS = ("made_on", "answer", "by", "at", "because")  # what an answer writes into an entry
_EMPTY = "version: 1\ndecisions:\n"
# The one of C counts characters as well, and is ten times as fast.
_LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


class _Edit(NamedTuple):
    """Words that come in place of what stands from `start` to `end`."""

    start: int
    end: int
    words: str


_Values = Mapping[str, yaml.ScalarNode]  # of an entry, by name


def write(path: Path, answers: Iterable[Decision]) -> None:
    """Write answers into a file, which may be new; raises `DecisionsUnusable`, and writes nothing.

    An entry about the same thing gets the answer; where there is none, it is added at the end.
    """
    place = path.resolve()
    draft = place.with_name(f".{place.name}.draft")
    try:
        text = _read(place) if place.exists() else _EMPTY
        draft.touch(mode=0o600)
        with draft.open("w", encoding="utf-8", newline="") as file:
            file.write(with_answers(text, answers))
        decisions.load(draft)  # as the next plan reads it
        if place.exists():
            draft.chmod(place.stat().st_mode & 0o777)
        draft.replace(place)
    except OSError as error:
        raise DecisionsUnusable(path, [error.strerror or str(error)]) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise DecisionsUnusable(path, [f"not readable as YAML: {error}"]) from None
    except ConfigError as error:
        raise DecisionsUnusable(path, error.problems) from None
    finally:
        draft.unlink(missing_ok=True)


def _read(path: Path) -> str:
    with path.open(encoding="utf-8", newline="") as file:  # its line ends are its own
        return file.read()


def with_answers(text: str, answers: Iterable[Decision]) -> str:
    """Give the text of a file with answers in it."""
    listed = _list_in(text)
    entries = {_about(values): values for values in map(_values, listed.value)}
    edits: list[_Edit] = []
    added = []
    for answer in answers:
        values = entries.get((answer.on, answer.scope))
        if values:
            edits += _edits(text, values, answer)
        else:
            added.append(_item(answer, listed))
    if added:
        edits.append(_at_the_end(text, listed, "".join(added)))
    for edit in sorted(edits, reverse=True):
        text = text[: edit.start] + edit.words + text[edit.end :]
    return text


def _list_in(text: str) -> yaml.SequenceNode:
    """Give the list of decisions; a place for one where nothing is listed yet."""
    root = yaml.compose(text, _LOADER)
    if isinstance(root, yaml.MappingNode):
        for key, value in root.value:
            if key.value == "decisions":
                if isinstance(value, yaml.SequenceNode):
                    return value
                if not value.value:
                    return yaml.SequenceNode("", [], value.start_mark, value.end_mark)
    raise ConfigError("", ["needs `version: 1` and a list `decisions`"])


def _values(entry: yaml.Node) -> _Values:
    pairs = entry.value if isinstance(entry, yaml.MappingNode) else []
    return {key.value: value for key, value in pairs if isinstance(value, yaml.ScalarNode)}


def _about(values: _Values) -> tuple[str, str]:
    on, scope = (values[name].value if name in values else "" for name in ("on", "scope"))
    return on, scope


def _edits(text: str, values: _Values, answer: Decision) -> Iterator[_Edit]:
    fresh = []
    for name in _FIELDS:
        value = quoted(getattr(answer, name)) or '""'
        node = values.get(name)
        if node is None:
            fresh.append(f"{_line_end(text)}{_indent(values)}{name}: {value}")
            continue
        start, end = node.start_mark.index, node.end_mark.index
        if start == end:  # nothing stands after the colon
            yield _Edit(start, end, f" {value}")
        elif text[start:end].endswith("\n"):  # text over several lines
            yield _Edit(start, end, f"{value}{_line_end(text)}")
        else:
            yield _Edit(start, end, value)
    end = values["scope"].end_mark.index
    yield _Edit(end, end, "".join(fresh))


def _indent(values: _Values) -> str:
    """Give the blanks before a name of an entry: those of one that begins a line."""
    column = values["scope"].start_mark.column - len("scope: ")
    return " " * column


def _item(answer: Decision, listed: yaml.SequenceNode) -> str:
    dash = " " * (listed.start_mark.column if listed.value else 2)
    fields = msgspec.structs.asdict(answer).items()
    lines = [f"{name}: {quoted(value)}".rstrip() for name, value in fields]
    return f"{dash}- " + f"\n{dash}  ".join(lines) + "\n"


def _at_the_end(text: str, listed: yaml.SequenceNode, items: str) -> _Edit:
    """Put items behind the last one, or where `[]` or nothing stands."""
    words = items.replace("\n", _line_end(text))
    if listed.value:
        end = listed.end_mark.index  # where the next key stands, or the text ends
        gap = "" if end == 0 or text[end - 1] == "\n" else _line_end(text)
        return _Edit(end, end, gap + words)
    return _Edit(listed.start_mark.index, listed.end_mark.index, _line_end(text) + words.rstrip())


def _line_end(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"
