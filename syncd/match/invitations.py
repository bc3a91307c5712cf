"""Invitations as the target lists them, if it does: they take precedence over the journal.

One that is pending there is pending, whoever sent it; one that is cancelled or missing there is
not, whatever the journal says. If there are several for one person on one account, the one that
can still be accepted counts, or else the latest.
"""

from collections.abc import Iterator

import msgspec

from syncd.model.resources import AccountRef, Invite
from syncd.ports import Invitation, InviteState
from syncd.workspace.workspace import Workspace

_STANDING = """
    INSERT INTO standing BY NAME
    SELECT membership_key(p.ref, i.email) AS key, p.ref AS account, i.* EXCLUDE (account)
    FROM invitations i JOIN account_pairs p ON p.target_account = i.account
    QUALIFY row_number() OVER (
        PARTITION BY p.ref, i.email ORDER BY i.state = 'pending' DESC, i.number DESC) = 1
"""
# Of what nobody asked syncd for, nothing is to be said. Nor of an account that is not bound: its
# invitations cannot be distinguished from others'.
_BOTH = """
    SELECT key, coalesce(s.account, r.account), r.body, s.body
    FROM remembered_invites r FULL JOIN standing s USING (key)
    WHERE (r.key IS NOT NULL
           OR key IN (SELECT key FROM desired UNION ALL SELECT key FROM applied))
      AND coalesce(s.account, r.account) IN (SELECT ref FROM account_pairs)
    ORDER BY key
"""
_OF_THE_JOURNAL = "INSERT INTO invites FROM remembered_invites"
_OF_OTHER_ACCOUNTS = f"{_OF_THE_JOURNAL} WHERE account NOT IN (SELECT ref FROM account_pairs)"


def settle_invitations(workspace: Workspace, *, listed: bool) -> None:
    """Say which invitations wait; the accounts must be paired.

    Where the target lists them all, what is not there is taken for gone. Else the journal alone
    knows of them.
    """
    if not workspace.has("remembered_invites") and not workspace.has("invitations"):
        return
    if not listed:
        workspace.execute(_OF_THE_JOURNAL)
        return
    workspace.execute(_STANDING)
    workspace.execute(_OF_OTHER_ACCOUNTS)
    workspace.stage_invites(_invites(workspace))


def _invites(workspace: Workspace) -> Iterator[Invite]:
    decode_invite = msgspec.json.Decoder(Invite).decode
    decode_shown = msgspec.json.Decoder(Invitation).decode
    for _, account, remembered, shown in workspace.stream(_BOTH):
        invite = standing(
            AccountRef(account),
            decode_invite(remembered) if remembered else None,
            decode_shown(shown) if shown else None,
        )
        if invite is not None:
            yield invite


def standing(
    account: AccountRef, remembered: Invite | None, shown: Invitation | None
) -> Invite | None:
    """Say what stands under a membership's key: at least one of the two is there.

    None where the person accepted: then there is a membership, or somebody took it away again.
    """
    if shown is None:
        # One that nobody answered for may never have been made: that question is asked already.
        if remembered is None or not remembered.confirmed:
            return remembered
        return msgspec.structs.replace(remembered, fresh=False, gone=True)
    if shown.state is InviteState.ACCEPTED and shown.accepted_by in ("", shown.email):
        return None
    gone = shown.state in (InviteState.CANCELLED, InviteState.ACCEPTED)
    permissions = remembered.permissions if gone and remembered else shown.permissions
    fresh = shown.state is InviteState.PENDING
    return Invite(account, shown.email, permissions, shown.sent_at, fresh=fresh, gone=gone)
