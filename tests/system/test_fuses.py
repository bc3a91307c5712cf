"""Fuses: a plan that looks like a mistake is refused whole, and only a number and a reason help."""

import re
import sqlite3
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from importlib import resources
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml
from provider import Provider, lines
from wire import between

from syncd import run
from syncd.cli.terminal import _allowances
from syncd.config.config import load
from syncd.convert.convert import Converted, convert
from syncd.decide import guard
from syncd.decide.rules import Rule
from syncd.errors import OptionUnusable
from syncd.wiring import job_of
from syncd.workers import hands


def shrunk(provider: Provider) -> None:
    """Lose a third of the contacts, as a bad backup does."""
    provider.legacy.leave(111)
    provider.legacy.leave(112)
    provider.back_up()


def emptied(provider: Provider) -> None:
    provider.legacy.clients.clear()
    provider.legacy.contacts.clear()
    provider.back_up()


def another_target(provider: Provider) -> None:
    """Point at a target where nothing of ours is."""
    provider.tell("reset")


def one_left(provider: Provider) -> None:
    """Take the login from one person, and let that be applied."""
    provider.legacy.row(112)["subaccount"] = 0
    provider.back_up()
    provider.configure(policy={"mode": "sync"})


def other_permissions(provider: Provider) -> None:
    """Change more than the fuses allow."""
    provider.legacy.row(112)["permissions"] = "orders"
    provider.legacy.row(115)["permissions"] = "orders"
    provider.back_up()
    provider.configure(fuses={"updates_floor": 1})


def another_map(provider: Provider) -> None:
    """Map a flag to what the target does not know."""
    bundled = resources.files("syncd") / "mappings" / "whmcs-7.yaml"
    mapping = yaml.safe_load(bundled.read_text(encoding="utf-8"))
    mapping["permissions"]["quotes"] = "teleport"
    (provider.folder / "map.yaml").write_text(yaml.safe_dump(mapping), encoding="utf-8")
    provider.configure(mapping="map.yaml")


def an_older_backup(provider: Provider) -> None:
    """Take last month's file: what changed since would be taken back."""
    provider.legacy.taken = "2020-02-04"
    provider.back_up()


def elsewhere(provider: Provider) -> None:
    """Reach the same accounts by another URL: the journal is that of the one before."""
    port = provider.sandbox.url.rpartition(":")[2].partition("/")[0]
    provider.configure(target={"url": f"http://localhost:{port}/"})


def a_run_to_come(provider: Provider) -> None:
    """Let the clock have been wrong in the last run."""
    with closing(sqlite3.connect(provider.state / "journal.sqlite")) as journal:
        journal.execute("UPDATE runs SET started_at = '2099-01-01T00:00:00+00:00'")
        journal.commit()


TRIPS: list[tuple[Callable[[Provider], None], set[str]]] = [
    (another_map, {"permission-map"}),
    (shrunk, {"source-shrunk"}),
    (emptied, {"source-empty", "source-shrunk"}),
    (another_target, {"target-empty"}),
    (a_run_to_come, {"clock"}),
    (elsewhere, {"installation"}),
    (an_older_backup, {"source-old"}),
    (one_left, {"removals"}),
    (other_permissions, {"updates"}),
]


@pytest.mark.parametrize(("misfortune", "fuses"), TRIPS)
def test_a_fuse_that_trips_means_zero_writes(
    misfortune: Callable[[Provider], None], fuses: set[str], settled: Provider
) -> None:
    misfortune(settled)
    before = settled.picture
    done = settled.syncd("sync")
    assert done.code == 3, done
    told = {
        line.split()[4].rstrip(":")
        for line in done.out.splitlines()
        if line.startswith("Refused by the fuse")
    }
    assert told == fuses
    assert "\nNothing was applied.\n" in done.out
    assert not settled.writes
    assert settled.picture == before
    assert overrides(settled) == []
    if fuses == {"clock"}:  # said once: the refused run began now
        assert settled.syncd("plan").code != 3
        return
    # It stays refused: a refused run is no good run to compare with.
    assert {refusal.fuse for refusal in settled.plan_here().manifest.refusals} == fuses


def test_contacts_that_do_not_add_up_mean_zero_writes(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forgetful(*given: Any) -> Converted:
        made = convert(*given)
        return msgspec.structs.replace(made, dispositions=Counter())

    monkeypatch.setattr(hands, "convert", forgetful)
    result = run.synced(job_of(load(provider.config)))
    assert result.applied is None
    assert [refusal.fuse for refusal in result.manifest.refusals] == ["counts"]
    assert not provider.writes


def test_mails_that_the_cutover_rules_out_mean_zero_writes(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    checks = guard._CHECKS_OF["membership"]
    deaf = [(rule, check) for rule, check in checks if rule is not Rule.CUTOVER]
    monkeypatch.setitem(guard._CHECKS_OF, "membership", deaf)
    provider.configure(policy={"cutover": "reinvite-by-owner"})
    result = run.synced(job_of(load(provider.config)))
    assert result.applied is None
    assert [refusal.fuse for refusal in result.manifest.refusals] == ["cutover"]
    assert not provider.writes


def test_every_fuse_is_seen_to_trip() -> None:
    seen = {fuse for _, fuses in TRIPS for fuse in fuses} | {"counts", "cutover"}
    told = Path(__file__).parents[2] / "docs" / "how-it-works.md"
    _, _, table = told.read_text(encoding="utf-8").partition("## Fuses: limits")
    assert seen == set(re.findall(r"^\| `([a-z-]+)` \|", table.partition("\n## ")[0], re.MULTILINE))


def test_a_number_and_a_reason_lift_a_fuse_for_one_run(settled: Provider) -> None:
    one_left(settled)
    lifted = ["--allow", "removals=1", "--allow", "removals-per-account=1"]
    unreasoned = settled.syncd("sync", *lifted)
    assert unreasoned.code == 2
    assert "the reason is kept in the journal" in unreasoned.said
    assert not settled.writes

    done = settled.syncd("sync", *lifted, "--because", "Ticket 4711: Erin left")
    assert done.code == 0, done
    assert settled.writes == ["DeleteUserClient"]
    assert ("removals", 1, "Ticket 4711: Erin left") in overrides(settled)
    # For one run: the next removal needs its own.
    settled.legacy.row(115)["subaccount"] = 0
    settled.back_up()
    assert len(settled.plan_here().manifest.refusals) == 1


def test_a_plan_that_was_allowed_is_not_applied_without(settled: Provider) -> None:
    one_left(settled)
    out = settled.folder / "out"
    lifted = ["--allow", "removals=1", "--allow", "removals-per-account=1", "--because", "Left."]
    assert settled.syncd("plan", "--out", str(out), *lifted).code == 0
    refused = settled.syncd("apply", str(out))
    assert refused.code == 3
    assert "the limit on one account holds changes now" in refused.said
    assert "(- revoked, hold account-limit)" in refused.said
    assert not settled.writes
    assert settled.syncd("apply", str(out), *lifted).code == 0
    assert settled.writes == ["DeleteUserClient"]


def test_removals_are_held_where_the_mode_has_none(settled: Provider) -> None:
    settled.legacy.row(112)["subaccount"] = 0
    settled.back_up()
    settled.sync_here()
    (held,) = lines(settled.plans[-1])
    assert (held["verb"], held["reason"], held["rule"]) == ("-", "revoked", "mode")
    assert not settled.writes


def test_what_cannot_be_allowed_is_reported(provider: Provider) -> None:
    done = provider.syncd("plan", "--allow", "gravity=1", "--because", "I say so")
    assert done.code == 2
    assert done.said.startswith("The option --allow cannot be used:")
    assert "'gravity=1' is not FUSE=NUMBER, below a billion, with one of clock" in done.said
    assert not provider.plans


@pytest.mark.parametrize(
    "allow", ["removals", "removals=many", "removals=-1", "source-empty=0", "="]
)
def test_only_a_fuse_and_a_number_can_be_allowed(allow: str) -> None:
    with pytest.raises(OptionUnusable, match="is not FUSE=NUMBER"):
        _allowances([allow], "I say so")


def test_a_blank_reason_is_none() -> None:
    assert _allowances(["removals=2"], "They left.") == {"removals": 2}
    with pytest.raises(OptionUnusable, match="the reason is kept"):
        _allowances(["removals=2"], "  ")


def overrides(provider: Provider) -> list[tuple[str, int, str]]:
    with closing(sqlite3.connect(provider.state / "journal.sqlite")) as journal:
        return journal.execute("SELECT fuse, amount, because FROM overrides").fetchall()


# --- clocks ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("days", "word"), [(40, "behind"), (-40, "ahead of")])
def test_a_clock_that_is_not_that_of_the_target_writes_nothing(
    days: int, word: str, provider: Provider
) -> None:
    with between(provider.sandbox) as wire:
        provider.configure(target={"url": wire.url})
        at = format_datetime(datetime.now(UTC) + timedelta(days=days), usegmt=True)
        wire.change = lambda _, body: (0, {"Date": at}, body)
        done = provider.syncd("sync")
        assert done.code == 3, done
        refusal = f"Refused by the fuse clock: .* [0-9]+ minutes {word} the target's"
        assert re.search(refusal, done.out)
        assert not provider.writes
        wire.change = lambda _, body: (0, {}, body)
        assert provider.syncd("sync").code in (0, 5)


def test_a_night_on_a_wrong_clock_is_said_once_and_does_not_count(provider: Provider) -> None:
    """The clock was 40 days ahead for one night; that run is not the last good one for 40 days."""
    now = datetime.now(UTC)
    provider.sync_here(now + timedelta(days=40))
    refused = provider.plan_here(now=now)
    assert [refusal.fuse for refusal in refused.manifest.refusals] == ["clock"]
    assert not provider.plan_here(now=now).manifest.refusals
