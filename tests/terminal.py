"""A command in a real pseudo-terminal, and what its screen shows in the end."""

import fcntl
import os
import pty
import select
import signal
import struct
import termios
import threading
from collections.abc import Sequence
from contextlib import suppress
from typing import NamedTuple

import pyte
from forked import Forked
from provider import PATIENCE, Provider

LINES = 40
OF_TERMINALS = {"COLUMNS", "LINES", "NO_COLOR"}  # variables of whoever runs the tests
_LONGEST = 4_000  # lines: nothing scrolls away before it is looked at


class Shown(NamedTuple):
    code: int
    screen: str  # its lines without blanks at their ends
    raw: str  # all that was sent to it

    def says(self, sentence: str) -> bool:
        """Say whether a sentence stands there, however it is broken into lines."""
        return "".join(sentence.split()) in "".join(self.screen.split())


class Terminal:
    """A terminal of so many columns with a command in it. Read it to its end with `shown`."""

    def __init__(self, provider: Provider, columns: int, words: Sequence[str]) -> None:
        self._columns = columns
        self._hangs_up, self._closed = threading.Event(), threading.Event()
        self._replies: list[tuple[bytes, str]] = []
        self._ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, columns, 0, 0))
        ours = {name: os.environ[name] for name in os.environ.keys() - OF_TERMINALS}
        environment = ours | {"TERM": "xterm"} | provider.environment
        self.process = Forked(words, provider.folder, environment, provider.program, theirs)

    def types(self, text: str) -> None:
        """Type ahead: the command reads it when it asks."""
        os.write(self._ours, text.encode())

    def replies(self, question: str, text: str) -> None:
        """Type once a question stands there: who asks for a secret drops what was typed ahead."""
        self._replies.append((question.encode(), text))

    def hang_up(self) -> None:
        """Close the window and say so: whatever the command says now is said to nobody."""
        self._hangs_up.set()
        self._closed.wait(PATIENCE)
        self.process.send_signal(signal.SIGHUP)

    def shown(self) -> Shown:
        """Wait for the end."""
        sent = b""
        screen = pyte.Screen(self._columns, _LONGEST)
        stream = pyte.ByteStream(screen)
        with suppress(OSError):  # the other end is closed
            while not self._hangs_up.is_set():
                if select.select([self._ours], [], [], 0.05)[0]:
                    piece = os.read(self._ours, 65536)
                    stream.feed(piece)
                    sent += piece
                    while self._replies and self._replies[0][0] in sent:
                        self.types(self._replies.pop(0)[1])
        os.close(self._ours)
        self._closed.set()
        code = self.process.returncode
        lines = "\n".join(line.rstrip() for line in screen.display).rstrip()
        return Shown(code, lines, sent.decode(errors="replace"))
