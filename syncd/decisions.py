"""decisions.yaml: read what people decided, write what they are asked.

One format for both: a plan writes its open questions as entries without an answer, and an entry
without an answer decides nothing. Documented in `docs/decisions.md`.
"""

import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TextIO

import msgspec
import yaml

from syncd import document
from syncd.errors import ConfigError, DecisionsUnusable
from syncd.model.catalogue import CATALOGUE
from syncd.model.change import CAUTIOUS, Reason
from syncd.model.decision import APPLY, LEAVE, Decision, Decisions
from syncd.model.permission import Permissions

FILE = "decisions.yaml"  # of a plan's folder
VERSION = "1"
_FIELDS = tuple(field.name for field in msgspec.structs.fields(Decision))
_ON_CHANGES = {
    APPLY: "the change is made as proposed, once",
    LEAVE: "the target stays as it is, and nobody asks again",
}
_ON_UNCONFIRMED = {
    APPLY: "another invitation is mailed, once; if the first one arrived, the person has two",
    LEAVE: "it counts as sent; once it has expired, that is asked",
}


class Question(msgspec.Struct, frozen=True):
    """A review nobody has answered, with the changes it holds."""

    on: str
    scope: str
    made_on: str
    sentence: str
    advice: str
    details: tuple[str, ...]
    held: tuple[str, ...]
    gives: Mapping[str, Permissions] = {}  # by an answer, where no change that is held shows it


def answers_to(on: str) -> Mapping[str, str]:
    """Give what may be answered to a finding's code or a change's reason, with consequences."""
    if on in CATALOGUE:
        return CATALOGUE[on].answers
    if on == Reason.INVITE_UNCONFIRMED:
        return _ON_UNCONFIRMED
    return _ON_CHANGES if on in frozenset(CAUTIOUS) else {}


# --- reading --------------------------------------------------------------------------------


def load(path: Path | None) -> Decisions:
    """Read decisions; raises `DecisionsUnusable` with every problem, none of them applied."""
    if path is None:
        return Decisions()
    try:
        # Text, so that no fingerprint becomes a number.
        raw = document.texts(path.read_text(encoding="utf-8"), path)
    except OSError as error:
        raise DecisionsUnusable(path, [error.strerror or str(error)]) from error
    except UnicodeDecodeError as error:
        raise DecisionsUnusable(path, [f"not UTF-8: {error.reason}"]) from None
    except ConfigError as error:  # of YAML
        raise DecisionsUnusable(path, error.problems) from None
    entries = _entries(raw)
    problems = ["needs `version: 1` and a list `decisions`"] if entries is None else []
    decided: dict[tuple[str, str], Decision] = {}
    for number, entry in enumerate(entries or [], start=1):
        found = list(_problems(entry))
        if not found and entry.get("answer"):
            decision = Decision(**entry)
            if decided.setdefault((decision.on, decision.scope), decision) is not decision:
                found = [f"{decision.on} {decision.scope} is answered twice"]
        problems += [f"entry {number}: {problem}" for problem in found]
    if problems:
        raise DecisionsUnusable(path, problems)
    return Decisions(decided.values())


def _entries(raw: object) -> list[Any] | None:
    if not isinstance(raw, dict) or raw.get("version") != VERSION or len(raw) != 2:
        return None
    entries = raw.get("decisions")
    return entries if isinstance(entries, list) else [] if entries == "" else None


def _problems(entry: object) -> Iterator[str]:
    if not isinstance(entry, dict) or not all(isinstance(value, str) for value in entry.values()):
        yield f"must be a mapping of {', '.join(_FIELDS)}"
        return
    for stray in sorted(entry.keys() - set(_FIELDS)):
        yield f"{stray} is not a known key"
    if not entry.get("answer"):
        return
    for field in ("on", "scope", "by", "at", "made_on"):
        if not entry.get(field):
            yield f"{field} is required"
    on, answers = entry.get("on", ""), answers_to(entry.get("on", ""))
    if on and not answers:
        yield f"{on!r} is not a question that a decision can answer"
    elif on and entry["answer"] not in answers:
        yield f"answer {entry['answer']!r} is not one of {', '.join(answers)}"


# --- writing --------------------------------------------------------------------------------

_HEAD = """\
# Open questions of plan {plan}. Fill in answer, by and at (and because, for whoever asks later),
# then name this file under `decisions` in the config and plan again. An entry without an answer
# decides nothing. Do not change on, scope and made_on: a decision counts for the data it was made
# on, and once they change it is asked anew.
version: 1
decisions:
"""


def write(file: TextIO, plan: str, kept: Iterable[Decision], questions: Iterable[Question]) -> None:
    """Write the decisions that stay, then every open question with its answers as comments."""
    file.write(_HEAD.format(plan=plan))
    file.writelines(_item(msgspec.structs.asdict(decision)) for decision in kept)
    for question in questions:
        answers = answers_to(question.on)
        file.write(f"\n  # {question.on}: {_line(question.sentence)}\n")
        file.writelines(f"  #   data: {_line(detail)}\n" for detail in question.details)
        file.writelines(f"  #   holds: {_line(held)}\n" for held in question.held)
        file.write(f"  #   {_line(question.advice)}\n")
        if not answers:
            file.write("  #   No answer settles this: the data must be corrected.\n")
            continue
        for name, told in answers.items():
            given = ", ".join(question.gives.get(name, ()))
            file.write(f"  #   {name} = {_line(told)}{given and f': {given}'}\n")
        asked = {"on": question.on, "scope": question.scope, "made_on": question.made_on}
        file.write(_item(asked | dict.fromkeys(("answer", "by", "at", "because"), "")))


def _item(values: Mapping[str, str]) -> str:
    lines = [f"{name}: {_quoted(value)}".rstrip() for name, value in values.items()]
    return "  - " + "\n    ".join(lines) + "\n"


def _quoted(value: str) -> str:
    if value.isascii() and value.isprintable():  # nearly all; the same as JSON, and much faster
        return msgspec.json.encode(value).decode() if value else ""
    quoted: str = yaml.safe_dump(value, default_style='"', allow_unicode=True, width=sys.maxsize)
    return quoted.rstrip("\n")


def _line(text: str) -> str:
    """Keep a comment on its line, whatever it quotes."""
    return text if text.isprintable() else ascii(text)[1:-1]
