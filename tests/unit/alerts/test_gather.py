"""What ends of runs are signs of, and what they can judge."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from syncd import errors
from syncd.alerts.gather import Lateness, night_without_plan
from syncd.config.files import load_roles
from syncd.journal.faults import StandingBy
from syncd.journal.journal import Journal
from syncd.model.alert import AlertKind

NOW = datetime(2026, 3, 10, 3, 15, tzinfo=UTC)
DAY = timedelta(hours=26)
ROLES = load_roles("labels")


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    with Journal.open(tmp_path / "journal.sqlite", "kestrel") as opened:
        return opened


def caused(error: Exception, cause: Exception) -> Exception:
    error.__cause__ = cause
    return error


REFUSED = errors.AddressRefused("GetUsers", "Invalid IP 192.0.2.9")
SIGNS = [
    (REFUSED, (AlertKind.CREDENTIAL_TROUBLE, "GetUsers")),
    (errors.ActionRefused("AddUser", "no"), (AlertKind.CREDENTIAL_TROUBLE, "AddUser")),
    (
        caused(errors.SourceUnavailable("old", "no"), REFUSED),
        (AlertKind.CREDENTIAL_TROUBLE, "GetUsers"),
    ),
    (
        caused(errors.SourceUnavailable("old", "no"), OSError(1045, "Access denied")),
        (AlertKind.CREDENTIAL_TROUBLE, "database"),
    ),
    (
        caused(errors.SourceUnavailable("old", "no"), OSError(2003, "Can't connect")),
        (AlertKind.RUN_FAILED, "SourceUnavailable"),
    ),
    (errors.IncompleteRead("legacy", "cut"), (AlertKind.INCOMPLETE_READ, "legacy")),
    (errors.Locked("kestrel", "pid 7"), (AlertKind.LOCKED, "run")),
    (StandingBy("kestrel", "pid 7"), None),
    (errors.Superseded("pid 7"), (AlertKind.LOCKED, "run")),
    (errors.NoAnswer("GetUsers", "timeout"), (AlertKind.RUN_FAILED, "NoAnswer")),
    (errors.ConfigError("config", ["x"]), (AlertKind.RUN_FAILED, "ConfigError")),
    (TypeError("a defect"), (AlertKind.RUN_FAILED, "TypeError")),
    (errors.Stopped(stage="extract"), None),
    (errors.PlanMoved("p", ["x"]), None),
    (errors.DecidedOtherwise("p", ["x"]), None),
    (errors.PlanUnusable("p", "x"), None),
    (errors.NotYet("p", "x"), None),
]


@pytest.mark.parametrize(("error", "sign"), SIGNS, ids=lambda each: type(each).__name__)
def test_an_error_is_a_sign_of(
    error: Exception, sign: tuple[AlertKind, str] | None, journal: Journal
) -> None:
    night = night_without_plan(error, "words", journal, ROLES, Lateness(DAY, NOW))
    assert [(s.kind, s.subject) for s in night.sightings] == ([sign] if sign else [])
    assert AlertKind.OWNER_CHANGED not in night.judged, "it saw no owner"
    assert AlertKind.RUN_FAILED not in night.judged


@pytest.mark.parametrize(
    ("command", "status", "age", "silent"),
    [
        ("sync", "done", timedelta(hours=26), False),
        ("sync", "held", timedelta(hours=27), True),
        ("sync", "failed", timedelta(hours=25), False),
        ("sync", "failed", timedelta(hours=27), True),
        ("plan", "done", timedelta(hours=27), True),
    ],
)
def test_silence_is_no_good_run_for_long(
    command: str,
    status: str,
    age: timedelta,
    silent: bool,  # noqa: FBT001
    journal: Journal,
) -> None:
    journal.start_run("r1", command, NOW - age)
    journal.finish_run("r1", status, NOW - age)
    night = night_without_plan(None, "", journal, ROLES, Lateness(DAY, NOW))
    assert [s.kind for s in night.sightings] == ([AlertKind.SILENCE] if silent else [])
    assert AlertKind.SILENCE in night.judged


def test_silence_says_that_a_pause_is_why(journal: Journal) -> None:
    journal.start_run("r1", "sync", NOW - timedelta(hours=30))
    journal.finish_run("r1", "done", NOW - timedelta(hours=30))
    late = Lateness(DAY, NOW, "paused, because: a new disk.")
    (silence,) = night_without_plan(None, "", journal, ROLES, late).sightings
    assert silence.what == "the last good run was 30 hours ago; paused, because: a new disk."


def test_before_the_first_run_nothing_is_silent(journal: Journal) -> None:
    assert night_without_plan(None, "", journal, ROLES, Lateness(DAY, NOW)).sightings == ()
