"""The outbox as the control plane shows it: each mail with the link that stands in it."""

from typing import Any

from sqlalchemy import Connection, RowMapping, select

from syncd.sandbox import resets, schema


def read(db: Connection, host: str) -> list[dict[str, Any]]:
    """Return all mails; `host` is the address of the client area, with a slash."""
    rows = db.execute(select(schema.outbox).order_by(schema.outbox.c.id)).mappings()
    table = schema.user_invites
    invites = {row.id: row.token for row in db.execute(select(table.c.id, table.c.token))}
    forgotten = resets.links(db)

    def link(row: RowMapping) -> str | None:
        is_reset = row["kind"] == "reset"
        token = forgotten.get(row["to"]) if is_reset else invites.get(row["invite_id"])
        return f"{host}{'password/reset' if is_reset else 'invite'}/{token}" if token else None

    return [{**row, "link": link(row)} for row in rows]
