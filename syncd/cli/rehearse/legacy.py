"""The legacy side of a rehearsal: its rows as data sets of a sandbox, without any password."""

from collections.abc import Iterator, Mapping
from typing import Any

from syncd.journal.bindings import chunks
from syncd.model.legacy import CONTACT_COLUMNS
from syncd.model.reading import ClientReading, ContactReading, RowReader
from syncd.model.resources import Profile
from syncd.workspace.legacy_rows import CLIENT_BODY, CONTACT_BODY, legacy_row
from syncd.workspace.workspace import Workspace

Row = Mapping[str, Any]

# Of one source, or of all.
_QUERIES = {
    kind: f"SELECT {body} FROM {kind}s WHERE source = coalesce(?, source)"  # noqa: S608
    for kind, body in (("client", CLIENT_BODY), ("contact", CONTACT_BODY))
}


def legacy_parts(
    workspace: Workspace, reader: RowReader, source: str
) -> Iterator[Mapping[str, list[Row]]]:
    """Yield what a source holds. Who is on the suppression list was not read, and is not there."""
    clients = _readings(workspace, reader, "client", source)
    for part in chunks(map(_client, clients)):
        yield {"clients": part}
    contacts = _readings(workspace, reader, "contact", source)
    for part in chunks(map(_contact, contacts)):
        yield {"contacts": part}


def legacy_names(workspace: Workspace, reader: RowReader) -> Mapping[str, tuple[str, str]]:
    """Give first and last name by address; those of an account's owner go before a contact's."""
    return {
        each.email: (each.profile.first_name, each.profile.last_name)
        for kind in ("contact", "client")
        for each in _readings(workspace, reader, kind)
        if each.email and each.profile.first_name
    }


def profile_columns(profile: Profile) -> dict[str, str]:
    return {CONTACT_COLUMNS[field]: getattr(profile, field) for field in profile.__struct_fields__}


def _readings(
    workspace: Workspace, reader: RowReader, kind: str, source: str | None = None
) -> Iterator[Any]:
    for (body,) in workspace.stream(_QUERIES[kind], [source]):
        yield reader.row(legacy_row(kind, body))


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
