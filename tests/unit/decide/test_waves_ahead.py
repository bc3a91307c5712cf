"""When the waves that are left would go, by hours, days and the schedule."""

from datetime import UTC, datetime, time, timedelta

import pytest

from syncd.config.cron import following
from syncd.decide.waves import Sending, ahead
from syncd.model.policy import Waves

NIGHT = datetime(2026, 3, 2, 3, 15, tzinfo=UTC)


def nightly(moment):
    return moment + timedelta(days=1)


def waves(sending, going, later, next_run=nightly):
    return [
        (f"{at.astimezone(UTC):%m-%d %H:%M}", number)
        for at, number in ahead(sending, NIGHT, going, later, next_run)
    ]


def test_a_wave_a_run_until_all_have_gone():
    assert waves(Sending(500, Waves(per_run=500)), 500, 1100) == [
        ("03-03 03:15", 500),
        ("03-04 03:15", 500),
        ("03-05 03:15", 100),
    ]
    assert waves(Sending(500, Waves()), 500, 0) == []


def test_a_day_takes_no_more_than_its_limit_whatever_the_runs():
    hourly = following("0 * * * *", "UTC")
    limited = Sending(50, Waves(per_run=50, per_day=80))
    assert waves(limited, 50, 130, hourly) == [
        ("03-02 04:00", 30),  # 50 went with the plan
        ("03-03 00:00", 50),
        ("03-03 01:00", 30),
        ("03-04 00:00", 20),
    ]


def test_the_day_and_the_hours_are_those_of_the_zone():
    berlin = Waves(per_run=10, hours=(time(8), time(9)), timezone="Europe/Berlin")
    hourly = following("30 * * * *", "UTC")
    assert waves(Sending(10, berlin), 0, 15, hourly) == [("03-02 07:30", 10), ("03-03 07:30", 5)]


@pytest.mark.parametrize(
    "limits",
    [
        Waves(per_run=10, hours=(time(8), time(20))),  # and each run is at a quarter past three
        Waves(per_run=0),
        Waves(per_run=10, per_day=0),
    ],
)
def test_what_never_goes_is_not_promised(limits):
    assert waves(Sending(limits.per_run, limits), 0, 5) == []


def test_silence_knows_neither_hours_nor_days():
    assert waves(Sending(100), 100, 150) == [("03-03 03:15", 100), ("03-04 03:15", 50)]


def test_a_schedule_that_ends_leaves_the_rest():
    assert waves(Sending(10, Waves(per_run=10)), 0, 5, lambda _: None) == []
