"""Which account of the target is which of ours. A pair that is not beyond doubt is not made."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from operator import itemgetter
from typing import Literal

import msgspec

from syncd.model.finding import Finding
from syncd.model.resources import Account, AccountRef
from syncd.workspace.workspace import Workspace

Match = Literal["same-id", "email", "mapping"]


def bind_accounts(
    workspace: Workspace,
    matches: Mapping[str, Match],
    mapping: Iterable[tuple[AccountRef, str]] = (),
) -> list[Finding]:
    """Pair legacy accounts with the target's: bindings of earlier runs, the mapping, then a rule.

    `matches` names the rule of each source. A pair that is not beyond doubt is not made: its
    account is held with a finding, and everything on it waits.
    """
    findings = list(_bind_mapping(workspace, mapping))
    # All sources of a rule at once: which brand an account belongs to must not hang on their order.
    findings += _bind_same_id(workspace, [name for name in matches if matches[name] == "same-id"])
    findings += _bind_email(workspace, [name for name in matches if matches[name] == "email"])
    return findings


_FREE_OURS = """
    SELECT d.key, d.account, d.email, d.body FROM desired d
    WHERE d.kind = 'account' AND d.key NOT IN (SELECT key FROM bindings)
      AND list_contains(?, split_part(d.account, '/', 1))
"""
_FREE_THEIRS = """
    SELECT o.target_id, o.email, o.body FROM observed o
    WHERE o.kind = 'account' AND o.target_id NOT IN
        (SELECT target_id FROM bindings WHERE starts_with(key, 'account:'))
"""


def _bind_mapping(
    workspace: Workspace, mapping: Iterable[tuple[AccountRef, str]]
) -> Iterator[Finding]:
    pairs = []
    for ref, target_id in mapping:
        key = f"account:{ref}"
        ours = workspace.scalar("SELECT count(*) FROM desired WHERE key = ?", [key])
        theirs = workspace.scalar(
            "SELECT count(*) FROM observed WHERE kind = 'account' AND target_id = ?", [target_id]
        )
        if ours and theirs:
            workspace.con.execute("DELETE FROM bindings WHERE key = ?", [key])
            pairs.append((key, ref, target_id))
        elif ours:
            detail = f"the target has no account {target_id}"
            yield Finding("account_unbound", key, account=ref, detail=detail)
    for key, ref, target_id in pairs:  # now that those of the file have let go of what they had
        holder = workspace.scalar(
            "SELECT key FROM bindings WHERE target_id = ? AND starts_with(key, 'account:')",
            [target_id],
        )
        if holder is None:
            workspace.con.execute("INSERT INTO bindings VALUES (?, ?, FALSE)", [key, target_id])
        else:  # two accounts are never put into one
            detail = f"account {target_id} of the target is that of {holder}; name both in the file"
            yield Finding("account_ambiguous", key, account=ref, detail=detail)


def _bind_same_id(workspace: Workspace, sources: list[str]) -> Iterator[Finding]:
    query = f"""
        SELECT d.key, d.account, d.body, o.target_id, o.body, w.email
        FROM ({_FREE_OURS}) d JOIN ({_FREE_THEIRS}) o
          ON o.target_id = split_part(d.account, '/', -1)
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
    told = ""
    with workspace.sink("bindings") as sink:
        for key, ref, target_id, theirs, ours in workspace.stream(query, [sources]):
            if theirs == 1 and ours == 1:
                sink.add((key, target_id, False))
            elif key != told:
                told = key
                detail = f"{theirs} accounts in the target, {ours} in the source, one address"
                yield Finding("account_ambiguous", key, account=ref, detail=detail)
