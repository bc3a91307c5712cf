"""Legacy rows as the workspace holds them, given back as the source had them."""

from typing import Any

import msgspec

from syncd.model.legacy import LegacyClient, LegacyContact
from syncd.workspace.tables import CLIENT_FIELDS, CONTACT_FIELDS


def _body(*columns: str) -> str:
    return f"json_array({', '.join(columns)})::TEXT"


# A row of either table as JSON, in SQL.
CLIENT_BODY = _body("source", "client_id", *(f'legacy."{field}"' for field in CLIENT_FIELDS))
CONTACT_BODY = _body(
    "source", "contact_id", "client_id", *(f'legacy."{field}"' for field in CONTACT_FIELDS)
)
_DECODERS: dict[str, msgspec.json.Decoder[Any]] = {
    "client": msgspec.json.Decoder(LegacyClient),
    "contact": msgspec.json.Decoder(LegacyContact),
}


def legacy_row(kind: str, body: str) -> LegacyClient | LegacyContact:
    """Give the row of a body as above."""
    row: LegacyClient | LegacyContact = _DECODERS[kind].decode(body)
    return row
