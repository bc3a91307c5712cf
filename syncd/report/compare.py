"""Comparing two plans: whose access an answer, a rule or another night's data changes.

Reads the `access.csv` of both as streams; both stand in the order of account and address.
"""

import csv
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import msgspec

from syncd.errors import PlanUnusable
from syncd.report import plan
from syncd.report.tables import ACCESS, original
from syncd.workspace.merge import merged

_SHOWN = 50


class Difference(msgspec.Struct, frozen=True):
    """One login on one account, in two plans; `None` where a plan does not have it."""

    account: str
    email: str
    before: "Login | None"
    after: "Login | None"

    @property
    def gained(self) -> tuple[str, ...]:
        """What the second plan gives and the first does not."""
        return _beyond(self.after, self.before)

    @property
    def lost(self) -> tuple[str, ...]:
        return _beyond(self.before, self.after)


class Login(msgspec.Struct, frozen=True):
    state: str
    permissions: tuple[str, ...]
    why: str


def _beyond(one: Login | None, other: Login | None) -> tuple[str, ...]:
    held = other.permissions if other else ()
    return tuple(key for key in (one.permissions if one else ()) if key not in held)


def differences(old: Path, new: Path) -> Iterator[Difference]:
    """Yield the logins whose access or state differs; raises `PlanUnusable`."""
    for folder in (old, new):  # both as they were written, or nothing is said of them
        plan.check(folder / ACCESS.file, plan.load(folder).access)
    for _, (before, after) in merged(_logins(old), _logins(new)):
        (account, email, first) = before[0] if before else (*after[0][:2], None)
        second = after[0][2] if after else None
        if first is None or second is None or _told(first) != _told(second):
            yield Difference(account, email, first, second)


def _told(login: Login) -> tuple[object, ...]:
    return login.state, login.permissions


def _logins(folder: Path) -> Iterator[tuple[str, tuple[str, str, Login]]]:
    path = folder / ACCESS.file
    try:
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                cells = {name: original(value) for name, value in row.items()}
                account, email = cells["account"], cells["email"]
                login = Login(cells["state"], tuple(cells["after"].split()), cells["why"])
                yield f"membership:{account}:{email}", (account, email, login)
    except OSError as error:
        raise PlanUnusable(path, error.strerror or str(error)) from error


def lines(old: Path, new: Path) -> Iterator[str]:
    """Say in words whose access differs between two plans: counts first, gains before losses."""
    counts: Counter[str] = Counter()
    shown: dict[str, list[str]] = {"gains": [], "loses": [], "other": []}
    for difference in differences(old, new):
        kind = "gains" if difference.gained else "loses" if difference.lost else "other"
        counts[kind] += 1
        if len(shown[kind]) < _SHOWN:
            shown[kind].append(_line(difference))
    if not counts:
        yield "Nobody's access differs between the two plans."
        return
    yield (
        f"From the first plan to the second: {counts['gains']} gain, {counts['loses']} lose, "
        f"{counts['other']} differ in state alone."
    )
    for kind, found in shown.items():
        yield from found
        if counts[kind] > len(found):
            yield f"  and {counts[kind] - len(found):,} more; see {ACCESS.file} of both plans"


def _line(difference: Difference) -> str:
    before, after = difference.before, difference.after
    parts = [f"+{','.join(difference.gained)}"] if difference.gained else []
    parts += [f"-{','.join(difference.lost)}"] if difference.lost else []
    states = f"{before.state if before else 'absent'} -> {after.state if after else 'absent'}"
    why = (after or before or Login("", (), "")).why
    told = f"  {difference.account} {difference.email}: {' '.join([*parts, states])}"
    return f"{told} ({why})" if why else told
