"""Looking into the journal without a hand on it: what the pages show of runs, and nothing written.

Every look is at one moment, through a connection that cannot write. What is asked for by key or run
is found by an index, and is a page at most.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Row, Select, func, literal_column, select
from sqlalchemy.exc import DatabaseError

from syncd.errors import StoreError
from syncd.journal import lease, records
from syncd.journal.bindings import chunks
from syncd.journal.lease import LeaseHolder
from syncd.journal.schema import (
    SCHEMA_VERSION,
    alerts,
    applied,
    bindings,
    certificates,
    changes,
    invites,
    meta,
    overrides,
    ownership_requests,
    runs,
    warrants,
)
from syncd.journal.stores import Place, store_of
from syncd.model.alert import AlertKind
from syncd.model.approval import Attested
from syncd.model.change import Change
from syncd.model.invitation import Life
from syncd.model.outcome import Outcome
from syncd.model.ownership import STANDING, OwnershipRequest
from syncd.model.resources import Invite

_WRITTEN: ColumnElement[int] = literal_column("runs.rowid")
_GOOD = ("done", "held")
_LOOKED = 50  # runs


class PastRun(msgspec.Struct, frozen=True):
    """A run; times are ISO 8601. `number` is its place among all of them."""

    number: int
    run_id: str
    command: str
    plan_id: str
    started_at: str
    finished_at: str
    status: str
    contacts: int
    counts: dict[str, int]
    undoes: str
    why: str


class Override(msgspec.Struct, frozen=True):
    """A fuse that was lifted for a run."""

    fuse: str
    amount: int
    because: str


class PastChange(msgspec.Struct, frozen=True):
    """A change that a run began; `outcome` is `in_doubt` until it is known."""

    number: int
    run_id: str
    change: Change
    outcome: str
    message: str
    at: str  # when it was finished, else begun


class WrittenState(msgspec.Struct, frozen=True):
    """What syncd last wrote under a key; `body` is JSON."""

    key: str
    body: str
    at: str


@contextmanager
def glancing(place: Place, target: str) -> Iterator["Glance"]:
    """Give a look at the journal of a target, as it is now.

    Raises `StoreError` where there is none, or it is not of this target or this schema.
    """
    store = store_of(place)
    with store.reading() as con:
        try:
            known = {row.name: row.value for row in con.execute(select(meta))}
        except DatabaseError as error:
            raise StoreError(str(place), str(error.orig)) from error
        if known.get("target") != target:
            raise StoreError(str(place), f"it is not the journal of the target {target!r}")
        if known.get("schema") != str(SCHEMA_VERSION):
            raise StoreError(str(place), "it is of another version of syncd: the next run moves it")
        yield Glance(con)


class Glance:
    """One look: each method reads, none writes."""

    def __init__(self, con: Connection) -> None:
        self._con = con

    # --- runs -------------------------------------------------------------------------------

    def runs(self, most: int, before: int = 0) -> list[PastRun]:
        """Give the latest runs, newest first, or the latest before the one of this number."""
        query = _of_runs().order_by(_WRITTEN.desc()).limit(most)
        query = query.where(before > _WRITTEN) if before else query
        return [_run(row) for row in self._con.execute(query)]

    def run(self, run_id: str) -> PastRun | None:
        row = self._con.execute(_of_runs().where(runs.c.run_id == run_id)).first()
        return None if row is None else _run(row)

    def planned_after(self, run_id: str) -> PastRun | None:
        """Give the latest run after that one which made a plan of both sides, None without any."""
        for run in self.runs(_LOOKED):
            if run.run_id == run_id:
                return None
            if run.plan_id and not run.undoes:
                return run
        return None

    def last_good(self) -> PastRun | None:
        """Give the last applying run that went through to the end."""
        good = runs.c.command.in_(("apply", "sync")) & runs.c.status.in_(_GOOD)
        row = self._con.execute(_of_runs().where(good).order_by(_WRITTEN.desc()).limit(1)).first()
        return None if row is None else _run(row)

    def holder(self) -> LeaseHolder | None:
        """Give who is at a run now."""
        return lease.holder(self._con)

    def overrides(self, run_id: str) -> list[Override]:
        query = select(overrides).where(overrides.c.run_id == run_id).order_by(overrides.c.fuse)
        return [Override(row.fuse, row.amount, row.because) for row in self._con.execute(query)]

    def certificate(self, kind: str) -> Attested | None:
        """Give the last certificate of a kind, `verify` or `rehearsal`."""
        c = certificates.c
        query = select(certificates).where(c.kind == kind).order_by(c.at.desc()).limit(1)
        row = self._con.execute(query).first()
        return None if row is None else msgspec.convert(row, Attested, from_attributes=True)

    def approved_at(self) -> str:
        """Give when a plan that a run went through with was last approved; "" for never."""
        query = select(func.max(warrants.c.given_at)).join_from(
            warrants, runs, warrants.c.run_id == runs.c.run_id
        )
        good = (warrants.c.what == "approval") & runs.c.status.in_(_GOOD)
        return self._con.execute(query.where(good)).scalar() or ""

    # --- changes ----------------------------------------------------------------------------

    def applied_by(self, run_id: str) -> int:
        """Count the changes that a run applied."""
        return records.applied_by(self._con, run_id)

    def changes_of(self, run_id: str, most: int, after: int = 0) -> list[PastChange]:
        """Give the first changes of a run, in their order, or those after that number."""
        c = changes.c
        query = select(changes).where(c.run_id == run_id, c.change_id > after)
        rows = self._con.execute(query.order_by(c.change_id).limit(most))
        return [_change(row) for row in rows]

    def changes_after(self, number: int, keys: Collection[str]) -> list[PastChange]:
        """Give the changes after the one of that number; those under one key in their order."""
        c = changes.c
        query = select(changes).where(c.change_id > number).order_by(c.change_id)
        some = chunks(keys)
        return [_change(row) for k in some for row in self._con.execute(query.where(c.key.in_(k)))]

    def written(self, keys: Collection[str]) -> list[WrittenState]:
        """Give what syncd last wrote under these keys."""
        c = applied.c
        query = select(c.key, c.body, c.at)
        some = chunks(keys)
        rows = (row for k in some for row in self._con.execute(query.where(c.key.in_(k))))
        return [WrittenState(*row) for row in rows]

    def changes_to(self, keys: Collection[str], since: datetime, most: int) -> list[PastChange]:
        """Give the latest changes under any of these keys since then, newest first."""
        c = changes.c
        query = select(changes).where(c.key.in_(keys), c.begun_at >= since.isoformat())
        rows = self._con.execute(query.order_by(c.change_id.desc()).limit(most))
        return [_change(row) for row in rows]

    def ids_of(self, keys: Collection[str]) -> dict[str, str]:
        """Give the id that each of these has in the target, as far as it is bound."""
        query = select(bindings.c.key, bindings.c.target_id).where(bindings.c.key.in_(keys))
        return {row.key: row.target_id for row in self._con.execute(query)}

    # --- invitations, requests, alerts ------------------------------------------------------

    def invites_to(self, keys: Collection[str], now: datetime) -> list[Invite]:
        """Give the invitations under these keys that are not over, by key."""
        c = invites.c
        query = select(invites).where(c.key.in_(keys)).order_by(c.key, c.invite_id)
        waiting = []
        for _, sent in groupby(self._con.execute(query), key=attrgetter("key")):
            *_, (times, last) = records.in_a_row(sent)
            if last.settled_at is None:
                waiting.append(records.standing(last, times, now))
        return waiting

    def invite_lives(self, now: datetime) -> dict[Life, int]:
        """Count what the invitations are that are not over."""
        life = records.life(now).label("life")
        query = select(life, func.count()).where(invites.c.settled_at.is_(None)).group_by(life)
        return {Life(row.life): row[1] for row in self._con.execute(query)}

    def requests(self, account: str = "") -> list[OwnershipRequest]:
        """Give the ownership requests that stand, or all that an account ever had."""
        c = ownership_requests.c
        which = c.account == account if account else c.state.in_([str(each) for each in STANDING])
        query = select(ownership_requests).where(which).order_by(c.number)
        return [
            msgspec.convert(row, OwnershipRequest, from_attributes=True)
            for row in self._con.execute(query)
        ]

    def alerts(self) -> dict[AlertKind, int]:
        """Count the alerts that stand, by kind."""
        query = select(alerts.c.kind, func.count()).where(alerts.c.ended_at == "")
        rows = self._con.execute(query.group_by(alerts.c.kind).order_by(alerts.c.kind))
        return {AlertKind(row.kind): row[1] for row in rows}


def _of_runs() -> Select[Any]:
    return select(_WRITTEN.label("number"), *runs.c)


def _run(row: Row[Any]) -> PastRun:
    return PastRun(
        row.number,
        row.run_id,
        row.command,
        row.plan_id,
        row.started_at,
        row.finished_at or "",
        row.status,
        row.contacts,
        msgspec.json.decode(row.counts, type=dict[str, int]),
        row.undoes or "",
        row.why,
    )


def _change(row: Row[Any]) -> PastChange:
    return PastChange(
        row.change_id,
        row.run_id,
        msgspec.json.decode(row.body, type=Change),
        row.outcome or Outcome.IN_DOUBT.value,
        row.message,
        row.finished_at or row.begun_at,
    )
