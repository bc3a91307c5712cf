"""Why: one key from legacy rows to verdict, for a person who asks."""

from collections.abc import Iterator
from datetime import datetime

import msgspec
from rich.text import Text
from rich.tree import Tree

from syncd.errors import UnknownKey
from syncd.model.finding import CATALOGUE
from syncd.model.identity import normalise
from syncd.model.legacy import LegacyClient, LegacyContact
from syncd.pipeline import Progress, Settings, make_plan
from syncd.ports import Source, Target
from syncd.store.journal import Journal
from syncd.store.workspace import Workspace


def explain(
    key: str,
    sources: list[Source],
    target: Target,
    workspace: Workspace,
    journal: Journal,
    settings: Settings,
    now: datetime,
    progress: Progress,
) -> Tree:
    """Plan without applying, and tell what became of one key and why. Raises `UnknownKey`."""
    make_plan(sources, target.reader(), workspace, journal, settings, now, progress)
    root = Tree(Text(key))
    for identity in _identities(workspace, key):
        _identity(workspace, root.add(Text(identity.strip() or "(no address)")), identity)
    if not root.children:
        raise UnknownKey(key)
    return root


def _identities(workspace: Workspace, key: str) -> list[str]:
    """Give the identities a key speaks of."""
    bare = key.removeprefix("user:")
    if key.startswith("membership:"):
        bare = key.rpartition(":")[2]
    if "@" in bare:
        email = normalise(bare)
        known = "SELECT identity FROM clients UNION ALL SELECT identity FROM contacts "
        known += "UNION ALL SELECT email FROM matched"
        return [email] if workspace.scalar(f"SELECT ? IN ({known})", [email]) else []
    kind, _, ref = key.rpartition(":")
    queries = {
        "account": "SELECT DISTINCT identity FROM ("
        " SELECT identity FROM clients WHERE source || '/' || client_id = $1 UNION ALL"
        " SELECT identity FROM contacts WHERE source || '/' || client_id = $1) ORDER BY identity",
        "contact": "SELECT identity FROM contacts WHERE source || '/' || contact_id = $1",
    }
    for asked in (kind,) if kind else ("account", "contact"):
        found = [row[0] for row in workspace.stream(queries.get(asked, queries["account"]), [ref])]
        if found:
            return found
    return []


def _identity(workspace: Workspace, node: Tree, identity: str) -> None:
    for line in _rows(workspace, identity):
        node.add(Text(line))
    findings = workspace.stream(
        "SELECT code, scope, detail FROM findings WHERE email = $1 OR scope IN ("
        " SELECT 'contact:' || source || '/' || contact_id FROM contacts WHERE identity = $1"
        " UNION ALL SELECT 'account:' || source || '/' || client_id FROM clients"
        " WHERE identity = $1) ORDER BY scope, code",
        [identity],
    )
    for code, scope, detail in findings:
        known = CATALOGUE[code]
        told = node.add(Text(f"{known.severity}: {known.sentence} [{known.case} {code}] {scope}"))
        if detail:
            told.add(Text(f"data: {detail}"))
        told.add(Text(known.advice))
    for key in _keys(workspace, identity):
        _states(workspace, node.add(Text(key)), key)


def _rows(workspace: Workspace, identity: str) -> Iterator[str]:
    query = "SELECT body FROM clients WHERE identity = ? ORDER BY source, client_id"
    for (body,) in workspace.stream(query, [identity]):
        client = msgspec.json.decode(body, type=LegacyClient)
        yield (
            f"legacy client {client.source}/{client.client_id}: {_name(client)}, {client.status}"
        )
    query = "SELECT body FROM contacts WHERE identity = ? ORDER BY source, contact_id"
    for (body,) in workspace.stream(query, [identity]):
        row = msgspec.json.decode(body, type=LegacyContact)
        yield (
            f"legacy contact {row.source}/{row.contact_id} of {row.source}/{row.client_id}: "
            f"{_name(row)}, subaccount {row.subaccount!r}, permissions {row.permissions!r}"
        )


def _name(row: LegacyClient | LegacyContact) -> str:
    names = " ".join(part for part in (row.first_name, row.last_name, row.company) if part)
    return f"{names} <{row.email or ''}>"


def _keys(workspace: Workspace, identity: str) -> Iterator[str]:
    query = """
        SELECT DISTINCT key FROM (
            SELECT key FROM desired WHERE email = $1
            UNION ALL SELECT key FROM matched WHERE email = $1
            UNION ALL SELECT 'contact:' || source || '/' || contact_id FROM contacts
                      WHERE identity = $1
        ) ORDER BY key
    """
    for row in workspace.stream(query, [identity]):
        yield row[0]


_STATES = {
    "desired": "SELECT body FROM desired WHERE key = ?",
    "observed": "SELECT body FROM matched WHERE key = ?",
    "applied": "SELECT body FROM applied WHERE key = ?",
}


def _states(workspace: Workspace, node: Tree, key: str) -> None:
    for title, query in _STATES.items():
        node.add(Text(f"{title}: {workspace.scalar(query, [key]) or '-'}"))
    change = workspace.con.execute(
        "SELECT verb, reason, verdict, rule, why FROM changes WHERE key = ?", [key]
    ).fetchone()
    if change is None:
        node.add(Text("change: none"))
        return
    verb, reason, verdict, rule, why = change
    node.add(Text(f"change: {verb} {reason} -> {verdict} {rule}")).add(
        Text(why or "nothing speaks against it")
    )
