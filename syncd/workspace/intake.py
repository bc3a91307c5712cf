"""Legacy rows on their way in, a page at a time: plain ones by columns, all others one by one.

A plain row has nothing in it that asks for a look, see `plain`. What it says beside its own names,
address and numbers follows from a few values that it shares with thousands: its *form*. One row of
each form is read, by the reader that reads all others, with stand-ins for what is a row's own. A
property test holds both ways to the same result.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import compress
from typing import Any, Self

import nanoarrow as na

from syncd.model.legacy import LegacyClient, LegacyContact
from syncd.model.plainness import Plainness
from syncd.model.reading import Read, RowReader
from syncd.model.resources import Profile
from syncd.model.standin import CLIENT, CONTACT, EMAIL, FIRST, LAST, hold_standin
from syncd.ports import Batch, Rows
from syncd.workspace.paged import Paged
from syncd.workspace.parsed import execute
from syncd.workspace.plain import IDENTITY, client_conditions, contact_conditions
from syncd.workspace.rows import client_form_row, contact_form_row
from syncd.workspace.sink import as_table, kinds_of
from syncd.workspace.tables import CLIENT_FIELDS, CONTACT_FIELDS
from syncd.workspace.workspace import Workspace

_Column = tuple[na.Schema, Sequence[Any]]  # as `sink.as_table` takes it

_MOST = 30_000  # forms that are known at a time: each is a row of a table, and an entry here

# What is a row's own: all else is of its form.
_OWN = {"client_id", "contact_id", "email", "billing_contact", *Profile.__struct_fields__}
_OWN |= {"created_at", "updated_at", "last_login"}
_STANDINS = {
    "client_id": CLIENT,
    "contact_id": CONTACT,
    "first_name": FIRST,
    "last_name": LAST,
    "email": EMAIL,
}
_NUMBERS = ("client_id", "contact_id")

_NAME = "trim(trim(first_name) || ' ' || trim(last_name))"
_CLIENTS = f"""
    INSERT INTO clients BY NAME
    SELECT {IDENTITY} AS identity, source, client_id, {_NAME} AS name,
           coalesce(nullif(trim(company), ''), {_NAME}) AS label, f.status,
           trim(coalesce(phone, '')) AS phone,
           coalesce(nullif(trim(billing_contact), '0'), '') AS billing,
           f.mail, f.noted, f.closed, FALSE AS erased, form
"""
_CONTACTS = f"""
    INSERT INTO contacts BY NAME
    SELECT {IDENTITY} AS identity, source, contact_id, client_id, {_NAME} AS name,
           f.login, f.permissions,
           f.password, f.mail, subaccount, page.permissions AS flags, form
"""


class _PlainTable:
    """What is to be known of the rows of one table to take them in by columns."""

    def __init__(
        self,
        row: type[LegacyClient] | type[LegacyContact],
        table: str,
        forms: str,
        form_row: Callable[..., tuple[object, ...]],
        statement: tuple[str, Sequence[str], str],
    ) -> None:
        insert, fields, plain = statement
        self.row = row
        self.table = table
        self.forms = forms
        self.form_row = form_row
        packed = ", ".join(f'"{field}" := page."{field}"' for field in fields)
        self.insert = (
            f"{insert}, struct_pack({packed}) AS legacy FROM page POSITIONAL JOIN marked"
            f" JOIN {forms} f USING (form)"
        )
        self.plain = f"SELECT {plain} FROM page"
        self.shared = tuple(name for name in row.__struct_fields__ if name not in _OWN)
        self.known: dict[tuple[Any, ...], int] = {}  # forms, by the values of `shared`

    def columns(self, rows: Rows) -> dict[str, _Column]:
        values = zip(*rows, strict=True)
        return {
            name: (na.int64() if name in _NUMBERS else na.string(), column)
            for name, column in zip(self.row.__struct_fields__, values, strict=True)
        }

    def standing_for(self, values: tuple[Any, ...]) -> tuple[Any, ...]:
        """Give the row that stands for all of a form."""
        fields = dict(zip(self.shared, values, strict=True)) | _STANDINS
        return tuple(fields.get(name) for name in self.row.__struct_fields__)


class Intake:
    """Takes in pages of rows. Use as a context manager."""

    def __init__(self, workspace: Workspace, reader: RowReader, plainness: Plainness) -> None:
        self._workspace = workspace
        self._reader = reader
        clients = _CLIENTS, CLIENT_FIELDS, client_conditions(plainness)
        contacts = _CONTACTS, CONTACT_FIELDS, contact_conditions(plainness)
        self._kinds: Mapping[type[Any], _PlainTable] = {
            LegacyClient: _PlainTable(
                LegacyClient, "clients", "client_forms", client_form_row, clients
            ),
            LegacyContact: _PlainTable(
                LegacyContact, "contacts", "contact_forms", contact_form_row, contacts
            ),
        }
        self._least = workspace.few // 10  # rows; a page of less is read row by row sooner
        self._forms = 0
        self._paged = Paged(workspace.con)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._paged.close(whole=error[0] is None)

    def readings(self, batch: Batch) -> Iterator[Read]:
        """Take in the plain rows of a page; yields what the others say."""
        kind = self._kinds.get(batch.table)
        rows = batch.rows
        if kind and rows and len(rows) >= self._least:
            rows = self._others(kind, rows)
        yield from self._reader.rows(batch.table, rows)

    def _others(self, kind: _PlainTable, rows: Rows) -> Rows:
        """Take in the plain rows of a page; gives the others."""
        page = kind.columns(rows)
        with self._paged.page(len(rows)), self._paged.shown("page", as_table(page, len(rows))):
            plain = [is_plain for (is_plain,) in execute(self._paged.cursor, kind.plain).fetchall()]
            forms = self._forms_of(kind, page, plain)
            marked = as_table({"form": (na.int64(), forms)}, len(rows))
            with self._paged.shown("marked", marked):
                number = execute(self._paged.cursor, kind.insert).fetchall()[0][0]
        self._workspace.count_in(kind.table, number)
        return [row for row, form in zip(rows, forms, strict=True) if form is None]

    def _forms_of(
        self, kind: _PlainTable, page: Mapping[str, _Column], plain: Sequence[bool]
    ) -> list[int | None]:
        """Give the form of each plain row, None where it must be read by itself.

        That is so where too many are known to take in another, and where what the rows of a form
        share would pass for a row's own.
        """
        shared = list(zip(*(page[name][1] for name in kind.shared), strict=True))
        new = [
            values
            for values in dict.fromkeys(compress(shared, plain))
            if values not in kind.known and not hold_standin(values)
        ]
        new = new[: _MOST - self._forms]
        numbers = range(self._forms, self._forms + len(new))
        kind.known |= zip(new, numbers, strict=True)
        self._forms += len(new)
        if new:
            read = self._reader.rows(kind.row, map(kind.standing_for, new))
            rows = list(map(kind.form_row, numbers, read))
            types = kinds_of(self._paged.cursor, kind.forms)
            columns = zip(types.values(), zip(*rows, strict=True), strict=True)
            forms = as_table(dict(zip(types, columns, strict=True)), len(rows))
            with self._paged.shown("forms", forms):
                execute(self._paged.cursor, f"INSERT INTO {kind.forms} BY NAME SELECT * FROM forms")
        pairs = zip(shared, plain, strict=True)
        return [kind.known.get(values) if is_plain else None for values, is_plain in pairs]
