"""What the last plan says of every key is kept for `syncd explain`, which makes no plan then.

A DuckDB file beside the journal, made anew by every plan and put in place at once. Deleting it is
always safe: `explain` then makes a plan of its own. Each table is sorted by its first column, the
hash of what it is looked up by: of a text the engine notes the first letters alone to know which
rows it may be in, and keys begin alike. Passwords, hashes and tokens are in no table of the
workspace, and so in none of these.
"""

from contextlib import suppress
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
    "clients": "SELECT hash(identity) AS place, identity, source, client_id, label, status, legacy "
    "FROM clients",
    "contacts": "SELECT hash(identity) AS place, identity, source, contact_id, client_id, login, "
    "legacy FROM contacts",
    # Of an account or a contact, the number alone is known: where the rows of its people are.
    "numbers": "SELECT unnest([client_id, contact_id]) AS number, hash(identity) AS place "
    "FROM contacts UNION ALL SELECT client_id, hash(identity) FROM clients",
    "keys": "SELECT hash(email) AS place, email, key, there FROM keys "
    "WHERE email <> '' AND email NOT IN (FROM erased)",
    "members": "SELECT hash(account) AS place, account, email FROM members "
    "WHERE email NOT IN (FROM erased)",
    "desired": "SELECT hash(key) AS place, key, body FROM desired",
    # No body where it is about somebody suppressed: an account that still has such an owner.
    "matched": "SELECT hash(key) AS place, key, account, if(e.email IS NULL, m.email, '') "
    "AS email, if(e.email IS NULL, body, NULL) AS body "
    "FROM matched m LEFT JOIN erased e USING (email)",
    "changes": "SELECT hash(key) AS place, key, email, verb, reason, verdict, rule, why, others, "
    "attach FROM changes",
    # Of what the target shows, all but what is hidden.
    "looked_at": "SELECT hash(key) AS place, key, unread, checked_at FROM looked_at "
    "WHERE (unread OR checked_at <> '') AND key NOT IN (SELECT key FROM hidden)",
    "findings": "SELECT hash(scope) AS place, * FROM findings",
    "topics": "SELECT hash(email) AS place, email, scope FROM findings WHERE email <> ''",
    "attachable": "SELECT hash(email) AS place, email, why FROM attachable",
}


def keep(
    workspace: Workspace,
    journal: Journal,
    folder: Path,
    made_by: str,
    manifest: Manifest,
    run_id: str,
) -> None:
    """Keep what a judged plan says, in place of the one before, where `made_by` says by what.

    Not of one that takes back a run, which knows a part of both sides. A run goes on without it:
    what keeps it from being written is logged, and `explain` makes a plan of its own then, since
    the one before is no longer the last.
    """
    if not made_by or manifest.undoes:
        return
    made = PlanMade(manifest.plan, run_id, manifest.made_at, journal.last_change())
    origin = msgspec.structs.asdict(Origin(made_by, manifest.decisions))
    about = {"version": VERSION, "engine": duckdb.__version__} | origin
    about |= msgspec.structs.asdict(made)
    try:
        with aside(workspace, folder / FILE, "kept", compression="zstd", row_group=_ROW_GROUP):
            fields = ", ".join(f"${field} AS {field}" for field in about)
            workspace.execute(f"CREATE TABLE kept.about AS SELECT {fields}", about)
            for table, query in _TABLES.items():
                workspace.execute(f"CREATE TABLE kept.{table} AS {query} ORDER BY 1")
    except (OSError, duckdb.IOException, duckdb.OutOfMemoryException) as error:
        log.warning("explain.failed", file=FILE, error=str(error).partition("\n")[0])
        with suppress(OSError):
            (folder / FILE).unlink(missing_ok=True)
