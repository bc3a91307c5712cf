"""What was kept of the last plan, see `keeping`: looked into for one person, without a new plan."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import duckdb
import msgspec

from syncd.model.identity import normalise
from syncd.model.keys import parts_of
from syncd.workspace import lookup
from syncd.workspace.parsed import execute
from syncd.workspace.views import macros

FILE = "explain.duckdb"  # in the state folder
VERSION = 2  # raised with every change of a table: another one is not read
_NUMBER = re.compile("[0-9]{1,18}")

# All that may say which identities a key is about: `$email`, or an account or a contact as `$ref`,
# which has `$number`.
_PLACES = (
    "place IN (SELECT hash($email) UNION ALL SELECT place FROM kept.numbers WHERE number = $number)"
)
_SOUGHT = {
    "clients": _PLACES,
    "contacts": _PLACES,
    "keys": "place = hash($email) AND email = $email",
    "members": "place = hash($ref) AND account = $ref",
}
# What is kept of some identities: all that `lookup` asks for.
_ASKED = "place IN (SELECT hash(identity) FROM asked) AND {} IN (FROM asked)"
_KEYED = "place IN (SELECT hash(key) FROM sought) AND key IN (FROM sought)"
_EXCERPT = {
    "asked": "SELECT unnest($people) AS identity",
    "contacts": f"FROM kept.contacts WHERE {_ASKED.format('identity')}",
    # And whose accounts these contacts are on.
    "clients": f"""
        FROM kept.clients WHERE {_ASKED.format("identity")}
        UNION ALL FROM kept.clients
        WHERE (client_id, source) IN (SELECT client_id, source FROM contacts)
          AND identity NOT IN (FROM asked)
    """,
    "keys": f"FROM kept.keys WHERE {_ASKED.format('email')}",
    "sought": """
        SELECT key FROM keys
        UNION SELECT contact_key(ref_of(source, contact_id)) FROM contacts
        UNION SELECT membership_key(ref_of(source, client_id), identity) FROM contacts
    """,
    **{
        name: f"FROM kept.{name} WHERE {_KEYED}"
        for name in ("desired", "matched", "changes", "looked_at")
    },
    "scopes": f"""
        SELECT key AS scope FROM sought
        UNION SELECT user_key(identity) FROM asked
        UNION SELECT account_key(ref_of(source, client_id)) FROM clients
        UNION SELECT account_key(account) FROM matched
        UNION SELECT account_key(ref_of(source, client_id)) FROM contacts
        UNION SELECT scope FROM kept.topics WHERE {_ASKED.format("email")}
    """,
    "findings": """
        FROM kept.findings
        WHERE place IN (SELECT hash(scope) FROM scopes) AND scope IN (FROM scopes)
    """,
    "attachable": f"FROM kept.attachable WHERE {_ASKED.format('email')}",
}
_APPLIED = """
    SELECT unnest($keys::TEXT[]) AS key, unnest($bodies::TEXT[]) AS body,
           unnest($times::TEXT[]) AS written_at
"""
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
    """The plan that the file is of, its run, and the last change that any run had begun before."""

    plan: str
    run: str
    made_at: str  # ISO 8601, UTC
    last_change: int


class KeptPlan:
    """One look into the file."""

    def __init__(self, con: duckdb.DuckDBPyConnection, made: PlanMade) -> None:
        self.con = con
        self.made = made

    def seek(self, key: str) -> None:
        """Take into memory what `lookup.identities` asks for, of a key."""
        parts = parts_of(key)
        ref = parts.account or parts.contact_id if ":" in key else key
        number = ref.rpartition("/")[2]
        asked = {
            "email": normalise(lookup.address(key)),
            "ref": ref,
            "number": int(number) if _NUMBER.fullmatch(number) else None,
        }
        for table, where in _SOUGHT.items():
            parameters = {name: asked[name] for name in asked if f"${name}" in where}
            self._take(table, f"FROM kept.{table} WHERE {where}", parameters)

    def excerpt(self, identities: Sequence[str]) -> list[str]:
        """Take what is kept of these into memory, for all of `lookup`; gives their keys."""
        for table, query in _EXCERPT.items():
            self._take(table, query, {"people": identities} if "$people" in query else {})
        return [key for (key,) in execute(self.con, "FROM sought").fetchall()]

    def _take(self, table: str, query: str, parameters: Mapping[str, object]) -> None:
        execute(self.con, f"CREATE OR REPLACE TABLE {table} AS {query}", parameters)

    def take_applied(self, written: Collection[tuple[str, str, str]]) -> None:
        """Take what syncd last wrote, which the journal knows: key, body and when."""
        keys, bodies, times = zip(*written, strict=True) if written else ((), (), ())
        self._take("applied", _APPLIED, {"keys": keys, "bodies": bodies, "times": times})


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
        is_readable = (known.get("version"), known.get("engine")) == (VERSION, duckdb.__version__)
        if is_readable and msgspec.convert(known, Origin) == origin:
            con.execute("; ".join(macros()))
            return msgspec.convert(known, PlanMade)
    return None
