"""What a catalogue of findings is made of."""

from enum import StrEnum

import msgspec


class Severity(StrEnum):
    NOTE = "note"
    REVIEW = "review"
    BLOCK = "block"


NOTE, REVIEW, BLOCK = Severity.NOTE, Severity.REVIEW, Severity.BLOCK


class Code(msgspec.Struct, frozen=True):
    """`case` names the case of real data (T-xx) or the rule (S-xx) it answers.

    `answers` are what a person may decide on a review, each with its consequence; a review without
    any can be settled in the data only. One on an account that is `whole` holds all that hangs on
    the account, removals too, not only the account itself.
    """

    code: str
    case: str
    severity: Severity
    sentence: str
    advice: str
    answers: dict[str, str] = {}
    whole: bool = False
