"""Waves: how many invitations may be sent now, and when the others. Pure; `now` is passed in.

Hours and days are those on the clock of a time zone, whatever daylight saving does to it.
"""

from collections.abc import Callable, Iterable, Iterator
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


# --- what is still to come --------------------------------------------------------------------

_RUNS = 5_000  # that are looked at


class Sending(msgspec.Struct, frozen=True):
    """How many go in a run; `waves` where hours and days bound them as well."""

    per_run: int
    waves: Waves | None = None

    def most(self, moment: datetime, today: int) -> int:
        """Give how many may go at a moment, when so many went on its day."""
        waves = self.waves
        if waves is None or not self.per_run:
            return self.per_run
        if not _open(waves, moment):
            return 0
        return self.per_run if waves.per_day is None else min(self.per_run, waves.per_day - today)


def ahead(
    sending: Sending,
    now: datetime,
    going: int,
    later: int,
    next_run: Callable[[datetime], datetime | None],
) -> Iterator[tuple[datetime, int]]:
    """Yield when the `later` ones would go, and how many at a time, once those `going` now have.

    People are not told apart: whoever gets several together may move a few to another wave.
    """
    zone = ZoneInfo(sending.waves.timezone if sending.waves else "UTC")
    moment, day, today = now, now.astimezone(zone).date(), going
    for _ in range(_RUNS):
        run = next_run(moment)
        if run is None or not later:
            return
        moment = run
        if moment.astimezone(zone).date() != day:
            day, today = moment.astimezone(zone).date(), 0
        number = min(later, max(0, sending.most(moment, today)))
        if number:
            yield moment, number
            later, today = later - number, today + number
