"""Ownership requests beside what the target shows: which still stand, and what they explain.

No change comes of them, and no verdict: whoever owns an account in the target, it was a person who
made them its owner there.
"""

from collections.abc import Callable, Mapping
from datetime import datetime

import msgspec

from syncd.model.ownership import (
    AccountOwner,
    Acquaintance,
    OwnershipRequest,
    RequestState,
    Seen,
    followed,
)
from syncd.workspace.workspace import Workspace

_STANDING = "SELECT number, body FROM remembered_requests WHERE stands ORDER BY number"
_OWNERS = """
    SELECT r.number, s.email, s.user_id
    FROM remembered_requests r
    JOIN sighted s ON s.kind = 'account' AND account_key(s.account) = r.key
    WHERE r.stands AND s.email <> '' ORDER BY ALL
"""
# What the target knows of the one who is to become the owner, by the words of `Acquaintance`.
_NEW_OWNERS = """
    SELECT r.number, s.kind FROM remembered_requests r JOIN sighted s ON s.email = r.new_owner
    WHERE r.stands AND (s.kind = 'user'
        OR (s.kind IN ('member', 'invited') AND account_key(s.account) = r.key))
"""
_RECORDED = "SELECT body FROM remembered_requests ORDER BY number"


def follow_requests(workspace: Workspace, shown: Callable[[str], str], now: datetime) -> None:
    """Say how the requests that stood are now; what was observed must be matched."""
    if not workspace.has("remembered_requests"):
        return
    standing = list(workspace.stream(_STANDING))
    if not standing:
        return
    owners: dict[int, list[AccountOwner]] = {}
    for number, email, user_id in workspace.stream(_OWNERS):
        owners.setdefault(number, []).append(AccountOwner(email, user_id))
    known: dict[int, set[str]] = {}
    for number, kind in workspace.stream(_NEW_OWNERS):
        known.setdefault(number, set()).add(kind)
    with workspace.sink("requests") as sink:
        for number, body in standing:
            request = msgspec.json.decode(body, type=OwnershipRequest)
            seen = Seen(tuple(owners.get(number, ())), _most(known.get(number, set())))
            request = followed(request, seen, now.isoformat())
            sink.add((number, request.key, *map(_body, (request, _without(request, shown)))))


def _most(known: set[str]) -> Acquaintance:
    return next((each for each in Acquaintance if each in known), Acquaintance.STRANGER)


def _without(request: OwnershipRequest, shown: Callable[[str], str]) -> OwnershipRequest:
    """Give a request as a report may show it."""
    names = {
        "asked_by": shown(request.asked_by),
        "new_owner": shown(request.new_owner),
        "owner": ", ".join(map(shown, request.owner.split(", "))),
    }
    return msgspec.structs.replace(request, **names)


def _body(request: OwnershipRequest) -> str:
    return msgspec.json.encode(request).decode()


def explanations(
    workspace: Workspace, shown: Callable[[str], str]
) -> Mapping[tuple[str, str], str]:
    """Say, by account and owner, which request confirmed by both sides asked for this owner."""
    explained: dict[tuple[str, str], str] = {}
    if not workspace.has("remembered_requests"):
        return explained
    for (body,) in workspace.stream(_RECORDED):
        request = msgspec.json.decode(body, type=OwnershipRequest)
        if not request.unconfirmed and request.state is not RequestState.REJECTED:
            explained[request.key, request.new_owner] = (
                f"ownership request {request.number} of {shown(request.asked_by)}, ticket "
                f"{request.ticket}, confirmed by both"
            )
    return explained
