"""How things stand, as `syncd status --json` prints it: the facts behind the lines for people."""

from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from syncd.journal.journal import Journal
from syncd.model.approval import Warrant
from syncd.model.invitation import TROUBLED, expiry, life_of
from syncd.model.resources import Invite
from syncd.report import stored
from syncd.report.cutover import CutoverReadiness
from syncd.report.history import history_of
from syncd.report.readiness import readiness


def status_facts(journal: Journal, now: datetime, state_dir: Path) -> dict[str, Any]:
    """Give the last runs, who works, the last good run, invitations, requests and readiness."""
    holder = journal.holder()
    good = journal.last_good()
    return {
        "at": now.isoformat(timespec="seconds"),
        "runs": _runs(journal),
        "working": holder
        and {"holder": str(holder), "renewed_at": holder.renewed_at, "ended": holder.has_ended},
        "last_good": good and {"started_at": good["started_at"], "contacts": good["contacts"]},
        "last_good_age": good
        and int((now - datetime.fromisoformat(good["started_at"])).total_seconds()),
        "invitations": journal.invite_ends() | journal.invite_lives(now),
        "troubled": [_troubled(invite, now) for invite in journal.some_invites(TROUBLED, now)],
        "ownership_requests": Counter(
            str(each.state) for each in journal.ownership_requests() if each.stands
        ),
        "cutover": _cutover(journal, now, state_dir),
    }


def _troubled(invite: Invite, now: datetime) -> dict[str, Any]:
    return {
        "email": invite.email,
        "account": invite.account,
        "state": life_of(invite, now),
        "expires_at": expiry(invite).isoformat(),
        "times": invite.times,
    }


def _runs(journal: Journal) -> list[dict[str, Any]]:
    runs = journal.runs(10)
    warrants = journal.warrants([run["run_id"] for run in runs])
    return [_run(run, warrants.get(run["run_id"], Warrant())) for run in runs]


def _run(run: dict[str, Any], warrant: Warrant) -> dict[str, Any]:
    kept = ("run_id", "command", "status", "started_at", "why", "plan_id")
    approvals = [
        {"name": each.name, "fingerprint": each.fingerprint, "at": each.approved_at}
        for each in warrant.approvals
    ]
    of = warrant.rehearsal
    rehearsal = of and {"at": of.at, "name": of.name, "fingerprint": of.fingerprint}
    shown = {name: run[name] for name in kept} | {"counts": msgspec.json.decode(run["counts"])}
    return shown | {"approvals": approvals, "rehearsal": rehearsal}


def _cutover(journal: Journal, now: datetime, state_dir: Path) -> dict[str, Any] | None:
    last = last_readiness(journal, now, state_dir)
    if last is None:
        return None
    plan, ready = last
    return {"plan": plan, "met": ready.met, "checks": ready.checks}


def last_readiness(
    journal: Journal, now: datetime, state_dir: Path
) -> tuple[str, CutoverReadiness] | None:
    """Give the last plan in the state folder, and how ready it finds the cut-over today.

    None where there is no such plan, or it only takes back a run.
    """
    for run in journal.runs(_LOOKED):
        folder = state_dir / "plans" / run["run_id"]
        if run["command"] == "undo" or not (folder / stored.NAME).is_file():
            continue
        report = stored.report_in(folder)
        history = history_of(journal, now, run["run_id"])
        return report.facts.header.plan, readiness(report, history, now)
    return None


_LOOKED = 50
