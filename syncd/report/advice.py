"""Least-privilege advice: who holds rights that are seldom needed. Advice only: no plan goes by it.

What a login holds is what the plan wants it to hold, which is never more than before. Owners hold
everything by being owners and are not listed. All of it is one query: no row passes through Python
that is not written.
"""

from collections.abc import Iterator
from operator import attrgetter
from pathlib import Path

import msgspec

from syncd.model.permission import ALL
from syncd.model.roles import Roles
from syncd.report.advising import ADVICE, ADVISED, Advice, AdviceFacts
from syncd.report.census import Census, in_passing
from syncd.report.tables import CsvTable
from syncd.workspace.workspace import Workspace

_PUBLIC = 3  # accounts whose owners share a domain: above, it is a mail provider's
_MANAGING = "contacts"  # in the old system also: who may add sub-accounts
_SPENDING = ("invoices", "orders")


TABLE: CsvTable[Advice] = CsvTable(ADVISED, Advice.__struct_fields__, msgspec.structs.astuple)

_ADVISED = """
    WITH held AS MATERIALIZED (
        SELECT account, email, CAST(body -> '$.permissions' AS VARCHAR[]) AS permissions
        FROM desired WHERE kind = 'membership'
    ), owners AS (
        SELECT ref_of(source, client_id) AS account, label AS account_name,
               regexp_extract(identity, '@(.*)$', 1) AS domain
        FROM clients
    ), public AS (
        SELECT domain FROM owners GROUP BY domain HAVING count(*) > $1
    ), shared AS (
        SELECT DISTINCT email FROM findings WHERE code = 'role_mailbox'
    ), critical AS (
        SELECT account, email, list_intersect(permissions, $2) AS permissions,
               regexp_extract(email, '@(.*)$', 1) AS domain
        FROM held WHERE list_has_any(permissions, $2)
    ), several AS (
        SELECT email FROM held WHERE list_contains(permissions, $3)
        GROUP BY email HAVING count(*) > 1
    ), advised AS (
        SELECT account, '' AS email, 'everybody_all' AS advice, $5 AS permissions FROM held
        GROUP BY account HAVING count(*) > 1 AND bool_and(list_has_all(permissions, $5))
        UNION ALL
        SELECT account, email, 'holds_all', $5 FROM held WHERE list_has_all(permissions, $5)
        UNION ALL
        SELECT c.account, c.email, 'outsider_critical', c.permissions
        FROM critical c JOIN owners o USING (account)
        WHERE c.domain <> o.domain AND o.domain <> ''
          AND o.domain NOT IN (SELECT domain FROM public)
        UNION ALL
        SELECT account, email, 'shared_critical', permissions
        FROM critical JOIN shared USING (email)
        UNION ALL
        SELECT account, email, 'manages_several', [$3]
        FROM held JOIN several USING (email) WHERE list_contains(permissions, $3)
        UNION ALL
        SELECT account, email, 'orders_and_pays', $4 FROM held
        WHERE list_has_all(permissions, $4) AND NOT list_has_all(permissions, $5)
    )
    SELECT account, coalesce(account_name, '') AS account_name, email, advice,
           list_filter($5, lambda key: list_contains(permissions, key)) AS permissions,
           $7[list_position($6, advice)] AS words
    FROM advised LEFT JOIN owners USING (account)
    ORDER BY account, email, list_position($6, advice)
"""


def advice(workspace: Workspace, roles: Roles) -> Iterator[Advice]:
    """Yield all advice, by account and address."""
    critical = [key for key, risk in roles.permissions.items() if risk.tier == "critical"]
    kinds = [list(ADVICE), list(ADVICE.values())]
    asked = [_PUBLIC, critical, _MANAGING, list(_SPENDING), list(ALL), *kinds]
    yield from workspace.values(Advice, _ADVISED, asked)


def write(workspace: Workspace, folder: Path, roles: Roles) -> AdviceFacts:
    """Write the table; gives how much of each advice there is."""
    census = Census[Advice, str](attrgetter("advice"), in_passing)
    TABLE.write(folder, census.counted(advice(workspace, roles)))
    numbers = {key: census.numbers[key] for key in ADVICE if census.numbers[key]}
    return AdviceFacts(numbers, census.sample)
