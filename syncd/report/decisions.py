"""decisions.yaml of a plan: what was decided and still holds, and every open question.

Its format is what `config/decisions.py` reads. Documented in `docs/decisions.md`.
"""

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TextIO

import msgspec
import yaml

from syncd.decide import questions
from syncd.model.decision import UNION, Decision, answers_to
from syncd.model.finding import CATALOGUE
from syncd.model.flags import combined
from syncd.model.keys import parts_of
from syncd.model.permission import Permissions
from syncd.report.words import CHANGED, EXPLAIN
from syncd.workspace.workspace import Workspace

FILE = "decisions.yaml"  # of a plan's folder
_NAMED = 5  # people or accounts of one question


class Question(msgspec.Struct, frozen=True):
    """A review nobody has answered, with the changes it holds."""

    on: str
    scope: str
    made_on: str
    sentence: str
    advice: str
    details: tuple[str, ...]
    held: tuple[str, ...]
    number: int = 0  # of all changes that it holds
    accounts: tuple[str, ...] = ()  # of these, and of the data
    names: tuple[str, ...] = ()  # of these accounts
    emails: tuple[str, ...] = ()  # in the data
    sets: tuple[Permissions, ...] = ()  # of permissions that memberships among these would give
    gives: Mapping[str, Permissions] = {}  # by an answer, where no change that is held shows it


def open_questions(workspace: Workspace) -> Iterator[Question]:
    for asked in questions.open_questions(workspace):
        known = CATALOGUE.get(asked.on)
        yield Question(
            on=asked.on,
            scope=asked.scope,
            made_on=asked.made_on,
            sentence=known.sentence if known else CHANGED,
            advice=known.advice if known else EXPLAIN,
            details=tuple(asked.details),
            held=tuple(asked.held),
            number=asked.number,
            accounts=tuple(asked.accounts),
            names=tuple(asked.names),
            emails=tuple(asked.emails),
            sets=tuple(tuple(keys.split()) for keys in asked.sets if keys),
            gives={UNION: combined(asked.gives)},
        )


_HEAD = """\
# Open questions of plan {plan}. Fill in answer, by and at (and because, for whoever asks later),
# then name this file under `decisions` in the config and plan again. An entry without an answer
# decides nothing. Do not change on, scope or made_on: a decision counts only for the data it was
# made on. When they change, the question is asked again.
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
        file.write(f"  #   about: {_line(about_whom(question))}\n")
        file.writelines(f"  #   data: {_line(detail)}\n" for detail in question.details)
        file.writelines(f"  #   holds: {_line(held)}\n" for held in question.held)
        file.write(f"  #   {_line(question.advice)}\n")
        if not answers:
            file.write("  #   No answer can settle this: the data must be corrected.\n")
            continue
        for name, consequence in answers.items():
            gives = ", ".join(question.gives.get(name, ()))
            file.write(f"  #   {name} = {_line(consequence)}{gives and f': {gives}'}\n")
        about = {"on": question.on, "scope": question.scope, "made_on": question.made_on}
        file.write(_item(about | dict.fromkeys(("answer", "by", "at", "because"), "")))


def about_whom(question: Question) -> str:
    """Name people and accounts that a question is about, a few of many."""
    parts = parts_of(question.scope)
    people = list(dict.fromkeys(filter(None, (parts.email, *question.emails))))
    accounts = list(dict.fromkeys(filter(None, (parts.account, *question.accounts))))
    said = [_some(names) for names in (people, accounts, question.names) if names]
    return "; ".join(said) or question.scope


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more


def _item(values: Mapping[str, str]) -> str:
    lines = [f"{name}: {quoted(value)}".rstrip() for name, value in values.items()]
    return "  - " + "\n    ".join(lines) + "\n"


def quoted(value: str) -> str:
    """Give text in double quotes, on one line; nothing for no text."""
    if value.isascii() and value.isprintable():  # nearly all; the same as JSON, and much faster
        return msgspec.json.encode(value).decode() if value else ""
    quoted: str = yaml.safe_dump(value, default_style='"', allow_unicode=True, width=sys.maxsize)
    return quoted.rstrip("\n")


def _line(text: str) -> str:
    """Keep a comment on its line, whatever it quotes."""
    return text if text.isprintable() else ascii(text)[1:-1]
