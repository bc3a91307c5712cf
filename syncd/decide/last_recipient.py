"""Holding what would leave an account without anybody who gets its domain mail."""

from syncd.workspace.tables import CLIENT_MAIL, ClientMail
from syncd.workspace.workspace import Workspace

_GETS = (
    "coalesce({0} ->> '$.email' <> '' "
    "AND json_contains({0} -> '$.preferences', '\"domain\"'), FALSE)"
)


_LAST = f"""
    CREATE OR REPLACE TABLE dropping AS
    SELECT key, account FROM changes
    WHERE kind = 'contact' AND (verdict = 'apply' OR rule = 'unsupported')
      AND {_GETS.format("before")} AND NOT {_GETS.format("after")};
    DELETE FROM dropping WHERE account IN (
        SELECT account FROM changes
        WHERE kind = 'contact' AND verdict = 'apply' AND {_GETS.format("after")}
        UNION ALL
        SELECT account FROM matched
        WHERE kind = 'contact' AND account IN (SELECT account FROM dropping)
          AND {_GETS.format("body")}
          AND key NOT IN (SELECT key FROM changes WHERE kind = 'contact' AND verdict = 'apply')
          AND key NOT IN (SELECT key FROM dropping)
    );
"""


def hold_last_domain_recipients(workspace: Workspace, client_mail: ClientMail) -> None:
    """Hold what would leave an account that nobody gets domain mail for.

    The client itself counts, as the target counts it: only where its own domain mail is off must a
    contact be left. All that drop it on such an account are held, so that the choice of who goes
    on getting it stays with a person: also what is left to a person's hand is not proposed then.
    Call it when all contacts are judged.
    """
    workspace.con.execute(_LAST)
    query = f"""
        SELECT DISTINCT d.account, {CLIENT_MAIL}
        FROM dropping d JOIN clients k ON k.source || '/' || k.client_id = d.account
    """
    with workspace.con.cursor() as cursor:
        for account, raw in workspace.stream(query):
            if "domain" in client_mail(raw):
                cursor.execute("DELETE FROM dropping WHERE account = ?", [account])
    workspace.con.execute("""
        UPDATE changes SET verdict = 'hold', rule = 'last-domain-recipient',
               why = 'nobody would get the domain mail of this account, which the target refuses; '
                     'switch it on for the client or another contact first'
        WHERE key IN (SELECT key FROM dropping)
    """)
