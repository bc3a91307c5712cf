"""Lanes: changes in their order, and never two at once where that could matter."""

from collections.abc import Iterable, Iterator

from hypothesis import given
from hypothesis import strategies as st

from syncd.apply.lanes import _AHEAD, Lanes
from syncd.model.change import Change, Reason, Verb, lane
from syncd.model.resources import Account, Contact, Membership, Resource, User, account_ref

ARCHER, BAKER = account_ref("legacy", 17), account_ref("legacy", 18)


def new(resource: Resource) -> Change:
    return Change(Verb.ADD, Reason.NEW, None, resource)


def contact(number: int, account: int) -> Change:
    owner = account_ref("legacy", account)
    return new(Contact(owner, f"legacy/{number}", f"c{number}@archer.example", ()))


def lanes(*resources: Resource) -> int:
    return len({lane(new(resource)) for resource in resources})


def test_contacts_of_an_account_share_a_lane() -> None:
    assert lanes(Contact(ARCHER, "legacy/1", "", ()), Contact(ARCHER, "legacy/2", "", ())) == 1
    assert lanes(Contact(ARCHER, "legacy/1", "", ()), Contact(BAKER, "legacy/2", "", ())) == 2


def test_accounts_of_an_owner_share_a_lane() -> None:
    assert lanes(Account(ARCHER, "alma@archer.example"), Account(BAKER, "alma@archer.example")) == 1
    assert lanes(Account(ARCHER, "alma@archer.example"), Account(BAKER, "bruno@b.example")) == 2


def test_users_and_memberships_stand_alone() -> None:
    assert lanes(Membership(ARCHER, "a@a.example", ()), Membership(ARCHER, "b@a.example", ())) == 2
    assert lanes(User("a@a.example"), User("b@a.example")) == 2


def test_the_next_lane_goes_on_while_one_is_taken() -> None:
    first, second, other = contact(1, 17), contact(2, 17), contact(3, 18)
    going = Lanes([first, second, other])
    assert [going.next(), going.next(), going.next()] == [first, other, None]
    going.through(other)
    assert going.next() is None
    going.through(first)
    assert [going.next(), going.next()] == [second, None]


def test_it_looks_only_so_far_ahead_and_leaves_nothing_behind() -> None:
    changes = [contact(number, 17) for number in range(3 * _AHEAD)]
    looked_at, came, ahead = list[Change](), list[Change](), set[int]()

    def coming() -> Iterator[Change]:
        for change in changes:
            looked_at.append(change)
            yield change

    going = Lanes(coming())
    while change := going.next():
        came.append(change)
        assert going.next() is None
        ahead.add(len(looked_at) - len(came))
        going.through(change)
    assert came == changes
    assert max(ahead) == _AHEAD


@given(
    accounts=st.lists(st.integers(1, 4), max_size=40),
    hands=st.integers(1, 5),
    picks=st.lists(st.integers(0, 4), max_size=80),
)
def test_every_change_comes_once_in_the_order_of_its_lane(
    accounts: list[int], hands: int, picks: list[int]
) -> None:
    changes = [contact(number, account) for number, account in enumerate(accounts)]
    going, on, came = Lanes(changes), list[Change](), list[Change]()
    picks = picks + [0] * len(changes)
    while len(came) < len(changes) or on:
        change = going.next() if len(on) < hands else None
        if change is None:
            going.through(on.pop(picks.pop() % len(on)))
            continue
        on.append(change)
        came.append(change)
        assert len({lane(one) for one in on}) == len(on)
    assert going.next() is None
    for account in set(accounts):
        wanted = [key for key in keys(changes) if key in keys(of(account, changes))]
        assert keys(of(account, came)) == wanted


def of(account: int, changes: Iterable[Change]) -> list[Change]:
    return [change for change in changes if lane(change) == account_ref("legacy", account)]


def keys(changes: Iterable[Change]) -> list[str]:
    return [change.key for change in changes]
