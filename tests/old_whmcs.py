"""A WHMCS 7.10 of the tests' own: the sandbox, filled with the rows of its tables."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import requests

from syncd.sandbox import Sandbox

PREFERENCES = ("general", "invoice", "support", "product", "domain", "affiliate")
# Columns that a data set of the sandbox has no place for, because no action shows them.
UNSEEN = ("authmodule", "lastlogin")

Row = Mapping[str, Any]


def data_set(tables: Mapping[str, Sequence[Row]]) -> dict[str, list[dict[str, Any]]]:
    """Turn rows of `tblclients` and `tblcontacts` into a data set that holds the same."""
    return {
        "clients": [_client(row) for row in tables["tblclients"]],
        "contacts": [_contact(row) for row in tables["tblcontacts"]],
        "currencies": list(tables.get("tblcurrencies", ())),
    }


def load(sandbox: Sandbox, data: Mapping[str, Any]) -> None:
    """Let the sandbox hold this data and nothing else."""
    for path, body in (("reset", {}), ("load", data)):
        reply = requests.post(f"{sandbox.control}/{path}", json=body, timeout=30)
        assert reply.ok, reply.text


def _client(row: Row) -> dict[str, Any]:
    item = {column: value for column, value in row.items() if column not in UNSEEN}
    return item | {"email_preferences": json.loads(item.get("email_preferences") or "{}")}


def _contact(row: Row) -> dict[str, Any]:
    item = {column: value for column, value in row.items() if not column.endswith("emails")}
    sent = {name: row[f"{name}emails"] for name in PREFERENCES}
    flags = {"client_id": item.pop("userid"), "subaccount": int(item["subaccount"])}
    return item | flags | {"email_preferences": sent}
