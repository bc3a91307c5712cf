"""A cron line means here what it means to cron."""

from datetime import UTC, datetime, timedelta

import pytest

from syncd.config.cron import trigger

SATURDAY = datetime(2026, 5, 2, 12, tzinfo=UTC)


def fires_on(weekday: str) -> str:
    """Give the weekdays of the coming week on which `0 3 * * weekday` fires, Sunday first."""
    cron = trigger(f"0 3 * * {weekday}", "UTC")
    days = []
    now = SATURDAY
    while (fired := cron.get_next_fire_time(None, now)) < SATURDAY + timedelta(days=7):
        days.append(fired.strftime("%a").lower())
        now = fired + timedelta(minutes=1)
    return " ".join(days)


@pytest.mark.parametrize(
    ("weekday", "days"),
    [
        ("*", "sun mon tue wed thu fri sat"),
        ("0", "sun"),
        ("7", "sun"),
        ("1", "mon"),
        ("1-5", "mon tue wed thu fri"),
        ("0-6", "sun mon tue wed thu fri sat"),
        ("5-7", "sun fri sat"),
        ("fri-mon", "sun mon fri sat"),
        ("*/2", "sun tue thu sat"),
        ("1-5/2", "mon wed fri"),
        ("Mon,3", "mon wed"),
    ],
)
def test_weekdays_are_cron_s(weekday: str, days: str) -> None:
    assert fires_on(weekday) == days


@pytest.mark.parametrize("line", ["", "* * * *", "0 3 * * 8", "0 3 * * someday", "0 3 * * 1/0"])
def test_what_is_no_cron_line_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        trigger(line, "UTC")
