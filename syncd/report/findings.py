"""All findings of a plan, as report.json and findings.csv list them: worst first."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from syncd.model.finding import CATALOGUE
from syncd.report.jsonfile import FindingLine
from syncd.report.lines import json_line
from syncd.report.tables import FINDINGS
from syncd.workspace.workspace import Workspace


class FindingLines(NamedTuple):
    """Some findings, each as JSON and as a row of findings.csv."""

    json: Sequence[str]
    table: Sequence[str]


_JSON = json_line({name: f'to_json("{name}")' for name in FindingLine.__struct_fields__})
_FINDINGS = """
    WITH known AS (
        SELECT unnest($codes) AS code, unnest($cases) AS "case", unnest($severities) AS severity,
               unnest($sentences) AS sentence, unnest($advice) AS advice
    )
    SELECT f.* EXCLUDE (severity), k.* EXCLUDE (code) FROM findings f JOIN known k USING (code)
    ORDER BY CASE f.severity WHEN 'block' THEN 0 WHEN 'review' THEN 1 ELSE 2 END,
             code, scope, contact_id, detail
"""


def lines(workspace: Workspace) -> Iterator[FindingLines]:
    """Yield every finding, some at a time."""
    if not workspace.has("staged_findings"):
        return
    known = [*CATALOGUE.values()]
    words = {
        "codes": [each.code for each in known],
        "cases": [each.case for each in known],
        "severities": [each.severity.value for each in known],
        "sentences": [each.sentence for each in known],
        "advice": [each.advice for each in known],
    }
    for block in workspace.blocks(FINDINGS.rows(_FINDINGS, f"{_JSON}, "), words):
        yield FindingLines(*block)
