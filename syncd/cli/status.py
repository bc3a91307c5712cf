"""What the journal knows of the last runs and of invitations, for `syncd status`."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from syncd.alerts.channels import channels_of
from syncd.cli.alerted import alert_facts, alert_lines, channel_lines
from syncd.cli.configured import configured
from syncd.cli.daemon.standing import daemon_facts, daemon_lines
from syncd.cli.printed import out, show_json, span
from syncd.cli.standing import last_readiness, status_facts
from syncd.config.places import journal_of
from syncd.journal.journal import Journal
from syncd.model.approval import Warrant
from syncd.model.invitation import TROUBLED, Life, expiry
from syncd.model.resources import Invite
from syncd.model.text import visible


def show_status(config: Path, max_age: str = "", *, as_json: bool = False) -> None:
    if max_age:
        from syncd.cli.nagios import show_age

        show_age(config, max_age)
    settings = configured(config)
    with Journal.open(journal_of(settings), settings.target.name) as journal:
        now = datetime.now(UTC)
        names = [channel.name for channel in channels_of(settings.alerts)]
        if as_json:
            more = daemon_facts(settings.state_dir, now) | alert_facts(journal, names)
            show_json(1, **status_facts(journal, now, settings.state_dir), **more)
            return
        for line in (
            *status_lines(journal, now),
            *_cutover(journal, now, settings.state_dir),
            *daemon_lines(settings.state_dir, now),
            *alert_lines(journal),
            *channel_lines(journal, names),
        ):
            out.print(visible(line), markup=False)


def status_lines(journal: Journal, now: datetime) -> Iterator[str]:
    """Yield lines for a person: last runs, age of the last good one, invitations by state."""
    runs = journal.runs(10)
    if not runs:
        yield "No runs yet. Start with: syncd check, then syncd plan."
        return
    holder = journal.holder()
    is_gone = holder is not None and holder.has_ended
    warrants = journal.warrants([run["run_id"] for run in runs])
    yield "Last runs:"
    for run in runs:
        counts = msgspec.json.decode(run["counts"])
        parts = ", ".join(f"{name} {number}" for name, number in counts.items())
        is_cut_off = run["status"] == "running" and (holder is None or is_gone)
        status = "cut off" if is_cut_off else run["status"]
        yield f"  {run['run_id']}  {run['command']:5}  {status:9}  {parts}"
        if run["why"]:
            yield f"    {run['why']}".replace("\n", "\n    ")
        if run["run_id"] in warrants:
            yield from _warrant(warrants[run["run_id"]])
    if holder is not None and is_gone:
        yield f"The last run was cut off ({holder} has ended): the next run takes over."
    elif holder is not None:
        yield f"Working now: {holder}; lease {holder.epoch}, renewed {holder.renewed_at[:19]}Z."
        if holder.expires_at <= now.isoformat():
            yield "It has stalled, and its lease has ended: the next run takes over."
    yield _last_good(journal, now)
    yield from _invitations(journal, now)
    if any(request.stands for request in journal.ownership_requests()):
        from syncd.cli.ownership import standing_requests

        yield from standing_requests(journal)


def _cutover(journal: Journal, now: datetime, state_dir: Path) -> Iterator[str]:
    """Yield what lacks for the cut-over, by the last plan in the state folder."""
    last = last_readiness(journal, now, state_dir)
    if last is not None:
        plan, ready = last
        yield f"Cut-over: {ready.score} checks are met, by plan {plan}."
        for check in ready.open:
            yield f"  {check.name}: {check.lacks}. Next: {check.next}"


def _warrant(warrant: Warrant) -> Iterator[str]:
    """Yield on whose word a run applied its plan."""
    for each in warrant.approvals:
        yield f"    approved by {each.name}, {each.fingerprint}, {each.approved_at}"
    if warrant.rehearsal is not None:
        of = warrant.rehearsal
        by = f", signed by {of.name}, {of.fingerprint}" if of.name else ""
        yield f"    rehearsed {of.at}{by}"


def _invitations(journal: Journal, now: datetime) -> Iterator[str]:
    states = Counter[str](journal.invite_ends())
    pending = journal.invite_lives(now)
    states.update(pending)
    parts = [f"{states[life]} {life}" for life in _LIVES if life in states]
    yield f"Invitations: {', '.join(parts)}." if parts else "No invitations have been sent yet."
    if pending:
        yield _as_of(journal)
    for life in sorted(TROUBLED & states.keys()):
        yield f"{states[life]} {life}: {_ADVICE[life]}"
        for invite in journal.some_invites(life, now, _SHOWN):
            whom = _whom(journal, invite)
            yield f"  {invite.email} on {invite.account}, {_when(invite, now)}; {whom}"


def _as_of(journal: Journal) -> str:
    """Say when what stands of invitations was seen: only a run learns that one was accepted."""
    run = journal.last_good()
    if run is None:
        return "That is as they were sent: the next good run learns who accepted since."
    at = f"{datetime.fromisoformat(run['started_at']).astimezone(UTC):%Y-%m-%d %H:%M}Z"
    return f"That is as of the last good run, {at}: the next learns who accepted since."


def _when(invite: Invite, now: datetime) -> str:
    left = expiry(invite) - now
    when = f"expires in {span(left)}" if invite.fresh and left > timedelta(0) else "no longer valid"
    return f"{when}, sent {invite.times} times" if invite.times > 1 else when


def _whom(journal: Journal, invite: Invite) -> str:
    account = journal.account(invite.account)
    if account is None:
        return "phone the client"
    client = " ".join(filter(None, (account.profile.name, account.profile.phone)))
    return f"phone {client or account.owner}"


_SHOWN = 20
_LIVES = (*Life, "resent", "unwanted", "over")  # in their order; the last three say how it ended
_ADVICE = {
    Life.EXPIRING: "sent five days ago or more. Phone the client before they expire.",
    Life.EXPIRED: "nobody accepted within 7 days; the next plan asks whether to send another.",
    Life.UNCONFIRMED: "no answer came when they were sent. They count as sent; the next plan asks "
    "whether to mail these people once more.",
    Life.WITHDRAWN: "cancelled by hand in the target, or accepted by somebody else; the next plan "
    "asks whether to send another.",
}


def _last_good(journal: Journal, now: datetime) -> str:
    run = journal.last_good()
    if run is None:
        written = "No run has gone through to the end yet, but changes were made: see above."
        return written if journal.has_written() else "No run has changed the target yet."
    age = now - datetime.fromisoformat(run["started_at"])
    return f"The last good run was {span(age)} ago, with {run['contacts']} legacy contacts."
