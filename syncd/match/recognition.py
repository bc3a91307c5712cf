"""Recognition: whether what syncd bound is still the same, by more than one mark.

A number can be given away again (a target put back to an older backup, another installation), an
address can be changed or handed on. So what the target shows under a bound number is held against
what it showed when it was bound. The first row that fits holds:

address  parent or owner  day made  likeness
-------  ---------------  --------  -----------------------------------------------------------
same     same             any       itself
other    same             other     stranger: the same person's other account has the number
other    same             same      renamed
same     other            any       moved: another owner has it, or it is on another account
other    other            any       stranger: something else has the number now

A mark that one side does not have counts as the same, and so does one that has become what the
legacy side says today: staff follow it by hand. Names alone change nothing. An owner whose
user has another address is the same by the user's number, as long as the account's own address is.
"""

from collections.abc import Iterator
from enum import StrEnum

import msgspec

from syncd.model.finding import Finding
from syncd.model.keys import kind_of, parts_of
from syncd.model.marks import BoundMarks
from syncd.workspace.workspace import Workspace


class Likeness(StrEnum):
    ITSELF = "itself"
    RENAMED = "renamed"
    MOVED = "moved"
    STRANGER = "stranger"


NO_MARKS = BoundMarks()


def likeness(bound: BoundMarks, shown: BoundMarks, wanted: BoundMarks = NO_MARKS) -> Likeness:
    """Say what a thing in the target is to the one that was bound under its number.

    `wanted` are the legacy side's own marks of today: what became as they are is the same as well.
    """
    same_address = _agree(bound.address, shown.address) or _is(shown.address, wanted.address)
    same_user = same_address and _is(shown.owner_id, bound.owner_id)
    same_owner = same_user or _agree(bound.owner, shown.owner) or _is(shown.owner, wanted.owner)
    if same_owner and _agree(bound.parent, shown.parent):
        if same_address:
            return Likeness.ITSELF
        made_then = _agree(bound.created, shown.created)
        return Likeness.RENAMED if made_then else Likeness.STRANGER
    return Likeness.MOVED if same_address else Likeness.STRANGER


def _is(shown: str, known: str) -> bool:
    return shown == known != ""


def _agree(bound: str, shown: str) -> bool:
    return bound == shown or not bound or not shown


# --- the bindings of earlier runs -------------------------------------------------------------

_SHOWN = """
    INSERT INTO shown
    SELECT o.kind, o.target_id, json_object(
        'address', coalesce(o.body ->> '$.email', ''),
        'parent', CASE o.kind WHEN 'contact' THEN o.account ELSE '' END,
        'owner', coalesce(w.email, ''),
        'owner_id', coalesce(u.target_id, ''),
        'name', coalesce(nullif(o.body ->> '$.profile.company', ''), concat_ws(' ',
            nullif(o.body ->> '$.profile.first_name', ''),
            nullif(o.body ->> '$.profile.last_name', ''))),
        'created', o.created)::TEXT
    FROM observed o
    LEFT JOIN (SELECT account, min(email) AS email FROM ownerships GROUP BY account) w
           ON o.kind = 'account' AND w.account = o.account
    LEFT JOIN (SELECT email, min(target_id) AS target_id FROM observed WHERE kind = 'user'
               GROUP BY email) u
           ON u.email = w.email
    WHERE o.kind IN ('account', 'contact')
"""
# Nearly all are as they were, and cost no more than this comparison.
_ALTERED = """
    SELECT b.key, b.target_id, b.marks, s.marks AS shown,
           coalesce(d.body ->> '$.email', '') AS address,
           coalesce(d.body ->> '$.owner', '') AS owner
    FROM remembered_bindings b
    JOIN shown s ON s.kind = kind_of(b.key) AND s.target_id = b.target_id
    LEFT JOIN desired d ON d.key = b.key
    WHERE b.marks <> '' AND b.marks <> s.marks
    ORDER BY b.key
"""


class _Altered(msgspec.Struct, frozen=True):
    key: str
    target_id: str
    marks: str
    shown: str
    address: str
    owner: str


def recognise(workspace: Workspace) -> list[Finding]:
    """Say which bindings of earlier runs are not believed, and of which accounts.

    The bindings of accounts and contacts whose number something else has now are `disbelieved`:
    nothing is written under them. For an account that is a block.
    """
    if workspace.has("observed"):
        workspace.execute(_SHOWN)
    if not workspace.has("observed", "remembered_bindings"):
        return []
    with workspace.sink("altered") as sink:
        for altered in workspace.values(_Altered, _ALTERED):
            bound, shown = _decode(altered.marks), _decode(altered.shown)
            wanted = BoundMarks(address=altered.address, owner=altered.owner)
            sink.add((altered.key, altered.target_id, likeness(bound, shown, wanted)))
    return list(_strangers(workspace)) if workspace.has("altered") else []


_decode = msgspec.json.Decoder(BoundMarks).decode

_STRANGERS = f"""
    SELECT a.* FROM ({_ALTERED}) a JOIN disbelieved d USING (key) ORDER BY a.key
"""


def _strangers(workspace: Workspace) -> Iterator[Finding]:
    for altered in workspace.values(_Altered, _STRANGERS):
        if kind_of(altered.key) == "account":
            bound, shown = _decode(altered.marks), _decode(altered.shown)
            detail = f"{altered.target_id}: {_words(bound)} / {_words(shown)}"
            account = parts_of(altered.key).account
            yield Finding("account_stranger", altered.key, account, detail=detail)


def _words(marks: BoundMarks) -> str:
    made = f", made {marks.created}" if marks.created else ""
    return f"{marks.name} <{marks.address}>, owner {marks.owner or 'unknown'}{made}"
