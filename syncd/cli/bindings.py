"""`syncd bindings`: bindings as CSV, to keep and to carry.

`account:legacy/17,5` says that client 17 of the source `legacy` is client 5 of the target.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import typer

from syncd.cli.configured import configured
from syncd.config.config import Config
from syncd.config.places import journal_of
from syncd.errors import BindingsUnusable, StoreError
from syncd.journal.journal import Journal
from syncd.model.keys import kind_of
from syncd.model.remembered import BoundKey
from syncd.report.cells import write_csv
from syncd.workspace.state import alone


def export_csv(file: Path, config: Path) -> None:
    settings = configured(config)
    with Journal.open(journal_of(settings), settings.target.name) as journal:
        number = export_bindings(journal, file)
    typer.echo(f"{number} bindings written to {file}")


def import_csv(file: Path, config: Path) -> None:
    settings = configured(config)
    sources = [source.name for source in settings.sources]
    with _held_journal(settings) as journal:
        new, known = import_bindings(journal, file, sources, datetime.now(UTC))
    typer.echo(f"{new} bindings imported, {known} were known already")


def forget(key: str, config: Path) -> None:
    with _held_journal(configured(config)) as journal:
        target_id = journal.binding(key)
        if target_id is None:
            raise typer.BadParameter(f"{key} is not bound; `syncd bindings export` lists what is")
        journal.unbind([key])
    kind = kind_of(key)
    typer.echo(
        f"{key} was {kind} {target_id} of the target and is bound to nothing now; the next plan "
        "matches it afresh"
    )


@contextmanager
def _held_journal(settings: Config) -> Iterator[Journal]:
    """Open the journal to be written by this process alone."""
    with (
        alone(settings.state_dir) as nobody_else,
        Journal.open(journal_of(settings), settings.target.name) as journal,
        journal.held(lambda: datetime.now(UTC), alone=nobody_else),
    ):
        yield journal


# --- the file ---

COLUMNS = ("key", "target_id")
_KEY = re.compile(r"(?P<kind>account|contact):(?P<source>[^/:\s]+)/[1-9]\d*")
_TARGET_ID = re.compile(r"[^\s/:]{1,64}")


class _BindingLine(msgspec.Struct, frozen=True):
    number: int
    key: str
    target_id: str

    @property
    def place(self) -> str:
        """Name what is bound in the target: accounts and contacts are numbered apart."""
        return f"{kind_of(self.key)}:{self.target_id}"


def export_bindings(journal: Journal, path: Path) -> int:
    """Write all bindings, by key; gives their number. A file of that name is replaced."""
    try:
        return write_csv(path, COLUMNS, (bound[:2] for bound in journal.bindings()))
    except OSError as error:
        raise StoreError(path, error.strerror or str(error)) from error


def import_bindings(
    journal: Journal, path: Path, sources: Iterable[str], now: datetime
) -> tuple[int, int]:
    """Import the bindings in a file, all or none; gives how many are new and how many known.

    Raises `BindingsUnusable` with every problem and its line.
    """
    lines = _read(path)
    known = {bound.key: bound.target_id for bound in journal.bindings()}
    problems = list(_problems(lines, frozenset(sources), known))
    if problems:
        raise BindingsUnusable(path, problems)
    new = [BoundKey(line.key, line.target_id) for line in lines if line.key not in known]
    journal.bind(new, now)
    return len(new), len(lines) - len(new)


def _read(path: Path) -> list[_BindingLine]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file)
            if not set(COLUMNS) <= set(rows.fieldnames or ()):
                raise BindingsUnusable(path, [f"needs the columns {' and '.join(COLUMNS)}"])
            return [
                _BindingLine(rows.line_num, *((row[name] or "").strip() for name in COLUMNS))
                for row in rows
            ]
    except OSError as error:
        raise BindingsUnusable(path, [error.strerror or str(error)]) from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise BindingsUnusable(path, [f"not readable as CSV in UTF-8: {error}"]) from error


def _problems(
    lines: Iterable[_BindingLine], sources: frozenset[str], known: Mapping[str, str]
) -> Iterator[str]:
    taken = {_BindingLine(0, key, target_id).place: key for key, target_id in known.items()}
    keys: dict[str, int] = {}
    places: dict[str, int] = {}
    for line in lines:
        for problem in _problems_of(line, sources):
            yield f"line {line.number}: {problem}"
        for name, met in ((line.key, keys), (line.place, places)):
            first = met.setdefault(name, line.number)
            if first != line.number:
                whose = "" if met is keys else "the target's "
                yield f"line {line.number}: {whose}{name} is already in line {first}"
        other, holder = known.get(line.key), taken.get(line.place)
        if other not in (None, line.target_id):
            yield f"line {line.number}: {line.key} is bound to {other} in the journal"
        if holder not in (None, line.key):
            yield f"line {line.number}: the target's {line.place} is bound to {holder}"


def _problems_of(line: _BindingLine, sources: frozenset[str]) -> Iterator[str]:
    form = _KEY.fullmatch(line.key)
    if form is None:
        yield f"{line.key!r} is not like account:legacy/17 or contact:legacy/117"
    elif form["source"] not in sources:
        yield f"{form['source']!r} is not a source in the configuration"
    if not _TARGET_ID.fullmatch(line.target_id):
        yield f"{line.target_id!r} is not an id of the target"
