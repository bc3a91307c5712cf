"""Alerts in the journal: what stands, and which channels took what was last sent by them.

Nothing that a run does depends on it, so it is not in the sum of `sealed`.
"""

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Row, func, select, tuple_

from syncd.journal.approvals import ApprovalsFile
from syncd.journal.records import storable
from syncd.journal.schema import alert_channels, alerts, changes, runs
from syncd.model.alert import ChannelState, StandingAlert
from syncd.model.change import Change
from syncd.model.outcome import Outcome

_DIGEST = "digest"  # stands among the channels: when the last digest went


class AlertsFile(ApprovalsFile):
    """What has been told, or is to be; and what it says besides of runs and changes."""

    def alerts(self) -> list[StandingAlert]:
        """Give what stands, and what ended untold, by kind and subject."""
        query = select(alerts).order_by(alerts.c.kind, alerts.c.subject)
        with self._engine.connect() as con:
            return [_alert(row) for row in con.execute(query)]

    def keep_alerts(self, standing: Collection[StandingAlert]) -> None:
        """Keep these and no others; what is as it was is not written again."""
        with self._recording() as con:
            before = {_key(alert): alert for alert in map(_alert, con.execute(select(alerts)))}
            after = {_key(alert): alert for alert in standing}
            gone = [key for key, alert in before.items() if after.get(key) != alert]
            new = [_values(alert) for key, alert in after.items() if before.get(key) != alert]
            for start in range(0, len(gone), _CHUNK):
                key = tuple_(alerts.c.kind, alerts.c.subject)
                con.execute(alerts.delete().where(key.in_(gone[start : start + _CHUNK])))
            if new:
                con.execute(alerts.insert(), new)

    def alert_channels(self) -> list[ChannelState]:
        """Give how each channel did when it was last used, by name."""
        query = select(alert_channels).where(alert_channels.c.name != _DIGEST)
        with self._engine.connect() as con:
            return [_channel(row) for row in con.execute(query.order_by(alert_channels.c.name))]

    def note_channel(self, name: str, now: datetime, why: str = "") -> None:
        """Note that a channel took a message, or why it did not."""
        with self._recording() as con:
            where = alert_channels.c.name == name
            before = con.execute(select(alert_channels).where(where)).one_or_none()
            since = (before.failing_since if before else "") or now.isoformat()
            con.execute(alert_channels.delete().where(where))
            state = ChannelState(name, now.isoformat(), since if why else "", storable(why))
            con.execute(alert_channels.insert().values(msgspec.structs.asdict(state)))

    def digest_at(self) -> datetime | None:
        """Give when the last digest went."""
        query = select(alert_channels.c.tried_at).where(alert_channels.c.name == _DIGEST)
        with self._engine.connect() as con:
            at = con.execute(query).scalar()
        return datetime.fromisoformat(at) if at else None

    def note_digest(self, now: datetime) -> None:
        self.note_channel(_DIGEST, now)

    def made_by(self, run_id: str) -> Iterator[tuple[Change, Outcome]]:
        """Yield the changes of a run that were made, or may have been, as they were begun."""
        made = (Outcome.APPLIED.value, Outcome.IN_DOUBT.value)
        query = select(changes.c.body, changes.c.outcome).where(
            changes.c.run_id == run_id, changes.c.outcome.in_(made)
        )
        decode = msgspec.json.Decoder(Change).decode
        for body, outcome in self._stream(query.order_by(changes.c.change_id)):
            yield decode(body), Outcome(outcome)

    def run_totals(self) -> dict[str, int]:
        """Count the runs that are over, by status."""
        query = select(runs.c.status, func.count()).where(runs.c.status != "running")
        with self._engine.connect() as con:
            return {row[0]: row[1] for row in con.execute(query.group_by(runs.c.status))}

    def change_totals(self) -> dict[str, int]:
        """Count the changes of all runs, by outcome."""
        c = changes.c
        query = select(c.outcome, func.count()).where(c.outcome.is_not(None)).group_by(c.outcome)
        with self._engine.connect() as con:
            return {row[0]: row[1] for row in con.execute(query)}

    def first_run_at(self) -> datetime | None:
        query = select(runs.c.started_at).order_by(runs.c.started_at).limit(1)
        with self._engine.connect() as con:
            at = con.execute(query).scalar()
        return datetime.fromisoformat(at) if at else None


_CHUNK = 400  # each is two variables of a statement


def _key(alert: StandingAlert) -> tuple[str, str]:
    return alert.kind.value, alert.subject


def _alert(row: Row[Any]) -> StandingAlert:
    return msgspec.convert(row, StandingAlert, from_attributes=True)


def _values(alert: StandingAlert) -> dict[str, str]:
    return msgspec.structs.asdict(alert) | {"kind": alert.kind.value}


def _channel(row: Row[Any]) -> ChannelState:
    return msgspec.convert(row, ChannelState, from_attributes=True)
