"""The legacy side of a rehearsal: its rows as data sets of a sandbox, without any password."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from syncd.journal.bindings import chunks
from syncd.model.legacy import CONTACT_COLUMNS
from syncd.model.reading import ClientReading, ContactReading
from syncd.model.resources import Profile
from syncd.workspace.workspace import Workspace

Row = Mapping[str, Any]

# Of one source, or of all.
_CLIENTS = "SELECT body FROM clients WHERE source = coalesce(?, source)"
_CONTACTS = "SELECT body FROM contacts WHERE source = coalesce(?, source)"


def legacy_parts(workspace: Workspace, source: str) -> Iterator[Mapping[str, list[Row]]]:
    """Yield what a source holds. Who is on the suppression list was not read, and is not there."""
    clients = _bodies(workspace, _CLIENTS, ClientReading, source)
    for part in chunks(map(_client, clients)):
        yield {"clients": part}
    contacts = _bodies(workspace, _CONTACTS, ContactReading, source)
    for part in chunks(map(_contact, contacts)):
        yield {"contacts": part}


def legacy_names(workspace: Workspace) -> Mapping[str, tuple[str, str]]:
    """Give first and last name by address; those of an account's owner go before a contact's."""
    readings: list[Any] = [
        *_bodies(workspace, _CONTACTS, ContactReading), *_bodies(workspace, _CLIENTS, ClientReading)
    ]  # fmt: skip
    return {
        each.email: (each.profile.first_name, each.profile.last_name)
        for each in readings
        if each.email and each.profile.first_name
    }


def profile_columns(profile: Profile) -> dict[str, str]:
    return {CONTACT_COLUMNS[field]: getattr(profile, field) for field in profile.__struct_fields__}


def _bodies(
    workspace: Workspace, query: str, kind: type[Any], source: str | None = None
) -> Iterator[Any]:
    decode = msgspec.json.Decoder(kind).decode
    for (body,) in workspace.stream(query, [source]):
        yield decode(body)


def _client(reading: ClientReading) -> Row:
    return profile_columns(reading.profile) | {
        "id": reading.row.client_id,
        "email": reading.email,
        "status": reading.status or "Active",
        "language": reading.language,
    }


def _contact(reading: ContactReading) -> Row:
    return profile_columns(reading.profile) | {
        "id": reading.row.contact_id,
        "client_id": reading.row.client_id,
        "email": reading.email,
        "subaccount": bool(reading.login),
        # As they are understood, however they are written: old rows know many ways.
        "permissions": ",".join(reading.flags.permissions),
        "email_preferences": dict.fromkeys(reading.mail, True),
    }
