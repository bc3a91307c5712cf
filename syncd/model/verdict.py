"""The guard's words: a verdict on a change, a refusal of a whole plan."""

from enum import StrEnum

import msgspec


class Word(StrEnum):
    APPLY = "apply"
    HOLD = "hold"


class Verdict(msgspec.Struct, frozen=True):
    """`rule` names the guard rule that objected; `why` says it to a person, and what to do.

    Where a decision can lift the hold, `made_on` is the fingerprint it must name. `others` is what
    every further rule says that would hold it, each as `rule: why`.
    """

    word: Word
    rule: str = ""
    why: str = ""
    made_on: str = ""
    others: tuple[str, ...] = ()


APPLY = Verdict(Word.APPLY)


class Refusal(msgspec.Struct, frozen=True):
    """A fuse that tripped: nothing of the plan may be applied (I5)."""

    fuse: str
    actual: float
    limit: float
    why: str
