"""The findings of a workspace as values, worst first."""

from syncd.model.finding import Finding
from syncd.workspace.workspace import Workspace

_WORST_FIRST = """
    FROM findings ORDER BY CASE severity WHEN 'block' THEN 0 WHEN 'review' THEN 1 ELSE 2 END,
                           code, scope, contact_id, detail
"""


def noted(workspace: Workspace) -> list[Finding]:
    return list(workspace.values(Finding, _WORST_FIRST))
