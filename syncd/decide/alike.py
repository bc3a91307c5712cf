"""Judging at once what is alike: new things of which nothing sets one apart from the next.

In a first plan these are nearly all. A verdict depends on few values, which the rows in question
share with thousands of others: one of them is judged, by the same `diff` and guard as any other,
and what is said of it holds for all. What has anything beside it that might be said of itself alone
(a finding, a name in the config, a person who is attached) is left for `pairs`.
"""

from collections.abc import Callable, Iterator

import msgspec

from syncd.decide.guard import GuardRules
from syncd.match.pairs import Pair, RawLogin
from syncd.model.change import Change, Reason, phase
from syncd.model.finding import CATALOGUE
from syncd.model.resources import Membership, Resource
from syncd.model.verdict import Verdict
from syncd.workspace.workspace import Workspace

Judge = Callable[[Pair], tuple[Change, Verdict] | None]

_WHOLE = ", ".join(f"'{code.code}'" for code in CATALOGUE.values() if code.whole)
# What the guard sees of a thing beside its kind, in columns of the same names for each kind.
_SEEN = {
    "account": """
        coalesce(d.body ->> '$.status', '') || ' ' || coalesce(d.body ->> '$.terms', '') AS alike,
        FALSE AS unneeded, FALSE AS orphan, NULL AS subaccount, NULL AS flags
        FROM mine m JOIN desired d USING (key)
        WHERE m.email NOT IN (SELECT email FROM addresses WHERE email IS NOT NULL
                              GROUP BY email HAVING count(*) > 1)
    """,
    "contact": """
        '' AS alike, FALSE AS unneeded, account_key(m.account) NOT IN (FROM there) AS orphan,
        NULL AS subaccount, NULL AS flags
        FROM mine m
    """,
    "membership": """
        d.fp AS alike, FALSE AS unneeded, account_key(m.account) NOT IN (FROM there) AS orphan,
        l.subaccount, l.flags
        FROM mine m JOIN desired d USING (key) JOIN (
            SELECT membership_key(ref_of(source, client_id), identity) AS key,
                   first(subaccount) AS subaccount, first(flags) AS flags
            FROM contacts GROUP BY ALL HAVING count(*) = 1
        ) l USING (key)
        WHERE user_key(m.email) NOT IN (FROM spoken_of)
          AND m.email NOT IN (SELECT email FROM attachable)
          AND m.key NOT IN (SELECT membership_key(account, email) FROM matched
                            WHERE kind = 'account')
          AND m.key NOT IN (SELECT key FROM standing)
    """,
    "user": """
        '' AS alike,
        m.email NOT IN (SELECT email FROM changes
                        WHERE kind = 'membership' AND verdict = 'apply') AS unneeded,
        FALSE AS orphan, NULL AS subaccount, NULL AS flags
        FROM mine m
    """,
}
# Stands for the account that something depends on, in what is said of all that do.
_PARENT = "\N{OBJECT REPLACEMENT CHARACTER}"

_GATHERED = """
    INSERT INTO alike BY NAME
    WITH spoken_of AS (
        SELECT scope FROM findings WHERE severity <> 'note'
    ), there AS (
        SELECT key FROM matched WHERE kind = 'account'
        UNION ALL SELECT key FROM changes WHERE kind = 'account' AND verdict = 'apply'
    ), mine AS (
        SELECT key, kind, account, email FROM differing
        WHERE kind = $kind AND wanted
          AND key NOT IN (SELECT key FROM matched) AND key NOT IN (SELECT key FROM applied)
          AND key NOT IN (FROM spoken_of)
          AND account_key(account) NOT IN (SELECT scope FROM findings WHERE code IN ({whole}))
          AND NOT list_contains($named, account) AND NOT list_contains($named, email)
    )
    SELECT m.key, m.kind, m.account, m.email, {seen}
"""
_GROUPS = """
    SELECT g.*, d.body FROM (
        SELECT min(key) AS key, alike, unneeded, orphan, subaccount, flags
        FROM alike WHERE kind = ? GROUP BY ALL
    ) g JOIN desired d USING (key) ORDER BY key
"""
# No more joins than these: each further one would hold all bodies.
_STAGED = """
    INSERT INTO judged BY NAME
    SELECT w.phase, key, w.verb, w.kind, a.account, a.email, w.reason, w.verdict, w.rule,
           replace(w.why, $parent, account_key(a.account)) AS why,
           w.made_on, w.grants, NULL AS before, d.body AS after, NULL AS attach,
           list_transform(w.others, lambda why: replace(why, $parent, account_key(a.account)))
               AS others
    FROM desired d JOIN (FROM alike WHERE kind = $kind) a USING (key)
    JOIN (FROM judged_alike WHERE kind = $kind) w
      ON w.alike = a.alike AND w.unneeded = a.unneeded AND w.orphan = a.orphan
     AND w.subaccount IS NOT DISTINCT FROM a.subaccount
     AND w.flags IS NOT DISTINCT FROM a.flags
"""
_REST = """
    INSERT INTO judged_apart
    FROM differing ANTI JOIN (SELECT key FROM judged WHERE kind = $kind) USING (key)
    WHERE kind = $kind
"""


class _Likes(msgspec.Struct, frozen=True):
    """Things that are alike, by one of them."""

    key: str
    alike: str
    unneeded: bool
    orphan: bool  # its account is not there and is not going to be made
    subaccount: str | None
    flags: str | None
    body: str


def judge_alike(
    workspace: Workspace, kind: str, total: int, rules: GuardRules, judge: Judge
) -> int:
    """Stage the changes of one kind that are alike, and note what is left to be judged apart.

    Gives how many those were, of the `total` that differ. Kinds must come in the order of
    `pairs.KINDS`, as there.
    """
    policy = rules.policy
    if not (rules.asks_about(Reason.NEW, 0) or (kind == "membership" and policy.cutover_for)):
        named = sorted(policy.protected | policy.excluded)
        statement = _GATHERED.format(whole=_WHOLE, seen=_SEEN[kind])
        workspace.execute(statement, {"kind": kind, "named": named})
        with workspace.sink("judged_alike") as sink:
            for row in _judged(list(workspace.values(_Likes, _GROUPS, [kind])), judge):
                sink.add((kind, *row))
    number = workspace.fill("judged", _STAGED, {"kind": kind, "parent": _PARENT})
    if number < total:
        workspace.execute(_REST, {"kind": kind})
    return number


def _judged(groups: list[_Likes], judge: Judge) -> Iterator[tuple[object, ...]]:
    """Yield what is said of each group; nothing of one that is made otherwise than it is wanted."""
    for group in groups:
        desired = _RESOURCE.decode(group.body)
        is_login = isinstance(desired, Membership)
        logins = (RawLogin(group.subaccount, group.flags),) if is_login else ()
        judged = judge(_pair(group, desired, logins))
        if judged is None or judged[0].after != desired:
            continue
        change, verdict = judged
        yield (
            *(group.alike, group.unneeded, group.orphan, group.subaccount, group.flags),
            *(phase(change), change.verb, change.reason, change.grants),
            *(verdict.word, verdict.rule, verdict.why, verdict.made_on, verdict.others),
        )


def _pair(group: _Likes, desired: Resource, logins: tuple[RawLogin, ...]) -> Pair:
    return Pair(
        group.key,
        desired=desired,
        observed=None,
        applied=None,
        written_at="",
        logins=logins,
        owner="",
        holdings=(),
        held_parent=_PARENT if group.orphan else "",
        same_address="",
        unneeded=group.unneeded,
        referenced_by="",
    )


_RESOURCE = msgspec.json.Decoder(Resource)
