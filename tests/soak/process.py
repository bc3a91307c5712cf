"""A program that runs for as long as the soak does: its log as it comes, its memory, its end."""

import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

PATIENCE = 600.0  # seconds, for what takes a few, on a machine that others use up

Row = dict[str, Any]


class Silent(Exception):
    """A program that did not say, in time, what it was waited for."""


class LoggingProcess:
    """A command of syncd at work, whose log is read as it comes."""

    def __init__(self, words: Sequence[str], environment: Mapping[str, str], folder: Path) -> None:
        self._process = subprocess.Popen(
            words, env=environment, cwd=folder, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.log: list[Row] = []
        self.said: list[str] = []  # what is no line of the log
        self._seen = 0  # lines of the log that were waited for
        self._ended = False
        self._news = threading.Condition()
        self._reading = threading.Thread(target=self._read)
        self._reading.start()

    @property
    def pid(self) -> int:
        return self._process.pid

    def _read(self) -> None:
        assert self._process.stderr
        for line in self._process.stderr:
            with self._news:
                if line.startswith("{"):
                    self.log.append(msgspec.json.decode(line))
                else:
                    self.said.append(line)
                self._news.notify_all()
        with self._news:
            self._ended = True
            self._news.notify_all()

    def logs(self, *events: str) -> Row:
        """Wait for the next line of the log of one of these events, and give it."""
        row = self.logs_or_ends(*events)
        if row is None:
            raise Silent(f"it ended without {events}: {''.join(self.said[-9:])} {self.log[-5:]}")
        return row

    def logs_or_ends(self, *events: str) -> Row | None:
        """Wait as above; None if it ended without."""
        row, self._seen = self._await(events, self._seen)
        return row

    def heeding(self, event: str) -> Callable[[], object]:
        """Give what waits, in any thread, for a line that comes after this call."""
        return partial(self._await, (event,), len(self.log))

    def _await(self, events: Sequence[str], at: int) -> tuple[Row | None, int]:
        deadline = time.monotonic() + PATIENCE
        with self._news:
            while True:
                for number, row in enumerate(self.log[at:], start=at + 1):
                    if row["event"] in events:
                        return row, number
                at = len(self.log)
                if self._ended:
                    return None, at
                if not self._news.wait(deadline - time.monotonic()):
                    raise Silent(f"no {events} in {PATIENCE:g} s: {self.log[-5:]}")

    def send(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def ends(self) -> int:
        """Wait for its end, with all that it still says; give its exit code."""
        try:
            code = self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            raise
        self._reading.join()
        assert self._process.stderr
        self._process.stderr.close()
        return code

    def kill(self) -> None:
        """End it for good, where the soak gives up."""
        if self._process.poll() is None:
            self._process.kill()
            self.ends()

    @property
    def memory(self) -> int:
        """Kibibytes that are its own, in memory."""
        status = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        return next(int(row.split()[1]) for row in status if row.startswith("RssAnon"))

    @property
    def handles(self) -> int:
        return sum(1 for _ in Path(f"/proc/{self.pid}/fd").iterdir())
