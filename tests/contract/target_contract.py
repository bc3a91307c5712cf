"""What every target must do. An implementation joins by giving the fixture `target`, a `Target`.

The people are invented; `legacy/17` and the like are what the source calls things, numbers alone
are what the target calls them.
"""

from datetime import UTC, datetime
from typing import Any, Protocol

import msgspec
import pytest

from syncd.errors import Conflict, OwnerProtected, Rejected, Unbound, Unsupported
from syncd.model.change import Change, Reason, Verb, phase
from syncd.model.permission import ALL, NONE, Permissions, permissions
from syncd.model.resources import (
    Account,
    AccountRef,
    Contact,
    Invite,
    Membership,
    Observable,
    Profile,
    Resource,
    User,
)
from syncd.ports import Observed, Ownership, Receipt, TargetReader, TargetWriter

NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
ACME, BOLT = AccountRef("legacy/17"), AccountRef("legacy/18")
JANE = "jane@dev.example"
FEW = permissions(["invoices", "tickets"])

PEOPLE: dict[str, list[dict[str, Any]]] = {
    "clients": [
        {
            "id": 3,
            "firstname": "Olga",
            "lastname": "Owner",
            "companyname": "Acme Ltd",
            "email": "olga@acme.example",
        },
        {"id": 4, "firstname": "Bo", "lastname": "Bolt", "email": "bo@bolt.example"},
    ],
    "users": [
        {"id": 5, "firstname": "Olga", "lastname": "Owner", "email": "olga@acme.example"},
        {"id": 6, "firstname": "Bo", "lastname": "Bolt", "email": "bo@bolt.example"},
        {"id": 7, "firstname": "Jane", "lastname": "Doe", "email": JANE},
        {"id": 8, "firstname": "Lone", "lastname": "Wolf", "email": "Wolf@Alone.example"},
    ],
    "memberships": [
        {"client_id": 3, "user_id": 5, "owner": True},
        {"client_id": 4, "user_id": 6, "owner": True},
        {"client_id": 3, "user_id": 7, "permissions": ["tickets", "invoices"]},
    ],
    "contacts": [
        {
            "id": 9,
            "client_id": 3,
            "firstname": "Carl",
            "lastname": "Count",
            "email": "carl@acme.example",
            "address1": "1 Main Street",
            "email_preferences": {"general": True, "invoice": True},
        },
    ],
}

# Acme gets no domain mail itself; its contact is the last that does.
QUIET = {
    "clients": [{**PEOPLE["clients"][0], "email_preferences": {"domain": "0"}},
                *PEOPLE["clients"][1:]],
    "contacts": [{**PEOPLE["contacts"][0], "email_preferences": {"domain": True}}],
}  # fmt: skip


class Target(Protocol):
    """One target, empty at first, and what a test does to it behind syncd's back."""

    name: str
    reader: TargetReader
    writer: TargetWriter
    bindings: dict[str, str]  # what the writer resolves keys with; "owner of legacy/17" as well

    def load(self, data: dict[str, list[dict[str, Any]]]) -> None: ...

    def accept(self, email: str, client_id: int, as_email: str | None = None) -> None: ...

    def set_member(self, client_id: int, email: str, keys: Permissions | None) -> None: ...

    def writes(self) -> int:
        """Count what was written through the writer."""
        ...


class TargetContract:
    # --- observing --------------------------------------------------------------------------

    def test_an_empty_target_is_observed_as_empty(self, target: Target) -> None:
        assert list(target.reader.observe()) == []

    def test_all_that_is_there_is_observed(self, target: Target) -> None:
        target.load(PEOPLE)
        acme, bolt = AccountRef(f"{target.name}/3"), AccountRef(f"{target.name}/4")

        seen = list(target.reader.observe())

        assert len(seen) == 10
        assert {item for item in seen if isinstance(item, Ownership)} == {
            Ownership(acme, "olga@acme.example"),
            Ownership(bolt, "bo@bolt.example"),
        }
        assert kept(seen, User) == {
            "5": User("olga@acme.example", "Olga", "Owner"),
            "6": User("bo@bolt.example", "Bo", "Bolt"),
            "7": User(JANE, "Jane", "Doe"),
            "8": User("wolf@alone.example", "Lone", "Wolf"),
        }
        olga = Profile(first_name="Olga", last_name="Owner", company="Acme Ltd")
        bo = Profile(first_name="Bo", last_name="Bolt")
        assert kept(seen, Account) == {
            "3": Account(acme, "", "olga@acme.example", "Active", profile=olga),
            "4": Account(bolt, "", "bo@bolt.example", "Active", profile=bo),
        }
        carl = Profile(first_name="Carl", last_name="Count", address1="1 Main Street")
        assert kept(seen, Contact) == {
            "9": Contact(
                acme, f"{target.name}/9", "carl@acme.example", ("general", "invoice"), carl
            )
        }
        (member,) = memberships(target)
        held = FEW if member.complete else NONE  # some tell it at once, some when asked
        assert member == Observed(Membership(acme, JANE, held), "7/3", complete=bool(held))

    @pytest.mark.parametrize(
        "keys", [ALL, FEW, ("emails",), NONE], ids=["all", "few", "one", "none"]
    )
    def test_permissions_are_read_exactly(self, target: Target, keys: Permissions) -> None:
        jane = {"client_id": 3, "user_id": 7, "permissions": keys}
        target.load(PEOPLE | {"memberships": [*PEOPLE["memberships"][:2], jane]})

        inspected = complete(target)

        wanted = Membership(AccountRef(f"{target.name}/3"), JANE, keys)
        assert inspected == [Observed(wanted, "7/3", complete=True)]

    def test_a_membership_that_went_meanwhile_is_left_out(self, target: Target) -> None:
        target.load(PEOPLE)
        seen = memberships(target)
        target.set_member(3, JANE, None)

        assert list(target.reader.inspect(seen)) == []

    def test_lists_are_read_to_their_end(self, target: Target) -> None:
        target.load(crowd(61))

        seen = list(target.reader.observe())

        for kind in (User, Account, Contact):
            assert sorted(map(int, kept(seen, kind))) == list(range(1, 62))
        assert len({item for item in seen if isinstance(item, Ownership)}) == 61
        assert len(kept(seen, Membership)) == 60

    def test_the_known_permissions_are_reported(self, target: Target) -> None:
        assert target.reader.permissions() == ALL

    # --- users ------------------------------------------------------------------------------

    def test_a_user_is_added_once(self, target: Target) -> None:
        added = perform(target, add(User(JANE, "Jane", "Doe", "english")))
        again = perform(target, add(User(JANE, "Jane", "Doe", "english")))

        assert added.target_id == again.target_id
        assert target.writes() == 1
        assert kept(target.reader.observe(), User)[added.target_id].email == JANE

    def test_a_user_needs_no_name(self, target: Target) -> None:
        added = perform(target, add(User(JANE)))

        assert kept(target.reader.observe(), User)[added.target_id].email == JANE

    def test_a_longer_address_is_somebody_else(self, target: Target) -> None:
        target.load(
            {"users": [{"id": 5, "firstname": "J", "lastname": "D", "email": f"{JANE}.uk"}]}
        )

        assert perform(target, add(User(JANE, "Jane", "Doe"))).target_id != "5"

    # --- accounts ---------------------------------------------------------------------------

    def test_an_account_is_added_to_its_owner(self, target: Target) -> None:
        owner = perform(target, add(User("olga@acme.example", "Olga", "Owner"))).target_id
        target.bindings["user:olga@acme.example"] = owner

        added = perform(target, add(acme()))

        assert added.confirmed
        seen = list(target.reader.observe())
        ref = AccountRef(f"{target.name}/{added.target_id}")
        assert Ownership(ref, "olga@acme.example") in seen
        assert list(kept(seen, User)) == [owner]
        account = kept(seen, Account)[added.target_id]
        assert (account.email, account.name) == ("billing@acme.example", "Räz & O'Brien")

    def test_an_account_may_bring_its_owner_along(self, target: Target) -> None:
        account = msgspec.structs.replace(acme(), email="olga@acme.example")

        added = perform(target, add(account))

        ref = AccountRef(f"{target.name}/{added.target_id}")
        assert Ownership(ref, "olga@acme.example") in list(target.reader.observe())

    def test_an_account_never_goes_to_somebody_else(self, target: Target) -> None:
        assert_refused(target, add(acme()), Unbound)

    def test_an_account_that_appeared_meanwhile_is_a_conflict(self, target: Target) -> None:
        target.load(PEOPLE)
        account = msgspec.structs.replace(acme(), email="bo@bolt.example")

        assert_refused(target, add(account), Conflict)

    # --- memberships ------------------------------------------------------------------------

    def test_a_membership_is_asked_for_and_there_once_accepted(self, target: Target) -> None:
        with_people(target)
        wanted = Membership(BOLT, JANE, FEW)

        receipt = perform(target, add(wanted))

        assert receipt.invite == Invite(BOLT, JANE, FEW, NOW, fresh=True)
        assert receipt.invite.key == wanted.key
        assert target.reader.invites
        assert held(target, JANE, 4) is None
        target.accept(JANE, 4)
        assert held(target, JANE, 4) == FEW

    def test_an_invite_may_be_accepted_as_somebody_else(self, target: Target) -> None:
        with_people(target)
        perform(target, add(Membership(BOLT, JANE, FEW)))

        target.accept(JANE, 4, as_email="wolf@alone.example")

        assert held(target, JANE, 4) is None
        assert held(target, "wolf@alone.example", 4) == FEW

    def test_an_expired_invite_is_asked_for_again(self, target: Target) -> None:
        with_people(target)
        wanted = Membership(BOLT, "new@dev.example", FEW)
        stale = Invite(BOLT, wanted.email, FEW, NOW, fresh=False)

        receipt = perform(target, Change(Verb.ADD, Reason.INVITE_EXPIRED, stale, wanted))

        assert receipt.invite is not None
        assert target.writes() == 1

    @pytest.mark.parametrize("email", [JANE, "olga@acme.example"])
    def test_nobody_is_invited_to_where_they_are(self, target: Target, email: str) -> None:
        with_people(target)
        with pytest.raises(Conflict):
            perform(target, add(Membership(ACME, email, ALL)))

    def test_a_membership_without_permissions_is_never_asked_for(self, target: Target) -> None:
        with_people(target)

        assert_refused(target, add(Membership(BOLT, JANE, NONE)), Rejected)

    def test_permissions_are_updated(self, target: Target) -> None:
        with_people(target)
        before, after = Membership(ACME, JANE, FEW), Membership(ACME, JANE, ("tickets", "orders"))

        assert perform(target, update(before, after)).confirmed

        assert held(target, JANE, 3) == ("tickets", "orders")

    def test_a_membership_is_removed_and_its_user_stays(self, target: Target) -> None:
        with_people(target)

        assert perform(target, remove(Membership(ACME, JANE, FEW))).confirmed

        assert held(target, JANE, 3) is None
        assert "7" in kept(target.reader.observe(), User)

    @pytest.mark.parametrize("now", [ALL, NONE, None], ids=["widened", "emptied", "gone"])
    def test_a_membership_that_moved_is_a_conflict(
        self, target: Target, now: Permissions | None
    ) -> None:
        with_people(target)
        target.set_member(3, JANE, now)
        before, after = Membership(ACME, JANE, FEW), Membership(ACME, JANE, ("orders",))

        error = assert_refused(target, update(before, after), Conflict)
        assert (error.expected, error.observed) == (FEW, now)
        assert_refused(target, remove(before), Conflict)
        assert held(target, JANE, 3) == now

    def test_an_account_that_was_handed_over_meanwhile_gets_nothing(self, target: Target) -> None:
        with_people(target)
        target.bindings[f"owner of {ACME}"] = "bo@bolt.example"
        before, after = Membership(ACME, JANE, FEW), Membership(ACME, JANE, ALL)
        changes = (
            add(Membership(ACME, "bo@bolt.example", FEW)), update(before, after),
            add(msgspec.structs.replace(dora(), account=ACME)),
        )  # fmt: skip

        for change in changes:
            error = assert_refused(target, change, Conflict)
            assert (error.expected, error.observed) == ("bo@bolt.example", "olga@acme.example")

        target.bindings[f"owner of {ACME}"] = "olga@acme.example"
        for change in changes:
            perform(target, change)

    def test_owners_are_protected(self, target: Target) -> None:
        with_people(target)
        owner = Membership(ACME, "olga@acme.example", ALL)

        narrowed = msgspec.structs.replace(owner, permissions=FEW)
        assert_refused(target, update(owner, narrowed), OwnerProtected)
        assert_refused(target, remove(owner), OwnerProtected)

    def test_the_last_permission_is_not_taken_by_an_update(self, target: Target) -> None:
        with_people(target)
        before = Membership(ACME, JANE, FEW)

        assert_refused(target, update(before, Membership(ACME, JANE, NONE)), Rejected)

    # --- contacts ---------------------------------------------------------------------------

    def test_a_contact_is_added(self, target: Target) -> None:
        with_people(target)

        added = perform(target, add(dora()))

        assert added.confirmed
        contact = kept(target.reader.observe(), Contact)[added.target_id]
        assert contact.account == f"{target.name}/4"
        assert contact.compared == dora().compared
        assert contact.profile.city == "Köln"

    def test_a_contact_is_updated(self, target: Target) -> None:
        with_people(target)
        after = msgspec.structs.replace(
            carl(),
            email="carl@count.example",
            preferences=("domain", "affiliate"),
            profile=Profile(
                first_name="Karl", last_name="Count", company="X", address1="elsewhere"
            ),
        )

        assert perform(target, update(carl(), after)).confirmed

        contact = kept(target.reader.observe(), Contact)["9"]
        assert contact.compared == after.compared
        assert contact.profile.address1 == "1 Main Street"

    def test_a_contact_that_moved_is_a_conflict(self, target: Target) -> None:
        with_people(target)
        before = msgspec.structs.replace(carl(), preferences=("support",))

        assert_refused(target, update(before, carl()), Conflict)

    def test_a_contact_that_went_is_a_conflict(self, target: Target) -> None:
        with_people(target)
        target.bindings["contact:legacy/99"] = "999"

        assert_refused(target, update(carl(), carl()), Conflict)

    def test_the_last_recipient_of_domain_mail_may_go_when_another_is_there(
        self, target: Target
    ) -> None:
        with_people(target, **QUIET)
        before = msgspec.structs.replace(carl(), preferences=("domain",))
        changes = [
            update(before, msgspec.structs.replace(carl(), preferences=())),
            add(msgspec.structs.replace(dora(), account=ACME)),
        ]

        # Performed as given, the first would be refused where the target heeds ICANN.
        for change in sorted(changes, key=phase):
            assert perform(target, change).confirmed

    # --- all of them ------------------------------------------------------------------------

    def test_what_hangs_on_something_unknown_is_not_written(self, target: Target) -> None:
        target.load(PEOPLE)
        member = Membership(ACME, JANE, FEW)

        assert_refused(target, add(member), Unbound)
        assert_refused(target, update(member, Membership(ACME, JANE, ALL)), Unbound)
        assert_refused(target, remove(member), Unbound)
        assert_refused(target, add(dora()), Unbound)
        assert_refused(target, update(carl(), dora()), Unbound)

    def test_what_is_not_supported_is_refused(self, target: Target) -> None:
        with_people(target)
        user, account = User(JANE), acme()
        invite = Invite(ACME, JANE, FEW, NOW, fresh=True)
        for verb, subject in (
            *((verb, thing) for verb in (Verb.UPDATE, Verb.REMOVE) for thing in (user, account)),
            (Verb.REMOVE, carl()),
        ):
            assert not target.reader.supports(type(subject), verb)
            assert_refused(target, Change(verb, Reason.CHANGED, subject, subject), Unsupported)
        if not target.reader.supports(Invite, Verb.REMOVE):
            assert_refused(target, remove(invite), Unsupported)

    @pytest.mark.parametrize("kind", [User, Account, Membership, Contact])
    def test_everything_can_be_added(self, target: Target, kind: type[Resource]) -> None:
        assert target.reader.supports(kind, Verb.ADD)


# --- the data of the tests ------------------------------------------------------------------


def acme() -> Account:
    names = Profile(first_name="Olga", last_name="Räz", company="Räz & O'Brien", country="DE")
    return Account(ACME, "olga@acme.example", "billing@acme.example", "Active", profile=names)


def carl() -> Contact:
    names = Profile(first_name="Carl", last_name="Count")
    preferences = ("general", "invoice")
    return Contact(ACME, "legacy/99", "carl@acme.example", preferences, names)


def dora() -> Contact:
    names = Profile(first_name="Dora & Co", last_name="D'Oré", city="Köln")
    return Contact(BOLT, "legacy/100", "dora@bolt.example", ("domain", "support"), names)


def with_people(target: Target, **other: list[dict[str, Any]]) -> None:
    target.load(PEOPLE | other)
    target.bindings |= {
        f"account:{ACME}": "3",
        f"account:{BOLT}": "4",
        "contact:legacy/99": "9",
        f"user:{JANE}": "7",
    }


def crowd(size: int) -> dict[str, list[dict[str, Any]]]:
    """Give as many clients with an owner, of whom each is a member of the next, and contacts."""
    numbers = range(1, size + 1)
    names = {"firstname": "Pat", "lastname": "Doe"}
    owners = [{"client_id": n, "user_id": n, "owner": True} for n in numbers]
    members = [{"client_id": n + 1, "user_id": n, "permissions": FEW} for n in numbers[:-1]]
    contact = {"email_preferences": {"domain": True}}
    return {
        "clients": [{"id": n, **names, "email": f"c{n}@crowd.example"} for n in numbers],
        "users": [{"id": n, **names, "email": f"u{n}@crowd.example"} for n in numbers],
        "memberships": owners + members,
        "contacts": [{"id": n, "client_id": n, **names, **contact} for n in numbers],
    }


# --- what the tests say ---------------------------------------------------------------------


def add(after: Resource) -> Change:
    return Change(Verb.ADD, Reason.NEW, None, after)


def update(before: Observable, after: Resource) -> Change:
    return Change(Verb.UPDATE, Reason.CHANGED, before, after)


def remove(before: Observable) -> Change:
    return Change(Verb.REMOVE, Reason.REVOKED, before, None)


def perform(target: Target, change: Change) -> Receipt:
    return target.writer.perform(change)


def assert_refused(target: Target, change: Change, error: type[Exception]) -> Any:
    """Assert that performing raises and writes nothing; give what was raised."""
    written = target.writes()
    with pytest.raises(error) as raised:
        target.writer.perform(change)
    assert target.writes() == written
    return raised.value


def kept(seen: Any, kind: type) -> dict[str, Any]:
    """Give the observed resources of a kind by the target's id."""
    items = (item for item in seen if isinstance(item, Observed))
    return {item.target_id: item.resource for item in items if isinstance(item.resource, kind)}


def memberships(target: Target) -> list[Observed]:
    seen = (item for item in target.reader.observe() if isinstance(item, Observed))
    return [item for item in seen if isinstance(item.resource, Membership)]


def complete(target: Target, key: str = "") -> list[Observed]:
    """Give all memberships, or those under a key, with their permissions."""
    there = [item for item in memberships(target) if key in ("", item.resource.key)]
    asked = target.reader.inspect(item for item in there if not item.complete)
    return [item for item in there if item.complete] + list(asked)


def held(target: Target, email: str, client_id: int) -> Permissions | None:
    there = complete(target, f"membership:{target.name}/{client_id}:{email}")
    return there[0].resource.permissions if there else None
