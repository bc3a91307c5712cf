"""Waves: how many invitations may go now, whose, and when the others go."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syncd.config.files import load_mapping
from syncd.convert.permissions import flag_reader
from syncd.decide.guard import GuardRules
from syncd.decide.together import hold_beyond
from syncd.decide.waves import Room, opening, room
from syncd.model.change import Change, Reason, Verb
from syncd.model.policy import Waves
from syncd.model.resources import Contact, Membership, Resource, account_ref
from syncd.model.verdict import APPLY, Verdict, Word
from syncd.workspace import changes as results
from syncd.workspace.workspace import Workspace

READ_FLAGS = flag_reader(load_mapping("whmcs-7"))  # judging a wave reads none
BERLIN = ZoneInfo("Europe/Berlin")
DAYTIME = (time(8), time(20))
NIGHT = (time(22), time(5))
FULL = "the wave is full; the next run invites this person"


def berlin(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN).astimezone(UTC)


def sending(hours: tuple[time, time] | None = None, per_day: int | None = None) -> Waves:
    return Waves(per_run=50, per_day=per_day, hours=hours, timezone="Europe/Berlin")


# --- hours ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hours", "now", "opens"),
    [
        (None, "2026-03-01 03:15", "2026-03-01 03:15"),
        (DAYTIME, "2026-03-01 07:59:59.9", "2026-03-01 08:00"),
        (DAYTIME, "2026-03-01 08:00", "2026-03-01 08:00"),
        (DAYTIME, "2026-03-01 19:59:59", "2026-03-01 19:59:59"),
        (DAYTIME, "2026-03-01 20:00", "2026-03-02 08:00"),
        (NIGHT, "2026-03-01 21:30", "2026-03-01 22:00"),
        (NIGHT, "2026-03-01 23:30", "2026-03-01 23:30"),
        (NIGHT, "2026-03-02 04:59", "2026-03-02 04:59"),
        (NIGHT, "2026-03-02 05:00", "2026-03-02 22:00"),
        # The clocks go forward at 02:00 on 29 March and back at 03:00 on 25 October.
        (DAYTIME, "2026-03-28 21:00", "2026-03-29 08:00"),
        (DAYTIME, "2026-10-24 21:00", "2026-10-25 08:00"),
        ((time(2, 30), time(6)), "2026-03-29 01:59", "2026-03-29 03:00"),  # 02:30 never comes
        ((time(8), time(0)), "2026-03-01 23:59", "2026-03-01 23:59"),  # until midnight
        ((time(8), time(0)), "2026-03-02 00:00", "2026-03-02 08:00"),
    ],
)
def test_hours_open_by_the_clock_on_the_wall(
    hours: tuple[time, time] | None, now: str, opens: str
) -> None:
    assert opening(sending(hours), berlin(now)) == berlin(opens)


def test_an_hour_that_comes_twice_is_open_twice() -> None:
    hours = sending((time(2), time(3)))
    for utc in ("2026-10-25T00:30", "2026-10-25T01:30"):  # both are 02:30 in Berlin
        now = datetime.fromisoformat(utc).replace(tzinfo=UTC)
        assert opening(hours, now) == now


@settings(max_examples=40)
@given(
    minutes=st.integers(0, 365 * 24 * 60),
    seconds=st.integers(0, 59),
    since=st.times(),
    until=st.times(),
)
def test_the_opening_is_the_first_open_minute(
    minutes: int, seconds: int, since: time, until: time
) -> None:
    since, until = (each.replace(second=0, microsecond=0) for each in (since, until))
    if since == until:
        return
    hours = sending((since, until))
    now = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes, seconds=seconds)
    opens = opening(hours, now)
    assert now <= opens < now + timedelta(hours=26)
    assert opening(hours, opens) == opens
    if opens > now + timedelta(minutes=1):
        assert opening(hours, opens - timedelta(minutes=1)) == opens


def test_outside_the_hours_none_go_and_the_reason_says_when() -> None:
    found = room(sending(DAYTIME), berlin("2026-03-28 21:00"), [])
    why = "outside the sending hours; the first run from 2026-03-29 08:00 CEST on sends it"
    assert found == Room(0, why)
    assert room(sending(DAYTIME), berlin("2026-03-28 19:00"), []) == Room(50, FULL)


# --- days -----------------------------------------------------------------------------------


def test_a_day_holds_so_many_whatever_the_number_of_runs() -> None:
    now = berlin("2026-03-02 12:00")
    sent = [
        berlin("2026-03-01 23:59:59"),  # yesterday in Berlin
        berlin("2026-03-02 00:00"),
        berlin("2026-03-02 11:59"),
        berlin("2026-03-02 12:01"),  # after the plan that is applied was made
    ]
    assert room(sending(per_day=100), now, sent) == Room(50, FULL)
    assert room(sending(per_day=40), now, sent) == Room(
        38, "today's limit is reached; the first run from 2026-03-03 00:00 CET on sends it"
    )
    assert room(sending(DAYTIME, per_day=1), now, sent) == Room(
        0, "today's limit is reached; the first run from 2026-03-03 08:00 CET on sends it"
    )


@pytest.mark.parametrize("none", [Waves(per_run=0), Waves(per_day=0)])
def test_a_limit_of_none_says_so(none: Waves) -> None:
    assert room(none, berlin("2026-03-02 12:00"), []).most == 0
    assert "no invitations are sent" in room(none, berlin("2026-03-02 12:00"), []).why


# --- who goes -------------------------------------------------------------------------------


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    with Workspace(tmp_path / "workspace.duckdb") as opened:
        yield opened


def member(name: str, client_id: int = 17) -> Membership:
    return Membership(account_ref("legacy", client_id), f"{name}@archer.example", ("quotes",))


def stage(workspace: Workspace, *resources: Resource, verdict: Verdict = APPLY) -> None:
    changes = [Change(Verb.ADD, Reason.NEW, None, one) for one in resources]
    results.stage_verdicts(workspace, [(change, verdict) for change in changes])


def hold(
    workspace: Workspace, most: int, why: str, *, together: bool = False, largest: int = 0
) -> None:
    per_person: Literal["one", "any"] = "one" if together else "any"
    waves = Waves(per_run=largest, per_person=per_person)
    hold_beyond(workspace, Room(most, why), GuardRules(READ_FLAGS, waves=waves))


def going(workspace: Workspace) -> list[str]:
    return [
        change.key.removeprefix("membership:legacy/").removesuffix("@archer.example")
        for change, verdict in results.changes(workspace)
        if verdict.word is Word.APPLY
    ]


def test_a_wave_holds_the_invitations_that_exceed_it_and_nothing_else(
    workspace: Workspace,
) -> None:
    stage(workspace, *(member(f"p{number}") for number in range(5)))
    stage(workspace, Contact(account_ref("legacy", 17), "legacy/1", "dana@archer.example", ()))
    before = Membership(account_ref("legacy", 17), "finn@archer.example", ("quotes",))
    after = Membership(before.account, before.email, ("emails", "quotes"))
    removal = Change(Verb.REMOVE, Reason.REVOKED, member("dana"), None)
    update = Change(Verb.UPDATE, Reason.CHANGED, before, after)
    results.stage_verdicts(workspace, [(removal, APPLY), (update, APPLY)])
    hold(workspace, 2, "Later.")
    assert going(workspace) == ["17:dana", "contact:legacy/1", "17:finn", "17:p0", "17:p1"]
    held = [verdict for _, verdict in results.changes(workspace) if verdict != APPLY]
    assert held == [Verdict(Word.HOLD, "wave", "Later.")] * 3
    assert results.invitation_count(workspace) == results.InvitationCount(2, 2)


def test_who_waits_for_a_person_takes_no_place_in_a_wave(workspace: Workspace) -> None:
    held = Verdict(Word.HOLD, "review:many_names", "Find out.")
    stage(workspace, member("anna"), verdict=held)
    stage(workspace, member("bert"))
    hold(workspace, 1, "Later.")
    assert going(workspace) == ["17:bert"]
    assert {verdict.rule for _, verdict in results.changes(workspace)} == {"", held.rule}


@pytest.mark.parametrize("together", [True, False])
def test_a_wave_of_none_sends_none(workspace: Workspace, *, together: bool) -> None:
    stage(workspace, member("anna"))
    hold(workspace, 0, "Never.", together=together, largest=0)
    assert not going(workspace)


AGENCY = [member("zoe", 17), member("anna", 17), member("bert", 18), member("zoe", 19)]


@pytest.mark.parametrize(
    ("most", "gone"),
    [
        (1, ["17:anna"]),
        (2, ["17:anna", "18:bert"]),
        (3, ["17:anna", "18:bert"]),  # both of zoe's or none
        (4, ["17:anna", "17:zoe", "18:bert", "19:zoe"]),
    ],
)
def test_the_invitations_of_a_person_go_in_one_wave(
    most: int, gone: list[str], workspace: Workspace
) -> None:
    stage(workspace, *AGENCY)
    hold(workspace, most, "Later.", together=True, largest=10)
    assert going(workspace) == gone


def test_nobody_overtakes_who_does_not_fit_in(workspace: Workspace) -> None:
    stage(workspace, *(member("bert", number) for number in (16, 17, 18)), member("carl"))
    stage(workspace, member("anna"))
    hold(workspace, 2, "Later.", together=True, largest=10)
    assert going(workspace) == ["17:anna"]


def test_who_has_more_than_any_wave_holds_gets_them_in_several(workspace: Workspace) -> None:
    stage(workspace, *(member("anna", number) for number in (20, 21, 22)), member("bert", 23))
    hold(workspace, 2, "Later.", together=True, largest=2)
    assert going(workspace) == ["20:anna", "21:anna"]


@settings(max_examples=30, deadline=None)
@given(
    wanted=st.sets(st.tuples(st.sampled_from("abcd"), st.integers(10, 30)), max_size=12),
    most=st.integers(1, 6),
)
def test_every_invitation_goes_in_some_wave_and_none_holds_too_many(
    tmp_path_factory: pytest.TempPathFactory, wanted: set[tuple[str, int]], most: int
) -> None:
    left, rounds = set(wanted), 0
    while left:
        rounds += 1
        with Workspace(tmp_path_factory.mktemp("wave") / "workspace.duckdb") as workspace:
            stage(workspace, *(member(*one) for one in left))
            hold(workspace, most, "Later.", together=True, largest=most)
            gone = {(key[-1], int(key[:2])) for key in going(workspace)}
        assert 0 < len(gone) <= most
        for name in {name for name, _ in gone}:
            own = {one for one in left if one[0] == name}
            assert own <= gone or len(own) > most
        left -= gone
    assert rounds <= len(wanted)
