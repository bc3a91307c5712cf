"""From what a run showed, and what stood before, to what stands now and what is to be told. Pure.

A state is told once when it begins and once when it ends, whatever nights lie between. It begins
with the first run that shows it. It ends with the first run that could have shown it and did not:
a run that failed to read says nothing of owners. What nobody could be told of stays to be told.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec

from syncd.alerts.catalogue import RULES
from syncd.model.alert import AlertKind, StandingAlert


class Sighting(msgspec.Struct, frozen=True):
    """Something that a run showed and somebody should know."""

    kind: AlertKind
    subject: str
    what: str


class Night(msgspec.Struct, frozen=True):
    """What a run showed. `judged` are the kinds of which it would have shown all that there is."""

    at: str  # ISO 8601
    sightings: tuple[Sighting, ...] = ()
    judged: frozenset[AlertKind] = frozenset()
    last_change: int = 0  # of the journal that was weighed; 0 for none


class Dispatch(msgspec.Struct, frozen=True):
    """What is to be told at once; `reminds` is what was told of before and stands still."""

    begun: tuple[StandingAlert, ...] = ()
    over: tuple[StandingAlert, ...] = ()
    reminds: tuple[StandingAlert, ...] = ()
    is_digest: bool = False


def weigh(night: Night, standing: Iterable[StandingAlert]) -> list[StandingAlert]:
    """Give what stands after a run, and what ended and has to be told."""
    shown = {(each.kind, each.subject): each for each in night.sightings}
    after = []
    for alert in standing:
        sighting = shown.pop((alert.kind, alert.subject), None)
        if sighting is not None:
            # One whose end nobody was told of goes on.
            after.append(msgspec.structs.replace(alert, what=sighting.what, ended_at=""))
        elif alert.kind in night.judged and not alert.ended_at and not _momentary(alert):
            after.append(msgspec.structs.replace(alert, ended_at=night.at))
        else:
            after.append(alert)
    after += [StandingAlert(s.kind, s.subject, s.what, night.at) for s in shown.values()]
    return after


def dispatch(standing: Iterable[StandingAlert], *, digest: bool) -> Dispatch:
    """Give what is to be told now, worst first; everything with the `digest`."""
    ordered = sorted(standing, key=_worst_first)
    due = [alert for alert in ordered if digest or RULES[alert.kind].when == "now"]
    return Dispatch(
        begun=tuple(alert for alert in due if not alert.told_at and not alert.ended_at),
        over=tuple(alert for alert in due if alert.ended_at),
        reminds=tuple(a for a in ordered if a.told_at and not a.ended_at) if digest else (),
        is_digest=digest,
    )


def told(standing: Iterable[StandingAlert], sent: Dispatch, now: str) -> list[StandingAlert]:
    """Give what is left to keep once `sent` was told: what still stands."""
    begun, over = _keys(sent.begun), _keys(sent.over)
    after = []
    for alert in standing:
        key = (alert.kind, alert.subject)
        if key in over or (key in begun and _momentary(alert)):
            continue
        after.append(msgspec.structs.replace(alert, told_at=now) if key in begun else alert)
    return after


def without_ended(standing: Iterable[StandingAlert]) -> list[StandingAlert]:
    """Give what is left where no digest ever tells that something is over."""
    return [alert for alert in standing if not alert.ended_at or RULES[alert.kind].when == "now"]


def digest_is_due(last: datetime | None, now: datetime, at: time, zone: str) -> bool:
    """Say whether the time of day at which digests go has come since the last one."""
    local = now.astimezone(ZoneInfo(zone))
    boundary = datetime.combine(local.date(), at, local.tzinfo)
    if boundary > local:
        boundary = datetime.combine(local.date() - timedelta(days=1), at, local.tzinfo)
    return last is None or last < boundary


def _worst_first(alert: StandingAlert) -> tuple[int, str]:
    return _ORDER[alert.kind], alert.subject


_ORDER = {kind: number for number, kind in enumerate(RULES)}  # the table has the worst first


def _momentary(alert: StandingAlert) -> bool:
    return RULES[alert.kind].momentary


def _keys(alerts: Sequence[StandingAlert]) -> set[tuple[AlertKind, str]]:
    return {(alert.kind, alert.subject) for alert in alerts}
