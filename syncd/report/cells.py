"""CSV files, one row at a time: RFC 4180, UTF-8, readable by the owner only.

No spreadsheet may take a cell for a formula (T-24): such a cell gets a leading apostrophe, and a
reader who takes one apostrophe away where `FORMULA` matches has it back. No terminal may obey a
cell: characters that act instead of showing are spelled out.
"""

import csv
import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from syncd.errors import NotPlain
from syncd.model.text import visible
from syncd.report.lines import MARK

# A sign that starts a formula, also full-width or after blanks. Cells that already begin with
# apostrophes count as well, so that taking one away is always right.
FORMULA = re.compile(r"'*\s*[=+\-@＝＋－＠]")  # noqa: RUF001
# One look at many rows: nearly all cells are empty or begin with a letter or digit, and then none
# is a formula.
_SUSPECT = re.compile(r"\x1f[^0-9A-Za-z\x1f]")
_TOGETHER = 50  # rows
_CELLS = msgspec.json.Decoder(list[str])


def _opened(path: str, _: int) -> int:
    return private(Path(path))


class CsvFile:
    """A CSV file that is written row by row, replacing one of that name. A context manager.

    In the columns named `prose`, line breaks are kept; they are our own texts.
    """

    def __init__(self, path: Path, columns: Sequence[str], prose: Sequence[str] = ()) -> None:
        self._file = open(  # noqa: SIM115 (closed on exit)
            path, "w", encoding="utf-8", errors="backslashreplace", newline="", opener=_opened
        )
        self._writer = csv.writer(self._file, lineterminator="\r\n")
        self._writer.writerow(columns)
        self._rows: list[list[str]] = []
        self._prose = {at for at, name in enumerate(columns) if name in prose}

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

    def add_lines(self, lines: Sequence[str]) -> None:
        """Write rows that the engine joined, see `lines`; those it marked come apart."""
        self._flush()
        block = "".join(lines)
        if MARK not in block:
            self._file.write(block)
            return
        for line in lines:
            if line.startswith(MARK):
                self.add(_CELLS.decode(line[len(MARK) :]))
            else:
                self._flush()
                self._file.write(line)

    def _flush(self) -> None:
        rows, self._rows = self._rows, []
        joined = "\x1f".join(("", *map("\x1f".join, rows)))
        if _SUSPECT.search(joined) or not "".join(map("".join, rows)).isprintable():
            rows = [
                [_prose(text) if at in self._prose else cell(text) for at, text in enumerate(row)]
                for row in rows
            ]
        self._writer.writerows(rows)


def write_csv(path: Path, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> int:
    """Write rows as they come and give their number; a file of that name is replaced."""
    with CsvFile(path, columns) as file:
        number = 0
        for number, row in enumerate(rows, start=1):  # noqa: B007
            file.add(row)
    return number


def cell(value: object) -> str:
    """Give a value as it stands in a cell: lists joined by blanks, nothing in it acts."""
    text = visible(_text(value))
    return f"'{text}" if FORMULA.match(text) else text


def _prose(text: str) -> str:
    """Give a text of several lines as it stands in a cell."""
    lines = "\n".join(map(visible, text.split("\n")))
    return f"'{lines}" if FORMULA.match(lines) else lines


def original(text: str) -> str:
    """Give back the value of a cell, with its control characters spelled out as they stand."""
    return text[1:] if text.startswith("'") and FORMULA.match(text) else text


def _text(value: object) -> str:
    return " ".join(map(str, value)) if isinstance(value, (tuple, list)) else str(value)


def private(path: Path) -> int:
    """Open a new file for its owner alone, in place of one of that name; never follows a link."""
    if path.is_symlink() or (path.exists() and not path.is_file()):
        raise NotPlain(path)
    path.unlink(missing_ok=True)
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
