"""What a plan asks, as values: a row of questions.csv, and how many questions there are."""

from typing import NamedTuple

import msgspec

from syncd.model.change import RESOURCES, Verb
from syncd.model.keys import parts_of
from syncd.model.permission import ALL


class QuestionRow(msgspec.Struct, frozen=True):
    """A question with room for its answer; lists are joined by blanks, sentences by a bar."""

    on: str
    accounts: str
    names: str  # of the accounts
    emails: str
    labels: str  # of what its memberships would give
    sentence: str
    data: str
    holds: str
    changes: int  # that it holds
    advice: str
    answers: str
    scope: str
    made_on: str
    answer: str = ""
    by: str = ""
    at: str = ""
    because: str = ""


class QuestionFacts(msgspec.Struct, frozen=True):
    """The open questions of decisions.yaml: how many of each kind, and the first ones whole."""

    numbers: dict[str, int] = {}  # a finding's code, or a change's reason -> questions
    sample: tuple[QuestionRow, ...] = ()

    @property
    def asked(self) -> int:
        return sum(self.numbers.values())


class Proposal(NamedTuple):
    """A change of `holds`, taken apart: `+ membership:legacy/1:jane@dev.example: tickets`."""

    verb: Verb
    key: str
    rights: str  # "" where it names none


def proposal_in(line: str) -> Proposal | None:
    """Take a change of `holds` apart; None if it is none. An address may have blanks and colons."""
    sign, _, rest = line.partition(" ")
    if sign not in set(Verb) or parts_of(rest).kind not in RESOURCES:
        return None
    key, _, rights = rest.rpartition(": ")
    named = rights.replace(" -> ", ", ").split(", ")
    if key and set(named) <= {*ALL, ""}:
        return Proposal(Verb(sign), key, rights)
    return Proposal(Verb(sign), rest, "")


def addresses_in(emails: str) -> list[str]:
    """Give the addresses of a cell. What is no valid one may have blanks, and is left whole."""
    words = emails.split(" ")
    return words if all("@" in word[1:-1] for word in words) else [emails] if emails else []
