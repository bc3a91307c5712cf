"""Decisions beside what they answer: which hold, which are stale, and what is still asked."""

from collections.abc import Iterator

import msgspec

from syncd.model.decision import UNION, Decision, Decisions
from syncd.model.finding import CATALOGUE, Finding, Severity
from syncd.model.suppression import Suppressed, unnamed_scope
from syncd.workspace.workspace import Workspace

_HELD_SHOWN = 5

# What a decision may be about, and whether one answers it in this plan.
_ASKED = """
    SELECT code AS asked, scope, answer <> '' AS answered FROM findings WHERE severity = 'review'
    UNION ALL SELECT reason, key, rule <> 'reason:' || reason FROM changes
"""


class _Idle(msgspec.Struct, frozen=True):
    """A decision that answers nothing in this plan."""

    code: str  # of the finding: stale, or nothing like it is asked
    scope: str
    shown: str


def judge_decisions(
    workspace: Workspace, decisions: Decisions, suppressed: Suppressed = frozenset()
) -> None:
    """Note every decision that is stale or no longer asked for; everything must be judged.

    Nothing is asked about a suppressed person, whom their decisions would name.
    """
    with workspace.sink("decisions") as sink:
        for decision in decisions:
            sink.add(
                (
                    decision.on,
                    unnamed_scope(decision.scope, suppressed),
                    f"{decision.on}: {decision.answer}, by {decision.by}, {decision.at}",
                )
            )
    if not workspace.has("decisions"):
        return
    query = f"""
        SELECT d.scope, d.shown,
               if(count(a.asked) = 0, 'decision_unused', 'decision_stale') AS code
        FROM decisions d
        LEFT JOIN ({_ASKED}) a USING (asked, scope)
        GROUP BY d.asked, d.scope, d.shown HAVING NOT coalesce(bool_or(a.answered), FALSE)
        ORDER BY d.scope, d.asked
    """
    workspace.stage_findings(
        Finding(idle.code, idle.scope, detail=idle.shown) for idle in workspace.values(_Idle, query)
    )


def holding(workspace: Workspace, decisions: Decisions) -> Iterator[Decision]:
    """Yield the decisions that answer something in this plan."""
    if not workspace.has("decisions"):
        return
    query = f"""
        SELECT DISTINCT d.asked, d.scope FROM decisions d JOIN ({_ASKED}) a USING (asked, scope)
        WHERE a.answered ORDER BY d.scope, d.asked
    """
    known = {(decision.on, decision.scope): decision for decision in decisions}
    for key in workspace.stream(query):
        yield known[key]


_TWINS = [code.code for code in CATALOGUE.values() if UNION in code.answers]
_REVIEWS = [code.code for code in CATALOGUE.values() if code.severity is Severity.REVIEW]


class Open(msgspec.Struct, frozen=True):
    """A question that nobody has answered."""

    on: str  # code or reason
    scope: str
    made_on: str
    details: list[str]
    held: list[str]  # some of the changes, with the permissions they would give
    number: int  # of all changes that it holds
    accounts: list[str]  # of these, and of the data
    names: list[str]  # of these accounts
    emails: list[str]  # in the data
    sets: list[str]  # of permissions that memberships among these would give, joined by blanks
    gives: list[list[str]]  # of twins: the permissions of each row


# A change, and of a membership what it gives: both sides where they differ.
_CHANGE = """
    verb || ' ' || key || coalesce(': ' || nullif(concat_ws(' -> ',
        nullif(nullif(array_to_string(before ->> '$.permissions[*]', ', '), ''),
               coalesce(array_to_string(after ->> '$.permissions[*]', ', '), '')),
        array_to_string(after ->> '$.permissions[*]', ', ')
    ), ''), '')
"""
_PERMISSIONS = "coalesce(array_to_string(after ->> '$.permissions[*]', ' '), '')"


# The open reviews in the order in which they are asked, so that some of them can be looked at by
# themselves: what is joined to all of a million at once takes more memory than the engine has.
_AT_ONCE = 20_000  # reviews
_ASKED_FOR = """
    INSERT INTO open_reviews
    WITH open AS (
        SELECT DISTINCT code, scope, made_on FROM findings WHERE severity = 'review' AND answer = ''
    ), codes AS (
        SELECT code, count(*) AS number FROM open GROUP BY code
    )
    SELECT code, scope, made_on FROM open JOIN codes USING (code)
    ORDER BY number DESC, code, scope, made_on
"""
_OPEN = f"""
    WITH part AS (
        SELECT rowid AS place, * FROM open_reviews WHERE rowid >= $first AND rowid < $end
    ), asked AS (
        SELECT p.*, array_agg(DISTINCT detail ORDER BY detail) AS details,
               array_agg(DISTINCT account ORDER BY account) AS accounts,
               array_agg(DISTINCT email ORDER BY email) AS emails
        FROM findings f JOIN part p
          ON p.code = f.code AND p.scope = f.scope AND p.made_on IS NOT DISTINCT FROM f.made_on
        WHERE severity = 'review' AND answer = '' GROUP BY ALL
    ), kinds AS (
        SELECT DISTINCT code, scope FROM part
    ), held AS (
        SELECT code, scope, min_by({_CHANGE}, key, {_HELD_SHOWN}) AS changes, count(*) AS number,
               array_agg(DISTINCT account ORDER BY account) AS accounts,
               array_agg(DISTINCT {_PERMISSIONS}) AS sets
        FROM (
            SELECT k.code, k.scope, c.* FROM kinds k JOIN changes c ON c.key = k.scope
            UNION ALL
            SELECT k.code, k.scope, c.*
            FROM kinds k JOIN changes c ON c.kind = 'membership' AND k.scope = user_key(c.email)
        ) WHERE verdict = 'hold' GROUP BY code, scope
    ), named AS (
        SELECT code, scope, array_agg(DISTINCT k.label ORDER BY k.label) AS names
        FROM (
            SELECT code, scope, unnest(accounts) AS account FROM asked
            UNION SELECT code, scope, unnest(accounts) FROM held
        ) c JOIN clients k ON ref_of(k.source, k.client_id) = c.account
        WHERE k.label <> '' GROUP BY code, scope
    ), twins AS (
        SELECT key AS scope, array_agg(permissions ORDER BY contact_id) AS rows
        FROM logins WHERE key IN (SELECT scope FROM part WHERE list_contains($twins, code))
        GROUP BY key
    )
    SELECT a.code AS "on", a.scope, a.made_on,
           list_filter(a.details, lambda text: text <> '') AS details,
           coalesce(h.changes, []) AS held, coalesce(h.number, 0) AS number,
           list_filter(list_sort(list_distinct(a.accounts || coalesce(h.accounts, []))),
                       lambda text: text <> '') AS accounts,
           coalesce(n.names, []) AS names,
           list_filter(a.emails, lambda text: text <> '') AS emails,
           coalesce(list_sort(h.sets), []) AS sets, coalesce(t.rows, []) AS gives
    FROM asked a LEFT JOIN held h USING (code, scope) LEFT JOIN named n USING (code, scope)
    LEFT JOIN twins t USING (scope)
    ORDER BY a.place
"""


def open_questions(workspace: Workspace) -> Iterator[Open]:
    """Yield questions about data first, most frequent first, then those about changes."""
    if workspace.has_found(_REVIEWS):
        reviews = workspace.taken("open_reviews") or workspace.fill("open_reviews", _ASKED_FOR)
        for first in range(0, reviews, _AT_ONCE):
            bounds = {"first": first, "end": first + _AT_ONCE, "twins": _TWINS}
            yield from workspace.values(Open, _OPEN, bounds)
    if workspace.has("judged"):
        yield from _about_changes(workspace)


def _about_changes(workspace: Workspace) -> Iterator[Open]:
    query = f"""
        SELECT reason AS "on", key AS scope, made_on, [why] AS details, [{_CHANGE}] AS held,
               1 AS number, [account] AS accounts,
               list_filter([k.label], lambda text: text <> '') AS names,
               [c.email] AS emails, [{_PERMISSIONS}] AS sets, [] AS gives
        FROM changes c LEFT JOIN clients k ON ref_of(k.source, k.client_id) = c.account
        WHERE verdict = 'hold' AND rule = 'reason:' || reason ORDER BY reason, key
    """
    yield from workspace.values(Open, query)
