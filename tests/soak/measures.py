"""What the soak counts and measures: memory, handles and room on the disk must stay flat."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from statistics import median
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
    people: int  # contacts of the legacy side


def measured(estate: Estate, day: int) -> Measures:
    journal = estate.state / "journal.sqlite"
    sizes = {path: path.stat().st_size for path in estate.state.rglob("*") if path.is_file()}
    own = sum(size for path, size in sizes.items() if path.name.startswith(journal.name))
    backups = sum(size for path, size in sizes.items() if path.suffix == ".bak")
    daemon, plans = estate.running, estate.state / "plans"
    return Measures(
        day, daemon.pid, daemon.memory, daemon.handles, own - backups,
        sum(sizes.values()) - own, _entries(plans),
        estate.legacy.execute("SELECT count(*) FROM tblcontacts")[0][0],
    )  # fmt: skip


def _entries(folder: Path) -> int:
    return sum(1 for _ in folder.iterdir())


@dataclass
class Figures:
    """What `make soak` prints."""

    nights: int = 0
    runs: int = 0
    changes: int = 0  # by people, on both sides
    writes: int = 0  # by syncd
    befell: dict[str, int] = field(default_factory=dict)
    alerts_right: int = 0
    alerts_wrong: int = 0
    allowed: int = 0  # runs that a person let take more than the fuse does
    wrong: list[str] = field(default_factory=list)
    passed: int = 0
    failed_rightly: int = 0
    measures: list[Measures] = field(default_factory=list)


_KEPT = 30  # plans, by syncd; until there are so many, files may grow
_FEW = 3  # nights, of which the median counts


def unflat(figures: Figures) -> Iterator[str]:
    """Yield what grew that should not."""
    life = _longest(figures.measures)
    if len(life) >= 4 * _FEW:
        first, last = _few(life[_FEW:]), _few(life[-_FEW:])
        if last.memory > first.memory * 1.1 + 2048:
            yield f"memory grew from {first.memory} to {last.memory} KiB in {len(life)} nights"
        if last.handles > first.handles + 2:
            yield f"handles grew from {first.handles} to {last.handles}"
    full = [each for each in figures.measures if each.plans >= _KEPT]
    if len(full) >= 4 * _FEW:
        first, last = _few(full), _few(full[-_FEW:])
        if last.beside / last.people > 1.1 * first.beside / first.people:  # there are more of them
            yield f"files beside the journal grew from {first.beside} to {last.beside} bytes"
    room = 4096 * (figures.writes + figures.runs) + 300_000
    if figures.measures and figures.measures[-1].journal > room:
        yield f"the journal takes {figures.measures[-1].journal} bytes"


def lines(figures: Figures) -> Iterator[str]:
    """Yield the figures, for people."""
    yield (
        f"{figures.nights} nights, {figures.runs} runs, {figures.changes} changes by people, "
        f"{figures.writes} writes by syncd"
    )
    befell = {name: times for name, times in sorted(figures.befell.items()) if name and times}
    named = ", ".join(f"{name} {times}" for name, times in befell.items())
    yield f"troubles survived: {sum(befell.values())} of {len(befell)} kinds ({named})"
    yield f"refused because too many would be taken, and allowed by a person: {figures.allowed}"
    yield f"alerts: {figures.alerts_right} right, {figures.alerts_wrong} missing or too many"
    yield f"certificates: {figures.passed} PASS, {figures.failed_rightly} FAIL, as they should"
    if figures.measures:
        life, first, last = _longest(figures.measures), figures.measures[0], figures.measures[-1]
        yield (
            f"memory of the daemon that lived longest: {_few(life).memory} KiB at first, "
            f"{_few(life[-_FEW:]).memory} KiB at last, {len(life)} nights later; "
            f"handles: {_few(life).handles}, {_few(life[-_FEW:]).handles}"
        )
        weekly = ", ".join(str(_few(life[at:]).memory) for at in range(0, len(life), 7))
        yield f"its memory, by the week: {weekly} KiB"
        yield f"journal: {first.journal} bytes at first, {last.journal} at last"
        full = [each for each in figures.measures if each.plans >= _KEPT]
        at = ", ".join(
            f"{each.beside} bytes for {each.people} contacts" for each in full[:1] + full[-1:]
        )
        yield f"beside it, with {_KEPT} plans kept: {at or 'not so many'}"
    yield f"wrong: {len(figures.wrong)}"
    yield from figures.wrong


def _longest(measures: list[Measures]) -> list[Measures]:
    lives = [list(life) for _, life in groupby(measures, key=lambda each: each.pid)]
    return max(lives, key=len, default=[])


def _few(measures: list[Measures]) -> Measures:
    """Give the medians of the first few."""
    columns = zip(*measures[:_FEW], strict=True)
    return Measures(*(int(median(column)) for column in columns))
