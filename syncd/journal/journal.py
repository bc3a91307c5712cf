"""The journal: the store we must never lose. Intent goes in before the call, outcome after it.

A file or a database, see `store.Store`, that belongs to one target. Nothing else knows which
invitations were sent; losing it means mailing people twice. Every write is fenced by the epoch of
the lease it was opened under: it raises `Superseded` once another process took over.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, func, literal_column, select, true

from syncd.journal import intents, records, sealed
from syncd.journal.alerting import AlertsFile
from syncd.journal.bindings import chunks
from syncd.journal.intents import EndedChange
from syncd.journal.schema import (
    applied,
    bindings,
    changes,
    invites,
    overrides,
    runs,
)
from syncd.model.change import Change, Verb
from syncd.model.invitation import Life
from syncd.model.keys import account_key
from syncd.model.outcome import Outcome
from syncd.model.remembered import AdoptedBody, AppliedState, CheckedKey, EndedInvite
from syncd.model.resources import Account, AccountRef, Invite
from syncd.ports import Receipt

_CHUNK = 2000
_EFFECTIVE = (Outcome.APPLIED.value, Outcome.IN_DOUBT.value)
_GOOD = ("done", "held")  # a run that went through to the end
# The order in which rows were written: a clock may have been wrong for a night.
_WRITTEN: ColumnElement[int] = literal_column("runs.rowid")


class Journal(AlertsFile):
    """Open with `Journal.open`; use as a context manager."""

    # --- runs -------------------------------------------------------------------------------

    def start_run(
        self, run_id: str, command: str, now: datetime, undoes: str | None = None
    ) -> None:
        with self._writing() as con:
            started = {"run_id": run_id, "command": command, "started_at": now.isoformat()}
            unknown = {"plan_id": "", "contacts": 0, "counts": "{}", "why": ""}
            sealed.insert(con, runs, [started | unknown | {"status": "running", "undoes": undoes}])

    def finish_run(
        self,
        run_id: str,
        status: str,
        now: datetime,
        *,
        plan_id: str = "",
        contacts: int = 0,
        counts: Mapping[str, int] | None = None,
        moments: Mapping[str, str] | None = None,
        why: str = "",
    ) -> None:
        """Record how a run ended; for an applying run `moments` say how old its sources were.

        What became of its changes is counted here, whatever ended it.
        """
        with self._writing() as con:
            outcomes = records.outcomes_of(con, run_id)
            ended = {
                "status": status,
                "plan_id": plan_id,
                "contacts": contacts,
                "counts": records.as_json(dict(counts or {}) | outcomes),
                "why": records.storable(why) or records.commonest_message(con, run_id),
                "finished_at": now.isoformat(),
            }
            sealed.update(con, runs, runs.c.run_id == run_id, ended)
            if status in _GOOD:
                records.record_moments(con, moments or {})

    def runs(self, limit: int = 10) -> list[dict[str, Any]]:
        """Give the latest runs, newest first."""
        query = select(runs).order_by(_WRITTEN.desc()).limit(limit)
        with self._engine.connect() as con:
            return [dict(row) for row in con.execute(query).mappings()]

    def knows(self, run_id: str) -> bool:
        query = select(func.count()).where(runs.c.run_id == run_id)
        with self._engine.connect() as con:
            return bool(con.execute(query).scalar())

    def has_written(self) -> bool:
        """Say whether any run has changed the target, or may have."""
        query = select(changes.c.change_id).where(changes.c.outcome.in_(_EFFECTIVE)).limit(1)
        with self._engine.connect() as con:
            return con.execute(query).first() is not None

    def undoes(self, run_id: str) -> str | None:
        """Give the run that this one takes back, None where it does not."""
        query = select(runs.c.undoes).where(runs.c.run_id == run_id)
        with self._engine.connect() as con:
            return con.execute(query).scalar()

    def last_good(self) -> dict[str, Any] | None:
        """Give the last run that went through to the end, None if there was none."""
        query = (
            select(runs)
            .where(runs.c.command.in_(("apply", "sync")), runs.c.status.in_(_GOOD))
            .order_by(_WRITTEN.desc())
            .limit(1)
        )
        with self._engine.connect() as con:
            row = con.execute(query).mappings().one_or_none()
            return None if row is None else dict(row)

    def last_good_contacts(self) -> int:
        run = self.last_good()
        return 0 if run is None else int(run["contacts"])

    def last_good_moments(self) -> dict[str, str]:
        """Give what the last good run of each source recorded about its age."""
        with self._engine.connect() as con:
            return records.moments(con)

    def record_override(self, run_id: str, fuse: str, amount: int, because: str) -> None:
        with self._writing() as con:
            row = {"run_id": run_id, "fuse": fuse, "amount": amount, "because": because}
            sealed.insert(con, overrides, [row])

    # --- changes ----------------------------------------------------------------------------

    def begin(self, run_id: str, change: Change, now: datetime) -> int:
        """Record the intent, durable before this returns; gives the change's id."""
        (change_id,) = self.record(run_id, (), (change,), now)
        return change_id

    def intent(self, key: str) -> str:
        """Name the open change of a key; see `intents.intent`."""
        with self._engine.connect() as con:
            return intents.intent(con, key)

    def finish(
        self,
        change_id: int,
        change: Change,
        outcome: Outcome,
        now: datetime,
        *,
        receipt: Receipt | None = None,
        message: str = "",
    ) -> None:
        """Record outcome, applied, binding and invite in one transaction."""
        left = receipt if outcome is Outcome.APPLIED else None
        self.record("", (EndedChange(change_id, change, outcome, left, message),), (), now)

    def record(
        self, run_id: str, ended: Sequence[EndedChange], begun: Sequence[Change], now: datetime
    ) -> list[int]:
        """Record what came of changes and the intents of others, all in one transaction.

        Durable before this returns; gives the ids of the begun, in their order.
        """
        with self._writing() as con:
            intents.close_changes(con, ended, now)
            return intents.open_changes(con, run_id, begun, now)

    def recover(self, now: datetime) -> int:
        """Settle what a crash left behind; gives how many changes had no outcome.

        Nobody knows whether their calls went out. An invitation counts as sent, so that nobody is
        mailed twice; everything else is settled by the next observation. Must be called while no
        run is on. Raises `JournalDamaged` where what crashed took the file with it.
        """
        query = select(changes).where(changes.c.outcome.is_(None))
        cut_off = runs.c.status == "running"
        with self._writing() as con:
            if con.execute(select(runs.c.run_id).where(cut_off)).first():
                self._check(con)
            left = con.execute(query.order_by(changes.c.change_id)).all()
            for row in left:
                change = msgspec.json.decode(row.body, type=Change)
                ended = EndedChange(row.change_id, change, Outcome.IN_DOUBT, message="interrupted")
                begun_at = datetime.fromisoformat(row.begun_at)
                intents.close_changes(con, [ended], now, begun_at)
            sealed.update(con, runs, cut_off, {"status": "interrupted"})
        return len(left)

    def outcomes(self, run_id: str) -> dict[str, int]:
        with self._engine.connect() as con:
            return records.outcomes_of(con, run_id)

    def applied_by(self, run_id: str) -> int:
        with self._engine.connect() as con:
            return records.applied_by(con, run_id)

    def done_by(self, run_id: str) -> Iterator[Change]:
        """Yield, by key, the changes of a run that were made, or may have been."""
        made = (Outcome.APPLIED.value, Outcome.IN_DOUBT.value)
        query = select(changes.c.body).where(
            changes.c.run_id == run_id, changes.c.outcome.in_(made)
        )
        for row in self._stream(query.order_by(changes.c.key, changes.c.change_id)):
            yield msgspec.json.decode(row[0], type=Change)

    def added(self, key: str, email: str) -> bool:
        """Say whether a run made what stands under a key for this address, or may have.

        An account keeps its key when its owner is another one, or has another address.
        """
        made = (Outcome.APPLIED.value, Outcome.IN_DOUBT.value)
        query = select(changes.c.body).where(changes.c.key == key, changes.c.outcome.in_(made))
        bodies = (msgspec.json.decode(row[0], type=Change) for row in self._stream(query))
        return any(change.verb is Verb.ADD and change.person == email for change in bodies)

    def note_plan(self, run_id: str, plan_id: str) -> None:
        """Record which plan a run is about to apply: it may be cut off before its end."""
        with self._writing() as con:
            sealed.update(con, runs, runs.c.run_id == run_id, {"plan_id": plan_id})

    def done_under(self, plan_id: str, made_at: datetime) -> Iterator[Change]:
        """Yield the changes that runs have applied of a plan since it was made.

        Its id is that of what it says: one of a year ago may have said the same.
        """
        query = (
            select(changes.c.body)
            .join(runs, runs.c.run_id == changes.c.run_id)
            .where(
                runs.c.plan_id == plan_id,
                runs.c.started_at >= made_at.isoformat(),
                changes.c.outcome == Outcome.APPLIED.value,
            )
        )
        for row in self._stream(query.order_by(changes.c.change_id)):
            yield msgspec.json.decode(row[0], type=Change)

    # --- applied, bindings, invites ---------------------------------------------------------

    def applied(self) -> Iterator[AppliedState]:
        """Yield everything we answer for, by key.

        Raises `JournalDamaged`.
        """
        query = select(applied.c.key, applied.c.body, applied.c.at)
        for key, body, at in self._stream(query.order_by(applied.c.key)):
            yield AppliedState(key, records.remembered(key, body), at)

    def adopt(self, rows: Iterable[AdoptedBody], now: datetime) -> None:
        """Take over what the target holds just as we would have written it."""
        stamped = ({"key": key, "body": body, "at": now.isoformat()} for key, body in rows)
        self._replace(applied, stamped)

    def checked(self) -> Iterator[CheckedKey]:
        """Yield what was read and found as applied, by key."""
        query = select(applied.c.key, applied.c.checked_at).where(applied.c.checked_at.is_not(None))
        yield from map(CheckedKey._make, self._stream(query.order_by(applied.c.key)))

    def note_checked(self, keys: Iterable[str], now: datetime) -> None:
        """Note that these were read and found as applied."""
        with self._writing() as con:
            for chunk in chunks(keys):
                checked_at = {"checked_at": now.isoformat()}
                sealed.update(con, applied, applied.c.key.in_(chunk), checked_at)

    def forget(self, keys: Iterable[str]) -> None:
        """Drop what is neither desired nor observed any more."""
        with self._writing() as con:
            for chunk in chunks(keys):
                sealed.delete(con, applied, applied.c.key.in_(chunk))

    def doubted_accounts(self) -> list[Account]:
        """Give the accounts whose making was left in doubt and that are not bound since."""
        query = select(changes.c.body).where(
            changes.c.outcome == Outcome.IN_DOUBT,
            changes.c.key.startswith("account:"),
            changes.c.key.not_in(select(bindings.c.key)),
        )
        with self._engine.connect() as con:
            bodies = con.execute(query.order_by(changes.c.change_id)).scalars().all()
        written = (msgspec.json.decode(body, type=Change).after for body in bodies)
        # The last one written under each key.
        return list({each.key: each for each in written if isinstance(each, Account)}.values())

    def invites(self, now: datetime) -> Iterator[Invite]:
        """Yield the invitations not settled yet, fresh or stale, the latest of each key."""
        yield from self._standing(now, true())

    def _standing(self, now: datetime, which: ColumnElement[bool]) -> Iterator[Invite]:
        query = select(invites).where(which).order_by(invites.c.key, invites.c.invite_id)
        with self._engine.connect() as con:
            self._store.take_time(con)
            with con.execution_options(yield_per=_CHUNK).execute(query) as rows:
                for _, sent in groupby(rows, key=attrgetter("key")):
                    *_, (times, last) = records.in_a_row(sent)
                    if last.settled_at is None:
                        yield records.standing(last, times, now)

    def invite_lives(self, now: datetime) -> dict[Life, int]:
        """Count what the invitations are that are not settled yet."""
        life = records.life(now).label("life")
        query = select(life, func.count()).where(invites.c.settled_at.is_(None)).group_by(life)
        with self._engine.connect() as con:
            return {Life(row[0]): row[1] for row in con.execute(query)}

    def some_invites(
        self, lives: Collection[Life], now: datetime, most: int | None = None
    ) -> Iterator[Invite]:
        """Yield the first invitations that are so, by key."""
        c = invites.c
        are_so = c.settled_at.is_(None) & records.life(now).in_([life.value for life in lives])
        keys = select(c.key).where(are_so).order_by(c.key).limit(most)
        return self._standing(now, c.key.in_(keys))

    def invite_ends(self) -> dict[str, int]:
        """Count how the invitations ended that are over."""
        c = invites.c
        query = select(c.state, func.count()).where(c.settled_at.is_not(None)).group_by(c.state)
        with self._engine.connect() as con:
            return {row[0] or "over": row[1] for row in con.execute(query)}

    def account(self, ref: AccountRef) -> Account | None:
        """Give an account as syncd last wrote or found it."""
        query = select(applied.c.body).where(applied.c.key == account_key(ref))
        with self._engine.connect() as con:
            body = con.execute(query).scalar()
        return None if body is None else msgspec.json.decode(body, type=Account)

    def sent(self, since: datetime) -> list[datetime]:
        """Give when invitations were sent since then, in doubt or not, settled or not."""
        query = select(invites.c.sent_at).where(invites.c.sent_at >= since.isoformat())
        with self._engine.connect() as con:
            return [datetime.fromisoformat(row.sent_at) for row in con.execute(query)]

    def settle_invites(self, ends: Iterable[EndedInvite], now: datetime) -> None:
        """Note, by key, how invitations ended; see `records.settle`."""
        with self._writing() as con:
            for chunk in chunks(ends):
                for state in sorted({end.state for end in chunk}):
                    keys = [end.key for end in chunk if end.state == state]
                    records.settle(con, keys, now, state)
