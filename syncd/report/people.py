"""Who holds dangerous permissions, and who has to choose an account after login."""

from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from operator import attrgetter
from pathlib import Path

from syncd.model.permission import ALL, Permissions, permissions
from syncd.model.roles import Risk, Roles, Tier
from syncd.report.census import Census
from syncd.report.facts import Access
from syncd.report.holding import WATCHED, Chooser, ChooserFacts, PeopleFacts, PermissionHolder
from syncd.report.tables import CHOOSERS, HIGH_RISK
from syncd.workspace.workspace import Workspace


class Holders:
    """Counts logins by label and by what they hold, and lists those with dangerous permissions."""

    def __init__(self, roles: Roles) -> None:
        self._roles = roles
        self._labels = Census[Access, str](attrgetter("label"))
        self._sets = Census[Access, Permissions](_held)  # of which there are few
        self._listed = Census[PermissionHolder, Tier](
            attrgetter("tier"), lambda holder: WATCHED.index(holder.tier)
        )

    def listed(self, passing: Iterable[Access], folder: Path) -> Iterator[Access]:
        """Pass logins on, writing a row for each watched permission of each.

        Owners are left out: they may do everything, whatever the flags of a sub-account said.
        """
        watched = cache(self._watched)
        with HIGH_RISK.opened(folder) as add:
            for access in self._labels.counted(passing):
                if access.state != "owner":
                    self._sets.add(access)
                    for permission, risk in watched(_held(access)):
                        holder = _holder(access, permission, risk)
                        self._listed.add(holder)
                        add(holder)
                yield access

    def _watched(self, held: Permissions) -> list[tuple[str, Risk]]:
        risks = ((permission, self._roles.risk(permission)) for permission in held)
        return [(permission, risk) for permission, risk in risks if risk.tier in WATCHED]

    def facts(self, choosers: ChooserFacts) -> PeopleFacts:
        tiers, holders = Counter[Tier](), Counter[str]()
        for held, number in self._sets.numbers.items():
            risks = self._watched(held)
            holders += Counter(dict.fromkeys((permission for permission, _ in risks), number))
            tiers += Counter(dict.fromkeys((risk.tier for _, risk in risks), number))
        known = permissions({*ALL, *holders})
        return PeopleFacts(
            labels=dict(sorted(self._labels.numbers.items())),
            tiers={tier: tiers[tier] for tier in WATCHED},
            holders={key: holders[key] for key in known if holders[key]},
            permissions={key: self._roles.risk(key) for key in known},
            holder_sample=self._listed.sample,
            choosers=choosers,
        )


def _holder(access: Access, permission: str, risk: Risk) -> PermissionHolder:
    return PermissionHolder(
        email=access.email,
        account=access.account,
        account_name=access.account_name,
        permission=permission,
        tier=risk.tier,
        words=risk.words,
        state=access.state,
    )


def _held(access: Access) -> Permissions:
    """Give what a login holds after this plan, or waits to hold."""
    return access.before if access.state == "waits" else access.after


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
