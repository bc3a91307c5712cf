"""Successors: whose an account is whose client the source does not have any more.

A client that is made anew, or merged into another one, leaves an account in the target that is
bound to nobody any more. Until somebody has said whose it is, nobody loses access on it.
"""

from collections.abc import Collection
from itertools import groupby

from syncd.model.decision import APPLY
from syncd.model.finding import Finding
from syncd.model.keys import parts_of
from syncd.model.policy import MappedAccount
from syncd.model.resources import AccountRef
from syncd.workspace.workspace import Workspace

# Clients that are gone, their accounts, and the clients nothing is bound to that have the same
# address or owner. Which of them the mapping names is settled.
_HEIRS = """
    SELECT b.key, b.target_id, d.key, d.account
    FROM remembered_bindings b
    JOIN observed o ON o.kind = 'account' AND o.target_id = b.target_id
    LEFT JOIN ownerships w ON w.account = o.account
    JOIN desired d
      ON d.kind = 'account' AND d.key NOT IN (SELECT key FROM remembered_bindings)
     AND ((d.body ->> '$.email' <> '' AND d.body ->> '$.email' = o.body ->> '$.email')
          OR (d.body ->> '$.owner' <> '' AND d.body ->> '$.owner' = w.email))
    WHERE kind_of(b.key) = 'account'
      AND b.key NOT IN (SELECT account_key(ref_of(source, client_id)) FROM clients)
      AND b.key NOT IN (SELECT key FROM disbelieved)
      AND NOT list_contains(?, b.target_id) AND NOT list_contains(?, d.account)
    GROUP BY ALL ORDER BY b.key, d.key
"""
# Asked first, as it takes a tenth of that.
_ANY_GONE = """
    SELECT count(*) FROM remembered_bindings
    WHERE kind_of(key) = 'account'
      AND key NOT IN (SELECT account_key(ref_of(source, client_id)) FROM clients)
"""


def successors(
    workspace: Workspace, mapped: Collection[MappedAccount]
) -> tuple[list[Finding], list[MappedAccount]]:
    """Ask who takes over the accounts of clients that are gone; gives the pairs decided on.

    What `mapped` names, on either side, is settled. An account whose successor is not settled is
    held as a whole, removals included.
    """
    if not workspace.has("remembered_bindings", "observed") or not workspace.scalar(_ANY_GONE):
        return [], []
    refs, ids = [pair.ref for pair in mapped], [pair.target_id for pair in mapped]
    rows = list(workspace.stream(_HEIRS, [ids, refs]))
    findings, pairs = [], []
    for (gone, target_id), group in groupby(rows, key=lambda row: row[:2]):
        candidates = [(key, ref) for _, _, key, ref in group]
        former = parts_of(gone).account
        taken = False
        for key, ref in candidates:
            detail = f"account {target_id} of the target was that of {former}, which is gone"
            finding = Finding("account_successor", key, ref, detail=detail)
            findings.append(finding)
            if len(candidates) == 1 and workspace.decisions.settled(finding).answer == APPLY:
                pairs.append(MappedAccount(AccountRef(ref), target_id))
                taken = True
        if not taken:
            names = ", ".join(ref for _, ref in candidates)
            detail = f"account {target_id} of the target; perhaps {names}"
            findings.append(Finding("client_gone", gone, former, detail=detail))
    return findings, pairs
