"""questions.csv of a plan: every open question as a row, to be answered in a spreadsheet.

`syncd decide --from` takes a copy of it that somebody filled in. Documented in docs/decisions.md.
"""

import csv
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import msgspec

from syncd.errors import DecisionsUnusable, PlanUnusable
from syncd.model.decision import answers_to
from syncd.model.keys import parts_of
from syncd.model.permission import Permissions
from syncd.report import plan
from syncd.report.asking import QuestionRow
from syncd.report.cells import original
from syncd.report.decisions import Question
from syncd.report.tables import CsvTable

SEPARATOR = " | "
_MARK = "#"  # before a fingerprint: one of digits alone, a spreadsheet would round


TABLE: CsvTable[QuestionRow] = CsvTable(
    "questions.csv", QuestionRow.__struct_fields__, msgspec.structs.astuple
)


def row_of(question: Question, label: Callable[[Permissions], str]) -> QuestionRow:
    """Give the row of a question; `label` names a set of permissions."""
    about = parts_of(question.scope)
    answers = answers_to(question.on)
    gives = {name: f": {', '.join(keys)}" for name, keys in question.gives.items() if keys}
    return QuestionRow(
        on=question.on,
        accounts=_distinct((about.account, *question.accounts)),
        names=SEPARATOR.join(question.names),
        emails=_distinct((about.email, *question.emails)),
        labels=_distinct(map(label, question.sets)),
        sentence=question.sentence,
        data=SEPARATOR.join(question.details),
        holds=SEPARATOR.join(question.held),
        changes=question.number,
        advice=question.advice,
        answers=SEPARATOR.join(
            f"{name} = {words}{gives.get(name, '')}" for name, words in answers.items()
        ),
        scope=question.scope,
        made_on=f"{_MARK}{question.made_on}",
    )


def _distinct(words: Iterable[str]) -> str:
    return " ".join(dict.fromkeys(word for word in words if word))


def asked(folder: Path) -> Iterator[QuestionRow]:
    """Yield the open questions of a plan; raises `PlanUnusable` unless it is as it was written."""
    plan.load(folder)
    path = folder / TABLE.file
    if not path.exists():
        raise PlanUnusable(path, "the plan asks nothing: it takes back a run, or is an older one's")
    with path.open(encoding="utf-8", newline="") as file:
        yield from map(_row, csv.DictReader(file))


def answered(path: Path) -> Iterator[QuestionRow]:
    """Yield the rows that somebody answered in a copy of the table; raises `DecisionsUnusable`.

    As spreadsheets save them: with a byte order mark or not, with commas, semicolons or tabs.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise DecisionsUnusable(path, [error.strerror or str(error)]) from error
    except UnicodeDecodeError:
        raise DecisionsUnusable(path, ["not UTF-8: save it as `CSV UTF-8`"]) from None
    head, _, _ = text.partition("\n")
    delimiter = max(",;\t", key=head.count)
    rows = csv.DictReader(text.splitlines(keepends=True), delimiter=delimiter)
    missing = [
        name for name in ("on", "scope", "made_on", "answer") if name not in (rows.fieldnames or ())
    ]
    if missing:
        raise DecisionsUnusable(path, [f"line 1: no column {name}" for name in missing])
    yield from (row for row in map(_row, rows) if row.answer)


def _row(cells: dict[str, str]) -> QuestionRow:
    known = {name: original(cells.get(name) or "") for name in QuestionRow.__struct_fields__}
    changes = known.pop("changes")
    row = QuestionRow(**known, changes=int(changes) if changes.isdecimal() else 0)
    return msgspec.structs.replace(
        row, made_on=row.made_on.strip().removeprefix(_MARK), answer=row.answer.strip()
    )
