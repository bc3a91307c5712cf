"""Users of the target who have an address of ours under a name that none of ours has (T-05, T-07).

Equal addresses prove no identity: a mailbox may have been given away, or be shared. Between legacy
rows convert raises that doubt; here it is raised for a name that only the target knows.
"""

from collections.abc import Iterator

import msgspec

from syncd.model.finding import Finding
from syncd.model.names import same_person
from syncd.model.resources import User
from syncd.workspace.workspace import Workspace

# What would give a user of the target something new, and the names our rows have for the person:
# of an account its owner's; of a membership those of all the person's rows, since convert asks
# where these differ among themselves. An invitation gives nothing before it is accepted, nor does
# another after it; but once it is not waited for any more, silence would attach without a mail.
# Where a run is taken back, its contacts are not desired, but named all the same.
_GIVEN = """
    WITH names AS (
        SELECT account_key(ref_of(source, client_id)) AS key, identity AS email, name, closed
        FROM clients WHERE NOT erased
        UNION ALL
        SELECT l.key, l.identity, concat_ws(' ', c.body ->> '$.profile.first_name',
                                            c.body ->> '$.profile.last_name'), FALSE
        FROM logins l
        JOIN converted c ON c.key = contact_key(ref_of(source_in(l.account), l.contact_id))
    ), waiting AS (
        SELECT key FROM matched
        WHERE invite AND (?::BOOLEAN OR ((body ->> '$.fresh')::BOOLEAN
          AND coalesce((body ->> '$.confirmed')::BOOLEAN, TRUE)))
    )
    SELECT d.key, d.account, d.email, u.body, array_agg(DISTINCT n.name ORDER BY n.name)
    FROM desired d
    JOIN matched u ON u.kind = 'user' AND u.email = d.email
    JOIN names n ON n.email = d.email
     AND (n.key = d.key OR (d.kind = 'membership' AND NOT n.closed))
    WHERE d.kind IN ('account', 'membership')
      AND d.key NOT IN (SELECT key FROM matched WHERE NOT invite UNION ALL FROM waiting)
    GROUP BY ALL ORDER BY d.key
"""


def namesakes(workspace: Workspace, *, silent: bool) -> Iterator[Finding]:
    """Yield a review of each account and membership that a user of another name would get.

    `silent` says whether somebody may be attached without a mail. The matching must be settled.
    """
    if not workspace.has("observed"):
        return
    for key, account, email, body, names in workspace.stream(_GIVEN, [not silent]):
        user = msgspec.json.decode(body, type=User)
        name = f"{user.first_name} {user.last_name}".strip()
        if not any(same_person(name, ours) for ours in names):
            detail = f"{' / '.join(names)}; in the target: {name}"
            yield Finding("user_other_name", key, account, email=email, detail=detail)
