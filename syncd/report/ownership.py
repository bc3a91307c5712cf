"""Ownership requests in words: how each stands, what it lacks, and what a person has to do next."""

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from syncd.model.ownership import SIDES, Acquaintance, OwnershipRequest, RequestState
from syncd.report.census import SAMPLE
from syncd.workspace.workspace import Workspace


class OwnershipFacts(msgspec.Struct, frozen=True):
    """The requests that stood before this run, as the target shows them now."""

    states: dict[str, int] = {}  # see `RequestState` -> requests
    sample: tuple[OwnershipRequest, ...] = ()


class _Shown(msgspec.Struct, frozen=True):
    shown: str


def requests(workspace: Workspace) -> Iterator[OwnershipRequest]:
    """Yield the requests that stood, in the order in which they were recorded."""
    if not workspace.has("requests"):
        return
    decode = msgspec.json.Decoder(OwnershipRequest).decode
    for row in workspace.values(_Shown, "SELECT shown FROM requests ORDER BY number"):
        yield decode(row.shown)


def facts_of(workspace: Workspace) -> OwnershipFacts:
    known = list(requests(workspace))  # as many as people have asked for and not seen settled
    states = Counter(str(request.state) for request in known)
    return OwnershipFacts(dict(sorted(states.items())), tuple(known[:SAMPLE]))


# --- words ------------------------------------------------------------------------------------


class Click(NamedTuple):
    """What a person has to do next for a request, and where in the admin area."""

    task: str
    where: str  # from the page of the client, unless it says otherwise


_TO_CLICK = {
    Acquaintance.MEMBER: Click("Make {} the owner", "Users tab > Make Owner"),
    Acquaintance.INVITED: Click(
        "Once {} has accepted the invitation, make them the owner",
        "Users tab > Pending Invites; then Users tab > Make Owner",
    ),
    Acquaintance.USER: Click(
        "Associate the user {}, then make them the owner",
        "Users tab > Associate User; then Users tab > Make Owner",
    ),
    Acquaintance.STRANGER: Click(
        "Invite {} and, once they have accepted, make them the owner",
        "Users tab > Associate User, Send Invite; then Users tab > Make Owner",
    ),
}


def next_step(request: OwnershipRequest) -> Click:
    """Say what to do about a request that stands."""
    if request.state is RequestState.STALE:
        task = "Ask who is to own the account; then reject the request, or put the owner right"
        return Click(task, "syncd ownership reject, or Users tab > Make Owner")
    if request.unconfirmed:
        sides = " and ".join(SIDES[side] for side in request.unconfirmed)
        return Click(f"Ask {sides} to confirm", f"ticket {request.ticket}; syncd ownership confirm")
    click = _TO_CLICK[request.new_owner_is]
    return click._replace(task=click.task.format(request.new_owner))


def missing(request: OwnershipRequest) -> list[str]:
    """Name what a request still lacks before somebody can make the change."""
    lacks = [f"the confirmation of {SIDES[side]}" for side in request.unconfirmed]
    if request.new_owner_is is Acquaintance.STRANGER:
        lacks.append(f"{request.new_owner} is neither a user of the target nor invited")
    elif request.new_owner_is is Acquaintance.INVITED:
        lacks.append(f"{request.new_owner} has not accepted the invitation")
    return lacks


def line(request: OwnershipRequest) -> str:
    """Give a request in a line: who asks, for what, and how it stands."""
    client = f" (client {request.target_client})" if request.target_client else ""
    return (
        f"request {request.number} on {request.account}{client}: {request.asked_by} asks for "
        f"{request.new_owner}, ticket {request.ticket}; {standing(request)}"
    )


def standing(request: OwnershipRequest) -> str:
    match request.state:
        case RequestState.REJECTED:
            return f"rejected by {request.rejected_by}: {request.because}"
        case RequestState.STALE:
            return f"stale: {request.owner} owns the account now"
        case RequestState.DONE:
            lacks = " and of ".join(SIDES[side] for side in request.unconfirmed)
            return "done" + (f", without the confirmation of {lacks}" if lacks else "")
    lacking = "; ".join(missing(request))
    return f"missing: {lacking}" if lacking else "confirmed by both, to be done by hand"
