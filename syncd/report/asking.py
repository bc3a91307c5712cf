"""What a plan asks, as values: a row of questions.csv, and how many questions there are."""

import msgspec


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
