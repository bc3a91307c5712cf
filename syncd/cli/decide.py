"""`syncd decide`: answers the open questions of a plan, one by one or many at once."""

import getpass
import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import typer

from syncd.cli import answering
from syncd.cli.printed import out, say
from syncd.config import decisions as known
from syncd.errors import DecisionsUnusable, OptionUnusable
from syncd.model.decision import Decision, Decisions, answers_to, is_answer
from syncd.model.identity import normalise
from syncd.model.text import visible
from syncd.report import questions
from syncd.report.asking import QuestionRow, addresses_in
from syncd.report.decisions import FILE
from syncd.report.words import counted

_SKIP, _QUIT = "s", "q"
_SHOWN = 5  # of many that get one answer


class Which(msgspec.Struct, frozen=True):
    """Which questions are meant; "" means any."""

    on: str = ""
    account: str = ""
    person: str = ""
    label: str = ""

    def fits(self, row: QuestionRow) -> bool:
        return (
            self.on in ("", row.on)
            and (not self.account or self.account in row.accounts.split())
            and (not self.person or normalise(self.person) in addresses_in(row.emails))
            and (not self.label or self.label in row.labels.split())
        )


class Author(msgspec.Struct, frozen=True):
    by: str
    at: str
    because: str = ""

    def decides(self, row: QuestionRow, answer: str) -> Decision:
        return Decision(row.on, row.scope, answer, self.by, self.at, row.made_on, self.because)


def decide_one_by_one(plan_dir: Path, file: Path | None, which: Which, author: Author) -> None:
    """Ask each question at the terminal; every answer is written at once."""
    if not sys.stdin.isatty():
        raise OptionUnusable("--answer", ["there is no terminal at which to ask"])
    path = file or plan_dir / FILE
    rows = _open(plan_dir, path, which)
    for number, row in enumerate(rows, start=1):
        _show(row, f"{number} of {len(rows)}")
        answer = _asked(row)
        if answer == _QUIT:
            break
        if answer != _SKIP:
            because = author.because or typer.prompt("because", default="", show_default=False)
            said = msgspec.structs.replace(author, because=because)
            answering.write(path, [said.decides(row, answer)])
    _show_end(path, plan_dir)


def decide_many(
    plan_dir: Path, file: Path | None, which: Which, author: Author, answer: str
) -> None:
    """Give all questions that fit one answer."""
    path = file or plan_dir / FILE
    rows = _open(plan_dir, path, which)
    if not rows:
        raise OptionUnusable("--only", ["no question fits that this plan asks and nobody answered"])
    kinds = {row.on for row in rows if not is_answer(row.on, answer)}
    if kinds:
        problems = [
            f"{on} takes {', '.join(answers_to(on)) or 'no answer'}" for on in sorted(kinds)
        ]
        raise OptionUnusable(f"--answer {answer}", problems)
    answering.write(path, [author.decides(row, answer) for row in rows])
    for row in rows[:_SHOWN]:
        say(visible(f"{answer}: {row.on} {row.scope}"))
    if len(rows) > _SHOWN:
        say(f"and {len(rows) - _SHOWN:,} more")
    _show_end(path, plan_dir)


def take_from(plan_dir: Path, file: Path | None, table: Path, author: Author) -> None:
    """Take the answers of a filled-in copy of questions.csv; all of them, or none."""
    path = file or plan_dir / FILE
    asked = {(row.on, row.scope): row for row in questions.asked(plan_dir)}
    taken, problems = dict[tuple[str, str], Decision](), list[str]()
    for row in map(_as_written, questions.answered(table)):
        about = (row.on, row.scope)
        problem = "answered twice" if about in taken else _problem(row, asked.get(about), author)
        if problem:
            problems.append(f"{row.on} {row.scope}: {problem}")
        else:
            said = Author(row.by or author.by, row.at or author.at, row.because or author.because)
            taken[about] = said.decides(row, row.answer)
    if problems:
        raise DecisionsUnusable(table, problems)
    answering.write(path, taken.values())
    _show_end(path, plan_dir)


def _as_written(row: QuestionRow) -> QuestionRow:
    """Give a row with its answer as it is known: a spreadsheet makes the first letter a capital."""
    lower = row.answer.lower()
    known = not is_answer(row.on, row.answer) and is_answer(row.on, lower)
    return msgspec.structs.replace(row, answer=lower) if known else row


def _problem(row: QuestionRow, question: QuestionRow | None, author: Author) -> str:
    if question is None:
        return "this plan does not ask it: it is settled, or the table is of another plan"
    if row.made_on != question.made_on:
        return "the data have changed since the table was made: look at the question of this plan"
    if not is_answer(row.on, row.answer):
        return f"{row.answer!r} is not one of {', '.join(answers_to(row.on))}"
    if row.at and not known.is_date(row.at):
        return f"{row.at!r} is no date like 2026-03-01"
    return "" if row.by or author.by else "nobody is named: fill in the column by, or give --by"


def which(only: Iterable[str]) -> Which:
    """Read `what=value` pairs; raises `OptionUnusable`."""
    pairs = [pair.partition("=") for pair in only]
    strays = [
        f"{''.join(pair)!r} is not {'=..., '.join(Which.__struct_fields__)}=..."
        for pair in pairs
        if pair[0] not in Which.__struct_fields__ or not pair[2]
    ]
    if strays:
        raise OptionUnusable("--only", strays)
    return Which(**{name: value for name, _, value in pairs})


def author(by: str, because: str) -> Author:
    """Give who decides, now; by the name of the account on this machine where none is given."""
    return Author(by or getpass.getuser(), f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S+00:00}", because)


# --- asking -----------------------------------------------------------------------------------


def _open(plan_dir: Path, path: Path, which: Which) -> list[QuestionRow]:
    """Give the questions that fit and have no answer in the file yet."""
    decided = known.load(path) if path.exists() else Decisions()
    return [
        row
        for row in questions.asked(plan_dir)
        if which.fits(row) and not decided.answer(row.on, row.scope, row.made_on)
    ]


def _show(row: QuestionRow, place: str) -> None:
    out.print()
    say(visible(f"[{place}] {row.on} {row.scope}"), style="bold")
    for words in _explained(row):
        say(visible(words))


def _explained(row: QuestionRow) -> Iterator[str]:
    yield f"  {row.sentence}"
    yield from (f"  data: {data}" for data in _parts(row.data))
    yield from (f"  holds: {held}" for held in _parts(row.holds))
    yield f"  {row.advice}"
    yield from (f"    {answer}" for answer in _parts(row.answers))


def _parts(joined: str) -> Iterable[str]:
    return (part for part in joined.split(questions.SEPARATOR) if part)


def _asked(row: QuestionRow) -> str:
    """Ask until there is an answer, or a word to skip the question or to stop."""
    names = ", ".join(answers_to(row.on))
    while True:
        words = f"{names}, {_SKIP} to skip, {_QUIT} to quit"
        answer: str = typer.prompt(words, prompt_suffix=": ").strip()
        if answer in (_QUIT, _SKIP) or is_answer(row.on, answer):
            return answer
        say(f"{answer!r} is none of these.")


def _show_end(path: Path, plan_dir: Path) -> None:
    decided = known.load(path)
    rest = sum(
        not decided.answer(row.on, row.scope, row.made_on) for row in questions.asked(plan_dir)
    )
    say(
        f"\nAnswers are in {path}; {counted(rest, 'question is', 'questions are')} still open. "
        f"Try them: syncd plan --decisions {path}"
    )
