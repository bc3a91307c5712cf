"""Cron lines as cron reads them: APScheduler counts weekdays from Monday, cron from Sunday."""

import re
from collections.abc import Iterator

from apscheduler.triggers.cron import CronTrigger

_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_RANGE = re.compile(r"(\*|(?P<first>\w+)(?:-(?P<last>\w+))?)(?:/(?P<step>\d+))?")


def trigger(line: str, timezone: str) -> CronTrigger:
    """Make a trigger of `minute hour day month weekday`; raises ValueError with what is wrong."""
    fields = line.split()
    if len(fields) != 5:
        msg = f"needs five fields (minute hour day month weekday), not {len(fields)}"
        raise ValueError(msg)
    minute, hour, day, month, weekday = fields
    return CronTrigger(
        minute=minute,
        hour=hour,
        day=day,
        month=month,
        day_of_week=_weekdays(weekday),
        timezone=timezone,
    )


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
