"""The CSV tables of a plan: of each its file, its columns, and the row of one item."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Generic, TypeVar

import msgspec

from syncd.model.lettering import Addressee
from syncd.model.permission import ALL
from syncd.report.cells import CsvFile, write_csv
from syncd.report.facts import (
    Mail,
    OwnersInvitation,
    Recipient,
    Sent,
    Task,
)
from syncd.report.holding import Chooser, PermissionHolder
from syncd.report.keeping import PasswordOf
from syncd.report.lines import csv_rows
from syncd.report.naming import Reference, SupportContact
from syncd.report.words import LABELS

Item = TypeVar("Item")


class Sheet(msgspec.Struct, frozen=True):
    """A CSV file of a plan, its name and its columns; the engine can make its rows."""

    file: str
    columns: tuple[str, ...]

    def rows(self, query: str, beside: str = "") -> str:
        """Give the SQL of its lines, over a query that gives these columns; see `csv_rows`."""
        return csv_rows(self.columns, query, beside)

    def lines(self, folder: Path) -> CsvFile:
        """Open the file, for lines that are written beside something else."""
        return CsvFile(folder / self.file, self.columns)


class CsvTable(Sheet, Generic[Item], frozen=True):
    """One of rows that we make: `row` gives that of an item."""

    row: Callable[[Item], tuple[object, ...]]

    def write(self, folder: Path, items: Iterable[Item]) -> int:
        """Write the whole table as the items come, and give their number."""
        return write_csv(folder / self.file, self.columns, map(self.row, items))

    @contextmanager
    def opened(self, folder: Path) -> Iterator[Callable[[Item], None]]:
        """Give what adds an item, for a table that is written beside something else."""
        with CsvFile(folder / self.file, self.columns) as file:
            yield lambda item: file.add(self.row(item))


# --- access and people ------------------------------------------------------------------------


def _chooser(chooser: Chooser) -> tuple[object, ...]:
    numbers = (chooser.logins_before, chooser.accounts_before, chooser.accounts_after)
    return (chooser.email, *numbers, "yes" if chooser.new else "no", chooser.accounts)


ACCESS = Sheet(
    "access.csv",
    (
        *("account", "account_name", "email", "state", "before", "after"),
        *("lost", "gained", "waiting", "why", "password", "password_after", "label"),
    ),
)
HIGH_RISK = Sheet("high_risk.csv", PermissionHolder.__struct_fields__)
CHOOSERS = CsvTable(
    "account_chooser.csv",
    ("email", "logins_before", "accounts_before", "accounts_after", "new", "accounts"),
    _chooser,
)
PASSWORDS: CsvTable[PasswordOf] = CsvTable(
    "passwords.csv", PasswordOf.__struct_fields__, msgspec.structs.astuple
)
PEOPLE = Sheet("people.csv", Addressee.__struct_fields__)


# --- changes and findings ---------------------------------------------------------------------

CHANGES = Sheet("changes.csv", ("verb", "kind", "key", "reason", "verdict", "rule", "why"))
FINDINGS = Sheet(
    "findings.csv",
    (
        *("severity", "code", "case", "account", "contact_id", "email", "scope", "detail"),
        *("answer", "sentence", "advice"),
    ),
)


# --- invitations ------------------------------------------------------------------------------

_WHERE = (
    "Client area, as the owner: Hello, Name > User Management > Invite New User; enter the "
    "address, Choose Permissions, tick exactly these, Send Invite"
)


def _mail(mail: Mail) -> tuple[object, ...]:
    everything = "yes" if set(mail.permissions) >= set(ALL) else "no"
    who = (mail.email, mail.account, mail.account_name)
    return (*who, mail.permissions, everything, mail.label)


def _by_owner(invitation: OwnersInvitation) -> tuple[object, ...]:
    keys = invitation.permissions
    labels = "; ".join(LABELS[key].full if key in LABELS else key for key in keys)
    return (*msgspec.structs.astuple(invitation), labels, _WHERE)


MAILS = CsvTable(
    "mails.csv",
    ("email", "account", "account_name", "permissions", "everything", "label"),
    _mail,
)
SENT: CsvTable[Sent] = CsvTable("invitations.csv", Sent.__struct_fields__, msgspec.structs.astuple)
BY_OWNERS = CsvTable(
    "invitations_by_owner.csv", (*OwnersInvitation.__struct_fields__, "labels", "where"), _by_owner
)


# --- contacts ---------------------------------------------------------------------------------

_USES = ("order", "pay_method", "ticket", "ticket_reply", "social_login")


def _reference(reference: Reference) -> tuple[object, ...]:
    where = (reference.contact_id, reference.account, reference.account_name)
    billing = "yes" if reference.uses.get("billing") else "no"
    uses = (reference.uses.get(use, 0) for use in _USES)
    return (*where, reference.email, reference.login, billing, *uses)


_TASK = tuple(field for field in Task.__struct_fields__ if field != "key")


def _task(task: Task) -> tuple[object, ...]:
    return ("[ ]", *(getattr(task, column) for column in _TASK))


RECIPIENTS: CsvTable[Recipient] = CsvTable(
    "recipients.csv", Recipient.__struct_fields__, msgspec.structs.astuple
)
REFERENCES = CsvTable(
    "references.csv",
    (
        *("contact_id", "account", "account_name", "email", "login"),
        *("billing_contact", "orders", "pay_methods", "tickets", "ticket_replies", "social_logins"),
    ),
    _reference,
)
SUPPORT = Sheet("support_contacts.csv", SupportContact.__struct_fields__)
WORKSHEET = CsvTable("worksheet.csv", ("done", *_TASK), _task)
