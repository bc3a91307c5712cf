"""What owners have to do themselves: the invitations that the cut-over policy leaves to them."""

from collections.abc import Iterator

import msgspec

from syncd.model.resources import Account, Membership
from syncd.workspace.workspace import Workspace

# The target's owner where it has one: nobody else is able to invite.
_LEFT_TO_OWNERS = """
    SELECT coalesce(nullif(m.email, ''), d.email) AS owner, d.body, c.after
    FROM changes c
    JOIN desired d ON d.key = 'account:' || c.account
    LEFT JOIN matched m ON m.key = d.key
    WHERE c.kind = 'membership' AND c.rule = 'cutover' ORDER BY owner, c.key
"""


def left_to_owners(workspace: Workspace) -> Iterator[tuple[str, Account, Membership]]:
    """Yield owner's address, account and membership, owner by owner."""
    for owner, account, membership in workspace.stream(_LEFT_TO_OWNERS):
        yield (
            owner,
            msgspec.json.decode(account, type=Account),
            msgspec.json.decode(membership, type=Membership),
        )
