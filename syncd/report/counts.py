"""What a judged plan counts up to."""

from collections import Counter

import msgspec

from syncd.decide.planned import Planned
from syncd.model.finding import CATALOGUE, Severity
from syncd.report.census import SAMPLE
from syncd.report.facts import ChangeCount, ChangeLine, Counts, FindingCount, Header, RuleCount
from syncd.workspace.workspace import Workspace

# --- both sides -------------------------------------------------------------------------------


class _Numbers(msgspec.Struct, frozen=True):
    accounts: int
    accounts_there: int
    users_there: int
    waiting: int
    expired: int
    unconfirmed: int
    owners_made: int


_NUMBERS = """
    WITH pending AS (
        SELECT i.fresh, i.confirmed, i.gone
        FROM invites i JOIN matched m USING (key) JOIN desired d USING (key) WHERE m.invite
    )
    SELECT (SELECT count(*) FROM desired WHERE kind = 'account') AS accounts,
           (SELECT count(*) FROM desired JOIN matched m USING (key) WHERE m.kind = 'account')
               AS accounts_there,
           (SELECT count(*) FROM matched WHERE kind = 'user') AS users_there,
           (SELECT count(*) FROM pending WHERE fresh) AS waiting,
           (SELECT count(*) FROM pending WHERE NOT fresh AND NOT gone) AS expired,
           (SELECT count(*) FROM pending WHERE fresh AND NOT confirmed) AS unconfirmed,
           (SELECT count(DISTINCT email) FROM changes
            WHERE kind = 'account' AND verb = '+' AND verdict = 'apply'
              AND user_key(email) NOT IN (SELECT key FROM matched)) AS owners_made
"""


def counts_of(workspace: Workspace, planned: Planned, header: Header) -> Counts:
    (numbers,) = workspace.values(_Numbers, _NUMBERS)
    return Counts(
        clients=planned.tally.clients,
        contacts=planned.tally.contacts,
        dispositions=planned.dispositions,
        # A plan that takes back a run knows of nothing else, and cannot say what is unmanaged.
        unmanaged={} if header.undoes else unmanaged(workspace),
        **msgspec.structs.asdict(numbers),
    )


class _Unmanaged(msgspec.Struct, frozen=True):
    kind: str
    count: int


_UNMANAGED = """
    SELECT kind, count(*) AS count FROM matched
    WHERE key NOT IN (SELECT key FROM desired UNION ALL SELECT key FROM applied)
    GROUP BY kind ORDER BY kind
"""


def unmanaged(workspace: Workspace) -> dict[str, int]:
    """Count by kind what the target holds and syncd leaves alone."""
    if not workspace.has("observed"):
        return {}
    return {group.kind: group.count for group in workspace.values(_Unmanaged, _UNMANAGED)}


# --- changes ----------------------------------------------------------------------------------


def changes(workspace: Workspace) -> tuple[ChangeCount, ...]:
    if not workspace.has("judged"):
        return ()
    query = """
        SELECT kind, verb, verdict, count(*) AS count FROM changes
        GROUP BY kind, verb, verdict ORDER BY kind, verb, verdict
    """
    return tuple(workspace.values(ChangeCount, query))


def verdicts(workspace: Workspace) -> Counter[str]:
    """Count changes by verdict."""
    query = "SELECT verdict, count(*) AS number FROM changes GROUP BY verdict"
    return Counter({each.verdict: each.number for each in workspace.values(_VerdictCount, query)})


class _VerdictCount(msgspec.Struct, frozen=True):
    verdict: str
    number: int


def held(workspace: Workspace) -> tuple[RuleCount, ...]:
    """Count what each rule holds, most first."""
    if not workspace.has("judged"):
        return ()
    query = """
        SELECT rule, min(why) AS why, count(*) AS count FROM changes WHERE verdict = 'hold'
        GROUP BY rule ORDER BY count DESC, rule
    """
    return tuple(workspace.values(RuleCount, query))


def held_sample(workspace: Workspace) -> tuple[ChangeLine, ...]:
    """Give the first changes that are held, in the order of apply."""
    if not workspace.has("judged"):
        return ()
    query = """
        SELECT verb, kind, key, reason, verdict, rule, why FROM changes
        WHERE verdict = 'hold' ORDER BY phase, key LIMIT ?
    """
    return tuple(workspace.values(ChangeLine, query, [SAMPLE]))


# --- findings ---------------------------------------------------------------------------------

_ENTRIES = 5  # named on the first screen


class _UnusedEntry(msgspec.Struct, frozen=True):
    detail: str


def unused_entries(workspace: Workspace) -> tuple[str, ...]:
    """Name a few entries of the config's lists that match nothing."""
    if not workspace.has_found(["entry_unused"]):
        return ()
    query = "SELECT detail FROM findings WHERE code = 'entry_unused' ORDER BY detail LIMIT ?"
    return tuple(entry.detail for entry in workspace.values(_UnusedEntry, query, [_ENTRIES]))


class _Answered(msgspec.Struct, frozen=True):
    code: str
    answer: str
    count: int


def findings_by_code(workspace: Workspace) -> tuple[FindingCount, ...]:
    """Count findings by code and answer, worst first; what is answered is no question any more."""
    if not workspace.has("staged_findings"):
        return ()
    query = "SELECT code, answer, count(*) AS count FROM findings GROUP BY code, answer"
    groups = sorted(workspace.values(_Answered, query), key=_worst_first)
    return tuple(map(_finding_count, groups))


def _worst_first(group: _Answered) -> tuple[int, str, str]:
    severities = (Severity.BLOCK, Severity.REVIEW, Severity.NOTE)
    return severities.index(CATALOGUE[group.code].severity), group.code, group.answer


def _finding_count(group: _Answered) -> FindingCount:
    known = CATALOGUE[group.code]
    return FindingCount(
        code=group.code,
        case=known.case,
        severity=Severity.NOTE if group.answer else known.severity,
        sentence=known.sentence,
        advice=f"Decided: {group.answer}." if group.answer else known.advice,
        count=group.count,
    )
