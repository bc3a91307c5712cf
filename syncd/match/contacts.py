"""Which contact of the target is which of ours: inside accounts that are paired."""

from syncd.workspace.workspace import Workspace

_PAIR = """
    INSERT INTO bindings
    WITH ours AS (
        SELECT *, row_number() OVER (PARTITION BY account, {mark} ORDER BY length(key), key) AS n
        FROM desired
        WHERE kind = 'contact' AND key NOT IN (SELECT key FROM bindings) AND {usable}
    ), theirs AS (
        SELECT p.ref AS account, o.fp, o.email, o.target_id, row_number() OVER (
            PARTITION BY p.ref, o.{mark} ORDER BY length(o.target_id), o.target_id
        ) AS n
        FROM observed o JOIN account_pairs p ON p.target_account = o.account
        WHERE o.kind = 'contact' AND o.target_id NOT IN
            (SELECT target_id FROM bindings WHERE kind_of(key) = 'contact')
    )
    SELECT ours.key, theirs.target_id, FALSE
    FROM ours JOIN theirs USING (account, {mark}, n)
"""


# Of a row that is gone, and made anew with the same address on the same account.
_BEQUEATHED = """
    INSERT INTO bequeathed
    SELECT DISTINCT b.key
    FROM remembered_bindings b JOIN applied a ON a.key = b.key AND a.kind = 'contact'
    JOIN desired d
      ON d.kind = 'contact' AND d.account = a.body ->> '$.account'
     AND d.email <> '' AND d.email = a.body ->> '$.email'
    WHERE d.key NOT IN (SELECT key FROM remembered_bindings)
      AND b.key NOT IN (SELECT key FROM desired)
      AND b.key NOT IN (SELECT contact_key(ref_of(source, contact_id)) FROM contacts)
"""
# Whether there is anything to look into: asked first, as it takes a tenth of that.
_ANY_GONE = """
    SELECT count(*) FROM remembered_bindings
    WHERE kind_of(key) = 'contact'
      AND key NOT IN (SELECT contact_key(ref_of(source, contact_id)) FROM contacts)
"""
_ANY_FREE = """
    SELECT count(*) FROM desired
    WHERE kind = 'contact' AND key NOT IN (SELECT key FROM bindings)
"""


def bequeath(workspace: Workspace) -> None:
    """Say which contacts leave their place in the target to one that was made anew.

    Or there would be two of one name and address, and each would get the mail.
    """
    if workspace.has("remembered_bindings", "applied") and workspace.scalar(_ANY_GONE):
        workspace.execute(_BEQUEATHED)


def bind_contacts(workspace: Workspace) -> None:
    """Pair contacts inside bound accounts: first the equal ones, then by address, in id order."""
    if workspace.has("observed") and workspace.scalar(_ANY_FREE):
        workspace.execute(_PAIR.format(mark="fp", usable="TRUE"))
        workspace.execute(_PAIR.format(mark="email", usable="email <> ''"))
