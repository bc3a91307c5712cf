"""Times of day and time zones, as the config writes them."""

import re
from datetime import time
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator

_HOURS = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)")


def _parsed(value: object) -> tuple[time, time]:
    """Read `08:00-20:00`; midnight at the end may be written 24:00."""
    match = _HOURS.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError("must be two times of day like 08:00-20:00")
    numbers = [int(part) for part in match.groups()]
    if numbers[2] == 24 and numbers[3]:
        raise ValueError("the day ends at 24:00")
    since, until = time(numbers[0], numbers[1]), time(numbers[2] % 24, numbers[3])
    if since == until:
        raise ValueError("begins and ends at the same time: leave it out to allow all hours")
    return since, until


def _known(value: str) -> str:
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError) as error:
        msg = f"unknown time zone {value!r}; use a name like Europe/Berlin"
        raise ValueError(msg) from error
    return value


Hours = Annotated[tuple[time, time], BeforeValidator(_parsed)]
Zone = Annotated[str, AfterValidator(_known)]
