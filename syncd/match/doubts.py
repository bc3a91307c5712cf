"""Accounts whose making nobody answered for, settled by what observation shows of them.

A reply that was lost, or a crash, leaves an account that may have been made and has no binding.
Where accounts are matched by address it is found again; by any other rule nothing would tie it to
ours, and its address would be taken for ever.
"""

from collections import Counter
from collections.abc import Collection, Iterable

import msgspec

from syncd.model.policy import MappedAccount
from syncd.model.resources import Account
from syncd.workspace.workspace import Workspace

# Free accounts of the target with an address, and who owns them.
_THERE = """
    SELECT o.target_id, o.body, w.email FROM observed o
    JOIN ownerships w ON w.account = json_extract_string(o.body, '$.ref')
    WHERE o.kind = 'account' AND json_extract_string(o.body, '$.email') = ?
      AND o.target_id NOT IN (
          SELECT target_id FROM remembered_bindings WHERE kind_of(key) = 'account')
    ORDER BY o.target_id
"""
_WANTED = """
    SELECT count(*) FROM desired WHERE key = $1 AND key NOT IN (SELECT key FROM remembered_bindings)
"""


def bind_doubted(
    workspace: Workspace,
    doubted: Iterable[Account],
    mapped: Collection[MappedAccount] = (),
) -> None:
    """Pair each account in doubt with the one of the target that is as it was written.

    Must be called before other rules bind, or one of those may give it to another account. The
    address must be that of one free account alone and of one in doubt alone, and owner and names
    must be what was written; an account that `mapped` names, on either side, is left to it.
    What is not beyond doubt stays unbound.
    """
    refs, ids = {ref for ref, _ in mapped}, {target_id for _, target_id in mapped}
    written = [account for account in doubted if account.ref not in refs]
    times = Counter(_address(account) for account in written)
    with workspace.sink("bindings") as sink:
        for account in written:
            if times[_address(account)] > 1 or not workspace.scalar(_WANTED, [account.key]):
                continue
            candidates = list(workspace.stream(_THERE, [_address(account)]))
            if len(candidates) != 1 or candidates[0][0] in ids:
                continue
            target_id, body, owner = candidates[0]
            candidate = msgspec.json.decode(body, type=Account)
            if owner == account.owner and _names(candidate) == _names(account):
                sink.add((account.key, target_id, False))


def _address(account: Account) -> str:
    return account.email or account.owner


def _names(account: Account) -> tuple[str, ...]:
    profile = account.profile
    return profile.first_name, profile.last_name, profile.company
