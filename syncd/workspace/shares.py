"""Shares: what goes from one workspace to another, as Parquet files.

A share is the rows of some identities. Its contacts may hang on clients of other shares, of which
it is given no more than convert must know of them.
"""

from collections.abc import Sequence
from pathlib import Path

from syncd.workspace.views import looking_around
from syncd.workspace.workspace import Workspace

# Rows are held until so many are there, bodies and all: few enough for the least memory.
_FORM = "FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 8192"


def lay_down(workspace: Workspace, table: str, file: Path) -> None:
    """Write a table or view to a file, from which `Workspace.take_in` has it."""
    workspace.execute(f"COPY (FROM {table}) TO '{_quoted(file)}' ({_FORM})")


def look_around(workspace: Workspace, facts: Sequence[Path]) -> None:
    """Let contacts know their clients by what other shares laid down of `client_facts`."""
    files = ", ".join(f"'{_quoted(file)}'" for file in facts)
    workspace.execute(looking_around(f"read_parquet([{files}])"))


def note_codes(workspace: Workspace) -> None:
    """Take note of the findings that shares brought along."""
    codes = workspace.stream("SELECT DISTINCT code FROM staged_findings")
    workspace.codes.update(code for (code,) in codes)


def _quoted(file: Path) -> str:
    return str(file).replace("'", "''")
