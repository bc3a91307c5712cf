"""What the sources share: the legacy tables, what they must have, rows in their struct's order."""

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from itertools import repeat

import msgspec

from syncd.errors import AlreadyMigrated, IncompleteRead, NotLegacy
from syncd.model.attachment import StoredPassword
from syncd.model.legacy import (
    CLIENT_COLUMNS,
    CONTACT_COLUMNS,
    LegacyClient,
    LegacyContact,
    TermKind,
    password_kind,
    presence,
)
from syncd.model.text import clean
from syncd.ports import Rows
from syncd.wire.mysql import Texts

# Given rows with their values in the order of `LegacyTable.columns`.
Shaper = Callable[[Sequence[Texts]], Rows]


class LegacyTable(msgspec.Struct, frozen=True):
    name: str
    struct: type[LegacyClient] | type[LegacyContact]
    columns: tuple[str, ...]  # one for each field of the struct after `source`; the first is the id
    ids: int  # how many columns, from the first, are whole numbers
    required: tuple[str, ...]  # without them it is no table of a WHMCS
    access: tuple[str, ...]  # they decide on access, and every WHMCS has them
    mail: tuple[str, ...] = ()  # they decide who gets which mail, and every WHMCS has them
    affiliate: tuple[str, ...] = ()  # so does this one, since 7.10


def _table(
    name: str,
    struct: type[LegacyClient] | type[LegacyContact],
    columns: dict[str, str],
    ids: int,
    access: tuple[str, ...],
    **more: tuple[str, ...],
) -> LegacyTable:
    ordered = tuple(columns[field] for field in struct.__struct_fields__[1:])
    return LegacyTable(name, struct, ordered, ids, (*ordered[:ids], "email"), access, **more)


CLIENTS = _table("tblclients", LegacyClient, CLIENT_COLUMNS, 1, ("status",))
CONTACTS = _table(
    "tblcontacts",
    LegacyContact,
    CONTACT_COLUMNS,
    2,
    ("subaccount", "permissions"),
    mail=("generalemails", "productemails", "domainemails", "invoiceemails", "supportemails"),
    affiliate=("affiliateemails",),
)
TABLES = {table.name: table for table in (CLIENTS, CONTACTS)}

# What numbers of a client stand for: table, its columns number and name, and the kind of it.
TERMS: dict[str, tuple[tuple[str, str], TermKind]] = {
    "tblcurrencies": (("id", "code"), "currency"),
    "tblclientgroups": (("id", "groupname"), "group"),
}
# What is read of a login when its password is carried over: see `ports.PasswordSource`.
STORED = ("id", "userid", "email", "subaccount", "password")

# Read besides: the version is one row of the first, and only WHMCS 8 has the second.
CONFIGURATION = "tblconfiguration"
CONFIGURATION_COLUMNS = ("setting", "value")
USERS = "tblusers"


def shaper(source: str, table: LegacyTable, present: Collection[str]) -> Shaper:
    """Give the function that makes of `Texts` rows in the field order of `table.struct`.

    `present` are the columns that this database has: of a password column that is there, only the
    kind of the password goes out, "none" for NULL; where it is not there, None like any other. Of
    notes only goes out that there are some.
    """
    made: dict[int, Callable[[str | None], str | None]] = {}
    if "password" in present:
        made[table.columns.index("password")] = password_kind
    if "notes" in table.columns:
        made[table.columns.index("notes")] = presence

    def shape(rows: Sequence[Texts]) -> Rows:
        if not rows:
            return []
        columns: list[Iterable[object]] = list(zip(*rows, strict=True))
        try:
            for at in range(table.ids):
                columns[at] = [int(texts[at] or 0) for texts in rows]
        except ValueError as error:
            raise IncompleteRead(
                source, f"{table.name} has an id that is not a number: make the dump again"
            ) from error
        for at, make in made.items():
            columns[at] = [make(texts[at]) for texts in rows]
        return list(zip(repeat(source, len(rows)), *columns, strict=True))

    return shape


def stored_password(source: str, texts: Texts) -> tuple[int, StoredPassword]:
    """Give a contact's id and what is stored of its login, of the columns STORED."""
    contact_id, client_id, email, subaccount, stored = texts
    try:
        return int(contact_id or 0), StoredPassword(int(client_id or 0), email, subaccount, stored)
    except ValueError:
        reason = f"{CONTACTS.name} has an id that is not a number: make the dump again"
        raise IncompleteRead(source, reason) from None


def term_rows(source: str, table: str, rows: Iterable[Texts]) -> Rows:
    """Give rows with the columns of `TERMS` in the order of LegacyTerm."""
    kind = TERMS[table][1]
    return [(source, kind, number, clean(name)) for number, name in rows if number and clean(name)]


def check_columns(source: str, table: LegacyTable, present: Collection[str]) -> None:
    """Raise `NotLegacy` where a column is missing that nothing can do without."""
    missing = [column for column in table.required if column not in present]
    if missing:
        raise NotLegacy(
            source,
            f"{table.name} has no column {', '.join(missing)}: is this a WHMCS database, and may"
            " the whole table be read? Give one with all of it",
        )


def hidden_of(
    source: str, table: LegacyTable, present: Collection[str], version: str, *, live: bool
) -> list[str]:
    """Say in words which columns are missing, and are therefore read as empty.

    Raises `IncompleteRead` where one of them decides on access or mail: read as empty, people would
    lose what they have. A backup that does not tell its version may be of any age, and lacks what
    it lacks; what a database lacks its reader may not read.
    """
    known = live or bool(version)
    deciding = (*table.access, *(table.mail if known else ()))
    if has_reached(version, 7, 10):
        deciding += table.affiliate
    missing = [column for column in table.columns if column not in present]
    lost = [column for column in deciding if column in missing]
    if lost:
        advice = "grant it, see docs/install.md" if live else "dump the whole table"
        raise IncompleteRead(
            source,
            f"{table.name} shows no column {', '.join(lost)}, which decides on access or mail:"
            f" {advice}.",
        )
    return [f"{table.name} has no column {', '.join(missing)}: read as empty"] if missing else []


def has_reached(version: str, *least: int) -> bool:
    """Say whether a version is this one or later; an unknown one has reached none."""
    numbers = re.match(r"(\d+)\.(\d+)", version)
    return numbers is not None and tuple(map(int, numbers.groups())) >= least


def refuse_migrated(source: str, version: str, *, users: bool, allowed: bool) -> list[str]:
    """Raise `AlreadyMigrated` for a WHMCS 8 or later unless `allowed`; then say so in a remark."""
    if users:
        sign = f"it has the table {USERS}"
    elif has_reached(version, 8, 0):
        sign = f"its version is {version}"
    else:
        return []
    if not allowed:
        raise AlreadyMigrated(source, f"it is already WHMCS 8 or later ({sign}).")
    return [f"already WHMCS 8 or later ({sign}): sub-accounts are what the upgrade left behind"]
