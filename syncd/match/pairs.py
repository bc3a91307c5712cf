"""Matching: which resource of the target is which of ours, and what differs.

The target knows accounts by its own ids. `accounts` and `bind_contacts` pair them with legacy
references; `bound` puts the observed state under our keys; `pairs` yields what differs.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec

from syncd.match.bound import INVITING
from syncd.match.references import REFERENCED
from syncd.model.attachment import Attachment
from syncd.model.finding import CATALOGUE
from syncd.model.keys import parts_of
from syncd.model.resources import (
    Account,
    AccountRef,
    Contact,
    Invite,
    Membership,
    Observable,
    Resource,
)
from syncd.workspace.merge import along
from syncd.workspace.workspace import Workspace

KINDS = ("account", "contact", "membership", "user")


class RawLogin(NamedTuple):
    """What a legacy row says of a login, as it is written there."""

    subaccount: str | None
    permissions: str | None


class Holding(NamedTuple):
    """A review or block in the scope of a change; `answer` is "" where nobody gave one."""

    code: str
    answer: str


class Pair(msgspec.Struct, frozen=True):
    """The three states under one key, and what the guard must know beside them."""

    key: str
    desired: Resource | None
    observed: Observable | None
    applied: Resource | None
    written_at: str  # when syncd last wrote it, "" where it never did
    logins: tuple[RawLogin, ...]  # of its legacy rows
    owner: str
    holdings: tuple[Holding, ...]
    held_parent: str
    same_address: str
    unneeded: bool
    referenced_by: str
    rightful_owner: str = ""  # by the legacy rows, of the account a removed member was on
    replaced_by: str = ""  # who is to have it instead, and has not yet
    was_accepted: bool = False  # the invitation to it, as the target lists it
    left_out: bool = False  # nobody wants it, though its legacy row is there
    attachment: Attachment | None = None  # how its person is attached, where that is promised


# By key alone: what is few is then held against what is many, never the other way round.
_UNEQUAL = """
    INSERT INTO unequal
    SELECT key, kind, coalesce(d.account, o.account), coalesce(d.email, o.email), d.fp IS NOT NULL
    FROM desired d FULL JOIN matched o USING (key, kind) WHERE d.fp IS DISTINCT FROM o.fp
"""
# Owners as the target has them need no change, and owners need no membership: see `owners`.
_WANTED = """
    INSERT INTO differing
    SELECT *, FALSE FROM (FROM unequal WHERE wanted)
    ANTI JOIN (SELECT key FROM owners UNION ALL SELECT membership_key(account, owner) FROM owners)
    USING (key)
"""
_UNWANTED = """
    INSERT INTO differing
    WITH ours AS (
        FROM unequal SEMI JOIN applied USING (key) ANTI JOIN owners USING (key) WHERE NOT wanted
    ), there AS (
        SELECT key FROM ours SEMI JOIN (
            SELECT account_key(ref_of(source, client_id)) AS key FROM clients
            UNION ALL SELECT contact_key(ref_of(source, contact_id)) FROM contacts
        ) USING (key)
    )
    SELECT *, $left_out AND key IN (FROM there) FROM ours
"""
_ALL_NEW = "INSERT INTO differing SELECT key, kind, account, email, TRUE, FALSE FROM desired"
_ADDRESSES = """
    INSERT INTO addresses
    SELECT json_extract_string(body, '$.email'), key, TRUE FROM matched WHERE kind = 'account'
    UNION ALL
    SELECT json_extract_string(body, '$.email'), key, FALSE FROM desired WHERE kind = 'account'
"""
# Asked first, as it takes a tenth of what names them.
_ANY_REMOVED = "SELECT count(*) FROM differing WHERE kind = 'contact' AND NOT wanted"


def differ(workspace: Workspace, *, taking_back: bool = False) -> None:
    """Say under which keys desired and observed are not equal; all else must be matched.

    Where a run is taken back nothing counts as left out: what it made is let go of, though its
    legacy row is there.
    """
    workspace.execute(_ADDRESSES)
    if not workspace.scalar("SELECT count(*) FROM seen"):
        workspace.execute(_ALL_NEW)
    elif workspace.fill("unequal", _UNEQUAL):
        workspace.execute(_WANTED)
        if workspace.scalar("SELECT count(*) FROM applied"):
            workspace.execute(_UNWANTED, {"left_out": not taking_back})
    if workspace.has("applied") and workspace.scalar(_ANY_REMOVED):
        workspace.execute(REFERENCED)


# Seven ordered streams, each narrow or read by key alone, so that no join ever holds bodies.
_DESIRED = """
    SELECT key, body FROM desired WHERE kind = '{kind}' AND key IN (SELECT key FROM {mine})
    ORDER BY key
"""
_APPLIED = """
    SELECT key, body, written_at FROM applied
    WHERE kind = '{kind}' AND key IN (SELECT key FROM {mine}) ORDER BY key
"""
_OBSERVED = """
    SELECT key, body, account, email FROM matched
    WHERE kind = '{kind}' AND key IN (SELECT key FROM {mine}) ORDER BY key
"""
# For the guard's second look: of every row of that person on that account, whether it was read as a
# login or not, for a mistake in reading must not hide a row from it.
_LOGINS = """
    SELECT key, subaccount, flags
    FROM (SELECT membership_key(ref_of(source, client_id), identity) AS key, subaccount, flags
          FROM contacts)
    WHERE key IN (SELECT key FROM {mine}) ORDER BY key
"""
# Findings on an account that hold all that hangs on it.
_WHOLE = ", ".join(f"'{code.code}'" for code in CATALOGUE.values() if code.whole)
# Asked of the table, not of what was staged: a hold that is overlooked lets a change through.
_ANY_HOLDING = f"SELECT count(*) FROM findings WHERE severity <> 'note' OR code IN ({_WHOLE})"
_USES = "SELECT key, uses FROM referenced ORDER BY key"
_HELD_BY = {
    "itself": """
        SELECT m.key, f.code, f.answer FROM {mine} m JOIN findings f ON f.scope = m.key
        WHERE f.severity <> 'note'
    """,
    "person": """
        SELECT m.key, f.code, f.answer
        FROM {mine} m JOIN findings f ON f.scope = user_key(m.email)
        WHERE f.severity <> 'note'
    """,
    "account": """
        SELECT m.key, f.code, f.answer
        FROM {mine} m JOIN findings f ON f.scope = account_key(m.account)
        WHERE f.code IN ({whole})
    """,
    "source": """
        SELECT m.key, f.code, f.answer
        FROM {mine} m JOIN findings f ON kind_of(f.scope) = 'source'
         AND (m.kind = 'user' OR f.scope = source_key(source_in(m.account)))
        WHERE NOT m.wanted AND f.severity <> 'note'
    """,
}
# By kind: to prepare a join takes longer than to find nothing by it.
_HOLDS = {
    kind: " UNION ".join(_HELD_BY[what] for what in hangs_on) + " ORDER BY ALL"
    for kind, hangs_on in (
        ("user", ("itself", "account", "source")),
        ("account", ("itself", "source")),
        ("contact", ("itself", "account", "source")),
        ("membership", ("itself", "person", "account", "source")),
    )
}
_PARENT = """
    coalesce(o.email, ''),
    CASE WHEN m.wanted AND o.key IS NULL AND c.key IS NULL THEN account_key(m.account) ELSE '' END
"""
_OF_PARENT = """
    LEFT JOIN matched o ON o.key = account_key(m.account)
    LEFT JOIN changes c ON c.key = account_key(m.account) AND c.verdict = 'apply'
"""
# The user of an account's new owner is made with the account, which comes first.
_ATTACHED = """
    SELECT m.key, CASE WHEN m.email IN (SELECT email FROM changes
                                        WHERE kind = 'account' AND verb = '+' AND verdict = 'apply')
                       THEN json_merge_patch(a.body, '{{"makes_user": null}}') ELSE a.body END
    FROM {mine} m JOIN attachable a USING (email) WHERE m.wanted ORDER BY m.key
"""
_AROUND = {
    "user": """
        SELECT m.key, '', '', '', NOT EXISTS (
                   SELECT 1 FROM changes c WHERE c.kind = 'membership' AND c.email = m.email
                      AND c.verdict = 'apply'),
               '', m.left_out, '', FALSE
        FROM {mine} m ORDER BY m.key
    """,
    "account": """
        SELECT m.key, '', '', coalesce((
                   SELECT min(a.key) FROM addresses a
                   WHERE a.email = m.email AND a.key <> m.key AND (a.there OR a.key < m.key)), ''),
               FALSE, '', m.left_out, '', FALSE
        FROM {mine} m ORDER BY m.key
    """,
    "contact": f"""
        SELECT m.key, {_PARENT}, '', FALSE, '', m.left_out, '', FALSE
        FROM {{mine}} m {_OF_PARENT} ORDER BY m.key
    """,
    "membership": f"""
        SELECT m.key, {_PARENT}, '', FALSE, coalesce(w.email, ''), m.left_out,
               coalesce((SELECT min(r.successor) FROM replaced r WHERE r.key = m.key), ''),
               m.key IN (SELECT key FROM standing WHERE state = 'accepted')
        FROM {{mine}} m {_OF_PARENT}
        LEFT JOIN desired w ON NOT m.wanted AND w.key = account_key(m.account)
        ORDER BY m.key
    """,
}


class _Differing(msgspec.Struct, frozen=True):
    kind: str
    number: int


def differing_numbers(workspace: Workspace) -> dict[str, int]:
    """Give how many differ, by kind, in the order in which they are judged; none that has none."""
    query = "SELECT kind, count(*) AS number FROM differing GROUP BY kind"
    numbers = {each.kind: each.number for each in workspace.values(_Differing, query)}
    return {kind: numbers[kind] for kind in KINDS if kind in numbers}


def pairs(workspace: Workspace, kind: str, *, apart: bool = False) -> Iterator[Pair]:
    """Yield, by key, what of one kind differs: all, or what is judged `apart` from what is alike.

    Kinds must be asked for in the order of KINDS, each judged before the next: what hangs on an
    account depends on the verdict on that account, and whether a user is needed on those on their
    memberships.
    """
    mine = f"(SELECT * FROM {'judged_apart' if apart else 'differing'} WHERE kind = '{kind}')"

    def stream(query: str) -> Iterator[tuple[str, tuple[Any, ...]]]:
        for row in workspace.stream(query.format(mine=mine, kind=kind, whole=_WHOLE)):
            yield row[0], row[1:]

    def maybe(query: str, *, needed: bool) -> Iterator[tuple[str, tuple[Any, ...]]]:
        return stream(query) if needed else iter(())

    seen = any(map(workspace.has, ("observed", *INVITING)))
    applied_before = workspace.has("applied")
    for key, around, (desired, observed, applied, logins, holds, used, attach) in along(
        stream(_AROUND[kind]),
        stream(_DESIRED),
        maybe(_OBSERVED, needed=seen),
        maybe(_APPLIED, needed=applied_before),
        maybe(_LOGINS, needed=kind == "membership"),
        maybe(_HOLDS[kind], needed=bool(workspace.scalar(_ANY_HOLDING))),
        maybe(_USES, needed=kind == "contact" and applied_before),
        maybe(_ATTACHED, needed=kind == "membership" and workspace.has("attachable")),
    ):
        yield Pair(
            key,
            desired=_resource(desired),
            observed=_bound(key, *observed[0]) if observed else None,
            applied=_resource(applied),
            written_at=applied[0][1] if applied else "",
            logins=tuple(map(RawLogin._make, logins)),
            holdings=tuple(map(Holding._make, holds)),
            referenced_by=used[0][0] if used else "",
            attachment=_ATTACHMENT.decode(attach[0][0]) if attach else None,
            **_Around._make(around)._asdict(),
        )


class _Around(NamedTuple):
    """The columns of `_AROUND` behind the key: fields of a pair."""

    owner: str
    held_parent: str
    same_address: str
    unneeded: bool
    rightful_owner: str
    left_out: bool
    replaced_by: str
    was_accepted: bool


_ATTACHMENT = msgspec.json.Decoder(Attachment)
_RESOURCE = msgspec.json.Decoder(Resource)
_OBSERVABLE = msgspec.json.Decoder(Observable)


def _resource(bodies: list[tuple[str, ...]]) -> Resource | None:
    return _RESOURCE.decode(bodies[0][0]) if bodies else None


def _bound(key: str, body: str, account: str, owner: str) -> Observable:
    return _rebound(_OBSERVABLE.decode(body), AccountRef(account), key, owner)


def _rebound(observed: Observable, account: AccountRef, key: str, owner: str) -> Observable:
    """Put an observed resource under our references."""
    replace = msgspec.structs.replace
    match observed:
        case Account():
            return replace(observed, ref=account, owner=owner)
        case Contact():
            return replace(observed, account=account, contact_id=parts_of(key).contact_id)
        case Membership() | Invite():
            return replace(observed, account=account)
        case _:
            return observed
