"""How things stand, as `syncd status --json` prints it: the facts behind the lines for people."""

from collections import Counter
from datetime import datetime
from typing import Any

import msgspec

from syncd.journal.journal import Journal
from syncd.model.invitation import TROUBLED, expiry, life_of


def status_facts(journal: Journal, now: datetime) -> dict[str, Any]:
    """Give the last runs, who works, the last good run, invitations and ownership requests."""
    holder = journal.holder()
    good = journal.last_good()
    states, troubled = Counter(journal.invite_ends()), []
    for invite in journal.invites(now):
        life = life_of(invite, now)
        states[life] += 1
        if life in TROUBLED:
            troubled.append({
                "email": invite.email,
                "account": invite.account,
                "state": life,
                "expires_at": expiry(invite).isoformat(),
                "times": invite.times,
            })  # fmt: skip
    return {
        "at": now.isoformat(timespec="seconds"),
        "runs": [_run(run) for run in journal.runs(10)],
        "working": holder
        and {"holder": str(holder), "renewed_at": holder.renewed_at, "ended": holder.has_ended},
        "last_good": good and {"started_at": good["started_at"], "contacts": good["contacts"]},
        "last_good_age": good
        and int((now - datetime.fromisoformat(good["started_at"])).total_seconds()),
        "invitations": states,
        "troubled": troubled,
        "ownership_requests": Counter(
            str(each.state) for each in journal.ownership_requests() if each.stands
        ),
    }


def _run(run: dict[str, Any]) -> dict[str, Any]:
    kept = ("run_id", "command", "status", "started_at", "why")
    return {name: run[name] for name in kept} | {"counts": msgspec.json.decode(run["counts"])}
