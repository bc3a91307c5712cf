"""Fills a table of a plan with rows of the engine.

Apart from `tables`: what is generic stays alive to the end of the process, with all its module
knows, and the engine complains where that is one of its own.
"""

from pathlib import Path

from syncd.report.cells import CsvFile
from syncd.report.tables import Sheet
from syncd.workspace.parsed import Parameters
from syncd.workspace.workspace import Workspace


def fill(
    table: Sheet, folder: Path, workspace: Workspace, query: str, parameters: Parameters = ()
) -> int:
    """Write a whole table of the rows of a query, whose columns are text; gives their number."""
    with table.lines(folder) as file:
        return add(file, table, workspace, query, parameters)


def add(
    file: CsvFile, table: Sheet, workspace: Workspace, query: str, parameters: Parameters = ()
) -> int:
    """Write the rows of a query to an open table; gives their number.

    The engine joins their cells. Of a few that takes it longer to plan than Python takes to do it.
    """
    number = 0
    if workspace.is_small:
        columns = ", ".join(f'"{column}"' for column in table.columns)
        for block in workspace.blocks(f"SELECT {columns} FROM ({query})", parameters):
            for row in zip(*block, strict=True):
                file.add(row)
            number += len(block[0])
        return number
    for (lines,) in workspace.blocks(table.rows(query), parameters):
        file.add_lines(lines)
        number += len(lines)
    return number
