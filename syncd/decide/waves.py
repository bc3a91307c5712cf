"""Waves: how many invitations may be sent now, and when the others. Pure; `now` is passed in.

Hours and days are those on the clock of a time zone, whatever daylight saving does to it.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from syncd.model.policy import Waves

_NEVER = "waves.per_run or waves.per_day is 0: no invitations are sent"


class Room(msgspec.Struct, frozen=True):
    """How many invitations a wave has room for; `why` says when the others go."""

    most: int
    why: str


def room(waves: Waves, now: datetime, sent: Iterable[datetime]) -> Room:
    """Give the room of a wave at `now`, when invitations had been `sent` at these times."""
    if not waves.most:
        return Room(0, _NEVER)
    opens = opening(waves, now)
    if opens > now:
        return Room(0, f"outside the sending hours; {_first_run(opens, waves)}")
    if waves.per_day is None:
        return Room(waves.per_run, _FULL)
    left = max(0, waves.per_day - _today(waves, now, sent))
    if left >= waves.per_run:
        return Room(waves.per_run, _FULL)
    tomorrow = opening(waves, _next_day(waves, now))
    return Room(left, f"today's limit is reached; {_first_run(tomorrow, waves)}")


_FULL = "the wave is full; the next run invites this person"


def opening(waves: Waves, now: datetime) -> datetime:
    """Give the first minute from `now` on that lies in the sending hours; `now` if it does."""
    # Minute by minute: right on days of 23 and 25 hours, too, and a day has few minutes.
    moment = now.astimezone(UTC)
    if not _open(waves, moment):
        moment = moment.replace(second=0, microsecond=0)
    while not _open(waves, moment):
        moment += timedelta(minutes=1)
    return moment


def _open(waves: Waves, moment: datetime) -> bool:
    if waves.hours is None:
        return True
    since, until = waves.hours
    clock = moment.astimezone(ZoneInfo(waves.timezone)).time()
    return since <= clock < until if since < until else clock >= since or clock < until


def _today(waves: Waves, now: datetime, sent: Iterable[datetime]) -> int:
    zone = ZoneInfo(waves.timezone)
    today = now.astimezone(zone).date()
    return sum(moment.astimezone(zone).date() == today and moment < now for moment in sent)


def _next_day(waves: Waves, now: datetime) -> datetime:
    local = now.astimezone(ZoneInfo(waves.timezone))
    midnight = (local + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight.astimezone(UTC)


def _first_run(moment: datetime, waves: Waves) -> str:
    at = f"{moment.astimezone(ZoneInfo(waves.timezone)):%Y-%m-%d %H:%M %Z}"
    return f"the first run from {at} on sends it"
