"""The rows of the journal: what one outcome writes, inside the transaction it is given."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, func, select

from syncd.errors import JournalDamaged
from syncd.journal import chain, sealed
from syncd.journal.schema import applied, bindings, changes, invites, meta, runs
from syncd.model.change import Change, Verb
from syncd.model.marks import BoundMarks
from syncd.model.outcome import Outcome
from syncd.model.permission import Permissions
from syncd.model.resources import (
    INVITE_DAYS,
    Account,
    AccountRef,
    Contact,
    Invite,
    Membership,
    Resource,
)
from syncd.ports import Receipt

# How an invitation ends.
ACCEPTED, RESENT, UNWANTED, WITHDRAWN = "accepted", "resent", "unwanted", "withdrawn"


def open_change(con: Connection, run_id: str, change: Change, now: datetime) -> int:
    """Record an intent and seal it; gives the change's id."""
    # Whatever comes of it, what was read before is not what stands there after.
    sealed.update(con, applied, applied.c.key == change.key, {"checked_at": None})
    body, begun_at = as_json(change), now.isoformat()
    link = chain.begun(chain.head(con), run_id, change.key, body, begun_at)
    chain.move_head(con, link)
    query = (
        changes.insert()
        .values(
            run_id=run_id,
            key=change.key,
            body=body,
            begun_at=begun_at,
            begun_seq=link.seq,
            begun_hash=link.hash,
        )
        .returning(changes.c.change_id)
    )
    return int(con.execute(query).scalar_one())


def intent(con: Connection, key: str) -> str:
    """Name the change of a key that was begun last, the same for every attempt of it.

    One that was left in doubt and then begun again just as it was is the same.
    """
    c = changes.c
    query = select(c.change_id, c.run_id, c.begun_at, c.body, c.outcome).where(c.key == key)
    last, *earlier = con.execute(query.order_by(c.change_id.desc())).all()
    first = last
    for row in earlier:
        if row.outcome != Outcome.IN_DOUBT or row.body != last.body:
            break
        first = row
    return f"{first.run_id} {first.begun_at} {first.change_id} {key}"


def close_change(
    con: Connection, change_id: int, outcome: Outcome, message: str, now: datetime
) -> bool:
    """Record an outcome and seal it; says whether the change takes back one of another run."""
    whole = changes.outerjoin(runs, runs.c.run_id == changes.c.run_id)
    query = select(changes.c.begun_seq, runs.c.undoes).select_from(whole)
    begun_seq, undoes = con.execute(query.where(changes.c.change_id == change_id)).one()
    finished_at = now.isoformat()
    link = chain.ended(chain.head(con), begun_seq, outcome.value, message, finished_at)
    chain.move_head(con, link)
    con.execute(
        changes.update()
        .where(changes.c.change_id == change_id)
        .values(
            outcome=outcome.value,
            message=message,
            finished_at=finished_at,
            ended_seq=link.seq,
            ended_hash=link.hash,
        )
    )
    return undoes is not None


def outcomes_of(con: Connection, run_id: str) -> dict[str, int]:
    """Count what became of the changes of a run, by outcome; what is open is in doubt."""
    outcome = func.coalesce(changes.c.outcome, Outcome.IN_DOUBT.value)
    query = select(outcome, func.count()).where(changes.c.run_id == run_id).group_by(outcome)
    return {row[0]: row[1] for row in con.execute(query.order_by(outcome))}


def commonest_message(con: Connection, run_id: str) -> str:
    """Give what the target said most often where changes of a run did not apply, "" for nothing."""
    c = changes.c
    query = (
        select(c.message)
        .where(c.run_id == run_id, c.message != "", c.outcome != Outcome.APPLIED.value)
        .group_by(c.message)
        .order_by(func.count().desc(), c.message)
        .limit(1)
    )
    return str(con.execute(query).scalar() or "")


def record_applied(
    con: Connection, change: Change, receipt: Receipt, now: datetime, *, undoing: bool
) -> None:
    """Record what an applied change left behind.

    One that takes back an earlier change leaves `applied` as it is: what syncd last wrote as the
    legacy side wants it. So the next run sees the target drifted or vanished, and asks.
    """
    if not undoing:
        _remember(con, change, now, now if receipt.confirmed else None)
    if change.verb is Verb.REMOVE:
        settle(con, [change.key], now, UNWANTED)
    if receipt.target_id or change.verb is Verb.REMOVE:
        sealed.delete(con, bindings, bindings.c.key == change.key)
    if receipt.target_id and change.kind in ("account", "contact"):
        bound = {"key": change.key, "target_id": receipt.target_id, "at": now.isoformat()}
        sealed.insert(con, bindings, [bound | {"marks": _marks(change.after)}])
    if receipt.invite is not None:
        record_invite(con, receipt.invite, now)


def _marks(made: Resource | None) -> str:
    """Give what is known of a thing just made: the rest is learned when it is next observed."""
    match made:
        case Account():
            return as_json(BoundMarks(address=made.email or made.owner, owner=made.owner))
        case Contact():
            return as_json(BoundMarks(address=made.email))
        case _:
            return ""


def record_doubt(con: Connection, change: Change, at: datetime, *, undoing: bool) -> None:
    after = change.after
    if change.verb is not Verb.ADD or not isinstance(after, Membership) or change.attach:
        return  # what is not there by the next observation was not done
    if not undoing:
        _remember(con, change, at)
    invite = Invite(after.account, after.email, after.permissions, at, fresh=True, confirmed=False)
    record_invite(con, invite, at)


def _remember(
    con: Connection, change: Change, at: datetime, checked_at: datetime | None = None
) -> None:
    sealed.delete(con, applied, applied.c.key == change.key)
    if change.after is not None:
        written = {"key": change.key, "body": as_json(change.after), "at": at.isoformat()}
        checked = {"checked_at": checked_at and checked_at.isoformat()}
        sealed.insert(con, applied, [written | checked])


def record_invite(con: Connection, invite: Invite, now: datetime) -> None:
    settle(con, [invite.key], now, RESENT)
    sent = {
        "key": invite.key,
        "account": invite.account,
        "email": invite.email,
        "permissions": as_json(invite.permissions),
        "sent_at": invite.sent_at.isoformat(),
        "confirmed": invite.confirmed,
    }
    sealed.insert(con, invites, [sent])


def in_a_row(sent: Iterable[Row[Any]]) -> Iterator[tuple[int, Row[Any]]]:
    """Yield the invitations of one key with their place among those that came to nothing."""
    times, before = 0, None
    for row in sent:
        times = times + 1 if before is not None and before.state == RESENT else 1
        before = row
        yield times, row


def standing(row: Row[Any], times: int, now: datetime) -> Invite:
    """Give an invitation that is not over."""
    sent_at, gone = datetime.fromisoformat(row.sent_at), row.state == WITHDRAWN
    return Invite(
        AccountRef(row.account),
        row.email,
        msgspec.json.decode(row.permissions, type=Permissions),
        sent_at,
        fresh=not gone and now < sent_at + timedelta(days=INVITE_DAYS),
        confirmed=row.confirmed,
        gone=gone,
        times=times,
    )


def settle(con: Connection, keys: list[str], now: datetime, state: str) -> None:
    """Note how invitations ended; one that is only withdrawn goes on being asked about."""
    over: dict[str, str] = {"state": state}
    if state != WITHDRAWN:
        over["settled_at"] = now.isoformat()
    sealed.update(con, invites, invites.c.key.in_(keys) & invites.c.settled_at.is_(None), over)


# Names of the table meta that begin so are the age of a source: `moment:taken:legacy`.
_MOMENT = "moment:"


def record_moments(con: Connection, moments: Mapping[str, str]) -> None:
    rows = [{"name": f"{_MOMENT}{name}", "value": value} for name, value in moments.items()]
    if rows:
        sealed.delete(con, meta, meta.c.name.in_([row["name"] for row in rows]))
        sealed.insert(con, meta, rows)


def moments(con: Connection) -> dict[str, str]:
    rows = con.execute(select(meta).where(meta.c.name.startswith(_MOMENT)))
    return {row.name.removeprefix(_MOMENT): row.value for row in rows}


def remembered(key: str, body: str) -> Resource:
    """Give what the journal holds under a key; raises `JournalDamaged`."""
    try:
        return _RESOURCE.decode(body)
    except msgspec.DecodeError as error:
        raise JournalDamaged("journal.sqlite", f"{key}: {error}") from error


_RESOURCE: msgspec.json.Decoder[Resource] = msgspec.json.Decoder(Resource)


def as_json(value: object) -> str:
    return msgspec.json.encode(value).decode()
