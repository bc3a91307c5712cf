"""Who has to choose an account after login."""

from collections.abc import Iterator

from syncd.model.text import read_flag
from syncd.workspace.workspace import Workspace

# After: with this plan and all its waves applied and every invitation accepted. Whoever owns an
# account gets into it as well.
_CHOOSING = """
    WITH legacy AS (
        SELECT identity AS email, source || '/' || client_id AS account FROM clients
        UNION SELECT identity, account FROM logins WHERE list_contains($1, subaccount)
    ), there AS (
        SELECT m.key, m.email, m.account, m.invite FROM matched m
        WHERE m.kind IN ('account', 'membership') AND m.email <> ''
    ), later AS (
        SELECT email, account FROM there
        WHERE (NOT invite OR key IN (SELECT key FROM invites WHERE fresh))
          AND key NOT IN (SELECT key FROM changes WHERE verb = '-' AND verdict = 'apply')
        UNION SELECT email, account FROM changes
        WHERE kind IN ('account', 'membership') AND verb = '+'
          AND (verdict = 'apply' OR rule = 'wave')
    ), choosing AS (
        SELECT email, count(*) AS number, string_agg(account, ' ' ORDER BY account) AS accounts
        FROM later GROUP BY email HAVING count(*) > 1
    )
    SELECT email, coalesce(l.number, 0), coalesce(t.number, 0), c.number, c.accounts
    FROM choosing c
    LEFT JOIN (SELECT email, count(*) AS number FROM legacy GROUP BY email) l USING (email)
    LEFT JOIN (SELECT email, count(DISTINCT account) AS number FROM there WHERE NOT invite
               GROUP BY email) t USING (email)
    ORDER BY email
"""


def choosing(workspace: Workspace) -> Iterator[tuple[str, int, int, int, str]]:
    """Yield who will have to choose an account after login (S4-28), by address.

    Each as (address, its logins in the legacy system, accounts of its user in the target now, and
    after this plan, these by name). Who has one account is signed straight into it (S4-27).
    """
    marks = workspace.stream("SELECT DISTINCT subaccount FROM logins")
    ticked = [mark for (mark,) in marks if read_flag(mark)]
    yield from workspace.stream(_CHOOSING, [ticked])
