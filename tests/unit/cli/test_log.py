"""What a log may show: everything that happened, and nobody's address."""

import ast
import io
import json
import re
from collections.abc import Iterator
from contextlib import redirect_stderr
from pathlib import Path

import pytest
import structlog

from syncd.cli import log

ROOT = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def undone() -> Iterator[None]:
    yield
    structlog.reset_defaults()


def line(*, show_emails: bool = False, **fields: object) -> dict[str, object]:
    with redirect_stderr(io.StringIO()) as told:
        log.configure("json", show_emails=show_emails)
        structlog.get_logger().info("change.applied", **fields)
    found: dict[str, object] = json.loads(told.getvalue())
    return found


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("dana@archer.example", "d***@a***.example"),
        ("membership:legacy/17:dana@archer.example", "membership:legacy/17:d***@a***.example"),
        ("Dana <dana@mail.archer.example>, twice", "Dana <d***@m***.example>, twice"),
        ("dana@archer.example;erin@archer.example", "d***@a***.example;e***@a***.example"),
        ("jürgen@müller.example", "j***@m***.example"),
        ("nobody here", "nobody here"),
    ],
)
def test_addresses_are_masked_wherever_they_stand(text: str, shown: str) -> None:
    assert line(subject=text)["subject"] == shown


def test_addresses_inside_of_lists_and_mappings_are_masked_too() -> None:
    told = line(moved=["+ user:dana@archer.example"], counts={"dana@archer.example": (1, "x@y.z")})
    assert told["moved"] == ["+ user:d***@a***.example"]
    assert told["counts"] == {"d***@a***.example": [1, "x***@y***.z"]}


def test_who_asks_for_addresses_gets_them() -> None:
    assert line(subject="dana@archer.example", show_emails=True)["subject"] == "dana@archer.example"


def test_a_line_says_what_when_and_in_which_run() -> None:
    with structlog.contextvars.bound_contextvars(run_id="20260301T090000-abc123"):
        told = line(kind="user")
    assert told["event"] == "change.applied"
    assert told["run_id"] == "20260301T090000-abc123"
    assert (told["kind"], told["level"]) == ("user", "info")
    assert str(told["timestamp"]).endswith("Z")


def test_lines_below_the_level_are_left_out() -> None:
    with redirect_stderr(io.StringIO()) as told:
        log.configure("json", "warning")
        structlog.get_logger().info("plan.made")
        structlog.get_logger().warning("run.failed")
    assert "plan.made" not in told.getvalue()
    assert "run.failed" in told.getvalue()


def test_without_a_terminal_auto_means_json_and_console_means_console() -> None:
    with redirect_stderr(io.StringIO()) as told:
        log.configure("auto")
        structlog.get_logger().info("plan.made")
        log.configure("console")
        structlog.get_logger().info("plan.made")
    first, second = told.getvalue().splitlines()
    assert json.loads(first)["event"] == "plan.made"
    assert not second.startswith("{")


# --- what is logged is documented -----------------------------------------------------------


def events() -> set[str]:
    """Give the events that the code logs by a literal name."""
    calls = (
        node
        for path in (ROOT / "syncd").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name) and node.func.value.id == "log" and node.args
    )  # fmt: skip
    names = (
        part.value
        for call in calls
        for part in ast.walk(call.args[0])
        if isinstance(part, ast.Constant) and isinstance(part.value, str)
    )
    return {name for name in names if re.fullmatch(r"[a-z]+\.[a-z_]+", name)}


def test_every_event_is_in_the_table_of_the_log() -> None:
    log = (ROOT / "docs" / "operate.md").read_text("utf-8").partition("\n## The log\n")[2]
    table = re.findall(r"(?m)^\| (`.+?) \|", log.partition("\n## ")[0])
    documented = {name for cell in table for name in re.findall(r"`([a-z]+\.[a-z_]+)`", cell)}

    assert len(events()) > 40
    assert events() - documented == set()
