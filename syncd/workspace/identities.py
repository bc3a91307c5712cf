"""Identities: the legacy rows of each person, but for ordinary rows that have a pattern."""

from collections.abc import Iterator
from itertools import groupby
from operator import attrgetter

import msgspec

from syncd.model.reading import (
    AccountFacts,
    ClientReading,
    ContactReading,
    Entry,
    Identity,
    RowReader,
    address,
)
from syncd.workspace.legacy_rows import CLIENT_BODY, CONTACT_BODY, legacy_row
from syncd.workspace.workspace import Workspace


def identities(workspace: Workspace, reader: RowReader) -> Iterator[Identity]:
    """Yield the legacy rows without a pattern by identity, in byte order of the addresses."""
    for identity, group in groupby(_entries(workspace), key=attrgetter("identity")):
        clients: list[ClientReading] = []
        entries: list[Entry] = []
        for entry in group:
            match reader.row(legacy_row(entry.kind, entry.body)):
                case ClientReading() as client:
                    clients.append(client)
                case ContactReading() as contact:
                    entries.append(Entry(contact, entry.facts))
        yield Identity(address(identity), tuple(clients), tuple(entries))


class _EntryRow(msgspec.Struct, frozen=True):
    identity: str
    kind: str
    body: str
    owner: str | None
    name: str | None
    closed: bool | None
    erased: bool | None

    @property
    def facts(self) -> AccountFacts | None:
        if self.owner is None:
            return None
        return AccountFacts(
            address(self.owner), self.name or "", bool(self.closed), bool(self.erased)
        )


def _entries(workspace: Workspace) -> Iterator[_EntryRow]:
    # Joined first and ordered then: both at once would want the memory of both.
    for kind, query in _ENTRIES.items():
        workspace.fill("entries", query.format(singular=_singular(workspace, kind)))
    query = "SELECT * FROM entries ORDER BY identity, kind, source, id"
    yield from workspace.values(_EntryRow, query)


_ENTRIES = {
    "client": f"""
        INSERT INTO entries BY NAME
        SELECT identity, 'client' AS kind, source, client_id AS id, {CLIENT_BODY} AS body
        FROM clients {{singular}}
    """,
    "contact": f"""
        INSERT INTO entries BY NAME
        SELECT contacts.identity, 'contact' AS kind, source, contact_id AS id,
               {CONTACT_BODY} AS body, k.identity AS owner, k.name, k.closed, k.erased
        FROM contacts {{singular}} LEFT JOIN client_facts k USING (source, client_id)
    """,
}


def _singular(workspace: Workspace, kind: str) -> str:
    """Leave out the ordinary rows of a kind that have a pattern: none shares its address."""
    if not workspace.has("patterned"):
        return ""
    return f"""
        ANTI JOIN (SELECT email AS identity FROM ordinary SEMI JOIN patterned USING (sort)
                   WHERE kind = '{kind}') USING (identity)
    """
