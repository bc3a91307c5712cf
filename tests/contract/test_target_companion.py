"""A WHMCS with the companion joins the contract; and what the companion adds to it."""

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
import stamina

pytest.register_assert_rewrite("target_contract")

from target_contract import (  # noqa: E402
    ACME,
    BOLT,
    FEW,
    JANE,
    NOW,
    Target,
    TargetContract,
    add,
    assert_refused,
    complete,
    held,
    kept,
    memberships,
    perform,
    remove,
    with_people,
)
from test_targets import CONTROL, Bindings, OverHttp, way_to  # noqa: E402

from syncd.cli.words import Exit, explain_error  # noqa: E402
from syncd.decide.cutover import attaches  # noqa: E402
from syncd.errors import (  # noqa: E402
    ActionRefused,
    CompanionUnusable,
    Conflict,
    Rejected,
    SyncdError,
)
from syncd.model.attachment import Attachment  # noqa: E402
from syncd.model.change import Change, Verb  # noqa: E402
from syncd.model.connection import TargetConnection  # noqa: E402
from syncd.model.permission import ALL, NONE, Permissions  # noqa: E402
from syncd.model.resources import Invite, Membership, User  # noqa: E402
from syncd.ports import Invitation, InviteState  # noqa: E402
from syncd.sandbox import Sandbox, running  # noqa: E402
from syncd.targets.whmcs.target import WhmcsTarget  # noqa: E402

NEW = "new@dev.example"
HASH = f"$2y$10${'a' * 53}"
THERE = Attachment("New", "Person", makes_user=True)


class WithCompanion(OverHttp):
    """Read and written by a target as the config makes it."""

    def __init__(self, sandbox: Sandbox, use: str = "auto", **switches: str) -> None:
        self.sandbox = sandbox
        self.bindings = Bindings()
        self.control("reset", {"switches": True})
        self.control("switches", {"companion": "on"} | switches)
        self.again(use)

    def again(self, use: str = "auto", **changes: Any) -> "WithCompanion":
        """Begin another run."""
        own = msgspec.structs.asdict(way_to(self.sandbox, **changes))
        connection = TargetConnection(**own, companion=use)
        self.target = WhmcsTarget(self.name, connection, placeholder="-")
        self.reader = self.target.reader()
        self.writer = self.target.writer(self.bindings, lambda: NOW, lambda: None)
        return self

    def invitations(self) -> list[Invitation]:
        return [item for item in self.reader.observe() if isinstance(item, Invitation)]

    def called(self, *actions: str) -> int:
        return sum(line["action"] in actions for line in self.requests())

    def mails(self) -> int:
        return len(self.control("outbox")["mails"])


@pytest.fixture(autouse=True)
def _no_waiting() -> Iterator[None]:
    with stamina.set_testing(True, attempts=3):
        yield


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with running() as sandbox:
        yield sandbox


@pytest.fixture
def shop(sandbox: Sandbox) -> WithCompanion:
    shop = WithCompanion(sandbox)
    with_people(shop)
    shop.bindings[f"owner of {BOLT}"] = "bo@bolt.example"
    return shop


class TestCompanion(TargetContract):
    """The whole contract, with numbers that come as text."""

    @pytest.fixture
    def target(self, sandbox: Sandbox) -> Target:
        return WithCompanion(sandbox, ids="string", limitnum_cap="25", hide_numreturned="on")


def attach(email: str = NEW, keys: Permissions = FEW, account: str = BOLT, **how: Any) -> Change:
    change = add(Membership(account, email, keys))
    return msgspec.structs.replace(change, attach=msgspec.structs.replace(THERE, **how))


# --- observing ------------------------------------------------------------------------------


def test_both_ways_see_the_same_and_no_membership_takes_a_call(shop: WithCompanion) -> None:
    shop.set_member(4, "wolf@alone.example", ALL)
    bulk = list(shop.reader.observe())
    assert list(shop.reader.inspect(item for item in memberships(shop) if not item.complete)) == []
    assert shop.called("GetUsers", "GetUserPermissions", "GetPermissionsList") == 0
    assert shop.reader.permissions() == ALL
    shop.again("off")
    assert sorted(complete(shop), key=str) == sorted(
        (item for item in bulk if item in memberships_in(bulk)), key=str
    )
    one_by_one = [item for item in shop.reader.observe() if item not in memberships(shop)]
    assert sorted(one_by_one, key=str) == sorted(
        (item for item in bulk if item not in memberships_in(bulk)), key=str
    )


def memberships_in(seen: list[Any]) -> list[Any]:
    return [item for item in seen if isinstance(getattr(item, "resource", None), Membership)]


def test_invitations_are_listed_in_their_state_whatever_the_clocks_say(
    shop: WithCompanion,
) -> None:
    for number, email in enumerate((NEW, "late@dev.example", "gone@dev.example", JANE)):
        perform(shop, add(Membership(BOLT, email, FEW)))
        if number == 1:
            shop.control("clock", {"advance_seconds": 8 * 86400})
    shop.control("invites/3/withdraw", {})
    shop.control("invites/4/accept", {"email": "wolf@alone.example"})
    seen = {item.target_id: item for item in shop.invitations()}
    states = {target_id: item.state for target_id, item in seen.items()}
    assert states == {
        "1": InviteState.EXPIRED,
        "2": InviteState.EXPIRED,
        "3": InviteState.CANCELLED,
        "4": InviteState.ACCEPTED,
    }
    assert [seen[each].permissions for each in "134"] == [FEW, (), ()]
    assert (seen["1"].account, seen["1"].email) == ("shop/4", NEW)
    assert seen["4"].accepted_by == "wolf@alone.example"
    shop.again()
    assert {item.target_id: item for item in shop.invitations()} == seen, "not by the second"


@pytest.mark.parametrize(
    ("accounts", "contacts", "calls"), [(500, 2000, 7), (2000, 4000, 10)], ids=["usual", "wide"]
)
def test_an_unchanged_night_costs_next_to_nothing(
    sandbox: Sandbox, accounts: int, contacts: int, calls: int
) -> None:
    shop = WithCompanion(sandbox)
    shop.again(page_size=250)
    shop.load(population(accounts, 2000, contacts))
    shop.reader.permissions()
    assert attaches(shop.reader)
    seen = memberships(shop)
    assert (len(seen), all(item.complete for item in seen)) == (2000, True)
    assert len(shop.requests()) == calls


def population(accounts: int, members: int, contacts: int) -> dict[str, list[dict[str, Any]]]:
    """Give accounts with an owner each, people who are a member of one, and contacts."""
    people = accounts + members
    mail = [f"p{number}@dev.example" for number in range(1, people + 1)]
    return {
        "clients": [{"id": n, "email": mail[n - 1]} for n in range(1, accounts + 1)],
        "users": [{"id": n, "email": mail[n - 1]} for n in range(1, people + 1)],
        "memberships": [
            {"client_id": n, "user_id": n, "owner": True}
            if n <= accounts
            else {"client_id": n % accounts + 1, "user_id": n, "permissions": ["tickets"]}
            for n in range(1, people + 1)
        ],
        "contacts": [
            {"id": n, "client_id": n % accounts + 1, "email": f"c{n}@dev.example"}
            for n in range(1, contacts + 1)
        ],
    }


# --- attaching ------------------------------------------------------------------------------


def test_a_person_is_attached_at_once_and_mailed_nothing(shop: WithCompanion) -> None:
    assert attaches(shop.reader)
    receipt = perform(shop, attach(language="german"))
    assert receipt == msgspec.structs.replace(receipt, invite=None, confirmed=True, note="")
    assert held(shop, NEW, 4) == FEW
    (user,) = (user for user in kept(shop.reader.observe(), User).values() if user.email == NEW)
    assert (user.first_name, user.last_name) == ("New", "Person")
    assert [line["params"].get("language") for line in attached(shop)] == ["german"]
    assert perform(shop, attach(email=JANE, makes_user=False)).confirmed
    assert held(shop, JANE, 4) == FEW
    assert shop.mails() == 0
    assert shop.called("AddUser", "CreateClientInvite", "GetClientsDetails") == 0


def attached(shop: WithCompanion) -> list[dict[str, Any]]:
    return [line for line in shop.requests() if line["action"] == "SyncdAttach"]


def test_a_change_that_says_nothing_of_it_is_an_invitation(shop: WithCompanion) -> None:
    assert perform(shop, add(Membership(BOLT, NEW, FEW))).invite is not None
    assert shop.mails() == 1


def test_who_signed_up_since_the_plan_is_not_attached(shop: WithCompanion) -> None:
    assert_refused(shop, attach(email=JANE), Conflict)
    # Who was there when it was planned is; so is who was made by an earlier change of this run.
    assert perform(shop.again(), attach("wolf@alone.example", makes_user=False)).note == ""
    shop.again()
    assert [perform(shop, attach(account=on)).note for on in (ACME, BOLT)] == ["", ""]


def test_a_hash_goes_along_and_nowhere_else(shop: WithCompanion) -> None:
    shop.bindings |= {f"hash of {attach(email).key}": HASH for email in (NEW,)}
    assert perform(shop, attach()).note == ""
    known = attach("wolf@alone.example", makes_user=False)
    assert perform(shop, known).note == ""
    shop.bindings[f"hash of {attach('x@dev.example').key}"] = "5f4dcc3b5aa765d61d8327deb882cf99"
    error = assert_refused(shop, attach("x@dev.example"), Rejected)
    assert error.message == "password_hash is not bcrypt"
    assert "$2y$" not in str(shop.requests())


@pytest.mark.parametrize("fault", ["lost_reply", "truncated", "lost_request", "error_after_commit"])
def test_a_lost_reply_is_asked_for_again_under_the_same_key(
    shop: WithCompanion, fault: str
) -> None:
    shop.control("faults", {"fault": fault, "on": "SyncdAttach"})
    assert perform(shop, attach()).confirmed
    shop.control("faults", {"fault": fault, "on": "SyncdAttach", "times": 0})
    with pytest.raises(SyncdError):
        perform(shop, attach(email=JANE, makes_user=False))
    lift(shop)
    assert perform(shop.again(), attach(email=JANE, makes_user=False)).confirmed
    keys = [line["params"]["key"] for line in shop.requests() if line["action"] == "SyncdAttach"]
    assert len(set(keys) - {"-"}) == 2
    assert [held(shop, email, 4) for email in (NEW, JANE)] == [FEW, FEW]
    assert [user.email for user in kept(shop.reader.observe(), User).values()].count(NEW) == 1


def lift(shop: WithCompanion) -> None:
    CONTROL.delete(f"{shop.sandbox.control}/faults", timeout=10).raise_for_status()


def test_what_was_done_and_undone_since_is_no_success(shop: WithCompanion) -> None:
    perform(shop, attach())
    shop.set_member(4, NEW, None)
    with pytest.raises(Conflict) as raised:
        perform(shop.again(), attach())
    assert (raised.value.expected, raised.value.observed) == (FEW, None)
    assert held(shop, NEW, 4) is None
    writer = shop.again()
    with pytest.raises(Conflict):
        perform(writer, attach())
    # The user of then is no reason to let in whoever has the address since the plan looked.
    assert_refused(writer, attach(account=ACME), Conflict)
    shop.bindings["intent"] = "another"
    assert perform(shop, attach(makes_user=False)).confirmed
    assert held(shop, NEW, 4) == FEW


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (attach(email=JANE, account=ACME, keys=ALL, makes_user=False), Conflict),
        (attach(email="bo@bolt.example"), Conflict),
        (attach(keys=NONE), Rejected),
        (attach(keys=("teleport",)), Rejected),
        (attach(first_name=" "), Rejected),
    ],
    ids=["member", "owner", "nothing", "unknown", "nameless"],
)
def test_what_cannot_be_attached_writes_nothing(
    shop: WithCompanion, change: Change, error: type[SyncdError]
) -> None:
    state = shop.control("state")
    assert_refused(shop, change, error)
    assert shop.control("state") == state


def test_an_account_that_went_to_somebody_else_or_away_gets_nobody(shop: WithCompanion) -> None:
    shop.bindings[f"owner of {BOLT}"] = "olga@acme.example"
    error = assert_refused(shop, attach(), Conflict)
    assert (error.expected, error.observed) == ("olga@acme.example", "bo@bolt.example")
    del shop.bindings[f"owner of {BOLT}"]
    assert perform(shop, attach()).confirmed  # of an account made by this run
    shop.bindings[f"account:{BOLT}"] = "99"
    shop.bindings[f"owner of {BOLT}"] = "bo@bolt.example"
    assert_refused(shop, attach(email=JANE), Rejected)


# --- withdrawing ----------------------------------------------------------------------------


def withdrawn(email: str = NEW) -> Change:
    return remove(Invite(BOLT, email, FEW, NOW, fresh=True))


def test_an_invitation_is_withdrawn(shop: WithCompanion) -> None:
    assert shop.reader.supports(Invite, Verb.REMOVE)
    for _ in range(2):  # which the target allows
        perform(shop, add(Membership(BOLT, NEW, FEW)))
    shop.control("faults", {"fault": "lost_reply", "on": "SyncdWithdrawInvite", "at": 2})
    assert perform(shop, withdrawn()).confirmed
    assert {item.state for item in shop.invitations()} == {InviteState.CANCELLED}
    assert_refused(shop.again(), withdrawn(), Conflict)
    perform(shop, add(Membership(BOLT, JANE, FEW)))
    shop.accept(JANE, 4)
    assert_refused(shop.again(), withdrawn(JANE), Conflict)


# --- where it is not as it should be --------------------------------------------------------

LACKING: list[tuple[dict[str, Any], str]] = [
    ({"companion": "off"}, "there is no companion: people are invited by mail"),
    ({"deny": "syncdcapabilities"}, "the API role does not allow SyncdCapabilities"),
    ({"deny": "syncdobserve"}, "the API role does not allow SyncdObserve"),
    ({"companion_lacks": "tblusers.language"}, "The table tblusers has no column language"),
    ({"companion_lacks": "tblusers.password"}, "The table tblusers has no column password"),
]


def lacking(sandbox: Sandbox, use: str, how: dict[str, Any]) -> WithCompanion:
    how = dict(how)
    denied = how.pop("deny", None)
    shop = WithCompanion(sandbox, use, **how)
    with_people(shop)
    if denied:
        shop.control("roles", {"deny": [denied]})
    return shop


@pytest.mark.parametrize(("how", "remark"), LACKING, ids=str)
def test_what_is_missing_is_done_without_and_said_or_required(
    sandbox: Sandbox, how: dict[str, Any], remark: str
) -> None:
    shop = lacking(sandbox, "auto", how)
    assert held(shop, JANE, 3) == FEW
    whole = "syncdobserve" in how.values()
    assert attaches(shop.reader) is whole
    assert any(said.startswith(remark) for said in shop.reader.remarks), shop.reader.remarks
    assert shop.reader.shows_invites == ("tblusers.password" in how.values())
    with pytest.raises(CompanionUnusable) as raised:
        used(shop.again("require"))
    code, words = explain_error(raised.value)
    assert code is Exit.NOT_READY
    assert "docs/companion.md" in words
    assert shop.writes() == 0


def used(shop: WithCompanion) -> None:
    attaches(shop.reader)
    list(shop.reader.observe())


@pytest.mark.parametrize("use", ["auto", "require"])
def test_another_protocol_is_refused(sandbox: Sandbox, use: str) -> None:
    shop = WithCompanion(sandbox, use, companion_protocol="2")
    with pytest.raises(CompanionUnusable, match="it speaks protocol 2, and this syncd protocol 1"):
        list(shop.reader.observe())
    assert not all(probe.ok for probe in shop.reader.probe())


def test_off_never_calls_it(sandbox: Sandbox) -> None:
    shop = lacking(sandbox, "off", {})
    list(shop.reader.observe())
    assert (shop.reader.attaches, shop.reader.shows_invites, shop.reader.remarks) == (
        False,
        False,
        (),
    )
    assert not shop.reader.supports(Invite, Verb.REMOVE)
    shop.reader.probe()
    shop.target.probe_writing()
    assert not any(line["action"].startswith("Syncd") for line in shop.requests())


def test_a_companion_that_vanished_since_is_no_reason_to_mail(shop: WithCompanion) -> None:
    assert attaches(shop.reader)
    shop.control("switches", {"companion": "off"})
    error = assert_refused(shop, attach(), CompanionUnusable)
    assert "it was there when the target was read" in error.message
    shop.control("switches", {"companion": "on"})
    shop.control("roles", {"deny": ["syncdattach"]})
    assert_refused(shop, attach(), ActionRefused)
    with pytest.raises(CompanionUnusable, match="the API role does not allow SyncdAttach"):
        shop.writer.check_attaching()
    assert shop.mails() == 0


def test_a_role_that_withdraws_nothing_leaves_it_to_a_person(shop: WithCompanion) -> None:
    perform(shop, add(Membership(BOLT, NEW, FEW)))
    shop.control("roles", {"deny": ["syncdwithdrawinvite"]})
    error = assert_refused(shop, withdrawn(), Rejected)
    assert "cancel the invitation on the client's Users tab" in error.message
    shop.writer.check_attaching()
    with pytest.raises(CompanionUnusable, match="does not allow SyncdWithdrawInvite"):
        shop.again("require").writer.check_attaching()


# --- what `syncd check` asks ----------------------------------------------------------------


def test_the_probe_tells_what_is_there_and_what_the_role_lacks(shop: WithCompanion) -> None:
    shop.control("roles", {"deny": ["syncdobserve", "syncdwithdrawinvite"]})
    state = shop.control("state")
    reading = {probe.action: probe for probe in shop.reader.probe()}
    assert all(probe.ok for probe in reading.values())
    assert reading["SyncdCapabilities"].sentence == "companion 1.1.0, protocol 1"
    assert "the API role does not allow SyncdObserve" in reading["SyncdObserve"].sentence
    writing = {probe.action: probe for probe in shop.target.probe_writing()}
    assert writing["SyncdAttach"].ok
    assert not writing["SyncdWithdrawInvite"].ok
    assert shop.control("state") == state
    shop.control("switches", {"companion": "off"})
    shop.again()
    reading = {probe.action: probe for probe in shop.reader.probe()}
    assert reading["SyncdCapabilities"].ok
    assert "there is no companion" in reading["SyncdCapabilities"].sentence
    assert not {probe.action for probe in shop.target.probe_writing()} & {"SyncdAttach"}
