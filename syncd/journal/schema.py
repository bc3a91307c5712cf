"""Tables of the journal (SQLAlchemy Core). Times are ISO 8601 text in UTC; bodies are JSON."""

from sqlalchemy import Boolean, Column, Index, Integer, MetaData, String, Table, Text

# Raised with every change of a table, by a step in `migrations`; a newer journal is refused.
SCHEMA_VERSION = 8

metadata = MetaData()

meta = Table(
    "meta",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("value", Text, nullable=False),
)

# Who may write: one row, see `lease`. Without a pid nobody holds it.
lease = Table(
    "lease",
    metadata,
    Column("epoch", Integer, primary_key=True, autoincrement=False),
    Column("host", Text, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("locked", Boolean, nullable=False),  # the holder has the lock of its machine as well
    Column("taken_at", String(32), nullable=False),
    Column("renewed_at", String(32), nullable=False),
    Column("expires_at", String(32), nullable=False),
)

runs = Table(
    "runs",
    metadata,
    Column("run_id", String(32), primary_key=True),
    Column("command", String(16), nullable=False),  # plan, apply, sync, undo
    Column("plan_id", String(32), nullable=False, default=""),
    Column("started_at", String(32), nullable=False, index=True),
    Column("finished_at", String(32)),
    # running, done, held, refused, failed, stopped, unreachable, interrupted
    Column("status", String(16), nullable=False),
    Column("contacts", Integer, nullable=False, default=0),  # staged legacy contacts
    Column("counts", Text, nullable=False, default="{}"),
    Column("undoes", String(32)),  # the run whose changes this one takes back
    Column("why", Text, nullable=False, default=""),  # the error that ended it
)

overrides = Table(
    "overrides",
    metadata,
    Column("run_id", String(32), primary_key=True),
    Column("fuse", String(32), primary_key=True),
    Column("amount", Integer, nullable=False),
    Column("because", Text, nullable=False),
)

changes = Table(
    "changes",
    metadata,
    Column("change_id", Integer, primary_key=True, autoincrement=True),
    Column("run_id", String(32), nullable=False),
    Column("key", Text, nullable=False, index=True),
    Column("body", Text, nullable=False),  # the Change
    Column("begun_at", String(32), nullable=False),
    Column("outcome", String(16), index=True),  # NULL between begin and finish
    Column("message", Text, nullable=False, default=""),
    Column("finished_at", String(32)),
    # Places in the chain that seals intents and outcomes: see `chain`.
    Column("begun_seq", Integer),
    Column("begun_hash", String(64)),
    Column("ended_seq", Integer),
    Column("ended_hash", String(64)),
)
Index("ix_changes_of_run", changes.c.run_id, changes.c.outcome)  # counts what became of a run

# What we last wrote, or found as we would have written it, under each key.
applied = Table(
    "applied",
    metadata,
    Column("key", Text, primary_key=True),
    Column("body", Text, nullable=False),
    Column("at", String(32), nullable=False),
    Column("checked_at", String(32)),  # when permissions were last read and found so
)

# A resource's key -> the target's id, for what has no natural key there: accounts and contacts.
bindings = Table(
    "bindings",
    metadata,
    Column("key", Text, primary_key=True),
    Column("target_id", String(64), nullable=False),
    Column("at", String(32), nullable=False),
    # What the target showed of it then, see `model.marks`; "" where nobody looked.
    Column("marks", Text, nullable=False, default=""),
)

# The target's id of a user, by the address it had: who changes it is known again.
people = Table(
    "people",
    metadata,
    Column("email", Text, primary_key=True),
    Column("target_id", String(64), nullable=False),
    Column("at", String(32), nullable=False),
)

# Which membership a legacy login was when its person last had it.
origins = Table(
    "origins",
    metadata,
    Column("contact", Text, primary_key=True),  # `<source>/<contact id>`
    Column("key", Text, nullable=False),
    Column("at", String(32), nullable=False),
)

# Invitations cannot be listed by the API: this is the only record of them.
invites = Table(
    "invites",
    metadata,
    Column("invite_id", Integer, primary_key=True, autoincrement=True),
    Column("key", Text, nullable=False, index=True),
    Column("account", Text, nullable=False),
    Column("email", Text, nullable=False),
    Column("permissions", Text, nullable=False),
    Column("sent_at", String(32), nullable=False),
    Column("confirmed", Boolean, nullable=False),  # False: in doubt, counts as sent
    Column("settled_at", String(32)),  # when it was over
    Column("state", String(16)),  # accepted, resent or unwanted: how; withdrawn: noted before that
)
# They count and find what `status` shows of a million, without reading their rows. As text: an
# `Index` of some rows alone has every command load SQLAlchemy's side of PostgreSQL.
PARTIAL_INDEXES = (
    """
    CREATE INDEX ix_invites_open ON invites (key, sent_at, confirmed, state)
    WHERE settled_at IS NULL
    """,
    "CREATE INDEX ix_invites_over ON invites (state) WHERE settled_at IS NOT NULL",
)

# Who asks that somebody else become the owner of an account, see `model.ownership`. Nothing is made
# into a change by it.
ownership_requests = Table(
    "ownership_requests",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    *(
        Column(name, Text, nullable=False, default="")
        for name in (
            *("account", "target_client", "asked_by", "asked_by_id", "new_owner", "ticket"),
            *("recorded_by", "recorded_at", "owner", "new_owner_is", "observed_at"),
            *("owner_confirmed_by", "owner_confirmed_at"),
            *("new_owner_confirmed_by", "new_owner_confirmed_at"),
            *("state", "ended_at", "rejected_by", "because"),
        )
    ),
)

# What stands and is told when it begins and when it ends, see `alerts.weigh`.
alerts = Table(
    "alerts",
    metadata,
    Column("kind", String(32), primary_key=True),
    Column("subject", Text, primary_key=True),
    *(Column(name, Text, nullable=False) for name in ("what", "since", "told_at", "ended_at")),
)

# By which ways people are told, and how each did when it was last used.
alert_channels = Table(
    "alert_channels",
    metadata,
    Column("name", String(32), primary_key=True),
    *(Column(name, Text, nullable=False) for name in ("tried_at", "failing_since", "why")),
)

# Who stands up for which plan, see `model.approval`; what counts is the signature.
approvals = Table(
    "approvals",
    metadata,
    Column("seal", String(64), primary_key=True),
    Column("name", Text, primary_key=True),
    *(Column(name, Text, nullable=False) for name in ("plan", "fingerprint", "approved_at")),
    Column("signature", Text, nullable=False),
)

# What `rehearse --certify` and `verify` came to.
certificates = Table(
    "certificates",
    metadata,
    Column("kind", String(16), primary_key=True),
    Column("at", String(32), primary_key=True),
    Column("seal", Text, primary_key=True),  # "" for `verify`, which judges no plan
    *(Column(name, Text, nullable=False) for name in ("plan", "verdict", "syncd", "body")),
    *(Column(name, Text, nullable=False) for name in ("name", "fingerprint", "signature")),
)

# Whose word a run went by: approvals, and a rehearsal.
warrants = Table(
    "warrants",
    metadata,
    Column("run_id", String(32), primary_key=True),
    Column("what", String(16), primary_key=True),  # approval, rehearsal
    Column("name", Text, primary_key=True),
    *(Column(name, Text, nullable=False) for name in ("fingerprint", "given_at", "noted_at")),
)
