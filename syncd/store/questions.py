"""Decisions beside what they answer: which hold, which are stale, and what is still asked."""

from collections.abc import Iterator

from syncd.model.decision import Decision, Decisions
from syncd.model.finding import Finding
from syncd.store.workspace import Workspace

_HELD_SHOWN = 5

# What a decision may be about, and whether one answers it in this plan.
_ASKED = """
    SELECT code AS asked, scope, answer <> '' AS answered FROM findings WHERE severity = 'review'
    UNION ALL SELECT reason, key, rule <> 'reason:' || reason FROM changes
"""


def judge_decisions(workspace: Workspace, decisions: Decisions) -> None:
    """Tell of every decision that is stale or that nothing asks for; call when all is judged."""
    workspace.con.execute("CREATE OR REPLACE TABLE decisions (asked TEXT, scope TEXT, told TEXT)")
    with workspace.sink("decisions") as sink:
        for one in decisions:
            sink.add((one.on, one.scope, f"{one.on}: {one.answer}, by {one.by}, {one.at}"))
    query = f"""
        SELECT d.scope, d.told, count(a.asked) = 0 FROM decisions d
        LEFT JOIN ({_ASKED}) a USING (asked, scope)
        GROUP BY d.asked, d.scope, d.told HAVING NOT coalesce(bool_or(a.answered), FALSE)
        ORDER BY d.scope, d.asked
    """
    workspace.stage_findings(
        Finding("decision_unused" if unused else "decision_stale", scope, detail=told)
        for scope, told, unused in workspace.stream(query)
    )


def holding(workspace: Workspace, decisions: Decisions) -> Iterator[Decision]:
    """Yield the decisions that answer something in this plan."""
    query = f"""
        SELECT DISTINCT d.asked, d.scope FROM decisions d JOIN ({_ASKED}) a USING (asked, scope)
        WHERE a.answered ORDER BY d.scope, d.asked
    """
    known = {(one.on, one.scope): one for one in decisions}
    for key in workspace.stream(query):
        yield known[key]


_Open = tuple[str, str, str, list[str], list[str]]


def open_questions(workspace: Workspace) -> Iterator[_Open]:
    """Yield what nobody has answered: code or reason, scope, made_on, details, changes held.

    Questions about data first, most frequent first, then those about changes.
    """
    yield from workspace.stream(f"""
        WITH asked AS (
            SELECT code, scope, made_on, array_agg(DISTINCT detail ORDER BY detail) AS details
            FROM findings WHERE severity = 'review' AND answer = '' GROUP BY code, scope, made_on
        ), held AS (
            SELECT a.code, a.scope, array_agg(c.verb || ' ' || c.key ORDER BY c.key) AS changes
            FROM asked a JOIN changes c ON c.verdict = 'hold' AND (c.key = a.scope)
            GROUP BY ALL
            UNION ALL
            SELECT a.code, a.scope, array_agg(c.verb || ' ' || c.key ORDER BY c.key)
            FROM asked a JOIN changes c ON c.kind = 'membership' AND c.verdict = 'hold'
             AND a.scope = 'user:' || c.email
            GROUP BY ALL
        )
        SELECT a.code, a.scope, a.made_on, list_filter(a.details, lambda text: text <> ''),
               coalesce(h.changes[:{_HELD_SHOWN}], [])
        FROM asked a LEFT JOIN held h USING (code, scope)
        ORDER BY count(*) OVER (PARTITION BY a.code) DESC, a.code, a.scope
    """)
    yield from workspace.stream("""
        SELECT reason, key, made_on, [why], [verb || ' ' || key] FROM changes
        WHERE verdict = 'hold' AND rule = 'reason:' || reason ORDER BY reason, key
    """)
