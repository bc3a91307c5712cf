"""How many invitations wait: the journal knows who was invited, the plan who has accepted since."""

from collections.abc import Mapping
from datetime import datetime

from syncd.journal.glance import Glance
from syncd.model.invitation import Life
from syncd.report.facts import Report


def waiting(report: Report, glance: Glance, now: datetime) -> Mapping[Life, int]:
    """LeftToDo the invitations that nobody accepted yet, by what they are.

    A plan settles none in the journal: what it saw accepted stands there until a run applies.
    """
    lives, good = dict(glance.invite_lives(now)), glance.last_good()
    is_settled = good is not None and good.finished_at >= report.facts.header.made_at
    accepted = 0 if is_settled else report.facts.invitations.states.get(Life.ACCEPTED, 0)
    for life in (Life.WAITING, Life.EXPIRING, Life.UNCONFIRMED, Life.EXPIRED):
        taken = min(accepted, lives.get(life, 0))
        if taken:
            lives[life] -= taken
            accepted -= taken
    return lives
