"""people.csv: whom `syncd letters` may write to, with names and language.

Left out is who has nothing to be told: an owner alone, whose account and user are there already
(S1-04), and a contact that gets neither invoices nor an ear at support.
"""

from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from syncd.model.lettering import Addressee
from syncd.model.policy import SupportRule
from syncd.report.tables import PEOPLE
from syncd.workspace.workspace import Workspace

_NAMES = """
    coalesce(d.body ->> '$.profile.first_name', '') AS first_name,
    coalesce(d.body ->> '$.profile.last_name', '') AS last_name
"""

# Owners are told of who gets in, of a user that is made for them, and of several accounts.
_OWNERS = f"""
    SELECT d.email, 'owner' AS role, d.account,
           coalesce(k.label, '') AS account_name, '' AS contact_id,
           CASE WHEN u.key IS NULL THEN 'no' ELSE 'yes' END AS has_user, {_NAMES},
           coalesce(d.body ->> '$.language', '') AS language,
           CASE WHEN o.owner <> o.legacy_owner THEN 'owner_changed' ELSE '' END AS why
    FROM desired d LEFT JOIN clients k ON ref_of(k.source, k.client_id) = d.account
    LEFT JOIN owners o USING (key) LEFT JOIN matched u ON u.key = user_key(d.email)
    WHERE d.kind = 'account' AND d.email <> ''
      AND (d.key NOT IN (SELECT key FROM matched)
           OR d.account IN (SELECT account FROM logins)
           OR d.email IN (SELECT identity FROM logins)
           OR d.email IN (SELECT email FROM desired WHERE kind = 'account'
                          GROUP BY email HAVING count(*) > 1))
    ORDER BY d.email, d.account
"""
_LOGINS = f"""
    SELECT l.identity AS email, 'login' AS role, l.account, coalesce(k.label, '') AS account_name,
           '' AS contact_id, '' AS has_user, coalesce(d.first_name, '') AS first_name,
           coalesce(d.last_name, '') AS last_name, coalesce(a.language, '') AS language, '' AS why
    FROM (SELECT key, account, identity, min(contact) AS contact FROM logins
          WHERE NOT starts_with(identity, ' ') GROUP BY ALL) l
    LEFT JOIN clients k ON ref_of(k.source, k.client_id) = l.account
    LEFT JOIN (SELECT account, body ->> '$.language' AS language FROM desired
               WHERE kind = 'account') a ON a.account = l.account
    LEFT JOIN (SELECT d.key, {_NAMES} FROM desired d WHERE kind = 'contact') d
           ON d.key = contact_key(l.contact)
    ORDER BY l.identity, l.account
"""
_CONTACTS = f"""
    SELECT d.email, trim(billed || asking) AS role, d.account,
           coalesce(k.label, '') AS account_name,
           split_part(d.key, ':', 2) AS contact_id, '' AS has_user, d.first_name, d.last_name,
           coalesce(a.language, '') AS language, '' AS why
    FROM (
        SELECT d.key, d.account, d.email, {_NAMES},
               CASE WHEN json_contains(body -> '$.preferences', '"invoice"')
                         OR key IN (SELECT contact_key(ref_of(source, contact_id))
                                    FROM billing_contacts WHERE home = client_id)
                       THEN 'billing' ELSE '' END AS billed,
               CASE WHEN $1 = 'all' OR $1 = 'support-mail'
                         AND json_contains(body -> '$.preferences', '"support"')
                    THEN ' support' ELSE '' END AS asking
        FROM desired d WHERE kind = 'contact' AND email <> ''
    ) d
    JOIN (SELECT account, email, body ->> '$.language' AS language FROM desired
          WHERE kind = 'account') a ON a.account = d.account AND a.email <> d.email
    LEFT JOIN clients k ON ref_of(k.source, k.client_id) = d.account
    WHERE billed || asking <> ''
      AND membership_key(d.account, d.email) NOT IN (SELECT key FROM logins)
    ORDER BY d.email, d.account, d.key
"""


def addressees(workspace: Workspace, rule: SupportRule) -> Iterator[Addressee]:
    """Yield whom letters may go to: owners, then logins, then contacts, each by address.

    Nobody where nothing changes, as on most nights: of that there is nothing to tell.
    """
    if not workspace.has("judged"):
        return iter(())
    return chain(
        workspace.values(Addressee, _OWNERS),
        workspace.values(Addressee, _LOGINS),
        workspace.values(Addressee, _CONTACTS, [rule]),
    )


def write(workspace: Workspace, folder: Path, rule: SupportRule) -> None:
    PEOPLE.write(folder, addressees(workspace, rule))
