"""The page file: what `syncd serve` shows of the last plan, laid out so that each look is quick.

A DuckDB file beside the journal, made anew by every plan and put in place at once. Only the pages
read it, and deleting it is always safe: the next plan makes it again. It is written by the engine
in sets, each table sorted by what it is looked up by, in small row groups of which a look reads one
or two. Passwords, hashes and tokens are in no table of the workspace and so in none of these.
"""

from pathlib import Path

import duckdb
import msgspec
import structlog

from syncd.errors import StoreError
from syncd.model.policy import SupportRule
from syncd.report.facts import Report, Stories
from syncd.report.pagechanges import Alike, copy_differences
from syncd.workspace.aside import aside
from syncd.workspace.workspace import Workspace

log = structlog.get_logger(__name__)

FILE = "pages.duckdb"  # in the state folder
VERSION = 2  # raised with every change of a table: the pages read no other
_ROW_GROUP = 4096  # rows

# Who was erased is known by an address that stands in for it, and is shown nowhere.
_ERASED = "'@suppressed.invalid'"
# What a change to something is, and what holds it.
_VERDICT = """
    coalesce(c.verb, '') AS verb, coalesce(c.reason, '') AS reason,
    coalesce(c.verdict, '') AS verdict, coalesce(c.rule, '') AS rule
"""
_NAMED = """
    concat_ws(' ', body ->> '$.profile.first_name', body ->> '$.profile.last_name') AS name,
    coalesce(body ->> '$.profile.company', '') AS company
"""
_ADDRESSES = "array_to_string(list_distinct([k.owner, k.legacy_owner, k.email]), ' ')"
_FOLDED = "lower(strip_accents(concat_ws(' ', {})))"

_ACCOUNTS = f"""
    WITH theirs AS (
        SELECT account, email AS owner, target_id, body FROM matched WHERE kind = 'account'
    ), ours AS (
        SELECT ref_of(source, client_id) AS account, address_of(identity) AS owner, name, label,
               status, phone, mail
        FROM clients WHERE NOT erased
    ), wanted AS (
        SELECT account, body FROM desired WHERE kind = 'account'
    ), known AS (
        SELECT account, t.account IS NOT NULL AS is_there, k.account IS NOT NULL AS is_legacy,
               coalesce(t.target_id, '') AS client,
               coalesce(nullif(k.label, ''), nullif(t.body ->> '$.profile.company', ''),
                        concat_ws(' ', t.body ->> '$.profile.first_name',
                                  t.body ->> '$.profile.last_name')) AS label,
               coalesce(nullif(k.name, ''),
                        concat_ws(' ', t.body ->> '$.profile.first_name',
                                  t.body ->> '$.profile.last_name')) AS person,
               coalesce(t.owner, '') AS owner, coalesce(k.owner, '') AS legacy_owner,
               coalesce(nullif(t.body ->> '$.email', ''), nullif(d.body ->> '$.email', ''),
                        k.owner, '') AS email,
               coalesce(nullif(k.status, ''), t.body ->> '$.status', '') AS status,
               coalesce(k.phone, t.body ->> '$.profile.phone', '') AS phone,
               coalesce(k.mail, []) AS mail
        FROM ours k FULL JOIN theirs t USING (account) LEFT JOIN wanted d USING (account)
    )
    SELECT k.*, coalesce(b.billing, '') AS billing,
           coalesce(contact_key(ref_of(b.source, b.contact_id)), '') AS billing_key,
           {_VERDICT},
           {_FOLDED.format(f"k.label, k.person, {_ADDRESSES}")} AS folded
    FROM known k LEFT JOIN billing_contacts b ON b.key = account_key(k.account)
    LEFT JOIN (FROM changes WHERE kind = 'account') c ON c.key = account_key(k.account)
    ORDER BY k.account
"""
# A step of its own, as it is that of the contacts: joins of millions each want memory of their own.
_SIDES_OF_MEMBERS = f"""
    WITH before AS (
        SELECT key, any_value(account) AS account, any_value(address_of(identity)) AS email,
               any_value(identity) AS identity,
               list_sort(list_distinct(flatten(list(permissions)))) AS legacy
        FROM logins WHERE NOT ends_with(identity, {_ERASED}) GROUP BY key
    ), wanted AS (
        SELECT key, account, email, body ->> '$.permissions[*]' AS wanted
        FROM desired WHERE kind = 'membership'
    ), unread AS (
        SELECT key FROM bound WHERE kind = 'membership' AND NOT complete
          AND target_key NOT IN (SELECT key FROM inspected)
          AND key NOT IN (SELECT key FROM trusted)
    ), has AS (
        SELECT key, account, email, body ->> '$.permissions[*]' AS has,
               CASE WHEN invite THEN body ELSE '' END AS invitation,
               key IN (FROM unread) AS unread
        FROM matched WHERE kind = 'membership'
    )
    SELECT key, coalesce(b.account, w.account, h.account) AS account,
           coalesce(b.email, w.email, h.email) AS email, b.identity,
           coalesce(b.legacy, []) AS legacy,
           w.wanted, h.has, coalesce(h.invitation, '') AS invitation,
           coalesce(h.unread, FALSE) AS unread
    FROM before b FULL JOIN wanted w USING (key) FULL JOIN has h USING (key)
"""
_MEMBERS = f"""
    WITH open AS (
        SELECT scope AS key, min(code) AS code FROM findings
        WHERE severity <> 'note' AND answer = '' AND kind_of(scope) = 'membership' GROUP BY scope
    )
    SELECT m.* EXCLUDE (identity),
           coalesce(m.identity = k.identity OR m.email = o.email, FALSE) AS is_owner,
           {_VERDICT}, coalesce(f.code, '') AS open_finding
    FROM sides m
    LEFT JOIN clients k ON ref_of(k.source, k.client_id) = m.account
    LEFT JOIN matched o ON o.kind = 'account' AND o.key = account_key(m.account)
    LEFT JOIN (FROM changes WHERE kind = 'membership') c ON c.key = m.key
    LEFT JOIN open f ON f.key = m.key
    ORDER BY m.account, m.email
"""
_SIDES_OF_CONTACTS = f"""
    WITH before AS (
        SELECT contact_key(ref_of(source, contact_id)) AS key, ref_of(source, client_id) AS account,
               address_of(identity) AS email, mail
        FROM contacts WHERE NOT ends_with(identity, {_ERASED})
    ), wanted AS (
        SELECT key, account, email, body ->> '$.preferences[*]' AS wanted, {_NAMED}
        FROM desired WHERE kind = 'contact'
    ), has AS (
        SELECT key, account, email, body ->> '$.preferences[*]' AS has, {_NAMED}
        FROM matched WHERE kind = 'contact'
    )
    SELECT key, coalesce(h.account, w.account, b.account) AS account,
           coalesce(h.email, w.email, b.email) AS email, b.mail AS legacy, w.wanted, h.has,
           coalesce(w.name, h.name, '') AS name, coalesce(w.company, h.company, '') AS company
    FROM before b FULL JOIN wanted w USING (key) FULL JOIN has h USING (key)
"""
_CONTACTS = f"""
    WITH tickets AS (
        SELECT contact_key(ref_of(source, contact_id)) AS key, sum(number)::BIGINT AS tickets
        FROM legacy_references WHERE kind = 'ticket' GROUP BY ALL
    )
    SELECT t.*, coalesce(n.tickets, 0) AS tickets,
           (t.wanted IS NOT NULL AND ($support = 'all' OR $support = 'support-mail'
             AND list_contains(t.wanted, 'support'))) AS may_ask,
           {_VERDICT}
    FROM sides t LEFT JOIN (FROM changes WHERE kind = 'contact') c USING (key)
    LEFT JOIN tickets n USING (key)
    ORDER BY t.account, t.key
"""
_PEOPLE = f"""
    WITH addresses AS (
        SELECT address_of(identity) AS email, name FROM clients WHERE NOT erased
        UNION ALL SELECT address_of(identity), '' FROM contacts
        UNION ALL
        SELECT email, concat_ws(' ', body ->> '$.first_name', body ->> '$.last_name')
        FROM desired WHERE kind = 'user'
        UNION ALL
        SELECT email, name FROM (SELECT email, {_NAMED} FROM desired WHERE kind = 'contact')
        UNION ALL SELECT email, '' FROM matched WHERE email <> ''
    ), people AS (
        SELECT email, concat_ws(' / ', nullif(min(nullif(name, '')), max(name)), max(name)) AS name
        FROM addresses
        WHERE email <> '' AND NOT ends_with(email, {_ERASED}) GROUP BY email
    )
    SELECT p.email, p.name, coalesce(u.target_id, '') AS user_id, {_VERDICT},
           {_FOLDED.format("p.name, p.email")} AS folded
    FROM people p LEFT JOIN matched u ON u.key = user_key(p.email)
    LEFT JOIN (FROM changes WHERE kind = 'user') c ON c.key = user_key(p.email)
    ORDER BY p.email
"""
_TABLES = {
    "accounts": _ACCOUNTS,
    "members": _MEMBERS,
    "contacts": _CONTACTS,
    "people": _PEOPLE,
    # In the order of apply: a page of it is a range of rows.
    "changes": """
        SELECT verb, kind, key, account, email, reason, verdict, rule, why
        FROM changes ORDER BY phase, key
    """,
    "findings": """
        SELECT account, email, scope, code, severity, contact_id, detail, answer
        FROM findings ORDER BY account, email, code, scope
    """,
    "questions": """
        SELECT code AS asked, scope, string_agg(DISTINCT detail, '; ' ORDER BY detail) AS detail
        FROM findings WHERE severity = 'review' AND answer = '' GROUP BY code, scope
        UNION ALL
        SELECT reason, key, why FROM changes
        WHERE verdict = 'hold' AND rule = 'reason:' || reason
        ORDER BY asked, scope
    """,
    "answers": "SELECT asked, scope, shown FROM decisions ORDER BY asked, scope",
    # By address, where a row of another table is about it: that is sorted by account.
    "places": """
        FROM (
            SELECT email, 'member' AS what, rowid AS number FROM pages.members
            UNION ALL SELECT email, 'contact', rowid FROM pages.contacts
            UNION ALL
            SELECT coalesce(nullif(owner, ''), legacy_owner), 'account', rowid FROM pages.accounts
            UNION ALL
            SELECT coalesce(nullif(email, ''), substr(scope, 6)), 'finding', rowid
            FROM pages.findings WHERE email <> '' OR kind_of(scope) = 'user'
        ) WHERE email <> '' ORDER BY email, number
    """,
}


# Of some tables, what is joined first: `sides`.
_SIDES = {"members": _SIDES_OF_MEMBERS, "contacts": _SIDES_OF_CONTACTS}


class About(msgspec.Struct, frozen=True):
    """What the page file is of."""

    version: int
    plan: str
    made_at: str  # ISO 8601, UTC
    support: SupportRule
    report: str  # the Report, as JSON
    unnamed: str = ""  # digest of the suppression list that it was made with


def _slim(report: Report) -> Report:
    """Leave out what report.html unfolds: the pages have it from the tables, a person at a time."""
    facts = msgspec.structs.replace(report.facts, matrix=(), stories=Stories(), cases=())
    return msgspec.structs.replace(report, facts=facts)


def write(
    workspace: Workspace, file: Path | None, report: Report, support: SupportRule, unnamed: str = ""
) -> None:
    """Write the page file of a plan, if there is to be one; everything must be judged.

    Not of one that takes back a run, which knows a part of both sides, nor of one that is refused,
    which may.

    A run goes on without it: what keeps it from being written is logged, and the pages go on to
    show the plan before.
    """
    if file is None or report.facts.header.undoes or report.facts.refusals:
        return
    header = report.facts.header
    slim = msgspec.json.encode(_slim(report)).decode()
    about = About(VERSION, header.plan, header.made_at, support, slim, unnamed)
    try:
        # A third smaller than as the workspace writes, for a tenth more time.
        with aside(workspace, file, "pages", compression="auto", row_group=_ROW_GROUP):
            _fill(workspace, file, about)
    except (OSError, duckdb.IOException, duckdb.OutOfMemoryException) as error:
        log.warning("pages.failed", file=str(file), error=str(error).partition("\n")[0])


def _fill(workspace: Workspace, before: Path, about: About) -> None:
    con = workspace.con
    fields = ", ".join(f"${name} AS {name}" for name in about.__struct_fields__)
    con.execute(f"CREATE TABLE pages.about AS SELECT {fields}", msgspec.structs.asdict(about))
    for name, query in _TABLES.items():
        support = {"support": about.support} if "$support" in query else {}
        if name in _SIDES:
            con.execute(f"CREATE OR REPLACE TEMP TABLE sides AS {_SIDES[name]}")
        con.execute(f"CREATE TABLE pages.{name} AS {query}", support)
    copy_differences(workspace, before, about.made_at, Alike(VERSION, about.unnamed))


def check_version(version: int, file: Path) -> None:
    """Raise `StoreError` for a page file of another syncd."""
    if version != VERSION:
        raise StoreError(file, "it was made by another version of syncd")
