"""Cron lines as cron reads them: APScheduler counts weekdays from Monday, cron from Sunday."""

import re
from collections import deque
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.combining import OrTrigger
from apscheduler.triggers.cron import CronTrigger

_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_SECOND = timedelta(seconds=1)
_INSTANT = timedelta(microseconds=1)
_RANGE = re.compile(r"(\*|(?P<first>\w+)(?:-(?P<last>\w+))?)(?:/(?P<step>\d+))?")


def trigger(line: str, timezone: str, jitter: int = 0) -> BaseTrigger:
    """Make a trigger of `minute hour day month weekday`; raises ValueError with what is wrong.

    Where day and weekday are both restricted it fires on either, as crontab(5) has it. `jitter` is
    the most seconds by which to come later, anew each time.
    """
    fields = line.split()
    if len(fields) != 5:
        msg = f"needs five fields (minute hour day month weekday), not {len(fields)}"
        raise ValueError(msg)
    minute, hour, day, month, weekday = fields
    # As cron has it: what runs each hour runs in every real hour, all else by the wall clock.
    kind = CronTrigger if hour.startswith("*") else _OnceANight
    days = [(day, "*"), ("*", weekday)]
    if day.startswith("*") or weekday.startswith("*"):
        days = [(day, weekday)]
    triggers = [
        kind(
            minute=minute,
            hour=hour,
            day=of_month,
            month=month,
            day_of_week=_weekdays(of_week),
            timezone=timezone,
            jitter=jitter or None,
        )
        for of_month, of_week in days
    ]
    return triggers[0] if len(triggers) == 1 else OrTrigger(triggers)


def times(line: str, timezone: str, since: datetime, until: datetime) -> list[datetime]:
    """Give when a line was due after `since`, up to and with `until`; the last thousand."""
    due, moments = trigger(line, timezone), deque[datetime](maxlen=1000)
    previous, now = None, since.astimezone(UTC) + _INSTANT
    while (fires := due.get_next_fire_time(previous, now)) is not None and fires <= until:
        moments.append(fires)
        previous, now = fires, fires.astimezone(UTC) + _INSTANT
    return list(moments)


def following(line: str, timezone: str) -> Callable[[datetime], datetime | None]:
    """Give what says when a line is due next after a moment."""
    due = trigger(line, timezone)
    return lambda moment: due.get_next_fire_time(None, moment.astimezone(UTC) + _INSTANT)


class _OnceANight(CronTrigger):  # type: ignore[misc]  # APScheduler has no types
    """Fires once at a time of day that comes twice, in the night when clocks are put back."""

    def get_next_fire_time(
        self, previous_fire_time: datetime | None, now: datetime
    ) -> datetime | None:
        fires_at: datetime | None = super().get_next_fire_time(previous_fire_time, now)
        while fires_at is not None and fires_at.fold:
            # In UTC: what is added to a time of day forgets that it comes twice.
            fires_at = super().get_next_fire_time(None, fires_at.astimezone(UTC) + _SECOND)
        return fires_at


def _weekdays(field: str) -> str:
    if field == "*":
        return field
    days = {day for part in field.split(",") for day in _days(part)}
    return ",".join(_DAYS[day] for day in sorted(days))


def _days(part: str) -> Iterator[int]:
    """Yield the days of one part, Sunday as 0; a range may end in 7, or wrap."""
    match = _RANGE.fullmatch(part)
    if match is None:
        msg = f"unknown weekday {part!r}"
        raise ValueError(msg)
    step = int(match["step"] or 1)
    if match["first"] is None:
        first, last = 0, 6
    else:
        first = _day(match["first"])
        last = _day(match["last"]) if match["last"] else (6 if match["step"] else first)
    if last < first:
        last += 7
    if not step:
        msg = f"a step of 0 in {part!r}"
        raise ValueError(msg)
    yield from (day % 7 for day in range(first, last + 1, step))


def _day(name: str) -> int:
    if name.isdecimal() and int(name) <= 7:
        return int(name)
    if name.lower() in _DAYS:
        return _DAYS.index(name.lower())
    msg = f"unknown weekday {name!r}"
    raise ValueError(msg)
