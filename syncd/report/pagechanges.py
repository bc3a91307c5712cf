"""What became different from one plan to the next, whoever changed it: for the pages.

The page file that is about to be replaced is compared with the new one, in sets, and what differs
is kept for a few days. What syncd itself changed is in the journal as well: the pages join the two.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import duckdb
import msgspec

from syncd.workspace.workspace import Workspace

KEPT = timedelta(days=3)


class Alike(NamedTuple):
    """What a page file before must be of, to be compared with.

    One that was made with another suppression list may name whom nothing may name any more.
    """

    version: int
    unnamed: str


class _Earlier(msgspec.Struct, frozen=True):
    """What a page file says of itself, from version 2 on."""

    version: int
    made_at: str
    unnamed: str


class _Compared(NamedTuple):
    """A table, what tells its rows apart, and what of a row is compared: name -> expression."""

    table: str
    key: str  # column
    scope: str  # the key of the resource that a row is about
    values: dict[str, str]


_RIGHTS = "array_to_string({}, ', ')"
_COMPARED = (
    _Compared(
        "accounts",
        "account",
        "account_key(account)",
        {
            "owner": "owner",
            "legacy owner": "legacy_owner",
            "name": "label",
            "address": "email",
            "status": "status",
            "billing contact": "billing",
        },
    ),
    _Compared(
        "members",
        "key",
        "key",
        {
            "legacy rights": _RIGHTS.format("legacy"),
            "access": "CASE WHEN has IS NULL THEN '' WHEN invitation <> '' THEN 'invited'"
            f" WHEN unread THEN 'member' ELSE 'member: ' || {_RIGHTS.format('has')} END",
        },
    ),
    _Compared(
        "contacts",
        "key",
        "key",
        {
            "contact": "concat_ws(' ', name, nullif('<' || email || '>', '<>'))",
            "legacy mail": _RIGHTS.format("legacy"),
            "mail": _RIGHTS.format("has"),
        },
    ),
)


def copy_differences(workspace: Workspace, before: Path, made_at: str, alike: Alike) -> None:
    """Make the table of differences in `pages`, which has all its others.

    A file before that is not there, not readable or not `alike` says nothing.
    """
    con = workspace.con
    con.execute(
        "CREATE TABLE pages.differences (since TEXT, seen_at TEXT, account TEXT, email TEXT, "
        "key TEXT, what TEXT, before TEXT, after TEXT)"
    )
    if not before.is_file():
        return
    try:
        quoted = str(before).replace("'", "''")
        con.execute(f"ATTACH '{quoted}' AS earlier (READ_ONLY)")
    except duckdb.Error:
        return
    try:
        about = next(workspace.values(_Earlier, "FROM earlier.about"), None)
        if about is not None and (about.version, about.unnamed) == alike:
            oldest = (datetime.fromisoformat(made_at) - KEPT).isoformat()
            con.execute(
                f"INSERT INTO pages.differences FROM ({_all()}) ORDER BY account, key, seen_at",
                {"since": about.made_at, "now": made_at, "oldest": oldest},
            )
    except (duckdb.CatalogException, duckdb.BinderException):  # it is no page file of ours
        return
    finally:
        con.execute("DETACH earlier")


def _all() -> str:
    kept = "SELECT * FROM earlier.differences WHERE seen_at >= $oldest AND seen_at < $now"
    return " UNION ALL ".join([kept, *_queries()])


def _queries() -> Iterator[str]:
    """Yield a query for each table: it looks closer only at rows of which something differs."""
    for each in _COMPARED:
        email = "''" if each.table == "accounts" else "coalesce(n.email, o.email)"
        columns = ", ".join(f'{value} AS "{name}"' for name, value in each.values.items())
        side = f"(SELECT account, {each.scope} AS scope, {{}} {columns} FROM {{}}.{each.table})"
        extra = "" if each.table == "accounts" else "email,"
        new, old = side.format(extra, "pages"), side.format(extra, "earlier")
        differs = " OR ".join(f'n."{name}" IS DISTINCT FROM o."{name}"' for name in each.values)
        pairs = ", ".join(
            f"{{'what': '{name}', 'before': coalesce(o.\"{name}\", ''), "
            f"'after': coalesce(n.\"{name}\", '')}}"
            for name in each.values
        )
        yield f"""
            SELECT $since, $now, account, email, scope, d.what, d.before, d.after FROM (
                SELECT coalesce(n.account, o.account) AS account, {email} AS email, scope,
                       unnest([{pairs}]) AS d
                FROM {new} n FULL JOIN {old} o USING (scope) WHERE {differs}
            ) WHERE d.before <> d.after
        """
