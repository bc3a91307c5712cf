"""`syncd status --max-age`: one line and an exit code as Nagios and its kin read them."""

import re
from datetime import datetime, timedelta
from enum import IntEnum
from pathlib import Path
from typing import NoReturn

import typer

from syncd.cli.configured import configured
from syncd.cli.daemon.faults import Paused, PauseUnusable
from syncd.cli.ended import utc
from syncd.cli.pause import check_unpaused
from syncd.cli.printed import span
from syncd.cli.words import explain_error
from syncd.config.places import journal_of
from syncd.errors import OptionUnusable, SyncdError
from syncd.journal.journal import Journal
from syncd.journal.stores import store_of


class Nagios(IntEnum):
    OK = 0  # the last good run is young enough
    WARNING = 1  # it is, but a later one was not good, or the file of a pause cannot be read
    CRITICAL = 2  # it is too old, or there was none
    UNKNOWN = 3  # config or journal cannot be read


def show_age(config: Path, max_age: str) -> NoReturn:
    try:
        code, words, age = _judged(config, _age(max_age))
    except SyncdError as error:
        code, age = Nagios.UNKNOWN, ""
        words = " ".join(explain_error(error)[1].split())
    typer.echo(f"SYNCD {code.name} - {words}{age}")
    raise typer.Exit(code)


_AGE = re.compile(r"([0-9]{1,6})(m|h|d)")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


def _age(text: str) -> timedelta:
    match = _AGE.fullmatch(text)
    if match is None:
        raise OptionUnusable("--max-age", [f"{text!r} is no age, like 90m, 26h or 2d"])
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def _judged(config: Path, most: timedelta) -> tuple[Nagios, str, str]:
    settings = configured(config)
    place = journal_of(settings)
    if not store_of(place).exists():
        return Nagios.CRITICAL, "no run yet", ""
    with Journal.open(place, settings.target.name) as journal:
        good = journal.last_good()
        last = next((run for run in journal.runs() if run["command"] in ("apply", "sync")), None)
    if good is None:
        return Nagios.CRITICAL, "no run has gone through to the end yet", ""
    now = utc()
    age = now - datetime.fromisoformat(good["started_at"])
    seconds, limit = int(age.total_seconds()), int(most.total_seconds())
    data = f"|age={seconds}s;;{limit};0"
    is_wrong, held = _hold(settings.state_dir, now)
    words = f"the last good run was {span(age)} ago{held}"
    if age > most:
        return Nagios.CRITICAL, words, data
    if last is not None and last["run_id"] != good["run_id"] and last["status"] != "running":
        return Nagios.WARNING, f"{words}; the last one ended as {last['status']}", data
    return Nagios.WARNING if is_wrong else Nagios.OK, words, data


def _hold(state_dir: Path, now: datetime) -> tuple[bool, str]:
    """Say what holds runs, and whether nobody asked for that."""
    try:
        check_unpaused(state_dir, now)
    except Paused as error:
        return False, f"; {error.pause}"
    except PauseUnusable as error:
        return True, f"; {error.hold}"
    return False, ""
