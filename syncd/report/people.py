"""Who holds dangerous permissions, and who has to choose an account after login."""

from collections import Counter
from collections.abc import Iterator
from operator import attrgetter
from pathlib import Path

from syncd.model.permission import ALL, permissions
from syncd.model.roles import Roles, Tier
from syncd.report.access import LoginCensus
from syncd.report.census import SAMPLE, Census
from syncd.report.filling import fill
from syncd.report.holding import WATCHED, Chooser, ChooserFacts, PeopleFacts, PermissionHolder
from syncd.report.tables import CHOOSERS, HIGH_RISK
from syncd.workspace.workspace import Workspace


def write_holders(
    workspace: Workspace, folder: Path, logins: LoginCensus, roles: Roles, choosers: ChooserFacts
) -> PeopleFacts:
    """Write a row for each watched permission of each login; gives them in numbers.

    Owners are left out: they may do everything, whatever the flags of a sub-account said.
    """
    tiers, holders = Counter[Tier](), Counter[str]()
    for each in logins.counts:
        if each.state != "owner":
            held = {key: roles.risk(key).tier for key in each.held}
            watched = {key: tier for key, tier in held.items() if tier in WATCHED}
            holders += Counter(dict.fromkeys(watched, each.number))
            tiers += Counter(dict.fromkeys(watched.values(), each.number))
    risks = {key: roles.risk(key) for key in holders}
    asked = [
        [*risks],
        [each.tier for each in risks.values()],
        [each.words for each in risks.values()],
    ]
    fill(HIGH_RISK, folder, workspace, _HOLDERS, asked)
    sample = workspace.values(PermissionHolder, _SOME_HOLDERS, [*asked, list(WATCHED), SAMPLE])
    known = permissions({*ALL, *holders})
    return PeopleFacts(
        labels=dict(sorted(logins.by("label").items())),
        tiers={tier: tiers[tier] for tier in WATCHED},
        holders={key: holders[key] for key in known if holders[key]},
        permissions={key: roles.risk(key) for key in known},
        holder_sample=tuple(sample),
        choosers=choosers,
    )


# What a login holds after this plan, or waits to hold, one by one.
_HOLDERS = """
    SELECT email, account, account_name, permission, $2[list_position($1, permission)] AS tier,
           $3[list_position($1, permission)] AS words, state
    FROM (
        SELECT email, account, account_name, state, number, unnest(held) AS permission,
               unnest(range(len(held))) AS place
        FROM (SELECT *, rowid AS number, if(state = 'waits', "before", "after") AS held
              FROM accesses WHERE state <> 'owner')
    ) WHERE list_contains($1, permission)
"""
_SOME_HOLDERS = f"""
    {_HOLDERS} ORDER BY list_position($4, tier), number, place LIMIT $5
"""


# --- the account chooser ----------------------------------------------------------------------

# After: with this plan and all its waves applied and every invitation accepted. Whoever owns an
# account gets into it as well. Who has one account is signed straight into it (S4-27).
_CHOOSERS = """
    WITH legacy AS (
        SELECT identity AS email, ref_of(source, client_id) AS account FROM clients
        UNION SELECT identity, account FROM logins
    ), now AS (
        SELECT m.key, m.email, m.account, m.invite FROM matched m
        WHERE m.kind IN ('account', 'membership') AND m.email <> ''
    ), later AS (
        SELECT email, account FROM now
        WHERE (NOT invite OR key IN (SELECT key FROM invites WHERE fresh))
          AND key NOT IN (SELECT key FROM changes WHERE verb = '-' AND verdict = 'apply')
        UNION SELECT email, account FROM changes
        WHERE kind IN ('account', 'membership') AND verb = '+'
          AND (verdict = 'apply' OR rule = 'wave')
    ), choosing AS (
        SELECT email, count(*) AS number, string_agg(account, ' ' ORDER BY account) AS accounts
        FROM later GROUP BY email HAVING count(*) > 1
    )
    SELECT email, coalesce(l.number, 0) AS logins_before, coalesce(n.number, 0) AS accounts_before,
           c.number AS accounts_after, c.accounts
    FROM choosing c
    LEFT JOIN (SELECT email, count(*) AS number FROM legacy GROUP BY email) l USING (email)
    LEFT JOIN (SELECT email, count(DISTINCT account) AS number FROM now WHERE NOT invite
               GROUP BY email) n USING (email)
    ORDER BY email
"""


def choosers(workspace: Workspace) -> Iterator[Chooser]:
    """Yield who will have to choose an account after login (S4-28), by address."""
    yield from workspace.values(Chooser, _CHOOSERS)


def write_choosers(workspace: Workspace, folder: Path) -> ChooserFacts:
    """Write who has to choose an account after login, those first in the sample who are new."""
    census = Census[Chooser, bool](attrgetter("new"), lambda chooser: 0 if chooser.new else 1)
    number = CHOOSERS.write(folder, census.counted(choosers(workspace)))
    return ChooserFacts(number, census.numbers[True], census.sample)
