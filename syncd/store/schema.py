"""Tables of the journal (SQLAlchemy Core). Times are ISO 8601 text in UTC; bodies are JSON."""

from sqlalchemy import Boolean, Column, Integer, MetaData, String, Table, Text

# Raised with every change of a table; a newer journal is refused.
SCHEMA_VERSION = 2

metadata = MetaData()

meta = Table(
    "meta",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("value", Text, nullable=False),
)

runs = Table(
    "runs",
    metadata,
    Column("run_id", String(32), primary_key=True),
    Column("command", String(16), nullable=False),  # plan, apply, sync
    Column("plan_id", String(32), nullable=False, default=""),
    Column("started_at", String(32), nullable=False, index=True),
    Column("finished_at", String(32)),
    # running, done, held, refused, failed, stopped, unreachable, interrupted
    Column("status", String(16), nullable=False),
    Column("contacts", Integer, nullable=False, default=0),  # staged legacy contacts
    Column("counts", Text, nullable=False, default="{}"),
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
    Column("run_id", String(32), nullable=False, index=True),
    Column("key", Text, nullable=False, index=True),
    Column("body", Text, nullable=False),  # the Change
    Column("begun_at", String(32), nullable=False),
    Column("outcome", String(16), index=True),  # NULL between begin and finish
    Column("message", Text, nullable=False, default=""),
    Column("finished_at", String(32)),
)

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
    Column("settled_at", String(32)),  # accepted, or replaced by a later one
)
