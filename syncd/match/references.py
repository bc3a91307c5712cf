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


# Asked first, as it takes a fraction of what follows the numbers to their contacts.
_ANY_BILLING = "SELECT count(*) FROM clients WHERE billing NOT IN ('', '0')"


def names_billing(workspace: Workspace) -> bool:
    """Say whether any account names a billing contact."""
    return bool(workspace.scalar(_ANY_BILLING))


# --- findings -------------------------------------------------------------------------------


def findings(workspace: Workspace) -> Iterator[Finding]:
    """Yield what only the rows together show: billing contacts and social logins."""
    if names_billing(workspace):
        yield from _billing(workspace)
    if workspace.has("legacy_references"):
        yield from _social_logins(workspace)


def _billing(workspace: Workspace) -> Iterator[Finding]:
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


def _social_logins(workspace: Workspace) -> Iterator[Finding]:
    query = """
        SELECT DISTINCT d.key, d.account, d.email
        FROM legacy_references r JOIN converted d ON d.key = contact_key(ref_of(source, contact_id))
        WHERE r.kind = 'social_login' ORDER BY d.key
    """
    for key, account, email in workspace.stream(query):
        yield Finding("social_login", key, account, parts_of(key).contact_id, email)


# --- the last recipient of domain mail ------------------------------------------------------


# --- lists for people -----------------------------------------------------------------------
