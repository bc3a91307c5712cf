"""The pages of the last plan: its changes, its open questions, and what was answered."""

import msgspec

from syncd.model.catalogue import CATALOGUE
from syncd.model.change import RESOURCES, Reason
from syncd.model.decision import answers_to
from syncd.model.keys import Parts, parts_of
from syncd.pages.rows import ChangeOnFile
from syncd.pages.shelf import Leaf
from syncd.report.html import REASONS

PAGE = 50
_VERDICTS = ("apply", "hold")


class PlanChanges(msgspec.Struct, frozen=True):
    """A page of the plan's changes; `following` is where the next begins, 0 at the end."""

    changes: list[ChangeOnFile]
    kind: str
    verdict: str
    following: int


def changes_page(leaf: Leaf, kind: str, verdict: str, start: int) -> PlanChanges:
    """Give a page of changes in the order of apply, all or those of a kind or a verdict."""
    kind = kind if kind in RESOURCES else ""
    verdict = verdict if verdict in _VERDICTS else ""
    chosen = {"kind": kind, "verdict": verdict}
    wheres = ["rowid >= $start", *(f"{name} = ${name}" for name, value in chosen.items() if value)]
    where = " AND ".join(wheres)
    query = f"SELECT rowid AS number, * FROM changes WHERE {where} ORDER BY rowid LIMIT $most"
    asked = {name: value for name, value in chosen.items() if value}
    rows = leaf.values(ChangeOnFile, query, {**asked, "start": start, "most": PAGE + 1})
    following = rows[PAGE].number if len(rows) > PAGE else 0
    return PlanChanges(rows[:PAGE], kind, verdict, following)


# --- decisions --------------------------------------------------------------------------------


class AskedKind(msgspec.Struct, frozen=True):
    """A kind of question, how often it is open, and what each answer would do."""

    asked: str
    number: int

    @property
    def sentence(self) -> str:
        code = CATALOGUE.get(self.asked)
        return code.sentence if code else f"A change is held: {REASONS[Reason(self.asked)]}."

    @property
    def advice(self) -> str:
        code = CATALOGUE.get(self.asked)
        return code.advice if code else "Look at it, and decide whether it may be applied."

    @property
    def answers(self) -> dict[str, str]:
        return dict(answers_to(self.asked))


class QuestionLine(msgspec.Struct, frozen=True):
    number: int
    asked: str
    scope: str
    detail: str

    @property
    def about(self) -> Parts:
        return parts_of(self.scope)


class AnswerLine(msgspec.Struct, frozen=True):
    asked: str
    scope: str
    shown: str

    @property
    def about(self) -> Parts:
        return parts_of(self.scope)


class DecisionsPage(msgspec.Struct, frozen=True):
    kinds: list[AskedKind]
    asked: str  # the kind that is listed, "" for all
    questions: list[QuestionLine]
    following: int
    answers: list[AnswerLine]
    answered: int


def decisions_page(leaf: Leaf, asked: str, start: int) -> DecisionsPage:
    kinds = leaf.values(AskedKind, _KINDS)
    asked = asked if asked in {kind.asked for kind in kinds} else ""
    where = "rowid >= $start" + (" AND asked = $asked" if asked else "")
    query = f"SELECT rowid AS number, * FROM questions WHERE {where} ORDER BY rowid LIMIT $most"
    chosen = {"asked": asked} if asked else {}
    rows = leaf.values(QuestionLine, query, {**chosen, "start": start, "most": PAGE + 1})
    return DecisionsPage(
        kinds,
        asked,
        rows[:PAGE],
        rows[PAGE].number if len(rows) > PAGE else 0,
        leaf.values(AnswerLine, "FROM answers LIMIT $most", {"most": PAGE}),
        leaf.number("SELECT count(*) FROM answers"),
    )


_KINDS = (
    "SELECT asked, count(*) AS number FROM questions GROUP BY asked ORDER BY number DESC, asked"
)
