"""What people must be told, worked out by docs/alerts.md alone: on change of state, and once.

It shares no code with syncd: it is a second opinion on what began, is over, and still stands.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from estate import ZONE

Shown = tuple[str, str]  # an alert, and what it is about: as told, or a word of our own for the run
Told = dict[str, Counter[Shown]]  # by `begun`, `over`, `standing`

WITH_THE_DIGEST = {
    "invitation_expiring", "invitation_expired", "member_added", "new_case", "address_drift",
}  # fmt: skip
ONCE = {"critical_grant"}
# Which alerts a run can end, by how far it came.
BY_JOURNAL = frozenset({"invitation_expiring", "invitation_expired", "silence"})
BY_PLAN = frozenset({"incomplete_read", "fuse_blown", "locked"})
BY_READING = frozenset(
    {
        *("access_gained", "owner_changed", "accepted_by_other", "unknown_permission"),
        *("suppressed_seen", "member_added", "new_case", "address_drift"),
    }
)
BY_APPLYING = frozenset({"credential_trouble", "run_failed", "write_not_confirmed"})
# Of these a message names no more than the kind: what they are about is a sentence.
_OF_A_RUN = {
    *("incomplete_read", "fuse_blown", "locked", "credential_trouble", "run_failed"),
    *("write_not_confirmed", "silence"),
}


@dataclass
class _State:
    told: bool = False
    over: bool = False


@dataclass
class Ledger:
    """What stands, night by night."""

    standing: dict[Shown, _State] = field(default_factory=dict)
    last_digest: datetime | None = None

    def expect(
        self, shown: Iterable[Shown], judged: frozenset[str], now: datetime, *, heard: bool
    ) -> Told:
        """Give what must be told after a run that showed this; `heard` if somebody takes it."""
        self._weigh(set(shown), judged)
        digest = self._is_due(now)
        due = {
            key: state
            for key, state in self.standing.items()
            if digest or key[0] not in WITH_THE_DIGEST
        }
        begun = {key for key, state in due.items() if not state.told and not state.over}
        over = {key for key, state in due.items() if state.over}
        stands = {k for k, s in self.standing.items() if digest and s.told and not s.over}
        if not heard and (begun or over or stands):
            return {}
        for key in begun:
            self.standing[key].told = True
        for key in over | {key for key in begun if key[0] in ONCE}:
            del self.standing[key]
        if digest:
            self.last_digest = now
        parts = {"begun": begun, "over": over, "standing": stands}
        return {name: Counter(map(_as_told, keys)) for name, keys in parts.items() if keys}

    def _weigh(self, shown: set[Shown], judged: frozenset[str]) -> None:
        for key in shown:
            self.standing.setdefault(key, _State()).over = False
        for key, state in self.standing.items():
            if key not in shown and key[0] in judged and key[0] not in ONCE:
                state.over = True

    def _is_due(self, now: datetime) -> bool:
        midnight = now.astimezone(ZoneInfo(ZONE)).replace(hour=0, minute=0, second=0, microsecond=0)
        return self.last_digest is None or self.last_digest < midnight


def silence(last_good: datetime | None, now: datetime) -> set[Shown]:
    late = last_good is not None and now - last_good > timedelta(hours=26)
    return {("silence", "")} if late else set()


def told(message: dict[str, Any]) -> Told:
    """Give what a message tells, by the same names."""
    parts = {name: message[name] for name in ("begun", "over", "standing")}
    return {
        name: Counter(_as_told((each["alert"], _about(each["what"]))) for each in entries)
        for name, entries in parts.items()
        if entries
    }


def _about(what: str) -> str:
    """Give what an alert is about: whom, on which account; or which code or flag."""
    for mark in (": ", ", sent ", " (", " in "):
        what = what.partition(mark)[0]
    return what


def _as_told(key: Shown) -> Shown:
    return (key[0], "") if key[0] in _OF_A_RUN else key
