"""`syncd journal`: check, back up and export what must not be lost. Nothing here changes it."""

import sys
from pathlib import Path

import typer

from syncd.cli.configured import configured
from syncd.cli.printed import show_json
from syncd.cli.words import Exit
from syncd.errors import StoreError
from syncd.journal import care, copy
from syncd.report.plan import open_private


def check(config: Path, seal: str, *, as_json: bool = False) -> None:
    settings = configured(config)
    path = settings.state_dir / "journal.sqlite"
    lines, whole = [], True
    for line in care.check(path, settings.target.name, seal):
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
    copy.back_up(configured(config).state_dir / "journal.sqlite", file)
    typer.echo(f"The journal was copied to {file}; the copy is verified.")


def export(config: Path, out_file: Path | None) -> None:
    lines = care.export(configured(config).state_dir / "journal.sqlite")
    if out_file is None:
        sys.stdout.buffer.writelines(lines)
        return
    try:
        with open_private(out_file) as file:
            file.writelines(lines)
    except OSError as error:
        raise StoreError(out_file, error.strerror or str(error)) from error
