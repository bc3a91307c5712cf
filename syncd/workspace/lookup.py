"""Looking up what a plan says about one key or one person; for `explain`."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from syncd.model.attachment import Attachment
from syncd.model.finding import Finding
from syncd.model.identity import normalise
from syncd.model.keys import parts_of
from syncd.model.legacy import TermKind
from syncd.model.reading import Reading, RowReader
from syncd.model.resources import Account, Observable, Resource
from syncd.workspace.legacy_rows import CLIENT_BODY, CONTACT_BODY, legacy_row
from syncd.workspace.workspace import Workspace


class LegacyRow(msgspec.Struct, frozen=True):
    """What a legacy row says, and of its account what people call it and its status."""

    reading: Reading
    label: str | None  # None where there is no such account
    status: str


class Headline(msgspec.Struct, frozen=True):
    """What is to be done, and what the guard says of it."""

    verb: str
    reason: str
    verdict: str
    rule: str
    why: str


class States(msgspec.Struct, frozen=True):
    """What stands under one key, and the change that follows of it."""

    desired: Resource | None
    observed: Observable | None
    applied: Resource | None
    written_at: str
    change: Headline | None
    unread: bool  # nobody looked at the permissions in this run
    checked_at: str  # of permissions that are trusted for what they were then, else ""


def staff(workspace: Workspace) -> frozenset[str]:
    """Give the addresses of the provider's staff, as far as the sources know them."""
    if not workspace.has("legacy_staff"):
        return frozenset()
    return frozenset(email for (email,) in workspace.stream("SELECT email FROM legacy_staff"))


def terms(workspace: Workspace) -> Mapping[tuple[str, TermKind, str], str]:
    """Give what the numbers of currencies and client groups stand for, by source and kind."""
    if not workspace.has("legacy_terms"):
        return {}
    rows = workspace.stream("SELECT source, kind, number, name FROM legacy_terms")
    return {(source, kind, number): name for source, kind, number, name in rows}


def address(key: str) -> str:
    """Give the address in a key, as it was typed; "" where there is none."""
    parts = parts_of(key)
    typed = parts.email if parts.kind in ("user", "membership") else key
    return typed if "@" in typed else ""


def identities(workspace: Workspace, key: str) -> list[str]:
    """Give the identities a key is about: an address, `legacy/17`, or a resource's key."""
    if typed := address(key):
        email = normalise(typed)
        known = "SELECT identity FROM clients UNION ALL SELECT identity FROM contacts "
        known += "UNION ALL SELECT email FROM matched"
        return [email] if workspace.scalar(f"SELECT ? IN ({known})", [email]) else []
    parts = parts_of(key)
    kind, ref = (parts.kind, parts.account or parts.contact_id) if ":" in key else ("", key)
    for asked in (kind,) if kind else ("account", "contact"):
        query = _OF.get(asked, _OF["account"])
        names = [row[0] for row in workspace.stream(query, [ref])]
        if names:
            return names
    return []


_OF = {
    "account": """
        SELECT DISTINCT identity FROM (
            SELECT identity FROM clients WHERE ref_of(source, client_id) = $1
            UNION ALL SELECT identity FROM contacts WHERE ref_of(source, client_id) = $1
            UNION ALL SELECT email FROM matched
                      WHERE account = $1 AND kind IN ('account', 'membership') AND email <> ''
        ) ORDER BY identity
    """,
    "contact": "SELECT identity FROM contacts WHERE ref_of(source, contact_id) = $1",
}


def rows(workspace: Workspace, reader: RowReader, identity: str) -> Iterator[LegacyRow]:
    """Yield the legacy rows of an identity."""
    for kind, query in _ROWS.items():
        for body, label, status in workspace.stream(query, [identity]):
            yield LegacyRow(reader.row(legacy_row(kind, body)), label, status or "")


_ROWS = {
    "client": f"""
        SELECT {CLIENT_BODY}, label, status FROM clients
        WHERE identity = ? ORDER BY source, client_id
    """,
    "contact": f"""
        SELECT contacts.body, k.label, k.status
        FROM (SELECT *, {CONTACT_BODY} AS body FROM contacts) contacts
        LEFT JOIN clients k USING (source, client_id)
        WHERE contacts.identity = ? ORDER BY source, contact_id
    """,
}


# A login that is not desired also has a key, and so has a row that may be one: what is not done is
# shown as well.
_KEYS = """
    SELECT key FROM desired WHERE email = $1
    UNION SELECT key FROM matched WHERE email = $1
    UNION SELECT contact_key(ref_of(source, contact_id)) FROM contacts WHERE identity = $1
    UNION SELECT membership_key(ref_of(source, client_id), identity) FROM contacts
          WHERE identity = $1 AND address_of(identity) <> '' AND coalesce(login, TRUE)
"""
_ACCOUNTS = """
    SELECT account_key(ref_of(source, client_id)) FROM clients WHERE identity = $1
    UNION SELECT account_key(ref_of(source, client_id)) FROM contacts WHERE identity = $1
    UNION SELECT account_key(account) FROM matched WHERE email = $1
"""


def findings(workspace: Workspace, identity: str) -> Iterator[Finding]:
    """Yield what is found about an identity, and about the accounts it is on."""
    query = f"""
        SELECT * FROM findings
        WHERE email = $1 OR scope = user_key($1) OR scope IN ({_KEYS} UNION {_ACCOUNTS})
        ORDER BY scope, code
    """
    yield from workspace.values(Finding, query, [identity])


def keys(workspace: Workspace, identity: str) -> list[str]:
    """Give the keys of all resources that are about an identity."""
    return [row[0] for row in workspace.stream(f"{_KEYS} ORDER BY key", [identity])]


def states(workspace: Workspace, key: str) -> States:
    written_at = workspace.scalar("SELECT written_at FROM applied WHERE key = ?", [key])
    changes = workspace.values(Headline, "SELECT * FROM changes WHERE key = ?", [key])
    unread, checked_at = workspace.execute(_READ, [key]).fetchone() or (False, "")
    return States(
        _decoded(workspace, "desired", key, Resource),
        _observed(workspace, key),
        _decoded(workspace, "applied", key, Resource),
        written_at or "",
        next(changes, None),
        unread,
        checked_at,
    )


class Attached(msgspec.Struct, frozen=True):
    """How a change attaches somebody, and why no old password goes along, "" where one does."""

    attach: Attachment
    why: str


def attached(workspace: Workspace, key: str) -> Attached | None:
    """Give how the change under a key attaches its person; None where it does not."""
    query = """
        SELECT c.attach, coalesce(a.why, '') FROM changes c LEFT JOIN attachable a USING (email)
        WHERE c.key = ? AND c.attach IS NOT NULL
    """
    row = workspace.execute(query, [key]).fetchone()
    return Attached(msgspec.json.decode(row[0], type=Attachment), row[1]) if row else None


_READ = """
    SELECT NOT b.complete AND i.key IS NULL AND t.key IS NULL,
           CASE WHEN t.key IS NULL THEN '' ELSE c.checked_at END
    FROM bound b LEFT JOIN inspected i ON i.key = b.target_key
    LEFT JOIN trusted t ON t.key = b.key LEFT JOIN checked c ON c.key = b.key
    WHERE b.key = ? AND b.kind = 'membership'
"""


def _observed(workspace: Workspace, key: str) -> Observable | None:
    observed: Observable | None = _decoded(workspace, "matched", key, Observable)
    if isinstance(observed, Account):  # the target shows its owner separately
        owner = workspace.scalar("SELECT email FROM matched WHERE key = ?", [key])
        return msgspec.structs.replace(observed, owner=owner)
    return observed


def _decoded(workspace: Workspace, table: str, key: str, kind: Any) -> Any:
    body = workspace.scalar(f"SELECT body FROM {table} WHERE key = ?", [key])
    return msgspec.json.decode(body, type=kind) if body else None
