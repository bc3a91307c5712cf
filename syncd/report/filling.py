"""Fills a table of a plan with rows of the engine.

Apart from `tables`: what is generic stays alive to the end of the process, with all its module
knows, and the engine complains where that is one of its own.
"""

from pathlib import Path

from syncd.report.tables import Sheet
from syncd.workspace.workspace import Parameters, Workspace


def fill(
    table: Sheet, folder: Path, workspace: Workspace, query: str, parameters: Parameters = ()
) -> int:
    """Write a whole table of the rows of a query, whose columns are text; gives their number."""
    number = 0
    with table.lines(folder) as file:
        for (lines,) in workspace.blocks(table.rows(query), parameters):
            file.add_lines(lines)
            number += len(lines)
    return number
