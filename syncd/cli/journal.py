"""`syncd journal`: check, back up and export what must not be lost. Only `copy` changes it."""

import sys
from pathlib import Path

import typer

from syncd.cli.configured import configured
from syncd.cli.ended import utc
from syncd.cli.options import JournalKind
from syncd.cli.printed import show_json
from syncd.cli.words import Exit
from syncd.config.places import database_of, journal_of
from syncd.errors import ConfigError, StoreError
from syncd.journal import care, move
from syncd.journal.stores import store_of
from syncd.model.connection import JOURNAL
from syncd.report.plan import open_private
from syncd.workspace.state import alone


def check(config: Path, seal: str, *, as_json: bool = False) -> None:
    settings = configured(config)
    lines, whole = [], True
    for line in care.check(journal_of(settings), settings.target.name, seal):
        whole = whole and line.ok
        if as_json:
            lines.append(line)
            continue
        typer.echo(f"{'ok  ' if line.ok else 'FAIL'}  {line.what}")
        if line.detail:
            typer.echo(f"      {line.detail}")
    if as_json:
        show_json(1, ok=whole, checks=lines)
    raise typer.Exit(Exit.DONE if whole else Exit.NOT_READY)


def back_up(file: Path, config: Path) -> None:
    move.back_up(journal_of(configured(config)), file)
    typer.echo(f"The journal was copied to {file}; the copy is verified.")


def copy(to: JournalKind, config: Path) -> None:
    settings = configured(config)
    database, file = database_of(settings), settings.state_dir / JOURNAL
    if database is None:
        raise ConfigError(config, ["state.journal: needed, to say which database"])
    into = to is JournalKind.DATABASE
    place, other = (file, database) if into else (database, file)
    store = store_of(place)
    if not store.exists():
        raise StoreError(str(store), "there is no journal yet")
    with alone(settings.state_dir) as nobody_else:
        last = move.move(place, other, settings.target.name, utc, alone=nobody_else)
    typer.echo(f"The journal was copied to {other}: {last.seq} links, seal {last.hash}")
    then = "" if into else " Take state.journal out of the config now, on every host."
    typer.echo(f"{place} is closed and kept; runs go by the copy.{then}")


def export(config: Path, out_file: Path | None) -> None:
    lines = care.export(journal_of(configured(config)))
    if out_file is None:
        sys.stdout.buffer.writelines(lines)
        return
    try:
        with open_private(out_file) as file:
            file.writelines(lines)
    except OSError as error:
        raise StoreError(out_file, error.strerror or str(error)) from error
