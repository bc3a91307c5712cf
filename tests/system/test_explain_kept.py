"""Asking why by the last plan: neither side is read, and what was done since is said."""

import json
import shutil
import stat
from pathlib import Path

import pytest
import yaml
from branches import under
from provider import Provider

from syncd.workspace.last_plan import FILE

DANA = "membership:legacy/17:dana@dean.example"


def by_plan(plan: str) -> str:
    return f"\nBy plan {plan} of "


def test_why_is_told_by_the_last_plan_without_either_side(provider: Provider) -> None:
    plan = provider.plan_here().manifest.plan
    asked = len(provider.requests)
    assert stat.S_IMODE((provider.state / FILE).stat().st_mode) == 0o600
    provider.backup.rename(provider.folder / "away.zip")
    kept = {key: provider.syncd("explain", key) for key in (DANA, "legacy/17", "Gita@cole.example")}
    document = json.loads(provider.syncd("explain", DANA, "--json").out)
    stranger = provider.syncd("explain", "nobody@dean.example")
    assert len(provider.requests) == asked

    assert document["plan"]["plan"] == plan
    assert (stranger.code, stranger.out) == (2, "")
    assert stranger.said.startswith(
        f"Neither source nor target knows nobody@dean.example, as plan {plan} read them on 20"
    )
    (provider.folder / "away.zip").rename(provider.backup)
    for key, done in kept.items():
        assert done.code == 0, done
        told, _, last = done.out.rpartition(by_plan(plan))
        assert last.endswith("UTC; with --now, by both sides as they are now.\n")
        now = provider.syncd("explain", key, "--now")
        assert now.out == f"{told}\n", key
    assert json.loads(provider.syncd("explain", DANA, "--json", "--now").out) == document | {
        "plan": None
    }


def test_what_a_run_did_since_stands_beside_the_plan_it_went_by(provider: Provider) -> None:
    provider.tell("faults", fault="error", message="No.", on="CreateClientInvite", times=1)
    assert provider.syncd("sync").code == 1
    told = provider.syncd("explain", "dana@dean.example").out
    (run,) = [line.split()[0] for line in provider.syncd("status").out.splitlines()[1:2]]

    done = [under(told, f"membership:legacy/{account}:dana@dean.example") for account in (17, 18)]
    assert all("change: make (+ new) -> apply" in each for each in done)
    assert all(f", {run}" in each for each in done)
    assert {each.partition("since then: make (+ new) -> ")[2].split(",")[0] for each in done} == {
        "applied",
        "failed",
    }
    applied = next(each for each in done if "-> applied" in each)
    assert "observed: -" in applied, "as the plan saw it"
    assert "applied: member with " in applied, "as the journal has it"
    assert "since then" not in provider.syncd("explain", DANA, "--now").out


def test_another_config_or_decision_or_file_has_both_sides_read(
    provider: Provider, tmp_path: Path
) -> None:
    plan = provider.plan_here().manifest.plan

    def is_kept() -> bool:
        done = provider.syncd("explain", DANA)
        assert done.code == 0, done
        return by_plan(plan) in done.out

    assert is_kept()
    provider.configure(log={"level": "warning"})
    assert is_kept(), "a log changes no plan"
    provider.configure(waves={"per_run": 1})
    assert not is_kept()

    decided = tmp_path / "decisions.yaml"
    answer = {"on": "vanished", "scope": DANA, "answer": "apply", "by": "Lena", "at": "2026-03-01"}
    decided.write_text(yaml.safe_dump({"version": 1, "decisions": [answer | {"made_on": "x"}]}))
    provider.configure(decisions=str(decided))
    assert not is_kept()

    hashes = tmp_path / "suppressed.txt"
    hashes.write_text("# nobody yet\n")
    provider.configure(policy={"suppressed": str(hashes)})
    plan = provider.plan_here().manifest.plan
    assert is_kept()
    hashes.write_text(f"{'0' * 64}\n")
    assert not is_kept()


@pytest.mark.parametrize("how", ["gone", "cut off", "of another version"])
def test_what_cannot_be_read_of_the_last_plan_is_planned_anew(how: str, provider: Provider) -> None:
    provider.plan_here()
    file = provider.state / FILE
    match how:
        case "gone":
            file.unlink()
        case "cut off":
            file.write_bytes(file.read_bytes()[:5000])
        case _:
            file.write_bytes(b"something else")
    done = provider.syncd("explain", DANA)
    assert done.code == 0, done
    assert "change: make (+ new) -> apply" in done.out
    assert by_plan("") not in done.out


def test_a_look_at_another_backup_or_back_at_a_run_is_not_kept(synced: Provider) -> None:
    plan = synced.plan_here().manifest.plan
    (run, *_) = [
        line.split()[0] for line in synced.syncd("status").out.splitlines() if "  sync " in line
    ]
    other = Path(shutil.copy(synced.backup, synced.folder / "other.zip"))
    assert synced.syncd("plan", "--backup", str(other), "--out", str(synced.folder / "a")).code == 0
    assert synced.syncd("undo", run, "--out", str(synced.folder / "b")).code in (0, 5)
    told = synced.syncd("explain", DANA).out
    assert by_plan(plan) in told
    (other_run,) = [
        line.split()[0] for line in synced.syncd("status").out.splitlines() if "  plan " in line
    ][:1]
    assert told.splitlines()[-1].startswith(f"It is not the last: run {other_run} planned on 20")
    done = synced.syncd("explain", DANA, "--backup", str(other))
    assert done.code == 0, done
    assert by_plan("") not in done.out
