"""syncd as a command that something befalls at one point of its way; no part of the product.

Its words are the point (or nothing), the time the run takes place at (or nothing), and those of
`syncd`. How often it passed each kind of point is kept in the file `passed` of its folder.
"""

import json
import os
import resource
import signal
import sqlite3
import sys
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import urllib3.connection
from requests.adapters import HTTPAdapter
from sqlalchemy.engine.default import DefaultDialect

from syncd import wiring
from syncd.cli import app as cli

_passed: Counter[str] = Counter()


def main() -> None:
    _, at, now, *command = sys.argv
    sys.argv = ["syncd", *command]
    _watch(at)
    if now:
        _set_clock(datetime.fromisoformat(now))
    try:
        cli.main()
    finally:
        if not at:
            Path("passed").write_text(json.dumps(_passed), encoding="utf-8")


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
    job_of = wiring.job_of
    wiring.job_of = lambda config: msgspec.structs.replace(job_of(config), now=lambda: now)


def _pass(kind: str, point: tuple[str, int]) -> None:
    _passed[kind] += 1
    if (kind, _passed[kind]) == point:
        os.kill(os.getpid(), signal.SIGKILL)
