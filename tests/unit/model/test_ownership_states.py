"""What an observation makes of an ownership request."""

import msgspec
import pytest

from syncd.model.ownership import (
    AccountOwner,
    Acquaintance,
    OwnershipRequest,
    RequestState,
    Seen,
    Side,
    followed,
)

OLGA, JANE, KIM = "olga@archer.example", "jane@dev.example", "kim@dev.example"
BEFORE, NOW = "2026-03-01T03:15:00+00:00", "2026-03-02T03:15:00+00:00"
REQUEST = OwnershipRequest(
    number=1,
    account="legacy/17",
    target_client="5",
    asked_by=OLGA,
    asked_by_id="3",
    new_owner=JANE,
    ticket="4711",
    recorded_by="Lena",
    recorded_at=BEFORE,
    owner=OLGA,
    new_owner_is=Acquaintance.STRANGER,
    observed_at=BEFORE,
)
STALE = msgspec.structs.replace(REQUEST, state=RequestState.STALE, owner=KIM)
BY_OLGA = AccountOwner(OLGA, "3")


def after(*owners: AccountOwner, request: OwnershipRequest = REQUEST) -> OwnershipRequest:
    return followed(request, Seen(owners, Acquaintance.MEMBER), NOW)


@pytest.mark.parametrize(
    ("owners", "state"),
    [
        ([BY_OLGA], RequestState.OPEN),
        ([AccountOwner("olga@new.example", "3")], RequestState.OPEN),  # she changed her address
        ([AccountOwner(OLGA, "9")], RequestState.OPEN),  # her user was made anew
        ([AccountOwner(OLGA)], RequestState.OPEN),
        ([AccountOwner(JANE, "3")], RequestState.OPEN),  # who asked took the new one's address
        ([AccountOwner(JANE, "7")], RequestState.DONE),
        ([AccountOwner(KIM, "8")], RequestState.STALE),
        ([AccountOwner(KIM)], RequestState.STALE),
        ([AccountOwner(JANE, "7"), BY_OLGA], RequestState.OPEN),  # only added so far
        ([AccountOwner(JANE, "7"), AccountOwner(KIM, "8")], RequestState.STALE),
    ],
)
@pytest.mark.parametrize("before", [REQUEST, STALE], ids=["open", "stale"])
def test_it_is_as_the_target_shows_the_owner(
    before: OwnershipRequest, owners: list[AccountOwner], state: RequestState
) -> None:
    request = after(*owners, request=before)

    assert request.state is state
    assert request.owner == ", ".join(owner.email for owner in owners)
    assert request.observed_at == NOW
    assert request.ended_at == (NOW if state is RequestState.DONE else "")


def test_an_asker_without_an_id_is_not_everybody_without_one() -> None:
    nameless = msgspec.structs.replace(REQUEST, asked_by_id="")

    assert after(AccountOwner(KIM), request=nameless).state is RequestState.STALE


@pytest.mark.parametrize("before", [REQUEST, STALE], ids=["open", "stale"])
def test_where_no_owner_is_shown_it_stays_as_it_was(before: OwnershipRequest) -> None:
    expected = msgspec.structs.replace(before, new_owner_is=Acquaintance.MEMBER)

    assert after(request=before) == expected


def test_both_sides_have_to_confirm() -> None:
    one = msgspec.structs.replace(REQUEST, new_owner_confirmed_by="Lena")

    assert REQUEST.unconfirmed == (Side.OWNER, Side.NEW_OWNER)
    assert one.unconfirmed == (Side.OWNER,)


@pytest.mark.parametrize("state", RequestState)
def test_what_is_done_or_rejected_is_over(state: RequestState) -> None:
    stands = msgspec.structs.replace(REQUEST, state=state).stands

    assert stands == (state in {RequestState.OPEN, RequestState.STALE})
