"""Every command in a real pseudo-terminal: its result is still there when it has ended."""

import os
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from provider import Provider
from terminal import Shown, Terminal
from wire import Wire, between

import syncd
from syncd.config import decisions

WIDE, NARROW = 100, 60
DEMO = Path(syncd.__file__).parent / "cli" / "demo" / "legacy-backup.zip"


def on_terminal(provider: Provider, columns: int, *command: str, config: bool = True) -> Shown:
    options = ["--config", str(provider.config)] if config else []
    return Terminal(provider, columns, [*command, *options]).shown()


@pytest.fixture(params=[WIDE, NARROW])
def columns(request: pytest.FixtureRequest) -> int:
    return int(request.param)


def test_a_plan_its_folder_and_its_changes_stay(provider: Provider, columns: int) -> None:
    out = provider.folder / "out"
    plan = on_terminal(provider, columns, "plan", "--out", str(out))
    assert plan.says("READY"), plan
    assert plan.says(f"files in {out}"), plan
    assert not plan.says("Judging changes"), "the bar is wiped"

    applied = on_terminal(provider, columns, "apply", str(out))
    assert applied.says("Changes: 14 applied."), applied


def test_a_look_at_a_backup_stays(provider: Provider, columns: int) -> None:
    shown = on_terminal(provider, columns, "plan", "--backup", str(provider.backup), config=False)
    assert shown.says("Source"), shown
    assert shown.says(provider.backup.name), shown


def test_questions_are_asked_one_by_one_and_each_answer_is_kept(provider: Provider) -> None:
    out = provider.folder / "out"
    assert provider.syncd("plan", "--backup", str(DEMO), "--out", str(out), config=False).code == 5
    asked = Terminal(provider, WIDE, ["decide", str(out), "--by", "Ann"])
    asked.types("perhaps\nleave\nby phone\ns\nq\n")  # no answer, an answer, a skip, the end
    shown = asked.shown()

    assert shown.says("'perhaps' is none of these."), shown
    assert shown.says("holds: + membership:legacy/"), shown
    assert shown.says("leave = "), shown
    answers = decisions.load(out / "decisions.yaml")
    assert [(each.answer, each.by, each.because) for each in answers] == [
        ("leave", "Ann", "by phone")
    ]
    assert shown.says("questions are still open"), shown
    piped = provider.syncd("decide", str(out), config=False)
    assert piped.code == 2
    assert "there is no terminal" in piped.err


def test_what_a_run_did_stays(provider: Provider, columns: int) -> None:
    synced = on_terminal(provider, columns, "sync")
    assert synced.says("Changes: 14 applied."), synced

    explained = on_terminal(provider, columns, "explain", "dana@dean.example")
    assert explained.screen.startswith("dana@dean.example"), explained
    assert explained.says("membership:legacy/"), explained

    last = provider.syncd("status").out.splitlines()[1].split()[0]
    undo = on_terminal(provider, columns, "undo", last, "--out", str(provider.folder / "undo"))
    assert undo.says(f"This plan takes back run {last}"), undo
    assert undo.says(f"files in {provider.folder / 'undo'}"), undo

    for command, sentence in (
        (["status"], "The last good run was"),
        (["check"], "ok configuration"),
        (["verify"], "hugo@cole.example: quotes"),
        (["journal", "check"], "the chain is intact"),
        (["bindings", "export", str(provider.folder / "bindings.csv")], "bindings"),
    ):
        shown = on_terminal(provider, columns, *command)
        assert shown.says(sentence), (command, shown)


# --- in the middle of which a signal comes ----------------------------------------------------


@pytest.fixture
def wire(provider: Provider) -> Iterator[Wire]:
    with between(provider.sandbox) as strung:
        provider.configure(target={"url": strung.url})
        yield strung


@pytest.mark.parametrize(
    ("command", "number", "columns"),
    [
        ("sync", signal.SIGINT, NARROW),
        ("sync", signal.SIGHUP, WIDE),
        ("apply", signal.SIGTERM, WIDE),
        ("apply", signal.SIGHUP, NARROW),
    ],
)
def test_a_signal_ends_between_two_changes_and_the_outcome_stays(
    command: str, number: signal.Signals, wire: Wire, provider: Provider, columns: int
) -> None:
    words = [command]
    if command == "apply":
        provider.plan_here(provider.folder / "out")
        words.append(str(provider.folder / "out"))
    terminal = Terminal(provider, columns, [*words, "--config", str(provider.config)])
    wire.before = lambda _, count: terminal.process.send_signal(number) if count == 5 else None
    shown = terminal.shown()

    assert shown.code == 1, shown
    assert shown.says("Changes: 5 applied."), shown
    assert shown.says("Stopped between changes; run again to go on."), shown
    assert "running" not in provider.status


def test_a_window_that_is_closed_loses_nothing(wire: Wire, provider: Provider) -> None:
    terminal = Terminal(provider, WIDE, ["sync", "--config", str(provider.config)])
    wire.before = lambda _, count: terminal.hang_up() if count == 5 else None
    assert terminal.shown().code != 0
    assert len(provider.writes) == 5
    with closing(sqlite3.connect(provider.state / "journal.sqlite")) as journal:
        outcomes = journal.execute("SELECT outcome, count(*) FROM changes GROUP BY 1").fetchall()
        status = journal.execute("SELECT status FROM runs").fetchall()
    assert outcomes == [("applied", 5)]
    assert status == [("stopped",)]


def test_a_process_that_is_gone_is_not_running(wire: Wire, provider: Provider) -> None:
    run = provider.start("sync")
    wire.before = lambda _, count: os.kill(run.pid, signal.SIGKILL) if count == 5 else None
    provider.end(run)
    assert "cut off" in provider.status
    assert "running" not in provider.status
    assert "Working now" not in provider.status
