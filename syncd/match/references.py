"""What hangs on contacts: billing, references, the last recipient, who may ask support."""

from collections.abc import Iterator

from syncd.model.finding import Finding
from syncd.model.keys import account_key, contact_key, parts_of
from syncd.workspace.workspace import Workspace

# Accounts that name a billing contact; `home` is the client that contact is of, NULL if none.
BILLING = """
    SELECT account_key(ref_of(k.source, k.client_id)) AS key, k.source, k.client_id, k.billing,
           k.label, c.contact_id, c.client_id AS home,
           address_of(c.identity) AS email
    FROM clients k
    LEFT JOIN contacts c ON c.source = k.source AND c.contact_id = TRY_CAST(k.billing AS BIGINT)
    WHERE k.billing NOT IN ('', '0')
"""
# All that names a contact, one row a contact and kind; the contact may be gone.
USES = f"""
    SELECT source, contact_id, kind, sum(number)::BIGINT AS number
    FROM legacy_references GROUP BY ALL
    UNION ALL
    SELECT source, TRY_CAST(billing AS BIGINT), 'billing', count(*) FROM ({BILLING})
    WHERE TRY_CAST(billing AS BIGINT) IS NOT NULL GROUP BY ALL
"""
# Of the contacts that would be removed, what names them: the guard asks.
REFERENCED = f"""
    INSERT INTO referenced
    SELECT key, string_agg(replace(kind, '_', ' ') || ' (' || number || ')', ', ' ORDER BY kind)
           AS uses
    FROM (SELECT contact_key(ref_of(source, contact_id)) AS key, kind, number FROM ({USES}))
    WHERE key IN (SELECT key FROM differing WHERE kind = 'contact' AND NOT wanted)
    GROUP BY key
"""


# --- findings -------------------------------------------------------------------------------


def findings(workspace: Workspace) -> Iterator[Finding]:
    """Yield what only the rows together show: billing contacts and social logins."""
    query = f"""
        SELECT b.* EXCLUDE (key) FROM ({BILLING}) b
        WHERE key IN (SELECT key FROM converted WHERE kind = 'account') ORDER BY key
    """
    for source, client_id, billing, _, contact_id, home, email in workspace.stream(query):
        ref = f"{source}/{client_id}"
        if home == client_id:
            contact = f"{source}/{contact_id}"
            yield Finding("billing_contact", contact_key(contact), ref, contact, email)
        else:
            whose = "no such contact" if home is None else f"a contact of {source}/{home}"
            detail = f"billingcid {billing}: {whose}"
            yield Finding("broken_billing_contact", account_key(ref), ref, detail=detail)
    query = """
        SELECT DISTINCT d.key, d.account, d.email
        FROM legacy_references r JOIN converted d ON d.key = contact_key(ref_of(source, contact_id))
        WHERE r.kind = 'social_login' ORDER BY d.key
    """
    for key, account, email in workspace.stream(query):
        yield Finding("social_login", key, account, parts_of(key).contact_id, email)


# --- the last recipient of domain mail ------------------------------------------------------


# --- lists for people -----------------------------------------------------------------------
