"""The values of an installation's own fields for its clients; their definitions are not kept."""

import base64
import binascii

import phpserialize
from sqlalchemy import delete, select

from syncd.sandbox import schema
from syncd.sandbox.registry import Body, Call


def wanted(call: Call) -> dict[int, str]:
    """Return the values by field id that `customfields` holds: base64 of a serialized array.

    What is anything else holds none: no documented sentence refuses it.
    """
    try:
        values = phpserialize.loads(
            base64.b64decode(call.params.text("customfields"), validate=True), decode_strings=True
        )
    except (binascii.Error, ValueError):
        return {}
    if not isinstance(values, dict):
        return {}
    return {field: str(value) for field, value in values.items() if isinstance(field, int)}


def store(call: Call, client_id: int, values: dict[int, str]) -> None:
    """Set these values of a client; its other ones stay."""
    table = schema.custom_field_values
    for field, value in values.items():
        call.db.execute(delete(table).where(table.c.relid == client_id, table.c.fieldid == field))
        call.insert(
            table,
            fieldid=field,
            relid=client_id,
            value=value,
            created_at=call.stamp,
            updated_at=call.stamp,
        )


def shown(call: Call, client_id: int) -> Body:
    """Return a client's values as GetClientsDetails has them: in a list, and each by its place."""
    table = schema.custom_field_values
    query = select(table).where(table.c.relid == client_id).order_by(table.c.fieldid)
    rows = call.db.execute(query).all()
    listed = [{"id": row.fieldid, "value": row.value} for row in rows]
    # The sample has one field, of id 1 at place 1; which of the two the number is, is not said.
    placed = {f"customfields{place}": row.value for place, row in enumerate(rows, 1)}
    return {"customfields": listed, **placed}
