"""`apply PLAN` means that plan: what else moved, how old it may be, and when its mail may go."""

import os
import signal
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from provider import Provider, lines, said
from wire import between
from world import look

from syncd import run
from syncd.cli.words import Exit, explain_error
from syncd.config.config import load
from syncd.errors import NotYet, PlanMoved, PlanUnusable
from syncd.report.plan import encoded, seal_of
from syncd.report.plan import load as load_plan
from syncd.wiring import job_of

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
DANA = "membership:legacy/17:dana@dean.example"


def plan(provider: Provider, now: datetime = NOON) -> None:
    provider.plan_here(provider.folder / "out", now=now)


def apply(provider: Provider, now: datetime = NOON) -> run.Result:
    job = msgspec.structs.replace(job_of(load(provider.config)), now=lambda: now)
    return run.applied(job, provider.folder / "out")


def test_a_plan_is_applied_until_it_is_too_old(provider: Provider) -> None:
    provider.configure(plans={"max_age": 2})
    plan(provider)
    with pytest.raises(PlanUnusable) as raised:
        apply(provider, NOON + 48 * HOUR + timedelta(seconds=1))
    code, words = explain_error(raised.value)
    assert code == Exit.USAGE
    assert words.endswith(
        "it was made 2026-03-02 12:00 UTC, longer ago than plans.max_age allows. Make a new plan."
    )
    assert not provider.writes
    apply(provider, NOON + 48 * HOUR)
    assert len(provider.writes) == 14


def test_a_week_is_what_is_allowed_unless_the_config_says_otherwise(provider: Provider) -> None:
    plan(provider)
    with pytest.raises(PlanUnusable):
        apply(provider, NOON + timedelta(days=7, seconds=1))
    assert not provider.writes
    apply(provider, NOON + timedelta(days=7))


def test_permissions_that_were_edited_in_the_target_are_named(settled: Provider) -> None:
    settled.sync_here()
    settled.legacy.row(111)["permissions"] = "products"
    settled.back_up()
    plan(settled, datetime.now(UTC))
    member = {"client_id": 1, "email": "dana@dean.example"}
    settled.tell("members", permissions=["orders"], **member)
    with pytest.raises(PlanMoved) as raised:
        apply(settled, datetime.now(UTC))
    assert raised.value.moved == [f"other: {DANA} (~ drifted, hold reason:drifted)"]
    settled.tell("members", permissions=None, **member)
    with pytest.raises(PlanMoved) as raised:
        apply(settled, datetime.now(UTC))
    assert raised.value.moved == [f"other: {DANA} (+ vanished, hold reason:vanished)"]
    assert not settled.writes


def test_what_is_gone_from_the_source_is_named(provider: Provider) -> None:
    plan(provider)
    provider.legacy.leave(111)
    provider.back_up()
    with pytest.raises(PlanMoved) as raised:
        apply(provider)
    assert raised.value.moved == ["gone: contact:legacy/111", f"gone: {DANA}"]
    assert not provider.writes


def test_a_plan_is_applied_once_and_says_so(provider: Provider) -> None:
    out = provider.folder / "out"
    provider.plan_here(out)
    assert provider.syncd("apply", str(out)).code == 0
    again = provider.syncd("apply", str(out))
    assert again.code == 0
    assert (
        "\n14 changes of this plan were applied by an earlier run.\nChanges: none were needed.\n"
        in again.out
    )
    assert len(provider.writes) == 14


@pytest.mark.parametrize("at", [1, 5, 10, 12])
@pytest.mark.parametrize("way", [signal.SIGTERM, signal.SIGKILL])
def test_a_plan_that_was_stopped_goes_on(at: int, way: signal.Signals, provider: Provider) -> None:
    """Three of five invitations are of its wave: neither more nor fewer go out in the end."""
    out = str(provider.folder / "out")
    with between(provider.sandbox) as wire:
        provider.configure(target={"url": wire.url}, waves={"per_run": 3})
        provider.plan_here(provider.folder / "out")
        child = provider.start("apply", out)
        wire.after = lambda _, count: os.kill(child.pid, way) if count == at else None
        provider.end(child)
        wire.after = lambda *_: None
        assert len(provider.writes) == at
        done = provider.syncd("apply", out)
        if way is signal.SIGTERM:
            assert done.code in (0, 5), done
            assert "applied by an earlier run" in done.out
            assert len(provider.writes) == 12
            assert len(provider.mails) == 3
            assert "\n12 changes of this plan were" in provider.syncd("apply", out).out
        places = [invite["place"] for invite in look(provider).invites]
        assert len(set(places)) == len(places) <= 3, "nobody is invited twice"


@pytest.mark.parametrize("way", [signal.SIGTERM, signal.SIGKILL])
def test_a_plan_that_was_cut_off_goes_on_with_the_wave_it_was_made_for(
    way: signal.Signals, provider: Provider
) -> None:
    """Whom it has reached keeps the place; who did not fit behind does not fit now either."""
    provider.legacy.contact(121, 19, "Ana Ames", "ana@ames.example", permissions="quotes")
    provider.back_up()
    with between(provider.sandbox) as wire:
        provider.configure(target={"url": wire.url}, waves={"per_run": 2})  # Dana has two
        provider.plan_here(provider.folder / "out")
        child = provider.start("apply", str(provider.folder / "out"))
        # The reply is on its way, and noted, once something else is asked for.
        wire.before = lambda *_: os.kill(child.pid, way) if provider.mails else None
        provider.end(child)
        assert [to for to, _ in provider.mails] == ["ana@ames.example"]
        wire.before = lambda *_: None
        done = provider.syncd("apply", str(provider.folder / "out"))
    assert done.code == 5, done
    assert "of this plan were applied by an earlier run." in done.out
    assert [to for to, _ in provider.mails] == ["ana@ames.example"]


def test_what_moved_beside_a_plan_that_was_stopped_is_named(provider: Provider) -> None:
    with between(provider.sandbox) as wire:
        provider.configure(target={"url": wire.url})
        provider.plan_here(provider.folder / "out")
        child = provider.start("apply", str(provider.folder / "out"))
        wire.after = lambda _, count: os.kill(child.pid, signal.SIGTERM) if count == 5 else None
        provider.end(child)
        provider.legacy.leave(112)
        provider.back_up()
        moved = provider.syncd("apply", str(provider.folder / "out"))
    assert moved.code == 3, moved
    assert "gone: " in moved.said
    assert len(provider.writes) == 5


# --- when its mail may go -------------------------------------------------------------------


def test_outside_the_hours_invitations_are_held_until_the_hour_that_is_named(
    provider: Provider,
) -> None:
    provider.configure(waves={"hours": "08:00-20:00", "timezone": "Europe/Berlin"})
    plan(provider, datetime(2026, 3, 28, 21, 0, tzinfo=UTC))
    out = provider.folder / "out"
    held = [line for line in lines(out) if line["verdict"] == "hold"]
    assert {line["rule"] for line in held} == {"wave"}
    assert len(held) == 5
    assert {line["why"] for line in held} == {
        "outside the sending hours; the first run from 2026-03-29 08:00 CEST on sends it"
    }
    # Signed as it is, it means what it says: applied in the hours, it sends none.
    apply(provider, datetime(2026, 3, 29, 9, 0, tzinfo=UTC))
    assert not provider.mails
    assert len(provider.writes) == 9
    provider.sync_here(datetime(2026, 3, 29, 9, 1, tzinfo=UTC))
    assert len(provider.mails) == 5


def test_a_plan_with_invitations_waits_for_the_hours(provider: Provider) -> None:
    provider.configure(waves={"hours": "08:00-20:00", "timezone": "Europe/Berlin"})
    plan(provider)
    with pytest.raises(NotYet) as raised:
        apply(provider, NOON + 8 * HOUR)
    code, words = explain_error(raised.value)
    assert code == Exit.REFUSED
    assert "it sends 5 invitations" in words
    assert "the first run from 2026-03-03 08:00 CET on sends it" in words
    assert not provider.writes
    apply(provider, NOON + 20 * HOUR)
    assert len(provider.mails) == 5


def test_a_day_is_not_passed_by_a_plan_of_yesterday(provider: Provider) -> None:
    provider.configure(waves={"per_day": 3})
    plan(provider)
    assert [rule for _, rule in said(provider.folder / "out").values()].count("wave") == 2
    apply(provider)
    assert len(provider.mails) == 3
    provider.sync_here(NOON + HOUR)
    assert len(provider.mails) == 3, "today's limit is reached"
    plan(provider, NOON + 24 * HOUR)
    apply(provider, NOON + 25 * HOUR)
    assert len(provider.mails) == 5


def test_two_mails_to_one_person_go_together(provider: Provider) -> None:
    provider.configure(waves={"per_run": 1})
    plan(provider)
    going = [
        key for key, (verdict, _) in said(provider.folder / "out").items() if "apply" in verdict
    ]
    assert not [key for key in going if key.startswith("membership")][1:]
    provider.configure(waves={"per_run": 2})
    provider.sync_here()
    assert [to for to, _ in provider.mails] == ["dana@dean.example"] * 2


# --- the installation a plan was made for ---------------------------------------------------


@pytest.mark.parametrize("origin", ["https://other.example/", ""], ids=["another", "none said"])
def test_a_plan_counts_for_the_installation_it_was_made_for(
    origin: str, provider: Provider
) -> None:
    """The name of a target is the provider's own: two installations may have the same one."""
    plan(provider)
    path = provider.folder / "out" / "plan.json"
    signed = load_plan(path.parent)
    assert signed.target_origin == job_of(load(provider.config)).target.origin
    elsewhere = msgspec.structs.replace(signed, target_origin=origin)
    path.write_bytes(encoded(msgspec.structs.replace(elsewhere, seal=seal_of(elsewhere))))
    with pytest.raises(PlanUnusable) as raised:
        apply(provider)
    code, words = explain_error(raised.value)
    assert code == Exit.USAGE
    assert "Make a new plan" in words
    assert origin in words
    assert not provider.writes
