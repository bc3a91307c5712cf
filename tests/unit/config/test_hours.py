"""Hours and zones as the config writes them, and what they come to."""

from datetime import time
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from syncd.config.config import Look
from syncd.config.hours import Hours


@pytest.mark.parametrize(
    ("written", "hours"),
    [
        ("08:00-20:00", (time(8), time(20))),
        ("22:30-05:15", (time(22, 30), time(5, 15))),
        ("08:00-24:00", (time(8), time(0))),
    ],
)
def test_hours_are_two_times_of_day(written: str, hours: tuple[time, time]) -> None:
    assert TypeAdapter(Hours).validate_python(written) == hours


@pytest.mark.parametrize(
    "written",
    ["8-20", "08:00", "08:00 - 20:00", "24:00-08:00", "08:60-20:00", "08:00-24:30", 800, ""],
)
def test_anything_else_is_reported(written: Any) -> None:
    with pytest.raises(ValidationError, match=r"two times of day|ends at 24:00"):
        TypeAdapter(Hours).validate_python(written)


def test_hours_that_begin_when_they_end_are_refused() -> None:
    with pytest.raises(ValidationError, match="leave it out to allow all hours"):
        Look.model_validate({"waves": {"hours": "08:00-08:00"}})


def test_a_zone_must_be_known() -> None:
    waves = Look.model_validate({"waves": {"timezone": "Europe/Berlin"}}).waves
    assert waves.timezone == "Europe/Berlin"
    with pytest.raises(ValidationError, match="unknown time zone 'Middle/Earth'"):
        Look.model_validate({"waves": {"timezone": "Middle/Earth"}})
