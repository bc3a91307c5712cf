"""What a workspace noted: its findings, worst first, and the lines of its plan."""

from syncd.model.finding import Finding
from syncd.report import plan
from syncd.workspace.workspace import Workspace

_WORST_FIRST = """
    FROM findings ORDER BY CASE severity WHEN 'block' THEN 0 WHEN 'review' THEN 1 ELSE 2 END,
                           code, scope, contact_id, detail
"""


def noted(workspace: Workspace) -> list[Finding]:
    return list(workspace.values(Finding, _WORST_FIRST))


def listed(workspace: Workspace) -> list[str]:
    """Give the lines of a judged plan, as plan.jsonl has them."""
    return [line for some in plan.lines(workspace) for line in some.plan]
