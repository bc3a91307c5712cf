"""Data sets: the one shape in which data is loaded in bulk and read back whole.

    {"clients": [...], "users": [...], "memberships": [...],
     "contacts": [...], "invites": [...], "groups": [...], "currencies": [...],
     "activity": [...], "customfields": [...], "notes": [...], "tickets": [...],
     "replies": [...], "holdings": [...]}

Every list and every field may be left out; ids are given out where there is none; a field that
does not exist is an error. Dates are `2026-03-01 09:30:00`, UTC. Values are stored as they are:
what the API would refuse can be loaded, which is the point.

client      id, uuid, the profile (firstname ... phonenumber, tax_id, language, notes), status
            ("Active"), datecreated, groupid, currency, billingcid, defaultgateway, emailoptout,
            marketing_emails_opt_in,
            email_preferences {"general": "1", ...} (all "1"), created_at, updated_at;
            password, the stale column as it is, loaded and never read back
user        id, firstname, lastname, email, language, datecreated, last_login;
            password, or password_hash (a bcrypt): loaded and never read back
membership  client_id; user_id, or email of a user loaded before or with it; owner (false);
            permissions, a list or null (an owner's); invite_id (0)
contact     id, client_id, the profile, email_preferences {"general": false, ...} (all false),
            subaccount and permissions (stale columns 8.x keeps, alive in a 7.10), created_at,
            updated_at; password as above
invite      id, client_id, email, permissions, created_at (now), accepted_at, withdrawn_at;
            read back also state, expires_at, accepted_by, which loading ignores
group       id, groupname, groupcolour, discountpercent, susptermexempt, separateinvoices
currency    id, code, prefix, suffix, format (1), default (0), rate (1)
activity    id, date, description, user, client_id, user_id, admin_id, ipaddr
customfield id, client_id, field_id, value
note        id, client_id, note, sticky, admin_id, created_at
ticket      id, number, department_id (1), client_id, contact_id, user_id, name, email,
            date, subject, message, status ("Open"), priority ("Medium"), admin
reply       id, ticket_id, client_id, contact_id, user_id, name, email, date, message, admin
holding     what an account owns: id, client_id, kind (service, domain, invoice or quote), name,
            status ("Active"), amount, date (the day it is due), detail (a domain's nameservers)
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select
from sqlalchemy.exc import IntegrityError, StatementError

from syncd.sandbox.clock import stamp
from syncd.sandbox.dataset_kinds import (
    INVITES,
    KINDS,
    BadDataSet,
    Columns,
    DataKind,
    Item,
    LoadContext,
    ReadContext,
)

__all__ = ["BadDataSet", "load", "read", "read_invites"]


def load(db: Connection, data: Mapping[str, Any], now: datetime) -> dict[str, int]:
    """Add `data` to what is there; return how many of each kind.

    Raises BadDataSet, and the transaction should then be given up.
    """
    unknown = data.keys() - {kind.name for kind in KINDS}
    if unknown:
        raise BadDataSet(f"There is no kind {min(unknown)!r}.")
    loading = LoadContext(db, stamp(now))
    return {kind.name: _load(kind, data[kind.name], loading) for kind in KINDS if kind.name in data}


def read(db: Connection, now: datetime) -> dict[str, list[Columns]]:
    """Return everything, each kind in the order of its ids; without any password."""
    reading = ReadContext(db, now)
    return {kind.name: _read(kind, reading) for kind in KINDS}


def read_invites(db: Connection, now: datetime) -> list[Columns]:
    return _read(INVITES, ReadContext(db, now))


def _load(kind: DataKind, items: Sequence[Item], loading: LoadContext) -> int:
    for item in items:
        unknown = item.keys() - kind.fields
        if unknown:
            raise BadDataSet(f"{kind.name}: there is no field {min(unknown)!r}.")
    rows = [kind.to_columns(item, loading) for item in items]
    # The rows of one statement have the same columns: first those that bring an id.
    with_id = [
        row | {"id": item["id"]} for row, item in zip(rows, items, strict=True) if "id" in item
    ]
    without = [row for row, item in zip(rows, items, strict=True) if "id" not in item]
    try:
        for group in (with_id, without):
            if group:
                loading.db.execute(insert(kind.table), group)
    except (IntegrityError, StatementError) as error:
        raise BadDataSet(f"{kind.name}: {error.orig}") from error
    return len(rows)


def _read(kind: DataKind, reading: ReadContext) -> list[Columns]:
    rows = reading.db.execute(select(kind.table).order_by(kind.table.c.id))
    return [{"id": row.id, **kind.to_item(row, reading)} for row in rows]
