"""When the waves that are still to come would go: as values, worked out from the config.

As if a run went at each time that the config names, nothing failed, and nothing else were sent.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec

from syncd.decide.waves import Sending, ahead
from syncd.model.policy import Waves
from syncd.model.resources import INVITE_DAYS

LISTED = 60  # waves; the last one is known besides

NextRun = Callable[[datetime], datetime | None]


class Wave(msgspec.Struct, frozen=True):
    """How many go at a time, and until when they can be accepted, "" where nobody is asked."""

    at: str  # ISO 8601
    number: int
    until: str = ""


class WavesAhead(msgspec.Struct, frozen=True):
    """What this plan lets go and what it leaves for later, in waves; see `Wave`."""

    now: int = 0
    later: int = 0
    runs: int = 0  # in which later ones go
    waves: tuple[Wave, ...] = ()  # the first of these
    last: Wave | None = None
    beyond: int = 0  # of the later ones, those for which no time was seen to come


class WaveFacts(msgspec.Struct, frozen=True):
    """The waves of invitations, and those of memberships that are added without a mail."""

    invitations: WavesAhead = WavesAhead()
    silent: WavesAhead = WavesAhead()
    limits: dict[str, str] = {}  # of the config that matter here


def daily(moment: datetime) -> datetime:
    """Give the next run where no schedule says otherwise: a day later."""
    return moment + timedelta(days=1)


def waves_ahead(
    numbers: dict[str, tuple[int, int]], waves: Waves, now: datetime, next_run: NextRun
) -> WaveFacts:
    """Lay out both kinds; `numbers` are, of `invitations` and `silent`, those now and later."""
    mailed = Sending(waves.per_run, waves)
    silent = Sending(waves.silent_per_run)
    return WaveFacts(
        invitations=_ahead(*numbers["invitations"], mailed, now, next_run, days=INVITE_DAYS),
        silent=_ahead(*numbers["silent"], silent, now, next_run),
        limits=_limits(waves) if any(map(any, numbers.values())) else {},
    )


def _ahead(
    going: int, later: int, sending: Sending, now: datetime, next_run: NextRun, days: int = 0
) -> WavesAhead:
    listed: list[Wave] = []
    last, runs, left = None, 0, later
    for at, number in ahead(sending, now, going, later, next_run):
        until = at + timedelta(days=days)
        last = Wave(_iso(at), number, _iso(until) if days else "")
        runs, left = runs + 1, left - number
        if runs <= LISTED:
            listed.append(last)
    return WavesAhead(going, later, runs, tuple(listed), last, left)


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="minutes")


def _limits(waves: Waves) -> dict[str, str]:
    """Say what bounds a wave, in the words of the config."""
    limits = {"waves.per_run": f"{waves.per_run:,}"} if waves.per_run < _NO_LIMIT else {}
    if waves.per_day is not None:
        limits["waves.per_day"] = f"{waves.per_day:,}"
    if waves.hours:
        since, until = waves.hours
        limits["waves.hours"] = f"{since:%H:%M}-{until:%H:%M} {waves.timezone}"
    return limits


_NO_LIMIT = 1 << 31
