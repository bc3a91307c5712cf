"""Renamed: people with another address than last night, on one side or the other.

An address alone would make two strangers of them: one who lost access and one who is new. What
stays the same is the legacy row of a login and the target's number of a user.
"""

from collections.abc import Callable, Iterator
from itertools import groupby
from operator import attrgetter

import msgspec

from syncd.model.decision import APPLY
from syncd.model.finding import Finding
from syncd.model.keys import Parts, parts_of, user_key
from syncd.model.resources import AccountRef
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
# Whether there is anything to look into: asked first, as it takes a tenth of that.
_ANY_ROW = """
    SELECT count(*) FROM remembered_origins r
    JOIN logins l ON l.contact = r.contact AND l.key <> r.key
"""
_ANY_USER = """
    SELECT count(*) FROM remembered_people p
    JOIN observed u ON u.kind = 'user' AND u.target_id = p.target_id AND u.email <> p.email
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
    if workspace.has("remembered_people", "observed") and workspace.scalar(_ANY_USER):
        yield from _renamed_users(workspace, shown)
    if workspace.has("remembered_origins") and workspace.scalar(_ANY_ROW):
        yield from _renamed_logins(workspace, shown)


def _renamed_users(workspace: Workspace, shown: Callable[[str], str]) -> Iterator[Finding]:
    for user in workspace.values(_RenamedUser, _USERS):
        if shown(user.former) != user.former:  # nothing names a suppressed person
            continue
        detail = f"user {user.target_id}: {shown(user.former)} / {shown(user.present)}"
        yield Finding("user_renamed", user_key(user.former), email=user.former, detail=detail)


def _renamed_logins(workspace: Workspace, shown: Callable[[str], str]) -> Iterator[Finding]:
    with workspace.sink("replaced") as sink:
        rows = workspace.values(_RenamedLogin, _ROWS)
        for present, group in groupby(rows, key=attrgetter("present")):
            moved = list(group)
            finding = _question(present, moved, shown)
            yield finding
            answer = workspace.decisions.settled(finding).answer
            elsewhere = finding.code == "login_moved"
            for row in moved:
                settled = answer == APPLY if row.taken else elsewhere and answer
                if not settled:
                    sink.add((row.former, finding.email))


def _question(key: str, rows: list[_RenamedLogin], shown: Callable[[str], str]) -> Finding:
    """Ask about a membership: one question, however many rows have come to be it."""
    present = parts_of(key)
    formers = [parts_of(row.former) for row in rows]
    moved = any(former.account != present.account for former in formers)

    def named(place: Parts) -> str:
        return f"{place.account} {shown(place.email)}" if moved else shown(place.email)

    return Finding(
        "login_moved" if moved else "login_renamed",
        key,
        AccountRef(present.account),
        rows[0].contact,
        present.email,
        f"{', '.join(map(named, formers))} / {named(present)}",
    )
