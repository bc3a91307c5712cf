"""people.csv: whom `syncd letters` may write to, with names and language.

Left out is who has nothing to be told: an owner alone, whose account and user are there already
(S1-04), and a contact that gets neither invoices nor an ear at support.
"""

from pathlib import Path

from syncd.model.policy import SupportRule
from syncd.report.filling import add
from syncd.report.tables import PEOPLE
from syncd.workspace.workspace import Workspace

# Of a body, in one go: it is parsed once for all of these.
_SAID = """
    json_extract_string(body, [
        '$.profile.first_name', '$.profile.last_name', '$.language', '$.preferences'
    ]) AS said
"""
_NAMES = "coalesce(d.said[1], '') AS first_name, coalesce(d.said[2], '') AS last_name"

_ACCOUNTS = f"""
    INSERT INTO addressed BY NAME
    SELECT account, coalesce(k.label, '') AS account_name, d.email, {_NAMES},
           coalesce(d.said[3], '') AS language
    FROM (SELECT account, email, {_SAID} FROM desired WHERE kind = 'account') d
    FULL JOIN (SELECT ref_of(source, client_id) AS account, label FROM clients) k USING (account)
"""
# Owners are told of who gets in, of a user that is made for them, and of several accounts.
_OWNERS = """
    SELECT d.email, 'owner' AS role, d.account, d.account_name, '' AS contact_id,
           CASE WHEN u.key IS NULL THEN 'no' ELSE 'yes' END AS has_user,
           d.first_name, d.last_name, d.language,
           CASE WHEN o.owner <> o.legacy_owner THEN 'owner_changed' ELSE '' END AS why
    FROM addressed d
    LEFT JOIN owners o ON o.key = account_key(d.account)
    LEFT JOIN matched u ON u.key = user_key(d.email)
    WHERE d.email <> ''
      AND (account_key(d.account) NOT IN (SELECT key FROM matched)
           OR d.account IN (SELECT account FROM logins)
           OR d.email IN (SELECT identity FROM logins)
           OR d.email IN (SELECT email FROM addressed GROUP BY email HAVING count(*) > 1))
    ORDER BY d.email, d.account
"""
_LOGINS = f"""
    SELECT l.identity AS email, 'login' AS role, l.account,
           coalesce(a.account_name, '') AS account_name, '' AS contact_id, '' AS has_user,
           {_NAMES}, coalesce(a.language, '') AS language, '' AS why
    FROM (SELECT key, account, identity, min(contact) AS contact FROM logins
          WHERE NOT starts_with(identity, ' ') GROUP BY ALL) l
    LEFT JOIN addressed a USING (account)
    LEFT JOIN (SELECT key, {_SAID} FROM desired WHERE kind = 'contact') d
           ON d.key = contact_key(l.contact)
    ORDER BY l.identity, l.account
"""
# In two steps: each join of millions wants memory of its own.
_HEARD = f"""
    INSERT INTO heard BY NAME
    SELECT d.key, d.account, d.email, {_NAMES}, trim(billed || asking) AS role
    FROM (
        SELECT key, account, email, said,
               CASE WHEN contains(said[4], '"invoice"')
                         OR key IN (SELECT contact_key(ref_of(source, contact_id))
                                    FROM billing_contacts WHERE home = client_id)
                       THEN 'billing' ELSE '' END AS billed,
               CASE WHEN $1 = 'all' OR $1 = 'support-mail' AND contains(said[4], '"support"')
                    THEN ' support' ELSE '' END AS asking
        FROM (SELECT key, account, email, {_SAID} FROM desired
              WHERE kind = 'contact' AND email <> '')
    ) d
    ANTI JOIN logins l ON l.account = d.account AND trim(l.identity) = d.email
    WHERE billed || asking <> ''
"""
_CONTACTS = """
    SELECT d.email, d.role, d.account, a.account_name, split_part(d.key, ':', 2) AS contact_id,
           '' AS has_user, d.first_name, d.last_name, a.language, '' AS why
    FROM heard d JOIN addressed a ON a.account = d.account AND a.email <> d.email
    ORDER BY d.email, d.account, d.key
"""


def write(workspace: Workspace, folder: Path, rule: SupportRule) -> None:
    """Write whom letters may go to: owners, then logins, then contacts, each by address.

    Nobody where nothing changes, as on most nights: of that there is nothing to tell.
    """
    with PEOPLE.lines(folder) as file:
        if workspace.has("judged"):
            workspace.fill("addressed", _ACCOUNTS)
            workspace.fill("heard", _HEARD, [rule])
            for query in (_OWNERS, _LOGINS, _CONTACTS):
                add(file, PEOPLE, workspace, query)
