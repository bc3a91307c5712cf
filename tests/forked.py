"""Commands as processes of their own, forked from one that has loaded everything.

Loading is most of what a small command costs, and the tests run many hundreds. Whatever a process
has stays real: its pid, pipes, signals, folder, environment and exit code. How the command starts
from nothing is for tests/system/test_end_to_end.py and test_demo.py.

Run as a program, this is the one that forks: it is told over a socket what to be, with the pipes,
and tells the pid; asked for a pid, it waits for its end and tells the exit code.
"""

import contextlib
import importlib
import io
import json
import os
import pkgutil
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import traceback
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Self

PROGRAMS = (
    "syncd.cli.app",
    "hasty",
    "slain",
    "torture.struck",
)  # modules with a `main`, loaded beforehand
_LONGEST = 1 << 18  # bytes of one order: most of it is the environment
_PATIENCE = 120  # seconds, for what ends in one or two
_turn = threading.Lock()


class Forked:
    """A running command, whose pid and end are known; see `Child` and `terminal.Terminal`."""

    def __init__(
        self,
        words: Sequence[str],
        folder: Path,
        environment: Mapping[str, str],
        program: str,
        *ends: int,
    ) -> None:
        """Start it with these as standard output and error, or one that is a terminal as all."""
        order = {
            "program": program,
            "words": words,
            "folder": str(folder),
            "environment": dict(environment),
        }
        self.pid = _tell(order, *ends)
        for end in ends:
            os.close(end)
        self._code: int | None = None

    @property
    def returncode(self) -> int:
        """The exit code, negative for a signal. Waits for it, and kills what does not end."""
        if self._code is None:
            has_ended = self._awaited()
            if not has_ended:
                os.kill(self.pid, signal.SIGKILL)
            self._code = _tell({"ended": self.pid})
            assert has_ended, f"{self.pid} did not end in {_PATIENCE} seconds"
        return self._code

    def _awaited(self) -> bool:
        """Wait for the end, here: the process that forks has other commands to see to."""
        descriptor = os.pidfd_open(self.pid)
        try:
            return bool(select.select([descriptor], [], [], _PATIENCE)[0])
        finally:
            os.close(descriptor)

    def send_signal(self, number: int) -> None:
        os.kill(self.pid, number)


class Child(Forked):
    """A running command, much as `subprocess.Popen` shows one. Leaving it waits for its end."""

    def __init__(
        self,
        words: Sequence[str],
        folder: Path,
        environment: Mapping[str, str],
        program: str,
    ) -> None:
        (out, out_end), (err, err_end) = os.pipe(), os.pipe()
        self.stdout, self.stderr = (os.fdopen(one, encoding="utf-8") for one in (out, err))
        super().__init__(words, folder, environment, program, out_end, err_end)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stdout.close()
        self.stderr.close()
        _ = self.returncode

    def communicate(self, timeout: float) -> tuple[str, str]:
        """Read both pipes to their ends; kill the command and raise after `timeout` seconds."""
        with ThreadPoolExecutor(2) as pool:
            out, err = pool.submit(self.stdout.read), pool.submit(self.stderr.read)
            try:
                return out.result(timeout), err.result(timeout)
            except TimeoutError:
                os.kill(self.pid, 9)
                raise


def _tell(order: Mapping[str, Any], *ends: int) -> int:
    with _turn:
        line, _ = _server()
        socket.send_fds(line, [json.dumps(order).encode()], ends)
        return int(line.recv(_LONGEST))


@cache
def _server() -> tuple[socket.socket, "subprocess.Popen[bytes]"]:
    """Start the process that forks; it ends when our end of the socket is closed."""
    here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with there:
        end = there.fileno()
        command = [sys.executable, __file__, str(end)]
        return here, subprocess.Popen(command, pass_fds=[end], stdin=subprocess.DEVNULL)


def main() -> None:
    line = socket.socket(fileno=int(sys.argv[1]))
    for name in (*PROGRAMS, *_commands()):
        importlib.import_module(name)
    _warm_up()
    while True:
        said, ends, _, _ = socket.recv_fds(line, _LONGEST, 2)
        if not said:
            return
        order = json.loads(said)
        if "ended" in order:
            _, status = os.waitpid(order["ended"], 0)
            line.send(str(os.waitstatus_to_exitcode(status)).encode())
            continue
        if (pid := os.fork()) == 0:
            line.close()
            _be(order, ends)
        for end in ends:
            os.close(end)
        line.send(str(pid).encode())


def _commands() -> Iterator[str]:
    """Yield what a command would load when it runs."""
    cli = importlib.import_module("syncd.cli")
    for module in pkgutil.walk_packages(cli.__path__, "syncd.cli."):
        yield module.name


def _warm_up() -> None:
    """Plan once: what is compiled at its first use (templates, patterns) is there for all."""
    backup = resources.files("syncd.cli.demo") / "legacy-backup.zip"
    with tempfile.TemporaryDirectory() as folder, contextlib.suppress(SystemExit):
        out = f"{folder}/out"
        sys.argv = ["syncd", "plan", "--backup", str(backup), "--out", out]
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            importlib.import_module(PROGRAMS[0]).main()
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)


def _look_at_the_terminal() -> None:
    """Make anew what looked, when it was loaded, at what it would write to."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(line_buffering=True)
    out = importlib.import_module("syncd.cli.printed").out
    out.__init__(highlight=False, soft_wrap=out.soft_wrap)


def _be(order: Mapping[str, Any], ends: Sequence[int]) -> None:
    """Be a command, and end as one, but for taking all that was loaded apart again; no return."""
    os.chdir(order["folder"])
    os.environ.clear()
    os.environ.update(order["environment"])
    for number, end in enumerate(ends, start=1) if len(ends) > 1 else enumerate(ends * 3):
        os.dup2(end, number)
    for end in ends:
        os.close(end)
    if len(ends) == 1:
        os.setsid()
        _look_at_the_terminal()
    sys.argv = ["syncd", *order["words"]]
    code: Any = 0
    try:
        importlib.import_module(order["program"]).main()
    except SystemExit as stop:
        code = stop.code or 0
    except BaseException:  # noqa: BLE001, what Python itself would print
        traceback.print_exc()
        code = 1
    for thread in threading.enumerate():
        if not thread.daemon and thread is not threading.current_thread():
            thread.join()
    sys.stdout.flush()
    os._exit(code)


if __name__ == "__main__":
    main()
