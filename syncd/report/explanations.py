"""Why it came out so: of some logins the legacy rows, and what was found about them.

For the page alone, which unfolds each login: bounded, whatever the size of the population.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from syncd.model.keys import account_key, contact_key, membership_key, user_key
from syncd.report.evidence import Found, LegacyLine
from syncd.report.facts import Access, ShownLogin
from syncd.workspace.workspace import Workspace

_MOST = 12  # rows of one login, and findings about one scope
_QUOTED = 300  # characters of what a source says of permissions

# Those without an address stand together.
_ROWS = f"""
    SELECT * EXCLUDE (number) FROM (
        SELECT membership_key(ref_of(source, client_id), address_of(identity)) AS key,
               contact_id AS number, ref_of(source, contact_id) AS contact_id, name,
               coalesce(flags, '') AS written, permissions
        FROM contacts WHERE login
    ) WHERE key IN (SELECT unnest($1))
    QUALIFY row_number() OVER (PARTITION BY key ORDER BY number) <= {_MOST}
    ORDER BY key, number
"""
_FINDINGS = f"""
    SELECT code, scope, account, contact_id, email, detail, answer FROM findings
    WHERE scope IN (SELECT unnest($1))
    QUALIFY row_number() OVER (PARTITION BY scope ORDER BY code, contact_id, detail) <= {_MOST}
    ORDER BY CASE severity WHEN 'block' THEN 0 WHEN 'review' THEN 1 ELSE 2 END,
             code, scope, contact_id, detail
"""


class _LegacyLogin(msgspec.Struct, frozen=True):
    key: str
    contact_id: str
    name: str
    written: str
    permissions: list[str]


def explained(workspace: Workspace, accesses: Sequence[Access]) -> Iterator[ShownLogin]:
    """Yield each login with its rows and with what was found about it, its person, its account."""
    keys = [membership_key(access.account, access.email) for access in accesses]
    rows = _rows(workspace, keys)
    scopes = [list(_scopes(access, rows[key])) for access, key in zip(accesses, keys, strict=True)]
    findings = _findings(workspace, {scope for some in scopes for scope in some})
    for access, key, some in zip(accesses, keys, scopes, strict=True):
        evidence = tuple(each for scope in some for each in findings[scope])
        yield ShownLogin(access, rows[key], evidence)


def _scopes(access: Access, rows: Iterable[LegacyLine]) -> Iterator[str]:
    """Yield the scopes of all that bears on a login, the nearest first."""
    yield membership_key(access.account, access.email)
    yield from (contact_key(row.contact_id) for row in rows)
    if access.email:
        yield user_key(access.email)
    yield account_key(access.account)


def _rows(workspace: Workspace, keys: Iterable[str]) -> Mapping[str, tuple[LegacyLine, ...]]:
    rows = defaultdict[str, tuple[LegacyLine, ...]](tuple)
    for row in workspace.values(_LegacyLogin, _ROWS, [list(keys)]):
        rows[row.key] += (_line(row),)
    return rows


def _line(row: _LegacyLogin) -> LegacyLine:
    written = row.written
    return LegacyLine(
        contact_id=row.contact_id,
        name=row.name,
        flags=written if len(written) <= _QUOTED else f"{written[:_QUOTED]}...",
        permissions=tuple(row.permissions),
    )


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
