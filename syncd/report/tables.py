"""The CSV tables of a plan, one row at a time: RFC 4180, UTF-8, readable by the owner only.

No spreadsheet may take a cell for a formula (T-24): such a cell gets a leading apostrophe, and a
reader who takes one apostrophe away where `FORMULA` matches has the original back.
"""

import csv
import os
import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Generic, Self, TypeVar

import msgspec

from syncd.model.change import Verb
from syncd.model.finding import CATALOGUE, Finding
from syncd.model.permission import ALL
from syncd.report.facts import Access, ChangeLine, Mail, Sent
from syncd.report.words import marked

# A sign that starts a formula, also full-width or after blanks; or a blank that hides one. Cells
# that already begin with apostrophes count as well, so that taking one away is always right.
FORMULA = re.compile(r"'*(?:\s*[=+\-@＝＋－＠]|[\t\r\n])")  # noqa: RUF001
# One look at many rows: nearly all cells are empty or begin with a letter or digit, and then none
# is a formula.
_SUSPECT = re.compile(r"\x1f[^0-9A-Za-z\x1f]")
_TOGETHER = 50  # rows

Item = TypeVar("Item")


class Table(msgspec.Struct, Generic[Item], frozen=True):
    """A CSV file of a plan: its name, its columns, and the row of one item."""

    file: str
    columns: tuple[str, ...]
    row: Callable[[Item], tuple[object, ...]]


class CsvFile:
    """A CSV file that is written row by row, replacing one of that name. A context manager."""

    def __init__(self, path: Path, columns: Sequence[str]) -> None:
        self._file = open(  # noqa: SIM115 (closed on exit)
            path, "w", encoding="utf-8", errors="backslashreplace", newline="", opener=_private
        )
        self._writer = csv.writer(self._file, lineterminator="\r\n")
        self._writer.writerow(columns)
        self._rows: list[list[str]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        with self._file:
            self._flush()

    def add(self, row: Sequence[object]) -> None:
        self._rows.append([value if isinstance(value, str) else _text(value) for value in row])
        if len(self._rows) == _TOGETHER:
            self._flush()

    def _flush(self) -> None:
        rows, self._rows = self._rows, []
        if _SUSPECT.search("\x1f".join(("", *map("\x1f".join, rows)))):
            rows = [[cell(text) for text in row] for row in rows]
        self._writer.writerows(rows)


def write_csv(path: Path, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> int:
    """Write rows as they come and give their number; a file of that name is replaced."""
    with CsvFile(path, columns) as file:
        number = 0
        for number, row in enumerate(rows, start=1):  # noqa: B007
            file.add(row)
    return number


def cell(value: object) -> str:
    """Give a value as it stands in a cell: lists joined by blanks, formulas made harmless."""
    text = _text(value)
    return f"'{text}" if FORMULA.match(text) else text


def original(text: str) -> str:
    """Give back the value of a cell."""
    return text[1:] if text.startswith("'") and FORMULA.match(text) else text


def _text(value: object) -> str:
    return " ".join(map(str, value)) if isinstance(value, (tuple, list)) else str(value)


def _private(path: str, flags: int) -> int:
    descriptor = os.open(path, flags, 0o600)
    os.fchmod(descriptor, 0o600)  # also where the file was there before, with another mode
    return descriptor


def _access(access: Access) -> tuple[object, ...]:
    return (
        access.account,
        access.account_name,
        access.email,
        access.state,
        access.before,
        access.after,
        *(marked(access, "L"), marked(access, "G"), marked(access, "W")),
        access.why,
        *(access.password, access.password_after),
        access.label,
    )


_VERBS = {verb.value: verb.name.lower() for verb in Verb}  # a bare + or - would be a formula


def _change(change: ChangeLine) -> tuple[object, ...]:
    return (
        _VERBS[change.verb],
        change.kind,
        change.key,
        change.reason,
        change.verdict,
        change.rule,
        change.why,
    )


def _finding(finding: Finding) -> tuple[object, ...]:
    known = CATALOGUE[finding.code]
    return (
        known.severity,
        finding.code,
        known.case,
        finding.account,
        finding.contact_id,
        finding.email,
        finding.scope,
        finding.detail,
        finding.answer,
        known.sentence,
        known.advice,
    )


def _mail(mail: Mail) -> tuple[object, ...]:
    everything = "yes" if set(mail.permissions) >= set(ALL) else "no"
    return (
        *(mail.email, mail.account, mail.account_name),
        mail.permissions,
        everything,
        mail.label,
    )


ACCESS = Table(
    "access.csv",
    (
        *("account", "account_name", "email", "state", "before", "after"),
        *("lost", "gained", "waiting", "why", "password", "password_after", "label"),
    ),
    _access,
)
CHANGES = Table("changes.csv", ("verb", "kind", "key", "reason", "verdict", "rule", "why"), _change)
FINDINGS = Table(
    "findings.csv",
    (
        *(
            "severity",
            "code",
            "case",
            "account",
            "contact_id",
            "email",
            "scope",
            "detail",
            "answer",
        ),
        *("sentence", "advice"),
    ),
    _finding,
)
MAILS = Table(
    "mails.csv",
    ("email", "account", "account_name", "permissions", "everything", "label"),
    _mail,
)
SENT = Table("invitations.csv", Sent.__struct_fields__, msgspec.structs.astuple)
