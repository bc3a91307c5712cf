"""Sub-accounts: contacts with a login of their own, which WHMCS had up to 7.10.

A contact is one if its column `subaccount` says so; a password or permissions alone do not.
"""

from typing import Any

from sqlalchemy import ColumnElement, RowMapping, func, select

from syncd.sandbox import lookup, passwords, schema
from syncd.sandbox.registry import Body, Call, Refusal


def are_there(call: Call) -> bool:
    """Say whether this release has sub-accounts, and no users."""
    return call.release < (8, 0)


def shown(row: RowMapping) -> Body:
    """Return what GetContacts of such a release tells besides; the password's hash, too."""
    return {name: row[name] for name in ("subaccount", "password", "permissions")}


def searched(call: Call) -> list[ColumnElement[bool]]:
    """Return the filter `subaccount` of GetContacts, if it is given."""
    if "subaccount" not in call.params:
        return []
    return [schema.contacts.c.subaccount == int(call.params.flag("subaccount"))]


def wanted(call: Call, *, new: bool) -> dict[str, Any]:
    """Return the columns that the call's `subaccount`, `password2` and `permissions` ask for.

    AddContact has no documented `subaccount`: there the other two make one.
    """
    params = call.params
    columns: dict[str, Any] = {}
    if "permissions" in params:
        columns["permissions"] = ",".join(params.listed("permissions"))
    if params.text("password2"):
        columns["password"] = passwords.hashed(params.text("password2"))
    if "subaccount" in params:
        columns["subaccount"] = int(params.flag("subaccount"))
    elif new and columns:
        columns["subaccount"] = 1
    return columns


def check_address(call: Call, email: str, besides: int) -> None:
    """Raise Refusal if `email` is a login already: a client's, or another sub-account's."""
    table = schema.contacts
    others = (table.c.subaccount == 1, table.c.id != besides, lookup.equals(table.c.email, email))
    twins = call.db.scalar(select(func.count()).select_from(table).where(*others))
    if email and (twins or lookup.client_by_email(call.db, email)):
        raise Refusal("Duplicate Email Address")
