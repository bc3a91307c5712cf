"""Renamed: people with another address than last night, on one side or the other.

An address alone would make two strangers of them: one who lost access and one who is new. What
stays the same is the legacy row of a login and the target's number of a user.
"""

from collections.abc import Callable, Iterator

import msgspec

from syncd.model.finding import Finding
from syncd.model.keys import membership_key, parts_of, user_key
from syncd.workspace.workspace import Workspace

# Logins that were another membership when their person last had it. Where somebody else still asks
# for the former one, or the new one is there, nothing is open.
_ROWS = """
    SELECT r.contact, r.key AS former, l.key AS present
    FROM remembered_origins r JOIN logins l ON l.contact = r.contact AND l.key <> r.key
    WHERE l.key IN (SELECT key FROM desired) AND r.key NOT IN (SELECT key FROM desired)
      AND l.key NOT IN (SELECT key FROM matched WHERE NOT invite)
    ORDER BY present, r.contact
"""
# Users whose number stayed and whose address did not, as far as it matters: where the former
# address is asked for, or was, the new one is on that account.
_USERS = """
    WITH renamed AS (
        SELECT p.email AS former, u.email AS present, u.target_id
        FROM remembered_people p
        JOIN observed u ON u.kind = 'user' AND u.target_id = p.target_id AND u.email <> p.email
    ), asked AS (
        SELECT account_in(key) AS account, email_in(key) AS email
        FROM (SELECT key FROM desired WHERE kind = 'membership'
              UNION SELECT key FROM applied WHERE kind = 'membership')
    )
    SELECT DISTINCT former, present, target_id FROM renamed r JOIN asked a ON a.email = r.former
    WHERE membership_key(a.account, r.present) IN (SELECT key FROM matched WHERE NOT invite)
      AND (membership_key(a.account, r.former) IN (SELECT key FROM desired)
           OR membership_key(a.account, r.present) NOT IN (SELECT key FROM desired))
    UNION
    SELECT former, present, target_id FROM renamed r
    JOIN owners o ON o.legacy_owner = r.former AND o.owner = r.present
    ORDER BY former
"""


class _RenamedLogin(msgspec.Struct, frozen=True):
    contact: str
    former: str
    present: str


class _RenamedUser(msgspec.Struct, frozen=True):
    former: str
    present: str
    target_id: str


def renamed(workspace: Workspace, shown: Callable[[str], str]) -> Iterator[Finding]:
    """Yield one finding on each person who is the same under another address.

    Says as well whose removal waits for whom, see `replaced`. The matching must be settled, owners
    included. `shown` words an address for people.
    """
    for user in workspace.values(_RenamedUser, _USERS):
        detail = f"user {user.target_id}: {shown(user.former)} / {shown(user.present)}"
        yield Finding("user_renamed", user_key(user.former), email=user.former, detail=detail)
    with workspace.sink("replaced") as sink:
        for row in workspace.values(_RenamedLogin, _ROWS):
            former, present = parts_of(row.former), parts_of(row.present)
            moved = former.account != present.account
            places = (f"{former.account} ", f"{present.account} ") if moved else ("", "")
            detail = f"{places[0]}{shown(former.email)} / {places[1]}{shown(present.email)}"
            finding = Finding(
                "login_moved" if moved else "login_renamed",
                membership_key(present.account, present.email),
                present.account,
                row.contact,
                present.email,
                detail,
            )
            yield finding
            if not (moved and workspace.decisions.settled(finding).answer):
                sink.add((row.former, present.email))
