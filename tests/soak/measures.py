"""How much the daemon takes: memory, handles, and room on the disk."""

from pathlib import Path
from typing import NamedTuple

from estate import Estate


class Measures(NamedTuple):
    day: int
    pid: int
    memory: int  # kibibytes
    handles: int
    journal: int  # bytes
    beside: int  # bytes of all else in the state folder
    plans: int  # folders


def measured(estate: Estate, day: int) -> Measures:
    journal = estate.state / "journal.sqlite"
    sizes = {path: path.stat().st_size for path in estate.state.rglob("*") if path.is_file()}
    own = sum(size for path, size in sizes.items() if path.name.startswith(journal.name))
    backups = sum(size for path, size in sizes.items() if path.suffix == ".bak")
    daemon, plans = estate.running, estate.state / "plans"
    return Measures(
        day, daemon.pid, daemon.memory, daemon.handles, own - backups,
        sum(sizes.values()) - own, _entries(plans),
    )  # fmt: skip


def _entries(folder: Path) -> int:
    return sum(1 for _ in folder.iterdir())
