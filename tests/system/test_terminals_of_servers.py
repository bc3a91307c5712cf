"""The commands that stay, in a real pseudo-terminal: demo, daemon and sandbox, and their ends.

In the middle of each a signal comes. What it has said is still there, and nothing else is.
"""

import os
import re
import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

import pyte
import pytest
from provider import Provider
from terminal import Shown, Terminal

WIDE, NARROW = 100, 60
STREAM = pyte.ByteStream
Act = Callable[[Terminal], None]


def all_of(session: int) -> set[int]:
    """Give the processes of a session that still run."""
    living = set()
    for path in Path("/proc").glob("[0-9]*"):
        with suppress(ProcessLookupError):
            if os.getsid(int(path.name)) == session:
                living.add(int(path.name))
    return living


def typed(terminal: Terminal) -> None:
    """Do what a terminal does where Ctrl-C is typed: tell its whole foreground."""
    os.killpg(terminal.process.pid, signal.SIGINT)


def sent(number: signal.Signals, terminal: Terminal) -> None:
    terminal.process.send_signal(number)


def closed(terminal: Terminal) -> None:
    """Close the window, while somebody else reads what is shown in it."""
    threading.Thread(target=terminal.hang_up).start()


class Overheard:
    """Takes what a terminal shows to its screen, and acts once a sentence is among it."""

    def __init__(self, screen: pyte.Screen, sentence: str, act: Callable[[], object]) -> None:
        self._stream = STREAM(screen)
        self._sentence, self._act = sentence.encode(), act
        self._heard = b""

    def feed(self, data: bytes) -> None:
        self._stream.feed(data)
        before, self._heard = self._heard, self._heard + data
        if self._sentence in self._heard and self._sentence not in before:
            self._act()


@pytest.fixture
def ended(
    provider: Provider, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Shown]:
    """Give a function that acts once a command has spoken, and sees that nothing is left."""
    temporary = tmp_path_factory.mktemp("temporary")
    provider.environment["TMPDIR"] = str(temporary)

    def through(columns: int, words: list[str], sentence: str, act: Act) -> Shown:
        terminal = Terminal(provider, columns, words)

        hear = partial(Overheard, sentence=sentence, act=lambda: act(terminal))
        with monkeypatch.context() as patch:
            patch.setattr("terminal.pyte.ByteStream", hear)
            shown = terminal.shown()
        assert not shown.says("Traceback"), shown
        assert not all_of(terminal.process.pid)
        assert list(temporary.iterdir()) == []
        return shown

    return through


def test_the_demo_stopped_near_its_end_leaves_its_words_and_nothing_else(
    ended: Callable[..., Shown],
) -> None:
    groups: list[int] = []

    def act(terminal: Terminal) -> None:
        # Its sandbox must not hear Ctrl-C: it would end before it is asked for the last time, or
        # in the middle of its start with a trace.
        groups.extend(os.getpgid(pid) for pid in all_of(terminal.process.pid))
        typed(terminal)

    shown = ended(NARROW, ["demo"], " joins ", act)
    assert shown.code == 1, shown
    assert len(groups) == len(set(groups)) == 2
    for station in ("1  Check", "2  Plan", "3  Apply", "4  People accept"):
        assert station in shown.screen
    assert shown.says("Changes: 105 applied."), shown
    assert not shown.says("Judging changes"), "the bar is wiped"
    assert shown.screen.endswith("Stopped. Run the same command again; nothing is lost.")
    for whole in ("needed API action allowed?", "invitations are in the outbox.", "Planning sends"):
        assert whole in shown.screen.replace("\n  ", " ").replace("\n", " "), (
            "a word is torn in two"
        )


def test_the_demo_ends_with_its_window(ended: Callable[..., Shown]) -> None:
    assert ended(WIDE, ["demo"], "2  Plan", closed).code != 0


@pytest.mark.parametrize(
    ("columns", "act"),
    [(WIDE, partial(sent, signal.SIGHUP)), (NARROW, typed), (WIDE, closed)],
    ids=["SIGHUP", "Ctrl-C", "closed"],
)
def test_the_daemon_ends_well(
    columns: int, act: Act, ended: Callable[..., Shown], provider: Provider
) -> None:
    words = ["run", "--config", str(provider.config)]
    shown = ended(columns, words, "daemon.started", act)
    assert shown.code == 0, shown
    assert shown.says("daemon.started"), shown
    assert shown.says("daemon.stopped") == (act is not closed), shown


@pytest.mark.parametrize(
    ("columns", "act"),
    [(NARROW, partial(sent, signal.SIGHUP)), (WIDE, typed), (NARROW, closed)],
    ids=["SIGHUP", "Ctrl-C", "closed"],
)
def test_the_sandbox_ends_well(columns: int, act: Act, ended: Callable[..., Shown]) -> None:
    shown = ended(columns, ["sandbox"], '"control"', act)
    assert shown.code == 0, shown
    assert shown.says("/_control"), shown


@pytest.mark.parametrize(
    ("columns", "act"),
    [
        (NARROW, typed),
        (WIDE, typed),
        (WIDE, partial(sent, signal.SIGTERM)),
        (NARROW, partial(sent, signal.SIGHUP)),
        (NARROW, closed),
    ],
    ids=["Ctrl-C", "Ctrl-C-wide", "SIGTERM", "SIGHUP", "closed"],
)
def test_a_rehearsal_ends_well(
    columns: int, act: Act, ended: Callable[..., Shown], provider: Provider
) -> None:
    words = ["rehearse", "--config", str(provider.config), "--person", "Dana@dean.example"]
    shown = ended(columns, words, "Ctrl-C ends it", act)
    assert shown.code == 0, shown
    assert not provider.state.exists()
    assert provider.writes == []
    if act is closed:
        return
    assert not shown.says("Judging changes"), "the bar is wiped"
    for words in ("Today:", "Then:", "Today, as Dana Dean (sub-account) on Archer Ltd (#17):"):
        assert shown.says(words), shown
    links = re.findall(r"^  (http://127\.0\.0\.1:\d+/\S*)$", shown.screen, re.MULTILINE)
    assert len(links) == (7 if columns == WIDE else len(links)), "no line of it is torn"
    assert "that it is for" in " ".join(shown.screen.split()), "nor a word"


@pytest.mark.parametrize("words", ["--list-switches", "--list-faults"])
def test_what_the_sandbox_lists_stays_below_its_names(words: str, provider: Provider) -> None:
    shown = Terminal(provider, NARROW, ["sandbox", words]).shown()
    assert shown.code == 0, shown
    for line in shown.screen.splitlines():
        assert line.startswith("    ") or re.fullmatch(r"\w+(=\S+)?", line), line
