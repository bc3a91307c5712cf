"""Whether the target is the installation that the journal is about.

A journal of a rehearsal, or of a target that was put back or replaced, holds numbers that are other
people's here, and invitations that nobody here was ever sent. So the journal keeps where its
target was and the accounts that it had first.
"""

import msgspec

from syncd.model.installation import EarlyAccount, Installation
from syncd.workspace.workspace import Workspace

_OLDEST = """
    SELECT target_id, coalesce(body ->> '$.email', '') AS address, created FROM observed
    WHERE kind = 'account' ORDER BY length(target_id), target_id LIMIT 20
"""
_NAMED = """
    SELECT target_id, coalesce(body ->> '$.email', '') AS address, created FROM observed
    WHERE kind = 'account' AND list_contains(?::TEXT[], target_id)
"""


class Comparison(msgspec.Struct, frozen=True):
    """How many of the first accounts are `same`, and how many are `others` by now.

    `before` and `now` are where the target was and is; the journal knows neither at first.
    """

    before: str = ""
    now: str = ""
    same: int = 0
    others: int = 0

    @property
    def is_foreign(self) -> bool:
        return self.before != self.now or self.others > self.same


def shown(workspace: Workspace, origin: str) -> Installation:
    """Give the target as it shows itself."""
    oldest = workspace.values(EarlyAccount, _OLDEST) if workspace.has("observed") else ()
    return Installation(origin, tuple(oldest))


def compare(workspace: Workspace, known: Installation | None, origin: str) -> Comparison:
    """Hold what was observed against what the journal knows, None where it knows nothing yet."""
    if known is None:
        return Comparison(origin, origin)
    same = others = 0
    oldest = {early.target_id: early for early in known.oldest}
    for account in workspace.values(EarlyAccount, _NAMED, [list(oldest)]):
        early = oldest[account.target_id]
        # A client may have another address since; the number of one that came later was free.
        made_then = account.created == early.created != ""
        is_same = account.address == early.address or made_then
        same += is_same
        others += not is_same
    return Comparison(known.origin, origin, same, others)
