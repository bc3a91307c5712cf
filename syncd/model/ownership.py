"""Ownership requests: an account's owner asks, by a ticket, that somebody else become its owner.

syncd records who asks, for which account, who confirms, and what the target shows. Changing the
owner is work for a person, in the target's admin area: nothing here becomes a change (S1-21).
"""

from enum import StrEnum

import msgspec

from syncd.model.keys import account_key


class RequestState(StrEnum):
    OPEN = "open"  # who asked is still the owner
    STALE = "stale"  # somebody else is, whom nobody asked for
    DONE = "done"  # the new owner is
    REJECTED = "rejected"


STANDING = (RequestState.OPEN, RequestState.STALE)  # the others are over


class Acquaintance(StrEnum):
    """What the target knows of the one who is to become the owner, the most first."""

    MEMBER = "member"  # of this account
    INVITED = "invited"  # to this account
    USER = "user"
    STRANGER = "stranger"


class Side(StrEnum):
    """Who confirms a request."""

    OWNER = "owner"
    NEW_OWNER = "new-owner"


SIDES = {Side.OWNER: "the present owner", Side.NEW_OWNER: "the new owner"}


class AccountOwner(msgspec.Struct, frozen=True):
    email: str
    user_id: str = ""  # in the target, "" where it does not say


class Seen(msgspec.Struct, frozen=True):
    """What an observation showed of the account of a request."""

    owners: tuple[AccountOwner, ...]
    new_owner: Acquaintance


class OwnershipRequest(msgspec.Struct, frozen=True):
    """A request as it stands; times are ISO 8601, and what is not known or has not been is "".

    At most one stands on an account. `asked_by` is its owner when it was recorded, `owner` as last
    observed.
    """

    number: int
    account: str
    target_client: str
    asked_by: str
    asked_by_id: str  # of that user in the target
    new_owner: str
    ticket: str
    recorded_by: str
    recorded_at: str
    owner: str
    new_owner_is: Acquaintance
    observed_at: str
    owner_confirmed_by: str = ""
    owner_confirmed_at: str = ""
    new_owner_confirmed_by: str = ""
    new_owner_confirmed_at: str = ""
    state: RequestState = RequestState.OPEN
    ended_at: str = ""
    rejected_by: str = ""
    because: str = ""

    @property
    def key(self) -> str:
        return account_key(self.account)

    @property
    def stands(self) -> bool:
        return self.state in STANDING

    @property
    def unconfirmed(self) -> tuple[Side, ...]:
        """Who has not confirmed it."""
        confirmed = {
            Side.OWNER: self.owner_confirmed_by,
            Side.NEW_OWNER: self.new_owner_confirmed_by,
        }
        return tuple(side for side, by in confirmed.items() if not by)


def followed(request: OwnershipRequest, seen: Seen, at: str) -> OwnershipRequest:
    """Give a request that stands as it is after an observation; all but `owners` are ours alone.

    Where the target shows no owner of the account, or not the account, it stays as it was. Somebody
    whose user is still the same is the same person under another address. Among several owners a
    new one is not yet the owner.
    """
    replace = msgspec.structs.replace
    request = replace(request, new_owner_is=seen.new_owner)
    if not seen.owners:
        return request
    names = ", ".join(owner.email for owner in seen.owners)
    request = replace(request, owner=names, observed_at=at)
    handed_over = [owner.email for owner in seen.owners] == [request.new_owner]
    if handed_over and not any(_is_user_of_asker(owner, request) for owner in seen.owners):
        return replace(request, state=RequestState.DONE, ended_at=at)
    asker = any(_is_asker(owner, request) for owner in seen.owners)
    return replace(request, state=RequestState.OPEN if asker else RequestState.STALE)


def _is_asker(owner: AccountOwner, request: OwnershipRequest) -> bool:
    return _is_user_of_asker(owner, request) or owner.email == request.asked_by


def _is_user_of_asker(owner: AccountOwner, request: OwnershipRequest) -> bool:
    return bool(owner.user_id) and owner.user_id == request.asked_by_id
