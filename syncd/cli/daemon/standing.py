"""How the daemon stands, for `syncd status`."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from syncd.cli.daemon import record
from syncd.cli.daemon.record import DaemonRecord
from syncd.cli.pause import pause_of


def daemon_lines(state_dir: Path, now: datetime) -> Iterator[str]:
    """Yield lines for a person: who runs, when next, what was missed, what failed, what is held."""
    pause, known = pause_of(state_dir, now), record.read(state_dir)
    if pause is not None:
        yield f"Held: {pause} `syncd resume` ends it."
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
    pause, known = pause_of(state_dir, now), record.read(state_dir)
    return {"pause": pause, "daemon": known and _facts(known, record.pid_of(state_dir))}


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
