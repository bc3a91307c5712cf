"""Writes the man page of every command, from what `--help` shows: packaging/manual.py FOLDER."""

import os
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import typer

from syncd import __version__
from syncd.cli.app import app
from syncd.cli.words import ENDS

_FILES = {
    "/etc/syncd/config.yaml": "The configuration; syncd-init(1) writes one.",
    "/etc/syncd/credentials": "Secrets, a file each, for the systemd unit.",
    "/var/lib/syncd": "The journal, which must be backed up, the plans of the last runs, the lock.",
}


def pages(command: Any, path: tuple[str, ...] = ("syncd",)) -> Iterator[tuple[str, str]]:
    """Yield the name and the text of the page of a command, and of those below it."""
    context = typer.Context(command, info_name=" ".join(path))
    yield "-".join(path), _page(command, context, path)
    for name, below in _below(command):
        yield from pages(below, (*path, name))


def _below(command: Any) -> Iterator[tuple[str, Any]]:
    if hasattr(command, "commands"):
        for name in command.list_commands(None):
            yield name, command.commands[name]


def _page(command: Any, context: Any, path: tuple[str, ...]) -> str:
    name = "-".join(path)
    brief, _, _ = command.help.partition(". ")
    lines = [
        f'.TH "{_plain(name.upper())}" "1" "{_day()}" "syncd {__version__}" "syncd"',
        ".SH NAME",
        rf"{_plain(name)} \- {_plain(brief.strip().removesuffix('.').splitlines()[0])}",
        ".SH SYNOPSIS",
        f".B {_plain(' '.join(path))}",
        _plain(" ".join(command.collect_usage_pieces(context))),
        ".SH DESCRIPTION",
        *_paragraphs(command.help),
    ]
    records = [each.get_help_record(context) for each in command.get_params(context)]
    if shown := [record for record in records if record]:
        lines += [".SH OPTIONS", *_list(shown)]
    below = [(each, sub.get_short_help_str(limit=200)) for each, sub in _below(command)]
    if below:
        lines += [".SH COMMANDS", *_list(below)]
    lines += [".SH EXIT STATUS", *_list((str(code.value), words) for code, words in ENDS.items())]
    if len(path) == 1:
        lines += [".SH FILES", *_list(_FILES.items())]
    others = ["-".join((*path, each)) for each, _ in below] or [path[0]]
    lines += [".SH SEE ALSO", ",\n".join(f".BR {_plain(each)} (1)" for each in others)]
    return "\n".join(lines).replace(",\n.BR", "\n.BR") + "\n"


def _list(items: Any) -> Iterator[str]:
    for name, words in items:
        yield from (".TP", rf"\fB{_plain(name)}\fR", _plain(words))


def _paragraphs(text: str) -> Iterator[str]:
    for number, paragraph in enumerate(text.strip().split("\n\n")):
        yield from (".PP",) if number else ()
        yield _plain(" ".join(paragraph.split()))


def _plain(text: str) -> str:
    """Let roff show a text as it is."""
    text = text.replace("\\", r"\e").replace("-", r"\-")
    return re.sub(r"(?m)^(?=[.'])", r"\\&", text)


def _day() -> str:
    """Give the day of the source, where the build says it, so that two builds are the same."""
    return f"{datetime.fromtimestamp(int(os.environ.get('SOURCE_DATE_EPOCH', '0')), UTC):%Y-%m-%d}"


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in pages(typer.main.get_command(app)):
        (folder / f"{name}.1").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
