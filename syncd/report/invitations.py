"""Invitations: those that applying would send, those that were sent, those left to the owners."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from operator import attrgetter
from pathlib import Path

import msgspec

from syncd.match import bound
from syncd.model.invitation import TROUBLED, Life, expiry, life_of
from syncd.model.resources import Account, Invite, Membership
from syncd.report.access import Labelling
from syncd.report.census import Census
from syncd.report.facts import InvitationFacts, Mail, OwnersInvitation, Sent
from syncd.report.tables import SENT
from syncd.workspace.changes import INVITING, count
from syncd.workspace.workspace import Workspace

# --- to be sent -------------------------------------------------------------------------------

_MAILS = f"""
    SELECT c.after, coalesce(k.label, '') AS account_name
    FROM (FROM changes WHERE {INVITING}) c
    LEFT JOIN clients k ON ref_of(k.source, k.client_id) = c.account
    ORDER BY c.key LIMIT ?
"""


class _PlannedInvite(msgspec.Struct, frozen=True):
    after: str
    account_name: str


def mails(workspace: Workspace, label: Labelling, most: int | None = None) -> Iterator[Mail]:
    """Yield the invitations that applying would send, all or the first."""
    if not workspace.has("judged"):
        return
    decode = msgspec.json.Decoder(Membership).decode
    for planned in workspace.values(_PlannedInvite, _MAILS, [most]):
        wanted = decode(planned.after)
        yield Mail(
            email=wanted.email,
            account=wanted.account,
            account_name=planned.account_name,
            permissions=wanted.permissions,
            label=label(wanted.permissions),
        )


# --- sent before this run ---------------------------------------------------------------------

_SENT = """
    SELECT coalesce(i.body, r.body) AS body, NOT m.invite AS accepted,
           coalesce(s.detail, '') AS stranger, coalesce(k.label, '') AS account_name,
           coalesce(k.name, '') AS client,
           coalesce(address_of(k.identity), '') AS client_email,
           coalesce(k.phone, '') AS client_phone
    FROM remembered_invites r FULL JOIN invites i USING (key) JOIN matched m USING (key)
    LEFT JOIN (SELECT scope, min(detail) AS detail FROM findings
               WHERE code = 'unexpected_member' AND answer = '' GROUP BY scope) s ON s.scope = key
    LEFT JOIN clients k ON ref_of(k.source, k.client_id) = coalesce(i.account, r.account)
    ORDER BY key
"""


class _RememberedInvite(msgspec.Struct, frozen=True):
    body: str
    accepted: bool
    stranger: str  # who else has or may have accepted it
    account_name: str
    client: str
    client_email: str
    client_phone: str


def write(workspace: Workspace, folder: Path, now: datetime) -> InvitationFacts:
    """Write invitations.csv as things stand at `now`."""
    alarming = TROUBLED | {Life.REDIRECTED}
    census = Census[Sent, str](
        attrgetter("state"), lambda invitation: 0 if invitation.state in alarming else None
    )
    SENT.write(folder, census.counted(sent(workspace, now)))
    held = count(workspace, "changes WHERE rule = 'wave'") if workspace.has("judged") else 0
    states = census.numbers + Counter({Life.ASKED.value: held})
    return InvitationFacts(dict(sorted(states.items())), census.sample)


def sent(workspace: Workspace, now: datetime) -> Iterator[Sent]:
    """Yield every invitation the journal or the target remembers, by account and address.

    The matching must be settled, and whoever is on the suppression list dropped from it.
    """
    if not any(map(workspace.has, bound.INVITING)):
        return
    decode = msgspec.json.Decoder(Invite).decode
    for row in workspace.values(_RememberedInvite, _SENT):
        invite = decode(row.body)
        yield Sent(
            state=_life(row, invite, now),
            email=invite.email,
            account=invite.account,
            account_name=row.account_name,
            permissions=invite.permissions,
            sent_at=invite.sent_at.isoformat(timespec="seconds"),
            expires_at=expiry(invite).isoformat(timespec="seconds"),
            times=invite.times,
            client=row.client,
            client_email=row.client_email,
            client_phone=row.client_phone,
            why=row.stranger,
        )


def _life(row: _RememberedInvite, invite: Invite, now: datetime) -> Life:
    if row.accepted:
        return Life.ACCEPTED
    return Life.REDIRECTED if row.stranger else life_of(invite, now)


# --- left to the owners -----------------------------------------------------------------------

# The target's owner where it has one: nobody else is able to invite.
_LEFT_TO_OWNERS = """
    SELECT coalesce(nullif(m.email, ''), d.email) AS owner, d.body AS account,
           c.after AS membership
    FROM changes c
    JOIN desired d ON d.key = account_key(c.account)
    LEFT JOIN matched m ON m.key = d.key
    WHERE c.kind = 'membership' AND c.rule = 'cutover' ORDER BY owner, c.key
"""


class _Left(msgspec.Struct, frozen=True):
    owner: str
    account: str
    membership: str


def left_to_owners(workspace: Workspace) -> Iterator[OwnersInvitation]:
    """Yield the invitations that the cut-over policy leaves to the owners, owner by owner."""
    if not workspace.has("judged"):
        return
    for row in workspace.values(_Left, _LEFT_TO_OWNERS):
        account = msgspec.json.decode(row.account, type=Account)
        membership = msgspec.json.decode(row.membership, type=Membership)
        yield OwnersInvitation(
            owner_email=row.owner,
            owner=account.profile.name if row.owner == account.owner else "",
            account=account.ref,
            account_name=account.name,
            invite=membership.email,
            permissions=membership.permissions,
        )
