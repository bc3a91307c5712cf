"""Looking up what a plan says about one key or one person; for `explain`.

In the workspace of that plan, or in what was kept of it: see `last_plan`.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import duckdb
import msgspec

from syncd.model.attachment import Attachment
from syncd.model.finding import Finding
from syncd.model.identity import normalise
from syncd.model.keys import parts_of
from syncd.model.legacy import TermKind
from syncd.model.reading import Reading, RowReader
from syncd.model.resources import Account, Observable, Resource
from syncd.workspace.legacy_rows import CLIENT_BODY, CONTACT_BODY, legacy_row
from syncd.workspace.parsed import execute

if TYPE_CHECKING:  # who only looks loads no workspace
    from syncd.workspace.workspace import Workspace

Con = duckdb.DuckDBPyConnection
_Value = TypeVar("_Value", bound=msgspec.Struct)


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
    others: list[str]  # `rule: why` of all else that holds it


class States(msgspec.Struct, frozen=True):
    """What stands under one key, and the change that follows of it."""

    desired: Resource | None
    observed: Observable | None
    applied: Resource | None
    written_at: str
    change: Headline | None
    unread: bool  # nobody looked at the permissions in this run
    checked_at: str  # of permissions that are trusted for what they were then, else ""
    hidden: bool  # something is there and not kept: it is about somebody who is suppressed


def staff(workspace: "Workspace") -> frozenset[str]:
    """Give the addresses of the provider's staff, as far as the sources know them."""
    if not workspace.has("legacy_staff"):
        return frozenset()
    return frozenset(email for (email,) in workspace.stream("SELECT email FROM legacy_staff"))


def terms(workspace: "Workspace") -> Mapping[tuple[str, TermKind, str], str]:
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


def identities(con: Con, key: str) -> list[str]:
    """Give the identities a key is about: an address, `legacy/17`, or a resource's key."""
    if typed := address(key):
        email = normalise(typed)
        return [email] if _scalar(con, _KNOWN, email) else []
    parts = parts_of(key)
    kind, ref = (parts.kind, parts.account or parts.contact_id) if ":" in key else ("", key)
    for asked in (kind,) if kind else ("account", "contact"):
        names = _rows(con, _OF.get(asked, _OF["account"]), ref)
        if names:
            return [name for (name,) in names]
    return []


_KNOWN = """
    SELECT EXISTS (FROM clients WHERE identity = $1) OR EXISTS (FROM contacts WHERE identity = $1)
        OR EXISTS (FROM keys WHERE email = $1 AND there)
"""
_OF = {
    "account": """
        SELECT identity FROM clients WHERE ref_of(source, client_id) = $1
        UNION SELECT identity FROM contacts WHERE ref_of(source, client_id) = $1
        UNION SELECT email FROM members WHERE account = $1
        ORDER BY identity
    """,
    "contact": "SELECT identity FROM contacts WHERE ref_of(source, contact_id) = $1",
}


def rows(con: Con, reader: RowReader, identity: str) -> Iterator[LegacyRow]:
    """Yield the legacy rows of an identity."""
    for kind, query in _LEGACY_ROWS.items():
        for body, label, status in _rows(con, query, identity):
            yield LegacyRow(reader.row(legacy_row(kind, body)), label, status or "")


_LEGACY_ROWS = {
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
    SELECT key FROM keys WHERE email = $1
    UNION SELECT contact_key(ref_of(source, contact_id)) FROM contacts WHERE identity = $1
    UNION SELECT membership_key(ref_of(source, client_id), identity) FROM contacts
          WHERE identity = $1 AND address_of(identity) <> '' AND coalesce(login, TRUE)
"""
_ACCOUNTS = """
    SELECT account_key(ref_of(source, client_id)) FROM clients WHERE identity = $1
    UNION SELECT account_key(ref_of(source, client_id)) FROM contacts WHERE identity = $1
    UNION SELECT account_key(account) FROM matched WHERE email = $1
"""


def findings(con: Con, identity: str) -> list[Finding]:
    """Give what is found about an identity, and about the accounts it is on."""
    query = f"""
        SELECT * FROM findings
        WHERE email = $1 OR scope = user_key($1) OR scope IN ({_KEYS} UNION {_ACCOUNTS})
        ORDER BY scope, code
    """
    return _values(con, Finding, query, identity)


def keys(con: Con, identity: str) -> list[str]:
    """Give the keys of all resources that are about an identity."""
    return [key for (key,) in _rows(con, f"{_KEYS} ORDER BY key", identity)]


def states(con: Con, key: str) -> States:
    changes = _values(con, Headline, "SELECT * FROM changes WHERE key = ?", key)
    looked = _rows(con, "SELECT unread, checked_at FROM looked_at WHERE key = ?", key)
    unread, checked_at = looked[0] if looked else (False, "")
    return States(
        _decoded(con, "desired", key, Resource),
        _observed(con, key),
        _decoded(con, "applied", key, Resource),
        _scalar(con, "SELECT written_at FROM applied WHERE key = ?", key) or "",
        changes[0] if changes else None,
        unread,
        checked_at,
        bool(_rows(con, "SELECT 1 FROM matched WHERE key = ? AND body IS NULL", key)),
    )


class Attached(msgspec.Struct, frozen=True):
    """How a change attaches somebody, and why no old password goes along, "" where one does."""

    attach: Attachment
    why: str


def attached(con: Con, key: str) -> Attached | None:
    """Give how the change under a key attaches its person; None where it does not."""
    query = """
        SELECT c.attach, coalesce(a.why, '') FROM changes c LEFT JOIN attachable a USING (email)
        WHERE c.key = ? AND c.attach IS NOT NULL
    """
    rows = _rows(con, query, key)
    return Attached(msgspec.json.decode(rows[0][0], type=Attachment), rows[0][1]) if rows else None


def _observed(con: Con, key: str) -> Observable | None:
    observed: Observable | None = _decoded(con, "matched", key, Observable)
    if isinstance(observed, Account):  # the target shows its owner separately
        owner = _scalar(con, "SELECT email FROM matched WHERE key = ?", key)
        return msgspec.structs.replace(observed, owner=owner)
    return observed


def _decoded(con: Con, table: str, key: str, kind: Any) -> Any:
    body = _scalar(con, f"SELECT body FROM {table} WHERE key = ?", key)
    return msgspec.json.decode(body, type=kind) if body else None


# --- few rows at a time -----------------------------------------------------------------------


def _rows(con: Con, query: str, asked: str) -> Sequence[tuple[Any, ...]]:
    return execute(con, query, [asked]).fetchall()


def _values(con: Con, kind: type[_Value], query: str, asked: str) -> list[_Value]:
    columns = ", ".join(kind.__struct_fields__)
    return [kind(*row) for row in _rows(con, f"SELECT {columns} FROM ({query})", asked)]


def _scalar(con: Con, query: str, asked: str) -> Any:
    rows = _rows(con, query, asked)
    return rows[0][0] if rows else None
