"""How the daemon stands, for `syncd status`."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from syncd.cli.daemon import record
from syncd.cli.daemon.faults import PauseUnusable
from syncd.cli.daemon.record import DaemonRecord
from syncd.cli.pause import pause_of
from syncd.cli.words import explain_error


def daemon_lines(state_dir: Path, now: datetime) -> Iterator[str]:
    """Yield lines for a person: who runs, when next, what was missed, what failed, what is held."""
    try:
        pause = pause_of(state_dir, now)
    except PauseUnusable as error:
        yield explain_error(error)[1]
    else:
        if pause is not None:
            yield f"Held: {pause} `syncd resume` ends it."
    known = record.read(state_dir)
    if known is None:
        return
    if pid := record.pid_of(state_dir):
        due = _shown(known.next_run) if known.next_run else "none"
        yield f"The daemon runs (pid {pid}, since {_shown(known.since)}). Next run: {due}."
    elif known.stopped_at:
        yield f"The daemon was stopped at {_shown(known.stopped_at)}."
    else:
        yield f"The daemon (pid {known.pid}) has ended without a word: start it again."
    if known.last is not None and known.last.why:
        last = known.last
        why = f"{last.error_class}: {last.why}".replace("\n", "\n  ")
        yield f"Its last run ended {_shown(last.at)} as {last.status} (exit {last.exit}). {why}"
    for missed in known.missed:
        yield f"Missed: the run of {_shown(missed.at)}, because {missed.why}."


def daemon_facts(state_dir: Path, now: datetime) -> dict[str, Any]:
    """Give the same for programs: `pause` and `daemon`, each null where there is none."""
    known = record.read(state_dir)
    return {
        "pause": _pause_facts(state_dir, now),
        "daemon": known and _facts(known, record.pid_of(state_dir)),
    }


def _pause_facts(state_dir: Path, now: datetime) -> dict[str, Any] | None:
    try:
        pause = pause_of(state_dir, now)
    except PauseUnusable as error:
        problem = f"{error.path} cannot be read: {error.reason}"
        return {"since": None, "because": "", "until": None, "problem": problem}
    if pause is None:
        return None
    return {"since": pause.since, "because": pause.because, "until": pause.until, "problem": ""}


def _facts(known: DaemonRecord, pid: int) -> dict[str, Any]:
    state = "running" if pid else "stopped" if known.stopped_at else "gone"
    return {
        "state": state,
        "pid": pid or None,
        "since": known.since,
        "next_run": known.next_run if pid else None,
        "last": known.last,
        "missed": known.missed,
    }


def _shown(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M}Z"
