"""What the journal knows of the last runs and of invitations, for `syncd status`."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import msgspec

from syncd.model.resources import INVITE_DAYS
from syncd.store.journal import Journal


def status_lines(journal: Journal, now: datetime) -> Iterator[str]:
    """Yield lines for a person: last runs, age of the last good one, invitations by state."""
    runs = journal.runs(10)
    if not runs:
        yield "No runs yet. Start with: syncd check, then syncd plan."
        return
    yield "Last runs:"
    for run in runs:
        counts = msgspec.json.decode(run["counts"])
        told = ", ".join(f"{name} {number}" for name, number in counts.items())
        yield f"  {run['run_id']}  {run['command']:5}  {run['status']:9}  {told}"
    holder = journal.holder()
    if holder is not None:
        yield f"At work: {holder}; lease {holder.epoch}, renewed {holder.renewed_at[:19]}Z."
        if holder.expires_at <= now.isoformat():
            yield "It stands still, and its lease has ended: the next run takes over."
    yield _last_good(journal, now)
    waiting, expired = 0, 0
    soon: list[str] = []
    unconfirmed: list[str] = []
    for invite in journal.invites(now):
        waiting += invite.fresh
        expired += not invite.fresh
        left = invite.sent_at + timedelta(days=INVITE_DAYS) - now
        if invite.fresh and left < timedelta(days=2) and len(soon) < 20:
            soon.append(f"  {invite.email} on {invite.account}: expires in {_span(left)}")
        if invite.fresh and not invite.confirmed:
            unconfirmed.append(f"  {invite.email} on {invite.account}")
    yield f"Invitations waiting: {waiting}, expired: {expired}."
    if unconfirmed:
        yield f"Of these {len(unconfirmed)} unconfirmed: no answer came when they were sent."
        yield "They count as sent; the next plan asks whether to mail these people once more:"
        yield from unconfirmed[:20]
    if soon:
        yield "Expiring within two days; phone these people:"
        yield from soon


def _last_good(journal: Journal, now: datetime) -> str:
    run = journal.last_good()
    if run is None:
        return "No run has changed the target yet."
    age = now - datetime.fromisoformat(run["started_at"])
    return f"The last good run was {_span(age)} ago, with {run['contacts']} legacy contacts."


def _span(span: timedelta) -> str:
    hours = int(span.total_seconds() // 3600)
    if hours < 1:
        return f"{int(span.total_seconds() // 60)} min"
    return f"{hours} h" if hours < 48 else f"{hours // 24} days"
