"""The journal from one schema version to the next: a step each, each in one transaction.

Before the first step the journal is copied beside itself (`journal.sqlite.v1.bak`). The DDL of a
step is frozen: it says what that version was, whatever `schema` says today. Journals in a database
began with version 6: the steps before are SQLite's own, those from there on are for both.
"""

from collections.abc import Callable, Mapping

from sqlalchemy import Connection, Engine, inspect, select

from syncd.errors import StoreError
from syncd.journal import chain, sealed
from syncd.journal.faults import JournalElsewhere
from syncd.journal.schema import (
    PARTIAL_INDEXES,
    SCHEMA_VERSION,
    approvals,
    certificates,
    changes,
    meta,
    ownership_requests,
    warrants,
)
from syncd.journal.store import Store

Step = Callable[[Connection], None]
MOVED = "moved"  # in the table meta: where this journal was copied to, and goes on


def check_here(con: Connection, store: Store) -> None:
    """Raise `JournalElsewhere` where the journal was closed after somebody opened it."""
    _check_here(_meta_of(con), store)


def _check_here(known: Mapping[str, str], store: Store) -> None:
    if MOVED in known:
        raise JournalElsewhere(str(store), f"it was copied to {known[MOVED]}, and goes on there.")


def settle(engine: Engine, store: Store, target: str) -> None:
    """Make the journal of `target`, or bring it to today's schema.

    Raises `StoreError` where it is of a newer schema or of another target; it is unchanged then.
    """
    with engine.begin() as con:
        # Two processes may open the same journal: the second finds it settled.
        store.lock_tables(con)
        known = _meta_of(con)
        if not known:
            store.check_new()
            make(con, store)
            for name, value in (("schema", str(SCHEMA_VERSION)), ("target", target)):
                con.execute(meta.insert().values(name=name, value=value))
            return
    if known["target"] != target:
        reason = f"it belongs to the target {known['target']!r}, not to {target!r}"
        raise StoreError(str(store), reason)
    _check_here(known, store)
    version = int(known["schema"])
    if version > SCHEMA_VERSION:
        raise StoreError(str(store), "it was written by a newer syncd")
    if version < SCHEMA_VERSION:
        store.keep(version)
        for old in range(version, SCHEMA_VERSION):
            _step(engine, store, old)


def _meta_of(con: Connection) -> dict[str, str]:
    has_meta = inspect(con).has_table(meta.name)
    rows = con.execute(select(meta)) if has_meta else ()
    return {row.name: row.value for row in rows}


def make(con: Connection, store: Store) -> None:
    """Make the tables: empty, but for the lease, which nobody holds."""
    store.metadata.create_all(con)
    for statement in PARTIAL_INDEXES:
        con.exec_driver_sql(statement)
    _nobody_writes(con)


def _step(engine: Engine, store: Store, old: int) -> None:
    with engine.begin() as con:
        store.lock_tables(con)
        if int(_meta_of(con)["schema"]) != old:  # another process was faster
            return
        STEPS[old](con)
        con.execute(meta.update().where(meta.c.name == "schema").values(value=str(old + 1)))


# --- the steps ------------------------------------------------------------------------------


def _to_2(con: Connection) -> None:
    """Lease, chain, what a run undoes, when a resource was last checked, ends of invitations."""
    for statement in (
        """
        CREATE TABLE lease (
            epoch INTEGER NOT NULL PRIMARY KEY, host TEXT NOT NULL, pid INTEGER NOT NULL,
            locked BOOLEAN NOT NULL, taken_at VARCHAR(32) NOT NULL, renewed_at VARCHAR(32) NOT NULL,
            expires_at VARCHAR(32) NOT NULL
        )
        """,
        "ALTER TABLE runs ADD COLUMN undoes VARCHAR(32)",
        "ALTER TABLE changes ADD COLUMN begun_seq INTEGER",
        "ALTER TABLE changes ADD COLUMN begun_hash VARCHAR(64)",
        "ALTER TABLE changes ADD COLUMN ended_seq INTEGER",
        "ALTER TABLE changes ADD COLUMN ended_hash VARCHAR(64)",
        "ALTER TABLE applied ADD COLUMN checked_at VARCHAR(32)",
        "ALTER TABLE invites ADD COLUMN state VARCHAR(16)",
    ):
        con.exec_driver_sql(statement)
    _nobody_writes(con)
    _chain_all(con)


def _chain_all(con: Connection) -> None:
    """Seal what is there as it is found, in the order it was begun."""
    last, link = 0, chain.head(con)
    while True:
        query = select(changes).where(changes.c.change_id > last).order_by(changes.c.change_id)
        rows = con.execute(query.limit(1000)).all()
        if not rows:
            break
        for row in rows:
            last = row.change_id
            link = chain.begun(link, row.run_id, row.key, row.body, row.begun_at)
            sealed: dict[str, object] = {"begun_seq": link.seq, "begun_hash": link.hash}
            if row.outcome is not None:
                link = chain.ended(link, link.seq, row.outcome, row.message, row.finished_at)
                sealed |= {"ended_seq": link.seq, "ended_hash": link.hash}
            con.execute(changes.update().where(changes.c.change_id == last).values(sealed))
    chain.move_head(con, link)


def _to_3(con: Connection) -> None:
    """Add marks of bound things, ids of users and origins of memberships."""
    for statement in (
        "ALTER TABLE bindings ADD COLUMN marks TEXT NOT NULL DEFAULT ''",
        """
        CREATE TABLE people (
            email TEXT NOT NULL PRIMARY KEY, target_id VARCHAR(64) NOT NULL,
            at VARCHAR(32) NOT NULL
        )
        """,
        """
        CREATE TABLE origins (
            contact TEXT NOT NULL PRIMARY KEY, key TEXT NOT NULL, at VARCHAR(32) NOT NULL
        )
        """,
    ):
        con.exec_driver_sql(statement)


def _to_4(con: Connection) -> None:
    """Add why a run ended; runs, overrides and what is known of the target are sealed as well."""
    con.exec_driver_sql("ALTER TABLE runs ADD COLUMN why TEXT NOT NULL DEFAULT ''")
    sealed.seal_all(con, without=(ownership_requests, approvals, certificates, warrants))


def _to_5(con: Connection) -> None:
    """Add ownership requests."""
    con.exec_driver_sql("""
        CREATE TABLE ownership_requests (
            number INTEGER NOT NULL PRIMARY KEY, account TEXT NOT NULL,
            target_client TEXT NOT NULL, asked_by TEXT NOT NULL, asked_by_id TEXT NOT NULL,
            new_owner TEXT NOT NULL, ticket TEXT NOT NULL, recorded_by TEXT NOT NULL,
            recorded_at TEXT NOT NULL, owner TEXT NOT NULL, new_owner_is TEXT NOT NULL,
            observed_at TEXT NOT NULL, owner_confirmed_by TEXT NOT NULL,
            owner_confirmed_at TEXT NOT NULL, new_owner_confirmed_by TEXT NOT NULL,
            new_owner_confirmed_at TEXT NOT NULL, state TEXT NOT NULL, ended_at TEXT NOT NULL,
            rejected_by TEXT NOT NULL, because TEXT NOT NULL
        )
    """)


def _to_6(con: Connection) -> None:
    """Add alerts, and the channels they are sent by."""
    for statement in (
        """
        CREATE TABLE alerts (
            kind VARCHAR(32) NOT NULL, subject TEXT NOT NULL, what TEXT NOT NULL,
            since TEXT NOT NULL, told_at TEXT NOT NULL, ended_at TEXT NOT NULL,
            PRIMARY KEY (kind, subject)
        )
        """,
        """
        CREATE TABLE alert_channels (
            name VARCHAR(32) NOT NULL PRIMARY KEY, tried_at TEXT NOT NULL,
            failing_since TEXT NOT NULL, why TEXT NOT NULL
        )
        """,
    ):
        con.exec_driver_sql(statement)


def _to_7(con: Connection) -> None:
    """Add approvals, certificates, and on whose word a run applied."""
    for statement in (
        """
        CREATE TABLE approvals (
            seal VARCHAR(64) NOT NULL, name TEXT NOT NULL, plan TEXT NOT NULL,
            fingerprint TEXT NOT NULL, approved_at TEXT NOT NULL, signature TEXT NOT NULL,
            PRIMARY KEY (seal, name)
        )
        """,
        """
        CREATE TABLE certificates (
            kind VARCHAR(16) NOT NULL, at VARCHAR(32) NOT NULL, seal TEXT NOT NULL,
            plan TEXT NOT NULL, verdict TEXT NOT NULL, syncd TEXT NOT NULL, body TEXT NOT NULL,
            name TEXT NOT NULL, fingerprint TEXT NOT NULL, signature TEXT NOT NULL,
            PRIMARY KEY (kind, at, seal)
        )
        """,
        """
        CREATE TABLE warrants (
            run_id VARCHAR(32) NOT NULL, what VARCHAR(16) NOT NULL, name TEXT NOT NULL,
            fingerprint TEXT NOT NULL, given_at TEXT NOT NULL, noted_at TEXT NOT NULL,
            PRIMARY KEY (run_id, what, name)
        )
        """,
    ):
        con.exec_driver_sql(statement)


def _to_8(con: Connection) -> None:
    """Add indexes that count invitations, and what became of the changes of a run."""
    for statement in (
        "CREATE INDEX ix_changes_of_run ON changes (run_id, outcome)",
        "DROP INDEX ix_changes_run_id",
        """
        CREATE INDEX ix_invites_open ON invites (key, sent_at, confirmed, state)
        WHERE settled_at IS NULL
        """,
        "CREATE INDEX ix_invites_over ON invites (state) WHERE settled_at IS NOT NULL",
    ):
        con.exec_driver_sql(statement)


def _nobody_writes(con: Connection) -> None:
    con.exec_driver_sql("INSERT INTO lease VALUES (0, '', 0, FALSE, '', '', '')")


# From which version each leads to the next.
STEPS: dict[int, Step] = dict(enumerate((_to_2, _to_3, _to_4, _to_5, _to_6, _to_7, _to_8), start=1))
