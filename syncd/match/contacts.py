"""Which contact of the target is which of ours."""

from syncd.workspace.workspace import Workspace


def bind_contacts(workspace: Workspace) -> None:
    """Pair contacts inside bound accounts: first the equal ones, then by address, in id order."""
    workspace.con.execute(_ACCOUNT_PAIRS)
    for columns in ("account, fp", "account, email"):
        also = "" if columns.endswith("fp") else "AND email <> ''"
        workspace.con.execute(f"""
            INSERT INTO bindings
            WITH ours AS (
                SELECT *, row_number() OVER (PARTITION BY {columns} ORDER BY length(key), key) AS n
                FROM desired
                WHERE kind = 'contact' AND key NOT IN (SELECT key FROM bindings) {also}
            ), theirs AS (
                SELECT p.ref AS account, o.fp, o.email, o.target_id, row_number() OVER (
                    PARTITION BY p.ref, o.{columns.rpartition(" ")[2]}
                    ORDER BY length(o.target_id), o.target_id
                ) AS n
                FROM observed o JOIN account_pairs p ON p.target_account = o.account
                WHERE o.kind = 'contact' AND o.target_id NOT IN
                    (SELECT target_id FROM bindings WHERE starts_with(key, 'contact:'))
            )
            SELECT ours.key, theirs.target_id, FALSE
            FROM ours JOIN theirs USING ({columns}, n)
        """)


_ACCOUNT_PAIRS = """
    CREATE OR REPLACE TABLE account_pairs AS
    SELECT substr(b.key, 9) AS ref, o.account AS target_account, o.target_id
    FROM bindings b JOIN observed o ON o.kind = 'account' AND o.target_id = b.target_id
    WHERE starts_with(b.key, 'account:')
"""
