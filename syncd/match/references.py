"""What hangs on contacts: billing, references, the last recipient, who may ask support."""

from collections.abc import Iterator

from syncd.model.finding import Finding
from syncd.model.keys import account_key, contact_key, contact_ref, parts_of
from syncd.model.resources import account_ref
from syncd.workspace.workspace import Workspace

# Of the contacts that would be removed, what names them: the guard asks.
REFERENCED = """
    INSERT INTO referenced
    SELECT key, string_agg(replace(kind, '_', ' ') || ' (' || number || ')', ', ' ORDER BY kind)
           AS uses
    FROM (SELECT contact_key(ref_of(source, contact_id)) AS key, kind, number FROM contact_uses)
    WHERE key IN (SELECT key FROM differing WHERE kind = 'contact' AND NOT wanted)
    GROUP BY key
"""


# --- findings -------------------------------------------------------------------------------


def findings(workspace: Workspace) -> Iterator[Finding]:
    """Yield what only the rows together show: billing contacts and social logins."""
    query = """
        SELECT b.* EXCLUDE (key) FROM billing_contacts b
        WHERE key IN (SELECT key FROM converted WHERE kind = 'account') ORDER BY key
    """
    for source, client_id, billing, _, contact_id, home, email in workspace.stream(query):
        ref = account_ref(source, client_id)
        if home == client_id:
            contact = contact_ref(source, contact_id)
            yield Finding("billing_contact", contact_key(contact), ref, contact, email)
        else:
            whose = (
                "no such contact" if home is None else f"a contact of {account_ref(source, home)}"
            )
            detail = f"billingcid {billing}: {whose}"
            yield Finding("broken_billing_contact", account_key(ref), ref, detail=detail)
    if not workspace.has("legacy_references"):
        return
    query = """
        SELECT DISTINCT d.key, d.account, d.email
        FROM legacy_references r JOIN converted d ON d.key = contact_key(ref_of(source, contact_id))
        WHERE r.kind = 'social_login' ORDER BY d.key
    """
    for key, account, email in workspace.stream(query):
        yield Finding("social_login", key, account, parts_of(key).contact_id, email)


# --- the last recipient of domain mail ------------------------------------------------------


# --- lists for people -----------------------------------------------------------------------
