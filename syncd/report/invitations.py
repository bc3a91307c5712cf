"""Writes the table of invitations that were sent, and counts them by what became of them."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from syncd.model.invitation import TROUBLED, Life, expiry, life_of
from syncd.model.resources import Invite
from syncd.model.text import clean
from syncd.report.facts import SAMPLE, InvitationFacts, Sent
from syncd.report.sent import sent
from syncd.report.tables import SENT, write_csv
from syncd.workspace import changes as results
from syncd.workspace.workspace import Workspace


def write(workspace: Workspace, folder: Path, now: datetime) -> InvitationFacts:
    """Write invitations.csv as things stand at `now`."""
    states: Counter[str] = Counter()
    sample: list[Sent] = []

    def counted() -> Iterator[Sent]:
        for one in _sent(workspace, now):
            states[one.state] += 1
            troubled = one.state in TROUBLED or one.state == Life.REDIRECTED
            if troubled and len(sample) < SAMPLE:
                sample.append(one)
            yield one

    write_csv(folder / SENT.file, SENT.columns, map(SENT.row, counted()))
    asked = results.count(workspace, "changes WHERE rule = 'wave'")
    if asked:
        states[Life.ASKED] = asked
    return InvitationFacts(dict(sorted(states.items())), tuple(sample))


def _sent(workspace: Workspace, now: datetime) -> Iterator[Sent]:
    for invite, accepted, stranger, label, *client in sent(workspace):
        name, email, phone = map(clean, client)
        yield Sent(
            _life(invite, now, stranger, accepted=accepted),
            invite.email,
            invite.account,
            clean(label),
            invite.permissions,
            invite.sent_at.isoformat(timespec="seconds"),
            expiry(invite).isoformat(timespec="seconds"),
            invite.times,
            name,
            email,
            phone,
            stranger,
        )


def _life(invite: Invite, now: datetime, stranger: str, *, accepted: bool) -> Life:
    if accepted:
        return Life.ACCEPTED
    return Life.REDIRECTED if stranger else life_of(invite, now)
