"""What every command offers, and which of them print JSON."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from syncd.cli.app import app
from syncd.cli.words import Exit

ROOT = Path(__file__).parents[3]
# They change something beyond the state folder, or serve, or write a form of their own.
NOT_READING = {
    *(
        "alert",
        "pause",
        "resume",
        "apply",
        "sync",
        "run",
        "demo",
        "rehearse",
        "sandbox",
        "serve",
        "worker",
        "init",
        "redact",
        "letters",
        "decide",
        "approve",
    ),
    *("bindings export", "bindings import", "bindings forget"),
    *("ownership request", "ownership confirm", "ownership reject"),
    *("journal backup", "journal copy", "journal export"),
}


def commands(group: object, *path: str) -> Iterator[tuple[str, object]]:
    for name, command in group.commands.items():  # type: ignore[attr-defined]
        if hasattr(command, "commands"):
            yield from commands(command, *path, name)
        else:
            yield " ".join([*path, name]), command


COMMANDS = dict(commands(typer.main.get_command(app)))
READING = sorted(COMMANDS.keys() - NOT_READING)


def test_help_says_how_commands_end_and_which_end_otherwise() -> None:
    shown = CliRunner().invoke(app, ["--help"]).output

    assert re.findall(r"(?m)^ +(\d)  \S", shown) == [str(code.value) for code in Exit]
    alert = CliRunner().invoke(app, ["alert", "--help"]).output
    assert "Ends with 4 if a channel fails" in " ".join(alert.split())
    status = CliRunner().invoke(app, ["status", "--help"]).output
    assert "Ends with 0, 1, 2 or 3 as Nagios reads them" in " ".join(status.split())


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_can_be_quiet_and_verbose_and_prints_json_where_it_reads(
    name: str,
) -> None:
    offered = {word for each in COMMANDS[name].params for word in each.opts}  # type: ignore[attr-defined]

    assert {"-q", "--quiet", "-v", "--verbose"} <= offered
    assert ("--json" in offered) == (name in READING)
    if name != "sandbox":  # its own help, for which it needs its extra
        helped = CliRunner().invoke(app, [*name.split(), "-h"])
        assert helped.exit_code == 0
        assert helped.stdout.startswith("Usage: ")


def test_every_document_of_a_reading_command_is_documented_with_its_version() -> None:
    table = (ROOT / "docs" / "json.md").read_text("utf-8")
    documented = {
        name
        for cells in re.findall(r"(?m)^\| (`syncd .+?) \| \d+ \|", table)
        for name in re.findall(r"`syncd ([a-z ]+?)(?: --\w+)?`", cells)
    }

    assert documented == set(READING)
