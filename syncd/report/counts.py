"""What a judged plan counts up to."""

from collections.abc import Iterator

from syncd.decide.planned import Planned
from syncd.model.finding import CATALOGUE, Finding, Severity
from syncd.report.facts import (
    Counts,
    FindingCount,
    Header,
)
from syncd.workspace.changes import count
from syncd.workspace.workspace import Workspace


def findings(workspace: Workspace) -> Iterator[Finding]:
    query = """
        SELECT code, scope, account, contact_id, email, detail, made_on, answer FROM findings
        ORDER BY CASE severity WHEN 'block' THEN 0 WHEN 'review' THEN 1 ELSE 2 END,
                 code, scope, contact_id, detail
    """
    for row in workspace.stream(query):
        yield Finding(*row)


def change_counts(workspace: Workspace) -> list[tuple[str, str, str, int]]:
    """Give (kind, verb, verdict, count)."""
    return workspace.con.execute(
        "SELECT kind, verb, verdict, count(*) FROM changes GROUP BY ALL ORDER BY ALL"
    ).fetchall()


def held_counts(workspace: Workspace) -> list[tuple[str, str, int]]:
    """Give (rule, one of its explanations, count), most first."""
    return workspace.con.execute("""
        SELECT rule, min(why), count(*) AS n FROM changes WHERE verdict = 'hold'
        GROUP BY rule ORDER BY n DESC, rule
    """).fetchall()


def finding_counts(workspace: Workspace) -> list[tuple[str, str, int]]:
    """Give (code, answer, count), worst severity first."""
    rows = workspace.con.execute(
        "SELECT code, answer, count(*) FROM findings GROUP BY ALL"
    ).fetchall()
    severities = ("block", "review", "note")
    rows.sort(key=lambda row: (severities.index(CATALOGUE[row[0]].severity), *row))
    return rows


def unmanaged_counts(workspace: Workspace) -> dict[str, int]:
    """Count by kind what the target holds and syncd leaves alone."""
    rows = workspace.con.execute("""
        SELECT kind, count(*) FROM matched
        WHERE key NOT IN (SELECT key FROM desired UNION ALL SELECT key FROM applied)
        GROUP BY kind ORDER BY kind
    """).fetchall()
    return dict(rows)


def counts_of(workspace: Workspace, planned: Planned, header: Header) -> Counts:
    there = "desired JOIN matched m USING (key) WHERE m.kind = "
    return Counts(
        clients=planned.tally.clients,
        contacts=planned.tally.contacts,
        dispositions=planned.dispositions,
        accounts=count(workspace, "desired WHERE kind = 'account'"),
        accounts_there=count(workspace, f"{there} 'account'"),
        users_there=count(workspace, "matched WHERE kind = 'user'"),
        # A plan that takes back a run knows of nothing else, and cannot say what is unmanaged.
        unmanaged={} if header.undoes else unmanaged_counts(workspace),
        waiting=count(workspace, _INVITES + "i.fresh"),
        expired=count(workspace, _INVITES + "NOT i.fresh AND NOT i.gone"),
        unconfirmed=count(workspace, _INVITES + "i.fresh AND NOT i.confirmed"),
    )


_INVITES = "invites i JOIN matched m USING (key) JOIN desired d USING (key) WHERE m.invite AND "


def findings_by_code(workspace: Workspace) -> Iterator[FindingCount]:
    for name, answer, number in finding_counts(workspace):
        code = CATALOGUE[name]
        severity, advice = code.severity, code.advice
        if answer:  # no question any more
            severity, advice = Severity.NOTE, f"Decided: {answer}."
        yield FindingCount(name, code.case, severity, code.sentence, advice, number)
