"""Which account of the target is which of ours. A pair that is not beyond doubt is not made."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import groupby
from operator import itemgetter

import msgspec

from syncd.match import contacts
from syncd.match.doubts import bind_doubted
from syncd.match.recognition import recognise
from syncd.match.successors import successors
from syncd.model.finding import Finding
from syncd.model.keys import account_key
from syncd.model.policy import AccountRule, MappedAccount
from syncd.model.resources import Account
from syncd.workspace.workspace import Workspace


def bind_accounts(
    workspace: Workspace,
    matches: Mapping[str, AccountRule],
    mapping: Iterable[MappedAccount] = (),
    doubted: Iterable[Account] = (),
) -> list[Finding]:
    """Pair legacy accounts with the target's: bindings of earlier runs, the mapping, then a rule.

    `matches` names the rule of each source, `doubted` the accounts whose making nobody answered
    for. A pair that is not beyond doubt is not made: its account is held with a finding, and
    everything on it waits.
    """
    findings = recognise(workspace)
    unbound, pairs = _mapped(workspace, mapping)
    succeeding, heirs = successors(workspace, pairs)
    findings += unbound + succeeding
    named = [account_key(ref) for ref, _ in pairs]
    handed_over = [target_id for _, target_id in (*pairs, *heirs)]
    contacts.bequeath(workspace)
    if workspace.has("remembered_bindings"):
        workspace.execute(_TAKE_OVER, {"named": named, "handed_over": handed_over})
    bind_doubted(workspace, doubted, pairs)
    findings += _bind_mapping(workspace, (*pairs, *heirs))
    # All sources of a rule at once: which brand an account belongs to must not hang on their order.
    if workspace.has("observed"):
        if workspace.scalar(_ANY_FREE):
            for rule, bind_by in (("same-id", _bind_same_id), ("email", _bind_email)):
                if sources := [name for name in matches if matches[name] == rule]:
                    findings += bind_by(workspace, sources)
            findings += _owned_elsewhere(workspace, {finding.scope for finding in findings})
        workspace.execute(_PAIRS)
    return findings


# Bindings of earlier runs that are believed, except those of accounts that the mapping now names,
# and of clients that are gone and whose account of the target has a successor.
_TAKE_OVER = """
    INSERT INTO bindings SELECT key, target_id, TRUE FROM remembered_bindings
    WHERE key NOT IN (SELECT unnest($named::TEXT[]))
      AND key NOT IN (SELECT key FROM disbelieved)
      AND key NOT IN (SELECT key FROM bequeathed)
      AND NOT (kind_of(key) = 'account' AND list_contains($handed_over, target_id)
               AND key NOT IN (SELECT account_key(ref_of(source, client_id)) FROM clients))
"""
_PAIRS = """
    INSERT INTO account_pairs
    SELECT account_in(b.key), o.account, o.target_id
    FROM bindings b JOIN observed o ON o.kind = 'account' AND o.target_id = b.target_id
    WHERE kind_of(b.key) = 'account'
"""
# Asked first, as it takes a tenth of what comes next.
_ANY_FREE = """
    SELECT count(*) FROM desired
    WHERE kind = 'account' AND key NOT IN (SELECT key FROM bindings)
"""
_FREE_OURS = """
    SELECT d.key, d.account, d.email, d.body FROM desired d
    WHERE d.kind = 'account' AND d.key NOT IN (SELECT key FROM bindings)
      AND d.key NOT IN (SELECT key FROM disbelieved)
      AND list_contains(?, source_in(d.account))
"""
_FREE_THEIRS = """
    SELECT o.target_id, o.email, o.body FROM observed o
    WHERE o.kind = 'account' AND o.target_id NOT IN
        (SELECT target_id FROM bindings WHERE kind_of(key) = 'account')
"""


def _mapped(
    workspace: Workspace, mapping: Iterable[MappedAccount]
) -> tuple[list[Finding], list[MappedAccount]]:
    """Give the pairs of the mapping that both sides have, and what is to be said of others."""
    findings, pairs = [], []
    for ref, target_id in mapping:
        key, detail = account_key(ref), ""
        if not workspace.scalar(_IS_DESIRED, [key]):
            # One that policy leaves out is in the source all the same.
            if not workspace.scalar(_IN_SOURCE, [key]):
                detail = f"the source has no client {ref}"
        elif not workspace.scalar(_IN_TARGET, [target_id]):
            detail = f"the target has no account {target_id}"
        elif not workspace.scalar(_DISBELIEVED, [key, target_id]):
            pairs.append(MappedAccount(ref, target_id))
        if detail:
            findings.append(Finding("account_unbound", key, account=ref, detail=detail))
    return findings, pairs


_IS_DESIRED = "SELECT count(*) FROM desired WHERE key = ?"
_IN_SOURCE = "SELECT count(*) FROM clients WHERE account_key(ref_of(source, client_id)) = ?"
_IN_TARGET = "SELECT count(*) FROM observed WHERE kind = 'account' AND target_id = ?"
_DISBELIEVED = "SELECT count(*) FROM disbelieved WHERE key = ? AND target_id = ?"


def _bind_mapping(workspace: Workspace, pairs: Iterable[MappedAccount]) -> Iterator[Finding]:
    for ref, target_id in pairs:
        key = account_key(ref)
        holder = workspace.scalar(
            "SELECT key FROM bindings WHERE target_id = ? AND kind_of(key) = 'account'", [target_id]
        )
        if holder is None:
            workspace.execute("INSERT INTO bindings VALUES (?, ?, FALSE)", [key, target_id])
        else:  # two accounts are never put into one
            detail = f"account {target_id} of the target is that of {holder}; name both in the file"
            yield Finding("account_ambiguous", key, account=ref, detail=detail)


def _bind_same_id(workspace: Workspace, sources: list[str]) -> Iterator[Finding]:
    query = f"""
        SELECT d.key, d.account, d.body, o.target_id, o.body, w.email
        FROM ({_FREE_OURS}) d JOIN ({_FREE_THEIRS}) o
          ON o.target_id = id_in(d.account)
        LEFT JOIN ownerships w ON w.account = json_extract_string(o.body, '$.ref')
        ORDER BY o.target_id, d.key
    """
    with workspace.sink("bindings") as sink:
        rows = workspace.stream(query, [sources])
        for target_id, claims in groupby(rows, key=itemgetter(3)):
            agreed = []
            for key, ref, mine, _, other, owner in claims:
                ours = msgspec.json.decode(mine, type=Account)
                theirs = msgspec.json.decode(other, type=Account)
                if ours.owner in (theirs.email, owner) or _same_name(ours, theirs):
                    agreed.append((key, ref))
                    continue
                detail = f"{ours.name} <{ours.email}> / {theirs.name} <{theirs.email}>"
                yield Finding("account_mismatch", key, account=ref, detail=detail)
            if len(agreed) == 1:
                sink.add((agreed[0][0], target_id, False))
                continue
            for key, ref in agreed:  # brands share ids, and one person may own both accounts
                detail = f"{len(agreed)} accounts of that id in the sources, one in the target"
                yield Finding("account_ambiguous", key, account=ref, detail=detail)


def _same_name(ours: Account, theirs: Account) -> bool:
    return bool(ours.name) and ours.name.casefold() == theirs.name.casefold()


def _bind_email(workspace: Workspace, sources: list[str]) -> Iterator[Finding]:
    query = f"""
        SELECT d.key, d.account, o.target_id,
               count(*) OVER (PARTITION BY d.key), count(*) OVER (PARTITION BY o.target_id)
        FROM ({_FREE_OURS}) d
        JOIN (SELECT target_id, json_extract_string(body, '$.email') AS email
              FROM ({_FREE_THEIRS})) o ON o.email = d.email AND d.email <> ''
        ORDER BY d.key, o.target_id
    """
    last_key = ""
    with workspace.sink("bindings") as sink:
        for key, ref, target_id, theirs, ours in workspace.stream(query, [sources]):
            if theirs == 1 and ours == 1:
                sink.add((key, target_id, False))
            elif key != last_key:
                last_key = key
                detail = f"{theirs} accounts in the target, {ours} in the source, one address"
                yield Finding("account_ambiguous", key, account=ref, detail=detail)


# Accounts that nothing is bound to, and the free ones of the target that their owners own already.
_OWNED = f"""
    SELECT d.key, d.account, d.email AS owner, string_agg(o.target_id, ', ' ORDER BY o.target_id)
    FROM (SELECT key, account, json_extract_string(body, '$.owner') AS email FROM desired
          WHERE kind = 'account' AND key NOT IN (SELECT key FROM bindings)
            AND key NOT IN (SELECT key FROM disbelieved)) d
    JOIN ownerships w ON w.email = d.email AND d.email <> ''
    JOIN ({_FREE_THEIRS}) o ON json_extract_string(o.body, '$.ref') = w.account
    GROUP BY ALL ORDER BY d.key
"""


def _owned_elsewhere(workspace: Workspace, doubted: Collection[str]) -> list[Finding]:
    """Give the accounts that would be made though their owner has one that is nobody's yet.

    Those that are `doubted` anyway are not asked about twice.
    """
    if not workspace.has("ownerships"):
        return []
    return [
        Finding(
            "account_owned", key, ref, email=owner, detail=f"account {target_ids} of the target"
        )
        for key, ref, owner, target_ids in workspace.stream(_OWNED)
        if key not in doubted
    ]
