"""What the sources share: the legacy tables, what they must have, rows in their struct's order."""

from collections.abc import Callable, Collection

import msgspec

from syncd.errors import IncompleteRead, NotLegacy
from syncd.model.legacy import (
    CLIENT_COLUMNS,
    CONTACT_COLUMNS,
    LegacyClient,
    LegacyContact,
    password_kind,
)
from syncd.wire.mysql import Texts

# Given the values of a row in the order of `LegacyTable.columns`.
Shaper = Callable[[Texts], tuple[object, ...]]


class LegacyTable(msgspec.Struct, frozen=True):
    name: str
    struct: type[LegacyClient] | type[LegacyContact]
    columns: tuple[str, ...]  # one for each field of the struct after `source`; the first is the id
    ids: int  # how many columns, from the first, are whole numbers
    required: tuple[str, ...]


def _table(
    name: str, struct: type[LegacyClient] | type[LegacyContact], columns: dict[str, str], ids: int
) -> LegacyTable:
    ordered = tuple(columns[field] for field in struct.__struct_fields__[1:])
    return LegacyTable(name, struct, ordered, ids, (*ordered[:ids], "email"))


CLIENTS = _table("tblclients", LegacyClient, CLIENT_COLUMNS, ids=1)
CONTACTS = _table("tblcontacts", LegacyContact, CONTACT_COLUMNS, ids=2)
TABLES = {table.name: table for table in (CLIENTS, CONTACTS)}

# Read besides: the version is one row of the first, and only WHMCS 8 has the second.
CONFIGURATION = "tblconfiguration"
CONFIGURATION_COLUMNS = ("setting", "value")
USERS = "tblusers"


def shaper(source: str, table: LegacyTable, present: Collection[str]) -> Shaper:
    """Give the function that makes of `Texts` a row in the field order of `table.struct`.

    `present` are the columns that this database has: of a password column that is there, only the
    kind of the password goes out, "none" for NULL; where it is not there, None like any other.
    """
    others = range(2, table.ids + 1)
    password = table.columns.index("password") + 1 if "password" in present else 0

    def shape(texts: Texts) -> tuple[object, ...]:
        row: list[object] = [source, *texts]
        try:
            row[1] = int(texts[0] or 0)
            for at in others:
                row[at] = int(texts[at - 1] or 0)
        except ValueError as error:
            raise IncompleteRead(source, f"{table.name} has an id that is not a number") from error
        if password:
            row[password] = password_kind(texts[password - 1])
        return tuple(row)

    return shape


def check_columns(source: str, table: LegacyTable, present: Collection[str]) -> None:
    """Raise `NotLegacy` where a column is missing that nothing can do without."""
    missing = [column for column in table.required if column not in present]
    if missing:
        raise NotLegacy(
            source,
            f"{table.name} has no column {', '.join(missing)}: is this a WHMCS database, and may"
            " the whole table be read?",
        )


def remarks_on(table: LegacyTable, present: Collection[str]) -> list[str]:
    """Say in words which columns are missing and what follows from it."""
    missing = [column for column in table.columns if column not in present]
    if not missing:
        return []
    remarks = [f"{table.name} has no column {', '.join(missing)}: read as empty"]
    if "subaccount" in missing:
        remarks.append("there is no column subaccount, so no contact is read as a login")
    elif "permissions" in missing:
        remarks.append("there is no column permissions, so no sub-account is read as having any")
    return remarks


def refuse_migrated(source: str, version: str, *, users: bool, allowed: bool) -> list[str]:
    """Raise `NotLegacy` for a WHMCS 8 or later unless `allowed`; then say so in a remark."""
    major = version.split(".", 1)[0]
    if users:
        sign = f"it has the table {USERS}"
    elif major.isdecimal() and int(major) >= 8:
        sign = f"its version is {version}"
    else:
        return []
    if not allowed:
        raise NotLegacy(
            source,
            f"this WHMCS is already 8 or later ({sign}): read a database or backup from before"
            " the upgrade",
            already_migrated=True,
        )
    return [f"already WHMCS 8 or later ({sign}): sub-accounts are what the upgrade left behind"]
