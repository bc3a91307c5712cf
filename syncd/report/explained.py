"""What the last plan says of every key is kept for `syncd explain`, which makes no plan then.

A DuckDB file beside the journal, made anew by every plan and put in place at once. Deleting it is
always safe: `explain` then makes a plan of its own. Each table is sorted by what it is looked up
by. Passwords, hashes and tokens are in no table of the workspace, and so in none of these.
"""

from pathlib import Path

import duckdb
import msgspec
import structlog

from syncd.journal.journal import Journal
from syncd.report.plan import Manifest
from syncd.workspace.aside import aside
from syncd.workspace.last_plan import FILE, VERSION, Origin, PlanMade
from syncd.workspace.workspace import Workspace

log = structlog.get_logger(__name__)

_ROW_GROUP = 8192  # rows

_TABLES = {
    "clients": "SELECT identity, source, client_id, label, status, body FROM clients "
    "ORDER BY identity",
    "contacts": "SELECT identity, source, contact_id, client_id, login, body FROM contacts "
    "ORDER BY identity",
    "keys": "SELECT email, key, there FROM keys WHERE email <> '' ORDER BY email, key",
    "desired": "SELECT key, body FROM desired ORDER BY key",
    "matched": "SELECT key, account, email, body FROM matched ORDER BY key",
    "changes": "SELECT key, email, verb, reason, verdict, rule, why, others, attach FROM changes "
    "ORDER BY key",
    "looked_at": "SELECT key, unread, checked_at FROM looked_at WHERE unread OR checked_at <> '' "
    "ORDER BY key",
    "findings": "FROM findings ORDER BY scope",
    "attachable": "SELECT email, why FROM attachable ORDER BY email",
}


def keep(
    workspace: Workspace, journal: Journal, folder: Path, made_by: str, manifest: Manifest
) -> None:
    """Keep what a judged plan says, in place of the one before, where `made_by` says by what.

    Not of one that takes back a run, which knows a part of both sides. A run goes on without it:
    what keeps it from being written is logged.
    """
    if not made_by or manifest.undoes:
        return
    made = PlanMade(manifest.plan, manifest.made_at, journal.last_change())
    origin = msgspec.structs.asdict(Origin(made_by, manifest.decisions))
    about = {"version": VERSION} | origin | msgspec.structs.asdict(made)
    try:
        with aside(workspace, folder / FILE, "kept", compression="zstd", row_group=_ROW_GROUP):
            fields = ", ".join(f"${field} AS {field}" for field in about)
            workspace.con.execute(f"CREATE TABLE kept.about AS SELECT {fields}", about)
            for table, query in _TABLES.items():
                workspace.con.execute(f"CREATE TABLE kept.{table} AS {query}")
    except (OSError, duckdb.IOException, duckdb.OutOfMemoryException) as error:
        log.warning("explain.failed", file=FILE, error=str(error).partition("\n")[0])
