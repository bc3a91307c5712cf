"""Identities: the legacy rows of each person, but for ordinary rows that have a pattern."""

from collections.abc import Iterator

import msgspec

from syncd.model.reading import (
    AccountFacts,
    ClientReading,
    ContactReading,
    Entry,
    Identity,
    address,
)
from syncd.workspace.merge import merged
from syncd.workspace.workspace import Workspace


def identities(workspace: Workspace) -> Iterator[Identity]:
    """Yield the legacy rows without a pattern by identity, in byte order of the addresses."""
    for identity, (clients, entries) in merged(_clients(workspace), _entries(workspace)):
        yield Identity(address(identity), tuple(clients), tuple(entries))


def _clients(workspace: Workspace) -> Iterator[tuple[str, ClientReading]]:
    decode = msgspec.json.Decoder(ClientReading).decode
    query = f"""
        SELECT identity, body FROM clients c {_singular(workspace, "client")}
        ORDER BY identity, source, client_id
    """
    for identity, body in workspace.stream(query):
        yield identity, decode(body)


def _entries(workspace: Workspace) -> Iterator[tuple[str, Entry]]:
    decode = msgspec.json.Decoder(ContactReading).decode
    # Joined first and ordered then: both at once would want the memory of both.
    workspace.execute(f"""
        INSERT INTO entries
        SELECT c.identity, c.source, c.contact_id, c.body,
               k.identity AS owner, k.name, k.closed, k.erased
        FROM contacts c LEFT JOIN client_facts k USING (source, client_id)
        {_singular(workspace, "contact")}
    """)
    query = """
        SELECT identity, body, owner, name, closed, erased FROM entries
        ORDER BY identity, source, contact_id
    """
    for identity, body, owner, *facts in workspace.stream(query):
        account = None if owner is None else AccountFacts(address(owner), *facts)
        yield identity, Entry(decode(body), account)


def _singular(workspace: Workspace, kind: str) -> str:
    """Leave out the ordinary rows of a kind that have a pattern."""
    if not workspace.has("patterned"):
        return ""
    return f"""
        ANTI JOIN (FROM ordinary SEMI JOIN patterned USING (sort) WHERE kind = '{kind}') o
               ON o.source = c.source AND o.id = c.{kind}_id
    """
