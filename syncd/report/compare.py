"""Comparing two plans: whose access an answer, a rule or another night's data changes.

Reads the `access.csv` of both as streams; both stand in the order of account and address.
"""

import csv
from collections.abc import Iterator
from operator import attrgetter
from pathlib import Path

import msgspec

from syncd.errors import PlanUnusable
from syncd.model.keys import membership_key
from syncd.report import plan
from syncd.report.cells import original
from syncd.report.census import Census
from syncd.report.tables import ACCESS
from syncd.workspace.merge import merged

_KINDS = ("gains", "loses", "other")
_SHOWN = 50  # of each


class Standing(msgspec.Struct, frozen=True):
    """One login on one account in one plan."""

    account: str
    email: str
    state: str
    permissions: tuple[str, ...]
    why: str


class Difference(msgspec.Struct, frozen=True):
    """One login on one account, in two plans; `None` where a plan does not have it."""

    before: Standing | None
    after: Standing | None

    @property
    def login(self) -> Standing:
        """The login as the second plan has it, or else the first."""
        return next(filter(None, (self.after, self.before)))

    @property
    def gained(self) -> tuple[str, ...]:
        """What the second plan gives and the first does not."""
        return _beyond(self.after, self.before)

    @property
    def lost(self) -> tuple[str, ...]:
        return _beyond(self.before, self.after)

    @property
    def kind(self) -> str:
        return "gains" if self.gained else "loses" if self.lost else "other"


def _beyond(login: Standing | None, other: Standing | None) -> tuple[str, ...]:
    held = other.permissions if other else ()
    return tuple(key for key in (login.permissions if login else ()) if key not in held)


def differences(old: Path, new: Path) -> Iterator[Difference]:
    """Yield the logins whose access or state differs; raises `PlanUnusable`."""
    for folder in (old, new):  # both as they were written, or nothing is said of them
        plan.load(folder)
    for _, standings in merged(_logins(old), _logins(new)):
        before, after = (logins[0] if logins else None for logins in standings)
        if _outcome(before) != _outcome(after):
            yield Difference(before, after)


def _outcome(login: Standing | None) -> tuple[object, ...]:
    return (login.state, login.permissions) if login else ()


def _logins(folder: Path) -> Iterator[tuple[str, Standing]]:
    path = folder / ACCESS.file
    try:
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                cells = {name: original(value) for name, value in row.items()}
                login = Standing(
                    account=cells["account"],
                    email=cells["email"],
                    state=cells["state"],
                    permissions=tuple(cells["after"].split()),
                    why=cells["why"],
                )
                yield membership_key(login.account, login.email), login
    except OSError as error:
        raise PlanUnusable(path, error.strerror or str(error)) from error


def lines(old: Path, new: Path) -> Iterator[str]:
    """Say in words whose access differs between two plans: counts first, gains before losses."""
    census = Census[Difference, str](
        attrgetter("kind"), lambda difference: _KINDS.index(difference.kind), _SHOWN
    )
    for difference in differences(old, new):
        census.add(difference)
    counts = census.numbers
    if not counts:
        yield "Nobody's access differs between the two plans."
        return
    yield (
        f"From the first plan to the second: {counts['gains']} gain, {counts['loses']} lose, "
        f"{counts['other']} differ in state alone."
    )
    for rank, kind in enumerate(_KINDS):
        shown = census.kept(rank)
        yield from map(_line, shown)
        if counts[kind] > len(shown):
            yield f"  and {counts[kind] - len(shown):,} more; see {ACCESS.file} of both plans"


def _line(difference: Difference) -> str:
    before, after = difference.before, difference.after
    parts = [f"+{','.join(difference.gained)}"] if difference.gained else []
    parts += [f"-{','.join(difference.lost)}"] if difference.lost else []
    states = f"{before.state if before else 'absent'} -> {after.state if after else 'absent'}"
    login = difference.login
    line = f"  {login.account} {login.email}: {' '.join([*parts, states])}"
    return f"{line} ({login.why})" if login.why else line
