"""Renamed: people with another address than last night, on one side or the other.

An address alone would make two strangers of them: one who lost access and one who is new. What
stays the same is the legacy row of a login and the target's number of a user.
"""

from collections.abc import Callable, Iterator

import msgspec

from syncd.model.decision import APPLY
from syncd.model.finding import Finding
from syncd.model.keys import membership_key, parts_of, user_key
from syncd.workspace.workspace import Workspace

# Logins that were another membership when their person last had it. Nothing is open where a row
# that did not move still asks for the former one, or where the new one is there in its place. Where
# both are there, the new one was somebody's before: rows pass an address on, or are joined. An open
# question about twins does not hide this one.
_ROWS = """
    WITH moved AS (
        SELECT r.contact, r.key AS former, l.key AS present
        FROM remembered_origins r JOIN logins l ON l.contact = r.contact AND l.key <> r.key
    ), kept AS (
        SELECT l.key FROM logins l ANTI JOIN moved USING (contact) JOIN desired USING (key)
    ), members AS (SELECT key FROM matched WHERE kind = 'membership' AND NOT invite)
    SELECT contact, former, present, present IN (SELECT key FROM members) AS taken FROM moved
    WHERE former NOT IN (SELECT key FROM kept)
      AND present IN (
          SELECT key FROM desired
          UNION ALL SELECT scope FROM findings WHERE severity = 'review' AND answer = '')
      AND (NOT taken OR former IN (SELECT key FROM members))
    ORDER BY present, contact
"""
# Users whose number stayed and whose address did not, as far as it matters: where the former
# address is asked for and nobody has it, or was, and the new one is on that account.
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
    WHERE membership_key(a.account, r.former) IN (
              SELECT key FROM desired ANTI JOIN (FROM matched WHERE NOT invite) USING (key))
       OR (membership_key(a.account, r.present) IN (SELECT key FROM matched WHERE NOT invite)
           AND membership_key(a.account, r.present) NOT IN (SELECT key FROM desired))
    UNION
    SELECT former, present, target_id FROM renamed r
    JOIN owners o ON o.legacy_owner = r.former AND o.owner = r.present
    ORDER BY former
"""


class _RenamedLogin(msgspec.Struct, frozen=True):
    contact: str
    former: str
    present: str
    taken: bool  # a member has the present address already


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
        if shown(user.former) != user.former:  # nothing names a suppressed person
            continue
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
            answer = workspace.decisions.settled(finding).answer
            settled = answer == APPLY if row.taken else moved and answer
            if not settled:
                sink.add((row.former, present.email))
