"""Looking after a journal: check it, and export all of it. It only reads."""

from collections.abc import Iterator

import msgspec
from sqlalchemy import Connection, func, select

from syncd.errors import StoreError
from syncd.journal import chain, lease, sealed
from syncd.journal.migrations import MOVED
from syncd.journal.schema import (
    SCHEMA_VERSION,
    alert_channels,
    alerts,
    applied,
    approvals,
    bindings,
    certificates,
    changes,
    invites,
    meta,
    origins,
    overrides,
    ownership_requests,
    people,
    runs,
    warrants,
)
from syncd.journal.stores import Place, store_of

FORMAT = 1
_TOLD = {
    "runs": runs.c.started_at,
    "overrides": overrides.c.run_id,
    "changes": changes.c.change_id,
    "applied": applied.c.key,
    "bindings": bindings.c.key,
    "people": people.c.email,
    "origins": origins.c.contact,
    "invites": invites.c.invite_id,
    "ownership_requests": ownership_requests.c.number,
    "approvals": approvals.c.approved_at,
    "certificates": certificates.c.at,
    "warrants": warrants.c.run_id,
    "alerts": alerts.c.since,
    "alert_channels": alert_channels.c.name,
}
_FLAWS_SHOWN = 20


class Checked(msgspec.Struct, frozen=True):
    """What was checked, whether it is as it should be, and what a person should know about it."""

    ok: bool
    what: str
    detail: str = ""


def check(place: Place, target: str, noted: str = "") -> Iterator[Checked]:
    """Check the file, schema, chain and open intents; `noted` as in `chain.flaws`.

    Raises `StoreError` where there is no journal, or nothing can be read of it.
    """
    store = store_of(place)
    with store.reading() as con:
        damage = store.flaw(con)
        yield Checked(not damage, store.sound, damage)
        if damage:
            return
        known = {row.name: row.value for row in con.execute(select(meta))}
        other = known["target"]
        detail = "" if other == target else f"it belongs to the target {other!r}, not to {target!r}"
        yield Checked(not detail, "it is the journal of this target", detail)
        if MOVED in known:
            detail = f"it was copied to {known[MOVED]}, and goes on there"
            yield Checked(ok=False, what="runs may go by it", detail=detail)
        version = int(known["schema"])
        if version != SCHEMA_VERSION:
            newer = version > SCHEMA_VERSION
            detail = (
                "written by a newer syncd"
                if newer
                else "the next run migrates it, and keeps a copy"
            )
            yield Checked(not newer, f"schema version {version}, not {SCHEMA_VERSION}", detail)
            return
        yield Checked(ok=True, what=f"schema version {version}")
        yield from _chain(con, noted)
        altered = "; ".join(sealed.flaws(con))
        yield Checked(not altered, "what syncd remembers is as it wrote it", altered)
        left = con.execute(select(func.count()).where(changes.c.outcome.is_(None))).scalar_one()
        holder = lease.holder(con)
        detail = f"held by {holder}" if holder else "the next run settles them" if left else ""
        yield Checked(ok=True, what=f"changes without an outcome: {left}", detail=detail)


def _chain(con: Connection, noted: str) -> Iterator[Checked]:
    flaws = list(_first(chain.flaws(con, noted)))
    last = chain.head(con)
    what = f"the chain is intact: {last.seq} links, seal {last.hash}"
    yield from (Checked(ok=False, what="the chain", detail=each) for each in flaws)
    if not flaws:
        yield Checked(ok=True, what=what)


def _first(flaws: Iterator[str]) -> Iterator[str]:
    for number, each in enumerate(flaws):
        if number == _FLAWS_SHOWN:
            yield "and more"
            return
        yield each


def export(place: Place) -> Iterator[bytes]:
    """Yield all the journal knows at one moment as lines of JSON; see `docs/journal.md`."""
    encode = msgspec.json.Encoder().encode
    store = store_of(place)
    with store.reading() as con:
        known = {row.name: row.value for row in con.execute(select(meta))}
        if int(known["schema"]) != SCHEMA_VERSION:
            raise StoreError(
                str(store), f"it is of schema version {known['schema']}: run syncd plan"
            )
        head = {"table": "journal", "version": FORMAT, "target": known["target"]}
        yield encode(head | {"schema": SCHEMA_VERSION, "seal": chain.head(con).hash}) + b"\n"
        for name, order in _TOLD.items():
            query = select(order.table).order_by(order)
            with con.execution_options(yield_per=2000).execute(query) as rows:
                for row in rows.mappings():
                    fields = {key: _plain(key, row[key]) for key in row}
                    yield encode({"table": name} | fields) + b"\n"


def _plain(column: str, value: object) -> object:
    """Give JSON that is kept as text as what it is."""
    return msgspec.Raw(str(value).encode()) if column in _JSON else value


_JSON = frozenset({"body", "counts", "permissions"})
