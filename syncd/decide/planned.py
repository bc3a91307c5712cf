"""Planned: the result of judging, apart from the changes in the workspace."""

import msgspec

from syncd.decide.fuses import Tally
from syncd.model.age import Moments
from syncd.model.policy import Waves
from syncd.model.suppression import Suppressed
from syncd.model.verdict import Refusal
from syncd.ports import Provenance


class Planned(msgspec.Struct, frozen=True):
    """The result of planning; the changes themselves are in the workspace."""

    provenance: tuple[Provenance, ...]
    dispositions: dict[str, int]
    tally: Tally
    refusals: tuple[Refusal, ...]
    moments: Moments = {}  # how old the sources are
    target_remarks: tuple[str, ...] = ()
    waves: Waves = Waves()  # by which invitations were held
    suppressed: Suppressed = frozenset()  # whom no paper may name
