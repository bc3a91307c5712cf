"""Approvals, certificates, and on the strength of what a run applied a plan.

People and `verify` record without the lease, as with ownership requests: no run goes by a row
alone, since `apply` checks each signature again.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Table, select, true

from syncd.journal import sealed
from syncd.journal.ownership import RequestsFile
from syncd.journal.schema import approvals, certificates, warrants
from syncd.model.approval import Approval, Attested, OnRecord, Warrant

_PLAN, _REHEARSAL = "plan", "rehearsal"


class ApprovalsFile(RequestsFile):
    """Who stands up for which plan."""

    def approvals(self, seal: str = "") -> list[Approval]:
        """Give the approvals of a plan, or of all, in the order in which they were taken."""
        which = approvals.c.seal == seal if seal else true()
        query = select(approvals).where(which)
        with self._engine.connect() as con:
            rows = con.execute(query.order_by(approvals.c.approved_at, approvals.c.name)).all()
        return [msgspec.convert(row, Approval, from_attributes=True) for row in rows]

    def record_approval(self, approval: Approval) -> None:
        """Record an approval; one of the same person for the same plan is replaced."""
        same = (approvals.c.seal == approval.seal) & (approvals.c.name == approval.name)
        self._put(approvals, same, msgspec.structs.asdict(approval))

    def certificates(self, kind: str, seal: str = "", limit: int = 20) -> list[Attested]:
        """Give the last certificates of a kind, those of a plan or all, the newest first."""
        which = certificates.c.kind == kind
        if seal:
            which &= certificates.c.seal == seal
        query = select(certificates).where(which).order_by(certificates.c.at.desc()).limit(limit)
        with self._engine.connect() as con:
            rows = con.execute(query).all()
        return [msgspec.convert(row, Attested, from_attributes=True) for row in rows]

    def record_certificate(self, judged: Attested) -> None:
        c = certificates.c
        same = (c.kind == judged.kind) & (c.at == judged.at) & (c.seal == judged.seal)
        self._put(certificates, same, msgspec.structs.asdict(judged))

    def on_record(self, seal: str) -> OnRecord:
        """Give all that is known of a plan."""
        made = bool(self.certificates(_PLAN, seal, 1))
        return OnRecord(made, self.approvals(seal), self.certificates(_REHEARSAL, seal))

    def note_made(self, plan: str, seal: str, syncd: str, now: datetime) -> None:
        """Note that a run has written a plan with this seal."""
        self.record_certificate(Attested(_PLAN, now.isoformat(), "", syncd, plan=plan, seal=seal))

    def _put(self, table: Table, same: ColumnElement[bool], row: dict[str, Any]) -> None:
        with self._recording() as con:
            sealed.delete(con, table, same)
            sealed.insert(con, table, [row])

    def note_warrant(self, run_id: str, warrant: Warrant, now: datetime) -> None:
        """Record on the strength of what a run is about to write."""
        rows = [
            _row(run_id, "approval", each.name, each.fingerprint, each.approved_at)
            for each in warrant.approvals
        ]
        if warrant.rehearsal is not None:
            of = warrant.rehearsal
            rows.append(_row(run_id, _REHEARSAL, of.name, of.fingerprint, of.at))
        with self._writing() as con:
            sealed.insert(con, warrants, [row | {"noted_at": now.isoformat()} for row in rows])

    def warrants(self, run_ids: Collection[str]) -> dict[str, Warrant]:
        """Give the warrant of each of these runs that had one."""
        query = select(warrants).where(warrants.c.run_id.in_(run_ids))
        by_run: dict[str, Warrant] = {}
        with self._engine.connect() as con:
            for row in con.execute(query.order_by(warrants.c.given_at, warrants.c.name)):
                by_run[row.run_id] = _with(by_run.get(row.run_id, Warrant()), row)
        return by_run


def _row(run_id: str, what: str, name: str, fingerprint: str, given_at: str) -> dict[str, str]:
    values = {"run_id": run_id, "what": what, "name": name}
    return values | {"fingerprint": fingerprint, "given_at": given_at}


def _with(warrant: Warrant, row: Any) -> Warrant:
    if row.what == _REHEARSAL:
        judged = Attested(_REHEARSAL, row.given_at, "PASS", "", name=row.name)
        judged = msgspec.structs.replace(judged, fingerprint=row.fingerprint)
        return msgspec.structs.replace(warrant, rehearsal=judged)
    approval = Approval("", "", row.name, row.fingerprint, row.given_at, "")
    return msgspec.structs.replace(warrant, approvals=(*warrant.approvals, approval))
