"""Intents and outcomes: any number at once in the transaction that is given."""

from collections.abc import Collection, Sequence
from datetime import datetime

import msgspec
from sqlalchemy import Connection, bindparam, select

from syncd.journal import chain, sealed
from syncd.journal.records import RESENT, UNWANTED, as_json, settle, storable
from syncd.journal.schema import applied, bindings, changes, invites, runs
from syncd.model.change import Change, Verb
from syncd.model.marks import BoundMarks
from syncd.model.outcome import Outcome
from syncd.model.resources import Account, Contact, Invite, Membership, Resource
from syncd.ports import Receipt


class EndedChange(msgspec.Struct, frozen=True):
    """What came of a change whose intent is in the journal."""

    change_id: int
    change: Change
    outcome: Outcome
    receipt: Receipt | None = None  # of one that was applied
    message: str = ""


def open_changes(con: Connection, run_id: str, begun: Sequence[Change], now: datetime) -> list[int]:
    """Record intents and seal them; gives the ids of the changes, in their order."""
    if not begun:
        return []
    # Whatever comes of it, what was read before is not what stands there after.
    keys = applied.c.key.in_([change.key for change in begun])
    sealed.update(con, applied, keys & applied.c.checked_at.is_not(None), {"checked_at": None})
    link, begun_at, rows = chain.head(con), now.isoformat(), []
    for change in begun:
        body = as_json(change)
        link = chain.begun(link, run_id, change.key, body, begun_at)
        row = {"run_id": run_id, "key": change.key, "body": body, "begun_at": begun_at}
        rows.append(row | {"begun_seq": link.seq, "begun_hash": link.hash})
    chain.move_head(con, link)
    return list(con.execute(_OPEN, rows).scalars())


_OPEN = changes.insert().returning(changes.c.change_id, sort_by_parameter_order=True)


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


def close_changes(
    con: Connection, ended: Sequence[EndedChange], now: datetime, doubted_at: datetime | None = None
) -> None:
    """Record outcomes, seal them, and what they leave behind: applied, binding and invite.

    What is in doubt may have been done at `doubted_at`, or now.
    """
    if not ended:
        return
    query = _BEGUN.where(changes.c.change_id.in_([each.change_id for each in ended]))
    begun = {row.change_id: row for row in con.execute(query)}
    link, finished_at, rows = chain.head(con), now.isoformat(), []
    for each in ended:
        message = storable(each.message)
        outcome = each.outcome.value
        seq = begun[each.change_id].begun_seq
        link = chain.ended(link, seq, outcome, message, finished_at)
        row = {"outcome": outcome, "message": message, "finished_at": finished_at}
        sealing = {"ended_seq": link.seq, "ended_hash": link.hash}
        rows.append({"id": each.change_id} | row | sealing)
    chain.move_head(con, link)
    con.execute(_CLOSE, rows)
    doubted = [each.change for each in ended if _may_be_sent(each)]
    done = [(each.change, each.receipt) for each in ended if each.receipt is not None]
    undoing = {each.change.key for each in ended if begun[each.change_id].undoes is not None}
    _record_applied(con, done, undoing, now)
    _record_doubts(con, doubted, undoing, doubted_at or now)


_BEGUN = select(changes.c.change_id, changes.c.begun_seq, runs.c.undoes).select_from(
    changes.outerjoin(runs, runs.c.run_id == changes.c.run_id)
)
_CLOSE = changes.update().where(changes.c.change_id == bindparam("id"))
_Done = Sequence[tuple[Change, Receipt]]


def _record_applied(con: Connection, done: _Done, undoing: Collection[str], now: datetime) -> None:
    at = now.isoformat()
    written = [
        (change, at if receipt.confirmed else None)
        for change, receipt in done
        if change.key not in undoing
    ]
    _remember(con, written, now)
    removed = [change.key for change, _ in done if change.verb is Verb.REMOVE]
    settle(con, removed, now, UNWANTED)
    bound = [
        {"key": change.key, "target_id": receipt.target_id, "at": at, "marks": _marks(change.after)}
        for change, receipt in done
        if receipt.target_id and change.kind in ("account", "contact")
    ]
    released = [change.key for change, receipt in done if receipt.target_id]
    sealed.replace(con, bindings, bindings.c.key, removed + released, bound)
    _record_invites(con, [receipt.invite for _, receipt in done if receipt.invite], now)


def _may_be_sent(each: EndedChange) -> bool:
    """Say whether an invitation may have gone out.

    What else is in doubt and not there by the next observation was not done.
    """
    change = each.change
    mails = isinstance(change.after, Membership) and not change.attach
    return each.outcome is Outcome.IN_DOUBT and change.verb is Verb.ADD and mails


def _record_doubts(
    con: Connection, doubted: Sequence[Change], undoing: Collection[str], at: datetime
) -> None:
    _remember(con, [(change, None) for change in doubted if change.key not in undoing], at)
    members = [change.after for change in doubted if isinstance(change.after, Membership)]
    maybe = [
        Invite(each.account, each.email, each.permissions, at, fresh=True, confirmed=False)
        for each in members
    ]
    _record_invites(con, maybe, at)


def _remember(con: Connection, written: Sequence[tuple[Change, str | None]], at: datetime) -> None:
    """Record what syncd last wrote as the legacy side wants it, and when it was read back.

    Not what takes back an earlier change: so the next run sees the target drifted or vanished,
    and asks.
    """
    rows = [
        {
            "key": change.key,
            "body": as_json(change.after),
            "at": at.isoformat(),
            "checked_at": checked_at,
        }
        for change, checked_at in written
        if change.after is not None
    ]
    sealed.replace(con, applied, applied.c.key, [change.key for change, _ in written], rows)


def _record_invites(con: Connection, sent: Sequence[Invite], now: datetime) -> None:
    settle(con, [invite.key for invite in sent], now, RESENT)
    rows = [
        {
            "key": invite.key,
            "account": invite.account,
            "email": invite.email,
            "permissions": as_json(invite.permissions),
            "sent_at": invite.sent_at.isoformat(),
            "confirmed": invite.confirmed,
        }
        for invite in sent
    ]
    sealed.insert(con, invites, rows)


def _marks(made: Resource | None) -> str:
    """Give what is known of a thing just made: the rest is learned when it is next observed."""
    match made:
        case Account():
            return as_json(BoundMarks(address=made.email or made.owner, owner=made.owner))
        case Contact():
            return as_json(BoundMarks(address=made.email))
        case _:
            return ""
