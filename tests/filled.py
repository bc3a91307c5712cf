"""Rows of a workspace, put in by hand: for a query that is asked by itself."""

from typing import Any

import msgspec

from syncd.model.finding import CATALOGUE
from syncd.model.keys import kind_of
from syncd.workspace.workspace import Workspace

# The table without a row of which there would be none in this one.
_COMES_OF = {
    "bound": "observed",
    "seen": "observed",
    "shown": "observed",
    "invites": "remembered_invites",
    "standing": "invitations",
}


def add(workspace: Workspace, table: str, **row: Any) -> None:
    """Add a row to a table; what is not named is NULL."""
    names = ", ".join(f"${name} AS {name}" for name in row)
    workspace.con.execute(f"INSERT INTO {table} BY NAME SELECT {names}", row)
    workspace.codes.update(row[name] for name in ("code",) if name in row)
    workspace.sink(_COMES_OF.get(table, table)).taken = 1  # what `Workspace.has` goes by


def add_finding(workspace: Workspace, code: str, scope: str, **more: Any) -> None:
    """Add a finding that nobody has answered, as severe as its code says."""
    severity = CATALOGUE[code].severity.value
    fields = {"code": code, "scope": scope, "severity": severity, "answer": "", "detail": ""}
    add(workspace, "staged_findings", **fields | more)


def add_state(workspace: Workspace, table: str, key: str, body: Any = None, **more: Any) -> None:
    """Add what one side has under a key; two of one `fp` are equal."""
    text = msgspec.json.encode(body if body is not None else {}).decode()
    add(workspace, table, key=key, kind=kind_of(key), body=text, **{"fp": "as it was"} | more)
