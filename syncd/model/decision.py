"""Decisions: a person's recorded answers to reviews. Input, like the config.

A decision names what it answers (the code of a finding, or the reason of a change), the scope, and
a fingerprint of what it was made on: it dies with its data, and then the question is asked again.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping

import msgspec

from syncd.model.catalogue import CATALOGUE
from syncd.model.change import CAUTIOUS, Reason
from syncd.model.finding import Finding, Severity
from syncd.model.legacy import LegacyClient, LegacyContact
from syncd.model.resources import Observable, Resource

# Do not do what is proposed, and stop asking.
LEAVE = "leave"
# Go on with what is proposed.
APPLY = "apply"
# Of several passwords: that of this row, named as `legacy/17`.
ROW = "SOURCE/ID"
# Of several passwords: none.
NO_ROW = "none"
# Of twin sub-accounts: what any of them has, instead of what all have (T-03).
UNION = "union"

# What changes without anybody's doing: a decision must not die of a login.
_FLEETING = ("last_login", "updated_at")


class Decision(msgspec.Struct, frozen=True):
    """`on` is a finding's code or a change's reason; `made_on` the fingerprint of its data."""

    on: str
    scope: str
    answer: str
    by: str
    at: str  # a date, ISO 8601
    made_on: str
    because: str = ""


class Decisions:
    """The decisions of a run, found by what they answer."""

    def __init__(self, decisions: Iterable[Decision] = ()) -> None:
        self._known = {(each.on, each.scope): each for each in decisions}

    def __iter__(self) -> Iterator[Decision]:
        return iter(self._known.values())

    def __len__(self) -> int:
        return len(self._known)

    @property
    def digest(self) -> str:
        """Give a digest that differs for other decisions, whoever signed them; "" if none."""
        marks = sorted((marks.on, marks.scope, marks.answer, marks.made_on) for marks in self)
        return fingerprint(*marks) if marks else ""

    def answer(self, on: str, scope: str, made_on: str) -> str:
        """Give the answer that still holds, or "" where there is none."""
        decision = self._known.get((on, scope))
        return decision.answer if decision and decision.made_on == made_on else ""

    def settled(self, finding: Finding) -> Finding:
        """Give a review with its fingerprint and, where one holds, its answer; others as they are.

        Convert says what its findings are made on: the rows of one identity. All others are made
        on what they say.
        """
        if finding.severity is not Severity.REVIEW:
            return finding
        made_on = finding.made_on or made_on_finding(finding)
        answer = self.answer(finding.code, finding.scope, made_on)
        return msgspec.structs.replace(finding, made_on=made_on, answer=answer)

    def about(self, on: str, scope: str) -> Decision | None:
        """Give what was decided on it, whether on these data or on others."""
        return self._known.get((on, scope))

    def are_about(self, on: str, scope: str) -> bool:
        """Say whether there is an answer, whether to these data or to others."""
        return (on, scope) in self._known


def fingerprint(*values: object) -> str:
    """Give a short digest of values, as JSON: equal for equal data, in any process."""
    return hashlib.sha256(msgspec.json.encode(values, order="sorted")).hexdigest()[:16]


def made_on_rows(rows: Iterable[LegacyClient | LegacyContact]) -> str:
    """Give the fingerprint of legacy rows, but for what changes without anybody's doing."""
    return fingerprint(*(_lasting(row) for row in rows))


def made_on_finding(finding: Finding) -> str:
    """Give the fingerprint of a finding between identities: of what it says."""
    return fingerprint(finding.code, finding.scope, finding.detail)


def made_on_change(
    desired: Resource | None,
    observed: Observable | None,
    applied: Resource | None,
    written_at: str,
) -> str:
    """Give the fingerprint of a change: of its three states.

    When syncd last wrote it is part of the data, so that an answer counts for one change.
    """
    return fingerprint(desired, observed, applied, written_at)


def _lasting(row: LegacyClient | LegacyContact) -> dict[str, object]:
    values = msgspec.structs.asdict(row)
    return {name: value for name, value in values.items() if name not in _FLEETING}


_ON_CHANGES = {
    APPLY: "the change is made as proposed, once",
    LEAVE: "the target stays as it is, and this is not asked again",
}


_ON_UNCONFIRMED = {
    APPLY: "another invitation is mailed, once; if the first one arrived, the person has two",
    LEAVE: "it counts as sent; once it has expired, the next question is whether to send another",
}


def is_answer(on: str, answer: str) -> bool:
    """Say whether a question can be answered so; which rows there are, only their data know."""
    answers = answers_to(on)
    return answer in answers or (ROW in answers and _ROW.fullmatch(answer) is not None)


def consequence_of(on: str, answer: str) -> str:
    """Say what an answer comes to."""
    answers = answers_to(on)
    return answers[answer] if answer in answers else answers[ROW]


_ROW = re.compile(r"[A-Za-z0-9_-]+/[0-9]+")


def answers_to(on: str) -> Mapping[str, str]:
    """Give the possible answers to a finding's code or a change's reason, with consequences."""
    if on in CATALOGUE:
        return CATALOGUE[on].answers
    if on == Reason.INVITE_UNCONFIRMED:
        return _ON_UNCONFIRMED
    return _ON_CHANGES if on in frozenset(CAUTIOUS) else {}
