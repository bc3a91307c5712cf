"""Ownership requests in the journal: recorded by people, at any time; followed by runs.

Nobody needs the lease to record one: no run goes by them in what it writes to the target, and each
is recorded in one transaction, whoever is at a run meanwhile.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, func, select

from syncd.errors import RequestRefused
from syncd.journal import migrations, sealed
from syncd.journal.bindings import BindingsFile
from syncd.journal.schema import ownership_requests
from syncd.model.ownership import SIDES, STANDING, OwnershipRequest, RequestState, Side

_C = ownership_requests.c


class RequestsFile(BindingsFile):
    """Ownership requests. One that is over is kept."""

    def ownership_requests(self) -> list[OwnershipRequest]:
        """Give all of them, in the order in which they were recorded."""
        query = select(ownership_requests).order_by(_C.number)
        with self._engine.connect() as con:
            return [_request(row) for row in con.execute(query)]

    def request_ownership(self, asked: OwnershipRequest) -> OwnershipRequest:
        """Record a request, whatever its number says, and give it with the one it got.

        Raises `RequestRefused` while another stands on its account.
        """
        with self._recording() as con:
            standing = _standing(con, asked.account)
            if standing is not None:
                reason = (
                    f"request {standing.number} stands on {asked.account} already, "
                    f"{standing.state}, for {standing.new_owner}. Reject that one first"
                )
                raise RequestRefused(reason)
            last = con.execute(select(func.max(_C.number))).scalar()
            request = msgspec.structs.replace(asked, number=(last or 0) + 1)
            sealed.insert(con, ownership_requests, [_row(request)])
        return request

    def confirm_request(self, account: str, side: Side, by: str, now: datetime) -> OwnershipRequest:
        """Record that a side confirms the request; raises `RequestRefused`."""
        with self._recording() as con:
            request = _needed(con, account)
            if request.state is RequestState.STALE:
                reason = (
                    f"request {request.number} is stale, since {request.owner} owns {account} now. "
                    "Reject it, or put the owner right in the target"
                )
                raise RequestRefused(reason)
            if side not in request.unconfirmed:
                reason = (
                    f"{SIDES[side]} has confirmed request {request.number} already; see "
                    "`syncd ownership list`"
                )
                raise RequestRefused(reason)
            name = side.replace("-", "_")
            values = {f"{name}_confirmed_by": by, f"{name}_confirmed_at": now.isoformat()}
            return _changed(con, request, values)

    def reject_request(
        self, account: str, by: str, because: str, now: datetime
    ) -> OwnershipRequest:
        """Record that a request is not granted; raises `RequestRefused`."""
        with self._recording() as con:
            ended = {"state": RequestState.REJECTED, "ended_at": now.isoformat()}
            return _changed(
                con, _needed(con, account), ended | {"rejected_by": by, "because": because}
            )

    def follow_requests(self, seen: Iterable[OwnershipRequest]) -> None:
        """Record what an observation made of requests; what people did meanwhile stays."""
        with self._writing() as con:
            for request in seen:
                values = {name: getattr(request, name) for name in _FOLLOWED}
                where = (_C.number == request.number) & _C.state.in_(STANDING)
                sealed.update(con, ownership_requests, where, values)

    @contextmanager
    def _recording(self) -> Iterator[Connection]:
        """Give a transaction of a person, which no epoch fences; raises `JournalElsewhere`."""
        with self._engine.begin() as con:
            # The lock comes before the first look: two may record at once.
            self._store.lock_rows(con)
            # Whoever waited for it may have waited for a copy: what is written here then is lost.
            migrations.check_here(con, self._store)
            yield con


# What an observation decides; all else is recorded by people.
_FOLLOWED = ("state", "owner", "new_owner_is", "observed_at", "ended_at")


def _standing(con: Connection, account: str) -> OwnershipRequest | None:
    query = select(ownership_requests).where(_C.account == account, _C.state.in_(STANDING))
    row = con.execute(query).one_or_none()
    return None if row is None else _request(row)


def _needed(con: Connection, account: str) -> OwnershipRequest:
    request = _standing(con, account)
    if request is None:
        reason = f"no request stands on {account}; `syncd ownership list` shows those that do"
        raise RequestRefused(reason)
    return request


def _changed(
    con: Connection, request: OwnershipRequest, values: dict[str, Any]
) -> OwnershipRequest:
    sealed.update(con, ownership_requests, _C.number == request.number, values)
    return msgspec.structs.replace(request, **values)


def _request(row: Row[Any]) -> OwnershipRequest:
    return msgspec.convert(row, OwnershipRequest, from_attributes=True)


def _row(request: OwnershipRequest) -> dict[str, Any]:
    return msgspec.structs.asdict(request)
