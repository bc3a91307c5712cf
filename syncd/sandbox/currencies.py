"""Currencies: what a client's number stands for; where the data has none there is the dollar."""

from typing import Any

from sqlalchemy import Connection, select

from syncd.sandbox import schema

Currency = dict[str, Any]
_ONLY: Currency = {"id": 1, "code": "USD", "prefix": "$", "suffix": " USD", "format": 1, "rate": 1}


def all_of(db: Connection) -> list[Currency]:
    """Return the currencies, the default one first."""
    table = schema.currencies
    rows = db.execute(select(table).order_by(table.c.default.desc(), table.c.id)).mappings()
    return [{name: row[name] for name in _ONLY} for row in rows] or [_ONLY]


def code_of(db: Connection, number: int) -> str:
    return next((row["code"] for row in all_of(db) if row["id"] == number), "")


def or_default(db: Connection, number: int) -> int:
    """Return the number of a currency that is there: this one, or the default."""
    known = [int(row["id"]) for row in all_of(db)]
    return number if number in known else known[0]
