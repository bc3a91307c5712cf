"""The rows of the journal: what one outcome writes, inside the transaction it is given."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Row, case, func, select

from syncd.errors import JournalDamaged
from syncd.journal import sealed
from syncd.journal.schema import changes, invites, meta
from syncd.model.invitation import EXPIRING, Life
from syncd.model.outcome import Outcome
from syncd.model.permission import Permissions
from syncd.model.resources import (
    INVITE_DAYS,
    AccountRef,
    Invite,
    Resource,
)

# How an invitation ends.
ACCEPTED, RESENT, UNWANTED, WITHDRAWN = "accepted", "resent", "unwanted", "withdrawn"


def outcomes_of(con: Connection, run_id: str) -> dict[str, int]:
    """Count what became of the changes of a run, by outcome; what is open is in doubt."""
    outcome = changes.c.outcome
    query = select(outcome, func.count()).where(changes.c.run_id == run_id).group_by(outcome)
    numbers = Counter[str]()
    for name, number in con.execute(query):
        numbers[name or Outcome.IN_DOUBT.value] += number
    return dict(sorted(numbers.items()))


def applied_by(con: Connection, run_id: str) -> int:
    """Count the changes that a run applied."""
    c = changes.c
    query = select(func.count()).where(c.run_id == run_id, c.outcome == Outcome.APPLIED.value)
    return con.execute(query).scalar() or 0


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


def life(now: datetime) -> ColumnElement[str]:
    """Give `model.invitation.life_of` for a row that is not settled."""
    c = invites.c
    return case(
        (c.state == WITHDRAWN, Life.WITHDRAWN.value),
        (c.sent_at <= (now - timedelta(days=INVITE_DAYS)).isoformat(), Life.EXPIRED.value),
        (~c.confirmed, Life.UNCONFIRMED.value),
        (c.sent_at <= (now - EXPIRING).isoformat(), Life.EXPIRING.value),
        else_=Life.WAITING.value,
    )


def settle(con: Connection, keys: list[str], now: datetime, state: str) -> None:
    """Note how invitations ended; one that is only withdrawn goes on being asked about."""
    if not keys:
        return
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


def storable(text: str) -> str:
    """Give words of others as every store takes them: PostgreSQL has no NUL in a text."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}")


def as_json(value: object) -> str:
    return msgspec.json.encode(value).decode()
