"""syncd as a command that something befalls at one point of its way; no part of the product.

Reads a JSON object a line, {"command", "at", "now", "told", "passed"}, runs `syncd` with the words
of `command` in a process of its own, and answers with its exit code (negative: the signal that
ended it). Forked from here, because loading everything costs more than the run. What it says is
kept in the file `told`, and how often it passed each kind of point in `passed`.
"""

import json
import os
import resource
import signal
import sqlite3
import sys
import traceback
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import urllib3.connection
from requests.adapters import HTTPAdapter
from sqlalchemy.engine.default import DefaultDialect

from syncd import cli, run

_passed: Counter[str] = Counter()


def main() -> None:
    for line in sys.stdin:
        job = json.loads(line)
        # A pipe, not a file: what it says must come through when no file may grow.
        here, there = os.pipe()
        pid = os.fork()
        if pid == 0:
            _become(job, there)
        os.close(there)
        with os.fdopen(here, "rb") as said:
            Path(job["told"]).write_bytes(said.read())
        _, status = os.waitpid(pid, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


def _become(job: dict[str, Any], told: int) -> None:
    """Be the command; never returns."""
    os.dup2(told, 1)
    os.dup2(told, 2)
    sys.argv = ["syncd", *job["command"]]
    code: Any = 1
    try:
        _watch(job["at"])
        if job["now"]:
            _set_clock(datetime.fromisoformat(job["now"]))
        cli.main()
    except SystemExit as stop:
        code = stop.code or 0
    except BaseException:  # noqa: BLE001, what Python itself would print
        traceback.print_exc()
    sys.stdout.flush()
    if not job["at"]:
        Path(job["passed"]).write_text(json.dumps(_passed), encoding="utf-8")
    os._exit(code)


def _watch(at: str) -> None:
    """Wrap the commits of the journal and the requests: each calls `_pass` on its way.

    committed:N  killed after the N-th commit of the journal
    sent:N       killed when the N-th request has gone out, before its reply is read
    received:N   killed when the N-th reply is there
    full:N       the disk is full from the N-th commit on: SQLite's own words, raised here
    broken:N     no file may grow from the N-th commit on: SQLite meets a real error of the disk
    """
    kind, _, number = at.partition(":")
    point = (kind, int(number or 0))
    commit, send = DefaultDialect.do_commit, HTTPAdapter.send
    respond = urllib3.connection.HTTPConnection.getresponse

    def do_commit(self: Any, connection: Any) -> None:
        _passed["committing"] += 1
        if kind == "full" and _passed["committing"] >= point[1]:
            raise sqlite3.OperationalError("database or disk is full")
        if (kind, _passed["committing"]) == ("broken", point[1]):
            resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
        commit(self, connection)
        _pass("committed", point)

    def getresponse(self: Any) -> Any:
        _pass("sent", point)
        return respond(self)

    def http(self: Any, *args: Any, **options: Any) -> Any:
        reply = send(self, *args, **options)
        _pass("received", point)
        return reply

    DefaultDialect.do_commit = do_commit  # type: ignore[method-assign]
    urllib3.connection.HTTPConnection.getresponse = getresponse  # type: ignore[method-assign]
    HTTPAdapter.send = http  # type: ignore[method-assign]


def _set_clock(now: datetime) -> None:
    """Let the run take place at `now`."""
    job_of = run.job_of
    run.job_of = lambda config: msgspec.structs.replace(job_of(config), now=lambda: now)


def _pass(kind: str, point: tuple[str, int]) -> None:
    _passed[kind] += 1
    if (kind, _passed[kind]) == point:
        os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main()
