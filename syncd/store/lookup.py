"""Looking up what a plan says of one key or one person; for `explain`."""

from collections.abc import Iterator
from typing import Any

import msgspec

from syncd.model.finding import Finding
from syncd.model.identity import normalise
from syncd.model.legacy import LegacyClient, LegacyContact
from syncd.model.resources import Observable, Resource
from syncd.store.workspace import Workspace


class States(msgspec.Struct, frozen=True):
    """What stands under one key, and the change that follows of it."""

    desired: Resource | None
    observed: Observable | None
    applied: Resource | None
    written_at: str
    change: tuple[str, str, str, str, str] | None  # verb, reason, verdict, rule, why


def identities(workspace: Workspace, key: str) -> list[str]:
    """Give the identities a key speaks of: an address, `legacy/17`, or a resource's key."""
    bare = key.removeprefix("user:")
    if key.startswith("membership:"):
        bare = key.rpartition(":")[2]
    if "@" in bare:
        email = normalise(bare)
        known = "SELECT identity FROM clients UNION ALL SELECT identity FROM contacts "
        known += "UNION ALL SELECT email FROM matched"
        return [email] if workspace.scalar(f"SELECT ? IN ({known})", [email]) else []
    kind, _, ref = key.rpartition(":")
    for asked in (kind,) if kind else ("account", "contact"):
        query = _OF.get(asked, _OF["account"])
        found = [row[0] for row in workspace.stream(query, [ref])]
        if found:
            return found
    return []


_OF = {
    "account": """
        SELECT DISTINCT identity FROM (
            SELECT identity FROM clients WHERE source || '/' || client_id = $1
            UNION ALL SELECT identity FROM contacts WHERE source || '/' || client_id = $1
        ) ORDER BY identity
    """,
    "contact": "SELECT identity FROM contacts WHERE source || '/' || contact_id = $1",
}


def rows(workspace: Workspace, identity: str) -> Iterator[tuple[LegacyClient | LegacyContact, str]]:
    """Yield the legacy rows of an identity, each with what people call its account."""
    query = "SELECT body, label FROM clients WHERE identity = ? ORDER BY source, client_id"
    for body, label in workspace.stream(query, [identity]):
        yield msgspec.json.decode(body, type=LegacyClient), label
    query = """
        SELECT c.body, k.label FROM contacts c LEFT JOIN clients k USING (source, client_id)
        WHERE c.identity = ? ORDER BY source, contact_id
    """
    for body, label in workspace.stream(query, [identity]):
        yield msgspec.json.decode(body, type=LegacyContact), label or ""


def findings(workspace: Workspace, identity: str) -> Iterator[Finding]:
    query = """
        SELECT code, scope, account, contact_id, email, detail, made_on, answer FROM findings
        WHERE email = $1 OR scope IN (
            SELECT 'contact:' || source || '/' || contact_id FROM contacts WHERE identity = $1
            UNION ALL
            SELECT 'account:' || source || '/' || client_id FROM clients WHERE identity = $1)
        ORDER BY scope, code
    """
    for row in workspace.stream(query, [identity]):
        yield Finding(*row)


def keys(workspace: Workspace, identity: str) -> list[str]:
    """Give the keys of all resources that are about an identity."""
    query = """
        SELECT DISTINCT key FROM (
            SELECT key FROM desired WHERE email = $1
            UNION ALL SELECT key FROM matched WHERE email = $1
            UNION ALL SELECT 'contact:' || source || '/' || contact_id FROM contacts
                      WHERE identity = $1
        ) ORDER BY key
    """
    return [row[0] for row in workspace.stream(query, [identity])]


def states(workspace: Workspace, key: str) -> States:
    written_at = workspace.scalar("SELECT written_at FROM applied WHERE key = ?", [key])
    change = workspace.con.execute(
        "SELECT verb, reason, verdict, rule, why FROM changes WHERE key = ?", [key]
    ).fetchone()
    return States(
        _decoded(workspace, "desired", key, Resource),
        _decoded(workspace, "matched", key, Observable),
        _decoded(workspace, "applied", key, Resource),
        written_at or "",
        change,
    )


def _decoded(workspace: Workspace, table: str, key: str, kind: Any) -> Any:
    body = workspace.scalar(f"SELECT body FROM {table} WHERE key = ?", [key])
    return msgspec.json.decode(body, type=kind) if body else None
