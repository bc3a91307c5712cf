"""The waves of a report: how many, when, and until when people can accept."""

from datetime import UTC, datetime, time

from syncd.model.policy import Waves
from syncd.report.schedule import LISTED, Wave, WaveFacts, daily, waves_ahead

NIGHT = datetime(2026, 3, 2, 3, 15, tzinfo=UTC)


def laid_out(invitations, silent=(0, 0), waves=Waves()):  # noqa: B008, frozen
    return waves_ahead({"invitations": invitations, "silent": silent}, waves, NIGHT, daily)


def test_invitations_end_seven_days_after_their_wave():
    ahead = laid_out((498, 8871)).invitations
    assert (ahead.now, ahead.later, ahead.runs, ahead.beyond) == (498, 8871, 18, 0)
    assert ahead.waves[0] == Wave("2026-03-03T03:15+00:00", 500, "2026-03-10T03:15+00:00")
    assert ahead.last == Wave("2026-03-20T03:15+00:00", 371, "2026-03-27T03:15+00:00")
    assert sum(wave.number for wave in ahead.waves) == ahead.later


def test_silent_memberships_work_at_once():
    ahead = laid_out((0, 0), (100, 20)).silent
    assert ahead.last == Wave("2026-03-03T03:15+00:00", 20, "")


def test_many_waves_are_counted_and_the_last_is_known():
    ahead = laid_out((1, 100), waves=Waves(per_run=1)).invitations
    assert len(ahead.waves) == LISTED
    assert ahead.runs == 100
    assert ahead.last.at == "2026-06-10T03:15+00:00"


def test_what_has_no_time_in_sight_is_counted():
    ahead = laid_out((0, 7), waves=Waves(hours=(time(8), time(20)))).invitations
    assert (ahead.runs, ahead.beyond, ahead.last) == (0, 7, None)


def test_limits_are_named_where_there_are_waves():
    assert laid_out((0, 0)) == WaveFacts()
    waves = Waves(per_run=10, per_day=20, hours=(time(8), time(20)), timezone="Europe/Berlin")
    assert laid_out((5, 0), waves=waves).limits == {
        "waves.per_run": "10",
        "waves.per_day": "20",
        "waves.hours": "08:00-20:00 Europe/Berlin",
    }
