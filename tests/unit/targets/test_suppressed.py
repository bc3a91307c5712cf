"""What a target shows of suppressed people: all of it, and not under their names."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from syncd.model.resources import Account, Contact, Invite, Membership, User, account_ref
from syncd.model.suppression import stand_in, suppression
from syncd.ports import Invitation, InviteState, Observed, Ownership, Sighting
from syncd.targets.memory import MemoryReader, MemoryTarget
from syncd.targets.suppressed import UnnamedReader

PETER, JANE = "peter@webb.example", "jane@dev.example"
LIST = frozenset({suppression(PETER)})
SHOP = account_ref("shop", 1)
NOW = datetime(2026, 3, 1, tzinfo=UTC)


def sightings(email: str) -> list[Sighting]:
    pending = InviteState.PENDING
    return [
        Observed(User(email), "1"),
        Observed(Account(SHOP, owner=email, email=email), "1"),
        Ownership(SHOP, email),
        Observed(Membership(SHOP, email, ("tickets",)), "1/1"),
        Observed(Contact(SHOP, "shop/1", email, ()), "1"),
        Invitation("1", SHOP, email, ("tickets",), NOW, pending, accepted_by=email),
    ]


class _Showing(MemoryReader):
    """A reader that shows everything there is of one person."""

    def observe(self) -> Iterator[Sighting]:  # type: ignore[override]
        yield from sightings(PETER)


def reader(suppressed: frozenset[str] = LIST) -> UnnamedReader:
    return UnnamedReader(_Showing(MemoryTarget("shop")), suppressed)


def test_whatever_it_is_of_it_stands_under_another_address() -> None:
    other = stand_in(PETER, LIST)

    assert list(reader().observe()) == sightings(other)
    assert "peter" not in other
    assert "webb" not in other


@pytest.mark.parametrize("suppressed", [frozenset(), frozenset({suppression(JANE)})])
def test_others_keep_their_own(suppressed: frozenset[str]) -> None:
    assert list(reader(suppressed).observe()) == sightings(PETER)


def test_the_invitations_of_the_journal_too() -> None:
    sent = [Invite(SHOP, email, ("tickets",), NOW, fresh=True) for email in (PETER, JANE)]

    emails = [invite.email for invite in reader().unnamed(sent)]
    assert emails == [stand_in(PETER, LIST), JANE]
