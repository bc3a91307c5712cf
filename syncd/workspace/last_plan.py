"""What was kept of the last plan, see `keeping`: looked into for one person, without a new plan."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

import duckdb
import msgspec

from syncd.workspace.parsed import execute
from syncd.workspace.views import macros

FILE = "explain.duckdb"  # in the state folder
VERSION = 1  # raised with every change of a table: another one is not read

# What is looked up of some identities: all that `lookup` asks for.
_EXCERPT = (
    "CREATE TABLE asked AS SELECT unnest($people) AS email",
    "CREATE TABLE contacts AS FROM kept.contacts WHERE identity IN (FROM asked)",
    "CREATE TABLE clients AS FROM kept.clients WHERE identity IN (FROM asked)",
    # Whose accounts these contacts are on.
    """
    INSERT INTO clients FROM kept.clients
    WHERE (client_id, source) IN (SELECT client_id, source FROM contacts)
      AND identity NOT IN (FROM asked)
    """,
    "CREATE TABLE keys AS FROM kept.keys WHERE email IN (FROM asked)",
    """
    CREATE TABLE sought AS
    SELECT key FROM keys
    UNION SELECT contact_key(ref_of(source, contact_id)) FROM contacts
    UNION SELECT membership_key(ref_of(source, client_id), identity) FROM contacts
    """,
    *(
        f"CREATE TABLE {name} AS FROM kept.{name} WHERE key IN (FROM sought)"
        for name in ("desired", "matched", "changes", "looked_at")
    ),
    """
    CREATE TABLE findings AS
    FROM kept.findings WHERE email IN (FROM asked)
    UNION ALL
    FROM kept.findings WHERE email NOT IN (FROM asked) AND scope IN (
        FROM sought
        UNION SELECT user_key(email) FROM asked
        UNION SELECT account_key(ref_of(source, client_id)) FROM clients
        UNION SELECT account_key(ref_of(source, client_id)) FROM contacts
        UNION SELECT account_key(account) FROM matched
    )
    """,
    "CREATE TABLE attachable AS FROM kept.attachable WHERE email IN (FROM asked)",
    "CREATE TABLE applied (key TEXT, body TEXT, written_at TEXT)",
)
# It is read by a process that may read nothing else, and that needs little memory for a look.
_ENGINE: dict[str, str | bool | int | float | list[str]] = {
    "memory_limit": "256MB",
    "threads": 1,
}
_LOCKED = "SET enable_external_access = false; SET lock_configuration = true"


class Origin(msgspec.Struct, frozen=True):
    """By what a plan was made: which syncd and which config, and the digest of the decisions."""

    made_by: str
    decisions: str


class PlanMade(msgspec.Struct, frozen=True):
    """The plan that the file is of, and the last change that any run had begun before it."""

    plan: str
    made_at: str  # ISO 8601, UTC
    last_change: int


class KeptPlan:
    """One look into the file."""

    def __init__(self, con: duckdb.DuckDBPyConnection, made: PlanMade) -> None:
        self.con = con
        self.made = made

    @property
    def made_at(self) -> datetime:
        return datetime.fromisoformat(self.made.made_at)

    def excerpt(self, identities: Sequence[str]) -> list[str]:
        """Take what is kept of these into memory, for `lookup`; gives the keys of it."""
        for statement in _EXCERPT:
            parameters = {"people": identities} if "$people" in statement else {}
            execute(self.con, statement, parameters)
        return [key for (key,) in execute(self.con, "FROM sought").fetchall()]

    def add_applied(self, key: str, body: str, at: str) -> None:
        """Add what syncd last wrote under a key, which the journal knows."""
        execute(self.con, "INSERT INTO applied VALUES (?, ?, ?)", [key, body, at])


@contextmanager
def last_plan(file: Path, origin: Origin) -> Iterator[KeptPlan | None]:
    """Open what is kept of the last plan; None where there is none, or not of this origin."""
    with duckdb.connect(config=_ENGINE) as con:
        made = _opened(con, file, origin)
        yield KeptPlan(con, made) if made else None


def _opened(con: duckdb.DuckDBPyConnection, file: Path, origin: Origin) -> PlanMade | None:
    if not file.is_file():
        return None
    quoted = str(file).replace("'", "''")
    with suppress(duckdb.Error):  # none that can be read is as good as none
        con.execute(f"ATTACH '{quoted}' AS kept (READ_ONLY); {_LOCKED}")
        (about,) = con.execute("FROM kept.about").fetchall()
        known = dict(zip((column[0] for column in con.description or ()), about, strict=True))
        if known.get("version") == VERSION and msgspec.convert(known, Origin) == origin:
            # What is in memory goes before what is kept.
            con.execute(f"{'; '.join(macros())}; SET search_path = 'memory.main,kept.main'")
            return msgspec.convert(known, PlanMade)
    return None
