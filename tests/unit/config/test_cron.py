"""A cron line means here what it means to cron."""

from datetime import UTC, datetime, timedelta

import pytest

from syncd.config.cron import times, trigger

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


def fires(line: str, start: datetime, times: int) -> list[str]:
    """Give the first times, in UTC, at which a line fires in Berlin."""
    cron = trigger(line, "Europe/Berlin")
    moments: list[datetime] = []
    now, previous = start, None
    while len(moments) < times:
        previous = cron.get_next_fire_time(previous, now)
        moments.append(previous.astimezone(UTC))
        now = moments[-1] + timedelta(seconds=1)
    return [f"{moment:%d %H:%M}" for moment in moments]


AUTUMN = datetime(2026, 10, 24, 12, tzinfo=UTC)  # the next night has the hour from 2 to 3 twice
SPRING = datetime(2026, 3, 28, 12, tzinfo=UTC)  # and the night after this day none


def test_a_night_with_an_hour_twice_has_one_run() -> None:
    assert fires("30 2 * * *", AUTUMN, 3) == ["25 00:30", "26 01:30", "27 01:30"]
    assert fires("0,30 2,3 * * *", AUTUMN, 5) == [
        *("25 00:00", "25 00:30", "25 02:00", "25 02:30"),
        "26 01:00",
    ]


def test_a_night_that_lacks_an_hour_has_one_run_too() -> None:
    assert fires("30 2 * * *", SPRING, 3) == ["29 01:30", "30 00:30", "31 00:30"]


def test_what_runs_each_hour_runs_in_both() -> None:
    assert fires("30 * * * *", datetime(2026, 10, 24, 23, 45, tzinfo=UTC), 3) == [
        *("25 00:30", "25 01:30", "25 02:30"),
    ]


@pytest.mark.parametrize("line", ["", "* * * *", "0 3 * * 8", "0 3 * * someday", "0 3 * * 1/0"])
def test_what_is_no_cron_line_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        trigger(line, "UTC")


# --- day and weekday, as crontab(5) has them ------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "days"),
    [
        ("0 3 10 * 1", [4, 10, 11, 18, 25]),  # either: the 10th, and each Monday
        ("0 3 * * 1", [4, 11, 18, 25]),
        ("0 3 10 * *", [10]),
        (
            "0 3 */15 * 1",
            [],
        ),  # both, since the day begins with a star: no Monday is the 16th or 31st
    ],
)
def test_a_day_and_a_weekday_that_are_both_restricted_each_count(
    line: str, days: list[int]
) -> None:
    may, june = SATURDAY, SATURDAY + timedelta(days=29, hours=11)
    assert [moment.day for moment in times(line, "UTC", may, june)] == days


def test_the_times_between_two_moments_are_those_after_the_first_and_up_to_the_last() -> None:
    at = SATURDAY.replace(hour=3)
    days = [timedelta(days=days) for days in range(4)]
    assert times("0 3 * * *", "UTC", at, at + days[3]) == [at + day for day in days[1:]]
    assert times("0 3 * * *", "UTC", at, at + days[1] / 2) == []
    assert len(times("* * * * *", "UTC", at, at + days[3])) == 1000, "the last ones"
    night = times("30 2 * * *", "Europe/Berlin", AUTUMN, AUTUMN + days[1])
    assert len(night) == 1, "an hour that comes twice has one"


def test_jitter_comes_later_by_no_more_than_it_may() -> None:
    at = SATURDAY.replace(hour=3) + timedelta(days=1)
    late = [
        trigger("0 3 * * *", "UTC", 600).get_next_fire_time(None, SATURDAY) - at for _ in range(50)
    ]
    assert all(timedelta(0) <= each <= timedelta(seconds=600) for each in late)
    assert len(set(late)) > 1
