"""The request log: what was asked of the API and what was said, without anything secret."""

import json
import re
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, insert, select

from syncd.sandbox import schema
from syncd.sandbox.php import Params

_INSERT = insert(schema.requests)
_SECRET = re.compile(r"identifier|username|secret|pass|accesskey|token|securityq|card|cvv|bank")


def record(db: Connection, at: str, params: Params, **answered: object) -> None:
    """Write one line. `answered`: action, http_status, result, message, writes."""
    shown = json.dumps(_without_secrets(params))
    db.execute(_INSERT, {"at": at, "params": shown, **answered})


def lines(db: Connection, since: int) -> list[dict[str, Any]]:
    """Return the lines after id `since`, oldest first."""
    table = schema.requests
    rows = db.execute(select(table).where(table.c.id > since).order_by(table.c.id)).mappings()
    return [
        {**row, "params": json.loads(row["params"]), "writes": bool(row["writes"])} for row in rows
    ]


def _without_secrets(params: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: _without_secrets(value) if isinstance(value, dict) else value
        for name, value in params.items()
        if name != "action" and not _SECRET.search(name.lower())
    }
