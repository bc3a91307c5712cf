"""Fail at every point: run the whole job, let it die at one point, run again, and compare.

A point is one commit of the journal, one request or one reply of one night. Whatever befalls the
run there, after reruns the target and its outbox must be as after a run that nothing befell:
nothing lost, nothing doubled, nobody mailed twice (I7). Where nobody can know whether an invitation
was mailed, it must be told as unconfirmed, and one decision must settle it.
"""

import json
import shutil
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, NamedTuple, Self

import yaml
from command import KILLED, sync
from provider import Legacy, Provider
from story import NIGHTS, SETTINGS, SILENT

from syncd.cli import log
from syncd.sandbox import running

HELD = (0, 5)
# What befalls a run, the kind of point at which it does, and how the command then ends.
WAYS: dict[str, tuple[str, int]] = {
    "committed": ("committed", KILLED),
    "sent": ("sent", KILLED),
    "received": ("received", KILLED),
    "torn": ("committed", KILLED),  # and the last commit is half in the file, half not
    "full": ("committing", 4),
    "broken": ("committing", 4),
}

Picture = dict[str, Any]


class Point(NamedTuple):
    night: str
    way: str
    number: int

    def __str__(self) -> str:
        return f"{self.night} night, {self.way}:{self.number}"


class Tried(NamedTuple):
    """What came of a point; `wrong` is empty where all is well."""

    point: Point
    wrong: str
    decided: int  # invitations of which nobody could know, settled by a decision


class Torture:
    """The state before each night, kept for the points of it. A context manager.

    `silent` is the story with the companion.
    """

    def __init__(self, *, silent: bool = False) -> None:
        self._settings = SILENT if silent else SETTINGS
        self._switches = {"companion": "on" if silent else "off"}
        self._folder = tempfile.TemporaryDirectory(prefix="torture-")
        self.folder = Path(self._folder.name)
        self._quiet_nights: dict[str, Undisturbed] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._folder.cleanup()

    def points(self) -> list[Point]:
        """Give every point of every night, by an undisturbed run of each."""
        return [
            Point(night, way, number)
            for night in NIGHTS
            for way, (kind, _) in WAYS.items()
            for number in range(1, self._undisturbed(night).passed[kind] + 1)
        ]

    def writes(self) -> set[str]:
        """Give the writing actions of all nights."""
        return {action for night in NIGHTS for action in self._undisturbed(night).writes}

    def try_point(self, point: Point) -> Tried:
        """Let a run end at a point and see that reruns make up for it."""
        expected = self._undisturbed(point.night).picture
        with self._before(point.night) as provider:
            code, told = sync(provider, f"{_at(point)}:{point.number}")
            wrong = _ended_wrong(point, code, told)
            if not wrong and point.way == "torn":
                _tear(provider.state / "journal.sqlite-wal")
            if wrong:
                return Tried(point, wrong, 0)
            outcome = self._after(provider)
            if outcome.wrong:
                return Tried(point, outcome.wrong, outcome.decided)
            return Tried(point, _difference(expected, outcome.picture), outcome.decided)

    # --- one run --------------------------------------------------------------------------------

    @contextmanager
    def _before(self, night: str) -> Iterator[Provider]:
        """Give a provider as it is just before a night's run."""
        *earlier, last = NIGHTS[night]
        with tempfile.TemporaryDirectory(dir=self.folder) as name:
            folder = Path(name)
            saved = self.folder / f"before-{night}"
            if saved.exists():
                shutil.copytree(saved, folder / "saved")
                shutil.move(folder / "saved" / "sandbox.sqlite", folder)
            with running(folder / "sandbox.sqlite", self._switches) as sandbox:
                legacy = Legacy()
                provider = Provider(folder, sandbox, legacy)
                provider.configure(**self._settings)
                for step in earlier:
                    step(legacy)
                    if not saved.exists():
                        self._settle(provider)
                if saved.exists() and (folder / "saved" / "state").exists():
                    shutil.move(folder / "saved" / "state", provider.state)
                    provider.is_known_here()
                last(legacy)
                provider.back_up()
                if earlier and not saved.exists():
                    self._save(provider, saved)
                yield provider

    def _settle(self, provider: Provider) -> None:
        provider.back_up()
        provider.sync_here()
        provider.tell("invites/accept-all")
        provider.sync_here()

    def _save(self, provider: Provider, saved: Path) -> None:
        """Keep what a night begins with, for the next point of it."""
        shutil.copytree(provider.state, saved / "state")
        # Whole, whatever is still in the log beside it.
        with closing(sqlite3.connect(provider.sandbox.file)) as sandbox:
            sandbox.execute("VACUUM INTO ?", [str(saved / "sandbox.sqlite")])

    def _undisturbed(self, night: str) -> "Undisturbed":
        if night not in self._quiet_nights:
            with self._before(night) as provider:
                code, told = sync(provider, "")
                assert code in HELD, told
                passed = json.loads((provider.folder / "passed").read_text(encoding="utf-8"))
                writes = provider.writes
                outcome = self._after(provider)
                assert (outcome.wrong, outcome.decided) == ("", 0)
                self._quiet_nights[night] = Undisturbed(outcome.picture, passed, writes)
        return self._quiet_nights[night]

    def _after(self, provider: Provider) -> "Outcome":
        """Run until done: people accept, and what nobody can know is decided."""
        code, told = sync(provider, "")
        if code not in HELD:
            return Outcome({}, 0, f"the rerun ended with {code}: {told}")
        provider.tell("invites/accept-all")
        provider.sync_here()
        decided = _decide(provider, self._settings)
        if decided:
            if f"{decided} unconfirmed: " not in provider.status:
                return Outcome({}, decided, "status does not tell of what is unconfirmed")
            provider.sync_here()
            provider.tell("invites/accept-all")
            provider.sync_here()
        wrote = provider.writes
        provider.sync_here()
        if provider.writes != wrote:
            return Outcome({}, decided, f"it never ends: {provider.writes[len(wrote) :]}")
        return Outcome(provider.picture, decided, "")


class Undisturbed(NamedTuple):
    """A night that nothing befell."""

    picture: Picture  # in the end
    passed: dict[str, int]  # points, by kind
    writes: list[str]


class Outcome(NamedTuple):
    picture: Picture
    decided: int
    wrong: str


def _at(point: Point) -> str:
    return "committed" if point.way == "torn" else point.way


def _ended_wrong(point: Point, code: int, told: str) -> str:
    expected = WAYS[point.way][1]
    if expected == 4 and code in HELD and "journal.sealed" in told:
        expected = code  # the run was over: what the alerts write after it fails none
    if code != expected:
        return f"ended with {code}, not with {expected}: {told}"
    return f"a traceback: {told}" if "Traceback" in told else ""


def _tear(log: Path) -> None:
    """Leave half of the last frame of SQLite's log, as a power cut within a write does."""
    # Bounded: where the last commit wrote nothing into it there is nothing to tear.
    if log.exists() and log.stat().st_size > 4096:
        with log.open("r+b") as file:
            file.truncate(log.stat().st_size - 2048)


def _decide(provider: Provider, settings: dict[str, Any]) -> int:
    """Answer every question about an unconfirmed invitation with apply; give how many."""
    path = provider.plans[-1] / "decisions.yaml"
    # Every scalar a text: to YAML 1.1 the key `on` is a truth.
    asked = yaml.load(path.read_text("utf-8"), yaml.BaseLoader)["decisions"] or []  # noqa: S506
    open_ones = [one for one in asked if one["on"] == "invite_unconfirmed"]
    for one in open_ones:
        one |= {"answer": "apply", "by": "Lena", "at": "2026-03-01", "because": "not on the tab"}
    if open_ones:
        file = provider.folder / "decisions.yaml"
        file.write_text(yaml.safe_dump({"version": 1, "decisions": open_ones}), encoding="utf-8")
        provider.configure(**settings, decisions=str(file))
    return len(open_ones)


def _difference(expected: Picture, found: Picture) -> str:
    """Say what is lost and what is there too often."""
    told = []
    for kind, rows in expected.items():
        wanted, there = (Counter(map(repr, one)) for one in (rows, found[kind]))
        told += [f"lost {kind}: {row}" for row in (wanted - there).elements()]
        told += [f"doubled {kind}: {row}" for row in (there - wanted).elements()]
    return "; ".join(told)


def sample(points: list[Point], most: int) -> list[Point]:
    """Give so many points at most, the same each time, spread over nights and ways."""
    return [points[len(points) * part // most] for part in range(min(most, len(points)))]


def try_points(points: list[Point], *, silent: bool) -> list[Tried]:
    """Try some points, one after another, in this process."""
    with Torture(silent=silent) as torture:
        return [torture.try_point(point) for point in points]


def quiet() -> None:
    """Keep what the runs of this process log to themselves."""
    log.configure("json", "error")
