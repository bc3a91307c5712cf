"""Why it came out so: of what a page names, the legacy rows, and what was found about them.

For the page alone, which unfolds each row: bounded, whatever the size of the population.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

import msgspec

from syncd.model.keys import account_key, contact_key, membership_key, parts_of, user_key
from syncd.model.resources import Preference
from syncd.report.evidence import ClientLine, Found, LegacyLine, Story
from syncd.report.facts import Access, ShownLogin
from syncd.workspace.workspace import Workspace

_MOST = 12  # rows of one key, and findings about one scope
_QUOTED = 300  # characters of what a source says of permissions

# A row explains its login, itself and its person.
# Logins without an address stand together; what has none and is no login is known by its id alone.
_ROWS = f"""
    WITH named AS (
        SELECT unnest([
                   CASE WHEN email <> '' OR is_login THEN membership_key(account, email) END,
                   CASE WHEN email <> '' THEN user_key(email) END,
                   contact_key(contact_id)
               ]) AS key, *
        FROM (SELECT source, client_id, contact_id AS number,
                     ref_of(source, contact_id) AS contact_id,
                     name, coalesce(flags, '') AS written, permissions, mail,
                     coalesce(login, FALSE) AS is_login,
                     ref_of(source, client_id) AS account, address_of(identity) AS email
              FROM contacts)
    )
    SELECT key, contact_id, named.name, written, permissions, is_login, named.email, named.mail,
           account, coalesce(k.label, '') AS account_name
    FROM named LEFT JOIN clients k USING (source, client_id)
    WHERE key IN (SELECT unnest($1))
    QUALIFY row_number() OVER (PARTITION BY key ORDER BY NOT is_login, source, number) <= {_MOST}
    ORDER BY key, NOT is_login, source, number
"""
_CLIENTS = f"""
    WITH named AS (
        SELECT unnest([account_key(account), user_key(email)]) AS key,
               account, account_name, name, email, status
        FROM (SELECT ref_of(source, client_id) AS account, label AS account_name, name,
                     address_of(identity) AS email, coalesce(status, '') AS status
              FROM clients WHERE NOT erased)
    )
    SELECT key, account, account_name, name, email, status FROM named
    WHERE key IN (SELECT unnest($1))
    QUALIFY row_number() OVER (PARTITION BY key ORDER BY account) <= {_MOST}
    ORDER BY key, account
"""
_FINDINGS = f"""
    SELECT code, scope, account, contact_id, email, detail, answer FROM findings
    WHERE scope IN (SELECT unnest($1))
    QUALIFY row_number() OVER (PARTITION BY scope ORDER BY code, contact_id, detail) <= {_MOST}
    ORDER BY CASE severity WHEN 'block' THEN 0 WHEN 'review' THEN 1 ELSE 2 END,
             code, scope, contact_id, detail
"""


class _ExplainingRow(msgspec.Struct, frozen=True):
    key: str
    contact_id: str
    name: str
    written: str
    permissions: list[str]
    is_login: bool
    email: str
    mail: list[Preference]
    account: str
    account_name: str


class _ClientRow(ClientLine, frozen=True):
    key: str


def explained(
    workspace: Workspace, accesses: Sequence[Access], others: Collection[str]
) -> tuple[tuple[ShownLogin, ...], tuple[Story, ...]]:
    """Give each login, and each other key, with its rows and with what was found.

    That is what was found about it, its rows, its person, its account: the nearest first.
    """
    logins = [membership_key(access.account, access.email) for access in accesses]
    keys = [*logins, *sorted(others)]
    rows, clients = _rows(workspace, keys), _clients(workspace, others)
    scopes = {key: list(dict.fromkeys(_scopes(key, rows[key]))) for key in keys}
    findings = _findings(workspace, {scope for some in scopes.values() for scope in some})
    evidence = {
        key: tuple(each for scope in some for each in findings[scope])
        for key, some in scopes.items()
    }
    shown = (
        ShownLogin(access, rows[key], evidence[key])
        for key, access in zip(logins, accesses, strict=True)
    )
    stories = (Story(key, clients[key], rows[key], evidence[key]) for key in sorted(others))
    return tuple(shown), tuple(stories)


def _scopes(key: str, rows: Iterable[LegacyLine]) -> Iterator[str]:
    """Yield the scopes of all that bears on a key, the nearest first."""
    yield key
    yield from (contact_key(row.contact_id) for row in rows)
    about = parts_of(key)
    if about.kind in ("contact", "user", "password"):
        yield from (membership_key(row.account, row.email) for row in rows)
    emails = [about.email, *(row.email for row in rows)]
    yield from (user_key(email) for email in dict.fromkeys(emails) if email)
    accounts = [about.account, *(row.account for row in rows)]
    yield from (account_key(account) for account in dict.fromkeys(accounts) if account)


def _rows(workspace: Workspace, keys: Iterable[str]) -> Mapping[str, tuple[LegacyLine, ...]]:
    rows = defaultdict[str, tuple[LegacyLine, ...]](tuple)
    for row in workspace.values(_ExplainingRow, _ROWS, [sorted(set(keys))]):
        rows[row.key] += (_line(row),)
    return rows


def _line(row: _ExplainingRow) -> LegacyLine:
    written = row.written
    return LegacyLine(
        contact_id=row.contact_id,
        name=row.name,
        flags=written if len(written) <= _QUOTED else f"{written[:_QUOTED]}...",
        permissions=tuple(row.permissions),
        login=row.is_login,
        email=row.email,
        mail=tuple(row.mail),
        account=row.account,
        account_name=row.account_name,
    )


def _clients(workspace: Workspace, keys: Iterable[str]) -> Mapping[str, tuple[ClientLine, ...]]:
    lines = defaultdict[str, tuple[ClientLine, ...]](tuple)
    for row in workspace.values(_ClientRow, _CLIENTS, [sorted(keys)]):
        lines[row.key] += (
            ClientLine(row.account, row.account_name, row.name, row.email, row.status),
        )
    return lines


def _findings(workspace: Workspace, scopes: Iterable[str]) -> Mapping[str, list[Found]]:
    findings = defaultdict[str, list[Found]](list)
    if workspace.has("staged_findings"):
        for each in workspace.values(Found, _FINDINGS, [sorted(scopes)]):
            findings[each.scope].append(each)
    return findings


# --- a few cases of each finding --------------------------------------------------------------

_CASES = """
    SELECT code, scope, account, contact_id, email, detail, answer FROM findings
    QUALIFY row_number() OVER (
        PARTITION BY code, answer ORDER BY scope, contact_id, detail
    ) <= ?
    ORDER BY code, answer, scope, contact_id, detail
"""


def cases(workspace: Workspace, most: int) -> Iterator[Found]:
    """Yield the first findings of each code and answer."""
    if workspace.has("staged_findings"):
        yield from workspace.values(Found, _CASES, [most])
