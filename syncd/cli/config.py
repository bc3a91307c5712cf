"""`syncd config`: what counts, and what is wrong with it."""

from pathlib import Path

import msgspec
import typer

from syncd.cli.printed import out, show_json
from syncd.cli.words import Exit
from syncd.config.effective import settings
from syncd.config.faults import faults
from syncd.model.text import visible


def show_settings(path: Path, *, as_json: bool) -> None:
    listed = [
        {
            "key": each.key,
            "value": each.value,
            "from": "default" if each.line is None else "file",
            "line": each.line,
        }
        for each in settings(path)
    ]
    if as_json:
        show_json(1, path=str(path.absolute()), settings=listed)
        return
    for each in listed:
        value = each["value"]
        shown = value if isinstance(value, str) else msgspec.json.encode(value).decode()
        source = f"line {each['line']}" if each["line"] else "default"
        out.print(visible(f"{each['key']}: {shown}  ({source})"), markup=False)


def show_faults(path: Path, *, as_json: bool) -> None:
    listed = list(faults(path))
    if as_json:
        show_json(1, ok=not listed, path=str(path.absolute()), faults=listed)
    for fault in () if as_json else listed:
        line = "" if fault.line is None else f":{fault.line}"
        key = f"{fault.key}: " if fault.key else ""
        out.print(visible(f"{path}{line}: {key}{fault.fault}"), markup=False)
    if not listed and not as_json:
        out.print(f"{path} is in order. Secrets, source and target: syncd check", markup=False)
    raise typer.Exit(Exit.USAGE if listed else Exit.DONE)
