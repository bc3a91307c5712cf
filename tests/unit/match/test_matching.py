"""Which account and contact of the target is which of ours, and what differs between them."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import matched
import msgspec
import pytest
from people import RULES, client, read_all, sub

from syncd.apply import learn
from syncd.convert.reading import read_contact
from syncd.match import pairs as matching
from syncd.match.accounts import bind_accounts
from syncd.match.bound import uninspected
from syncd.match.contacts import bind_contacts
from syncd.match.pairs import Pair
from syncd.model.change import Change, Reason, Verb
from syncd.model.finding import Finding
from syncd.model.flags import Flags
from syncd.model.keys import parts_of
from syncd.model.policy import AccountRule
from syncd.model.resources import (
    Account,
    Contact,
    Invite,
    Membership,
    Preference,
    Profile,
    Resource,
    User,
    account_ref,
)
from syncd.model.verdict import APPLY, Verdict, Word
from syncd.ports import Observed, Ownership
from syncd.report import counts
from syncd.workspace import changes as results
from syncd.workspace.workspace import Workspace

NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    with Workspace(tmp_path / "workspace.duckdb") as opened:
        yield opened


def account(number: int, email: str = "", company: str = "") -> Account:
    return Account(account_ref("legacy", number), email, email, profile=Profile(company=company))


def theirs(number: int, email: str = "", company: str = "") -> Observed:
    ref = account_ref("kestrel", number)
    return Observed(Account(ref, "", email, profile=Profile(company=company)), str(number))


def contact(
    number: int, client_id: int, email: str = "", *preferences: Preference, source: str = "legacy"
) -> Contact:
    ref = account_ref(source, client_id)
    return Contact(ref, f"{source}/{number}", email, preferences)


def their_contact(number: int, client_id: int, email: str = "", *on: Preference) -> Observed:
    return Observed(contact(number, client_id, email, *on, source="kestrel"), str(number))


def member(client_id: int, email: str, *keys: str) -> Membership:
    return Membership(account_ref("legacy", client_id), email, keys)


def their_member(client_id: int, email: str, *keys: str) -> Observed:
    found = Membership(account_ref("kestrel", client_id), email, keys)
    return Observed(found, f"1/{client_id}", complete=bool(keys))


def stage(
    workspace: Workspace,
    desired: Iterable[Resource] = (),
    observed: Iterable[Observed | Ownership] = (),
    applied: Iterable[Resource] = (),
    bindings: Iterable[tuple[str, str]] = (),
    invites: Iterable[Invite] = (),
) -> None:
    """Stage these; the legacy client of each account that is bound is there."""
    desired, bindings = list(desired), list(bindings)
    refs = [parts_of(key).account for key, _ in bindings if parts_of(key).account]
    there = [client(int(ref.partition("/")[2]), None, source=ref.partition("/")[0]) for ref in refs]
    workspace.stage_legacy(read_all(there))
    workspace.stage_converted([(desired, [])])
    workspace.stage_observed(observed)
    written = [(one.key, one, "") for one in applied]
    workspace.stage_journal(written, ((*pair, "") for pair in bindings), invites)


def bound(workspace: Workspace) -> dict[str, str]:
    return dict(workspace.stream("SELECT key, target_id FROM bindings ORDER BY key"))


def bind(
    workspace: Workspace, rule: AccountRule = "email", mapping: Iterable[tuple[str, str]] = ()
) -> list[tuple[str, str]]:
    found = bind_accounts(workspace, {"legacy": rule}, mapping)  # type: ignore[arg-type]
    return [(finding.code, finding.scope) for finding in found]


def match(workspace: Workspace, inspected: Iterable[Observed] = ()) -> None:
    matched.bind(workspace)
    matched.settle(workspace, inspected)


def pairs(workspace: Workspace, kind: str) -> list[Pair]:
    return list(matching.pairs(workspace, kind))


# --- accounts by address --------------------------------------------------------------------


def test_one_address_on_either_side_is_one_account(workspace: Workspace) -> None:
    stage(
        workspace,
        [account(17, "alma@archer.example"), account(18, "bruno@baker.example")],
        [theirs(4, "alma@archer.example"), theirs(18, "cora@cole.example")],
    )
    assert not bind(workspace)
    assert bound(workspace) == {"account:legacy/17": "4"}


@pytest.mark.parametrize(
    ("ours", "shown"),
    [
        ([17], [4, 5]),
        ([17, 18], [4]),
        ([17, 18], [4, 5]),
    ],
)
def test_an_address_that_stands_for_several_accounts_binds_none(
    ours: list[int], shown: list[int], workspace: Workspace
) -> None:
    stage(
        workspace,
        [account(number, "alma@archer.example") for number in ours],
        [theirs(number, "alma@archer.example") for number in shown],
    )
    assert bind(workspace) == [("account_ambiguous", f"account:legacy/{number}") for number in ours]
    assert not bound(workspace)


def test_two_of_ours_that_nobody_has_yet_are_no_question(workspace: Workspace) -> None:
    stage(workspace, [account(17, "alma@archer.example"), account(18, "alma@archer.example")])
    assert not bind(workspace)


def test_no_address_is_no_match(workspace: Workspace) -> None:
    stage(workspace, [account(17, "")], [theirs(4, "")])
    assert not bind(workspace)
    assert not bound(workspace)


def test_what_was_bound_stays_bound_whatever_the_addresses_say(workspace: Workspace) -> None:
    stage(
        workspace,
        [account(17, "new@archer.example"), account(18, "alma@archer.example")],
        [theirs(4, "alma@archer.example"), theirs(5, "new@archer.example")],
        bindings=[("account:legacy/17", "4")],
    )
    assert not bind(workspace)
    assert bound(workspace) == {"account:legacy/17": "4"}
    # Nobody looked before, so what it looks like is learned.
    ((key, target_id, _),) = learn.new_bindings(workspace)
    assert (key, target_id) == ("account:legacy/17", "4")


def test_each_source_has_a_rule_of_its_own(workspace: Workspace) -> None:
    orchid = Account(account_ref("orchid", 4), "olga@oak.example", "olga@oak.example")
    stage(
        workspace,
        [account(4, "alma@archer.example"), orchid],
        [theirs(4, "olga@oak.example"), theirs(5, "alma@archer.example")],
    )
    found = bind_accounts(workspace, {"legacy": "email", "orchid": "same-id"})
    assert not found
    assert bound(workspace) == {"account:legacy/4": "5", "account:orchid/4": "4"}


# --- accounts by id -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shown", "owner"),
    [
        (theirs(17, "alma@archer.example"), "x@other.example"),
        (theirs(17, "office@archer.example"), "alma@archer.example"),
        (theirs(17, "office@archer.example", "ARCHER LTD"), "x@other.example"),
    ],
    ids=["by its address", "by its owner", "by its name"],
)
def test_the_same_id_binds_when_something_else_agrees(
    shown: Observed, owner: str, workspace: Workspace
) -> None:
    ownership = Ownership(account_ref("kestrel", 17), owner)
    stage(workspace, [account(17, "alma@archer.example", "Archer Ltd")], [shown, ownership])
    assert not bind(workspace, "same-id")
    assert bound(workspace) == {"account:legacy/17": "17"}


def test_the_same_id_of_somebody_else_is_a_question(workspace: Workspace) -> None:
    stage(
        workspace,
        [account(17, "alma@archer.example", "Archer Ltd"), account(18, "bruno@baker.example")],
        [theirs(17, "zoe@zander.example", "Zander Ltd"), theirs(4, "bruno@baker.example")],
    )
    assert bind(workspace, "same-id") == [("account_mismatch", "account:legacy/17")]
    assert not bound(workspace)


def test_two_without_a_name_do_not_agree_by_it(workspace: Workspace) -> None:
    stage(workspace, [account(17, "alma@archer.example")], [theirs(17, "zoe@zander.example")])
    assert bind(workspace, "same-id") == [("account_mismatch", "account:legacy/17")]


# --- accounts by the mapping ----------------------------------------------------------------


def test_the_mapping_binds_whatever_else_is_true(workspace: Workspace) -> None:
    stage(
        workspace,
        [account(17, "alma@archer.example"), account(18, "bruno@baker.example")],
        [theirs(4, "zoe@zander.example"), theirs(5, "bruno@baker.example")],
    )
    assert not bind(workspace, "mapping", [("legacy/17", "4")])
    assert bound(workspace) == {"account:legacy/17": "4"}
    ((key, target_id, marks),) = learn.new_bindings(workspace)
    assert (key, target_id) == ("account:legacy/17", "4")
    assert msgspec.json.decode(marks)["address"] == "zoe@zander.example"


def test_the_mapping_overrules_what_was_bound_before(workspace: Workspace) -> None:
    stage(
        workspace,
        [account(17, "alma@archer.example")],
        [theirs(4, "alma@archer.example"), theirs(5, "zoe@zander.example")],
        bindings=[("account:legacy/17", "4")],
    )
    assert not bind(workspace, "email", [("legacy/17", "5")])
    assert bound(workspace) == {"account:legacy/17": "5"}


def test_the_mapping_puts_no_account_where_another_one_is(workspace: Workspace) -> None:
    stage(
        workspace,
        [account(17, "alma@archer.example"), account(18, "bruno@baker.example")],
        [theirs(4, "alma@archer.example"), theirs(5, "bruno@baker.example")],
        bindings=[("account:legacy/18", "4")],
    )
    assert bind(workspace, "mapping", [("legacy/17", "4")]) == [
        ("account_ambiguous", "account:legacy/17")
    ]
    assert bound(workspace) == {"account:legacy/18": "4"}


def test_the_mapping_moves_accounts_that_it_names_both(workspace: Workspace) -> None:
    stage(
        workspace,
        [account(17, "alma@archer.example"), account(18, "bruno@baker.example")],
        [theirs(4, "alma@archer.example"), theirs(5, "bruno@baker.example")],
        bindings=[("account:legacy/18", "4")],
    )
    assert not bind(workspace, "mapping", [("legacy/17", "4"), ("legacy/18", "5")])
    assert bound(workspace) == {"account:legacy/17": "4", "account:legacy/18": "5"}


def test_the_same_id_is_nobodys_where_two_brands_could_have_it(workspace: Workspace) -> None:
    blue = Account(account_ref("blue", 17), "alma@archer.example", "alma@archer.example")
    stage(
        workspace, [account(17, "alma@archer.example"), blue], [theirs(17, "alma@archer.example")]
    )
    rules: dict[str, AccountRule] = {"legacy": "same-id", "blue": "same-id"}
    found = bind_accounts(workspace, rules)
    assert [(one.code, one.scope) for one in found] == [
        ("account_ambiguous", "account:blue/17"),
        ("account_ambiguous", "account:legacy/17"),
    ]
    assert not bound(workspace)


def test_the_same_id_is_that_brands_whose_owner_agrees(workspace: Workspace) -> None:
    blue = Account(account_ref("blue", 17), "zoe@zander.example", "zoe@zander.example")
    stage(
        workspace, [account(17, "alma@archer.example"), blue], [theirs(17, "alma@archer.example")]
    )
    rules: dict[str, AccountRule] = {"legacy": "same-id", "blue": "same-id"}
    found = bind_accounts(workspace, rules)
    assert [(one.code, one.scope) for one in found] == [("account_mismatch", "account:blue/17")]
    assert bound(workspace) == {"account:legacy/17": "17"}


def test_what_the_mapping_names_and_the_target_lacks_is_blocked(workspace: Workspace) -> None:
    stage(workspace, [account(17, "alma@archer.example")], [theirs(4)])
    assert bind(workspace, "mapping", [("legacy/17", "99")]) == [
        ("account_unbound", "account:legacy/17")
    ]
    assert not bound(workspace)


# --- contacts -------------------------------------------------------------------------------


@pytest.fixture
def paired(workspace: Workspace) -> Workspace:
    """Make two accounts on either side that are one."""
    stage(
        workspace,
        [account(17, "alma@archer.example"), account(18, "bruno@baker.example")],
        [theirs(4, "alma@archer.example"), theirs(5, "bruno@baker.example")],
    )
    bind(workspace)
    return workspace


def contacts_bound(workspace: Workspace) -> dict[str, str]:
    bind_contacts(workspace)
    found = bound(workspace)
    return {key.rpartition("/")[2]: found[key] for key in found if key.startswith("contact:")}


def test_equal_contacts_pair_before_those_of_the_same_address(paired: Workspace) -> None:
    stage(
        paired,
        [contact(1, 17, "d@archer.example"), contact(2, 17, "d@archer.example", "invoice")],
        [
            their_contact(71, 4, "d@archer.example", "invoice"),
            their_contact(72, 4, "d@archer.example", "support"),
        ],
    )
    assert contacts_bound(paired) == {"1": "72", "2": "71"}


def test_twins_pair_in_the_order_of_their_ids(paired: Workspace) -> None:
    stage(
        paired,
        [contact(number, 17, "d@archer.example") for number in (10, 9, 100)],
        [their_contact(number, 4, "d@archer.example") for number in (8, 20, 3)],
    )
    assert contacts_bound(paired) == {"9": "3", "10": "8", "100": "20"}


def test_contacts_never_pair_across_accounts(paired: Workspace) -> None:
    stage(paired, [contact(1, 17, "d@archer.example")], [their_contact(71, 5, "d@archer.example")])
    assert not contacts_bound(paired)


def test_contacts_without_an_address_pair_only_if_equal(paired: Workspace) -> None:
    stage(
        paired,
        [contact(1, 17), contact(2, 17, "", "invoice")],
        [their_contact(71, 4), their_contact(72, 4, "", "support")],
    )
    assert contacts_bound(paired) == {"1": "71"}


def test_more_contacts_on_one_side_are_left_over(paired: Workspace) -> None:
    stage(
        paired,
        [contact(1, 17, "d@archer.example"), contact(2, 17, "d@archer.example")],
        [their_contact(71, 4, "d@archer.example")],
    )
    assert contacts_bound(paired) == {"1": "71"}
    match(paired)
    assert [pair.key for pair in pairs(paired, "contact")] == ["contact:legacy/2"]


# --- memberships and invitations ------------------------------------------------------------


def test_only_permissions_that_matter_are_asked_for(paired: Workspace) -> None:
    stage(
        paired,
        [member(17, "dana@archer.example", "invoices")],
        [
            their_member(4, "dana@archer.example"),
            their_member(4, "erin@archer.example"),
            their_member(5, "finn@baker.example"),
            their_member(9, "gita@nowhere.example"),
        ],
        applied=[member(18, "finn@baker.example", "tickets")],
    )
    matched.bind(paired)
    asked = [one.resource.key for one in uninspected(paired)]
    assert asked == [
        "membership:kestrel/4:dana@archer.example",
        "membership:kestrel/5:finn@baker.example",
    ]


def test_one_that_went_meanwhile_is_gone(paired: Workspace) -> None:
    stage(
        paired,
        [member(17, "dana@archer.example", "invoices")],
        [their_member(4, "dana@archer.example"), their_member(4, "erin@archer.example")],
    )
    match(paired, inspected=[])
    (pair,) = pairs(paired, "membership")
    assert (pair.key, pair.observed) == ("membership:legacy/17:dana@archer.example", None)
    assert counts.unmanaged(paired)["membership"] == 1, "nobody asks about erin"


def test_inspected_permissions_stand_under_our_reference(paired: Workspace) -> None:
    stage(
        paired,
        [member(17, "dana@archer.example", "invoices")],
        [their_member(4, "dana@archer.example")],
    )
    match(paired, inspected=[their_member(4, "dana@archer.example", "invoices", "tickets")])
    (pair,) = pairs(paired, "membership")
    assert pair.observed == member(17, "dana@archer.example", "invoices", "tickets")
    assert (pair.desired, pair.applied) == (member(17, "dana@archer.example", "invoices"), None)


def invite(client_id: int, email: str, *, fresh: bool = True) -> Invite:
    return Invite(account_ref("legacy", client_id), email, ("invoices",), NOW, fresh=fresh)


def test_an_invitation_stands_in_until_the_membership_is_there(paired: Workspace) -> None:
    stage(
        paired,
        [
            member(17, "dana@archer.example", "invoices"),
            member(17, "erin@archer.example", "quotes"),
        ],
        [their_member(4, "erin@archer.example", "quotes")],
        invites=[invite(17, "dana@archer.example"), invite(17, "erin@archer.example")],
    )
    match(paired)
    (pair,) = pairs(paired, "membership")
    assert isinstance(pair.observed, Invite)
    assert list(learn.ended_invites(paired)) == [
        ("membership:legacy/17:erin@archer.example", "accepted")
    ]


def test_an_expired_invitation_that_nobody_wants_is_settled(paired: Workspace) -> None:
    stage(
        paired,
        [member(17, "dana@archer.example", "invoices")],
        invites=[
            invite(17, "dana@archer.example", fresh=False),
            invite(17, "erin@archer.example", fresh=False),
            invite(17, "finn@archer.example"),
        ],
    )
    match(paired)
    assert list(learn.ended_invites(paired)) == [
        ("membership:legacy/17:erin@archer.example", "unwanted")
    ]


# --- pairs ----------------------------------------------------------------------------------


def test_what_is_equal_or_not_ours_is_no_pair(paired: Workspace) -> None:
    stage(
        paired,
        [User("dana@archer.example", "Dana")],
        [
            Observed(User("dana@archer.example", "Somebody"), "1"),
            Observed(User("zoe@zander.example"), "2"),
            Ownership(account_ref("kestrel", 4), "alma@archer.example"),
            Ownership(account_ref("kestrel", 5), "bruno@baker.example"),
        ],
    )
    match(paired)
    assert not pairs(paired, "user")
    assert not pairs(paired, "account")
    assert counts.unmanaged(paired) == {"user": 1}


def test_an_account_that_changed_hands_differs(paired: Workspace) -> None:
    stage(
        paired,
        observed=[
            Ownership(account_ref("kestrel", 4), "zoe@zander.example"),
            Ownership(account_ref("kestrel", 5), "bruno@baker.example"),
        ],
    )
    match(paired)
    (pair,) = pairs(paired, "account")
    assert isinstance(pair.observed, Account)
    assert (pair.key, pair.observed.owner) == ("account:legacy/17", "zoe@zander.example")
    assert pair.observed.ref == "legacy/17"


def test_a_membership_brings_what_the_guard_must_know(paired: Workspace) -> None:
    stage(
        paired,
        [member(17, "dana@archer.example", "invoices")],
        [Ownership(account_ref("kestrel", 4), "alma@archer.example")],
    )
    dana = "dana@archer.example"
    paired.stage_legacy(
        read_all(
            [
                sub(117, 17, dana, "invoices"),
                sub(118, 17, " DANA@archer.example", "quotes", subaccount="on"),
                sub(119, 17, dana, "tickets", subaccount="0"),
                sub(120, 18, dana, "orders"),
                sub(121, 17, "bo@bolt.example", "orders"),
            ]
        )
    )
    scope = "membership:legacy/17:dana@archer.example"
    paired.stage_findings(
        [
            Finding("unknown_flag", scope),
            Finding("many_names", "user:dana@archer.example"),
            Finding("role_mailbox", "user:dana@archer.example"),
            Finding("twin_logins_overlap", "membership:legacy/18:dana@archer.example"),
        ]
    )
    match(paired)
    (pair,) = pairs(paired, "membership")
    assert sorted(pair.logins) == [("0", "tickets"), ("1", "invoices"), ("on", "quotes")]
    assert pair.owner == "alma@archer.example"
    assert pair.holdings == (("many_names", ""), ("unknown_flag", ""))
    assert pair.held_parent == ""


def test_a_mistake_in_reading_hides_no_row_from_the_guard(paired: Workspace) -> None:
    stage(paired, [member(17, "dana@archer.example", "invoices")], [])
    mistaken = msgspec.structs.replace(
        read_contact(sub(118, 17, "dana@archer.example", "quotes"), RULES.read_flags),
        login=False,
        flags=Flags(("invoices",)),
    )
    paired.stage_legacy([mistaken])
    match(paired)
    (pair,) = pairs(paired, "membership")
    assert pair.logins == (("1", "quotes"),)


def judged(workspace: Workspace, resource: Resource, verdict: Verdict = APPLY) -> None:
    change = Change(Verb.ADD, Reason.NEW, None, resource)
    results.stage_verdicts(workspace, [(change, verdict)])


def test_what_hangs_on_an_account_follows_the_verdict_on_it(workspace: Workspace) -> None:
    accounts = [account(number, f"o{number}@x.example") for number in (17, 18, 19)]
    wanted = [member(number, "dana@archer.example", "invoices") for number in (17, 18, 19)]
    stage(workspace, [*accounts, *wanted, contact(1, 18)], [theirs(4, "o19@x.example")])
    bind(workspace)
    match(workspace)
    judged(workspace, accounts[0])
    judged(workspace, accounts[1], Verdict(Word.HOLD, "create-missing"))
    assert [(pair.key[11:20], pair.held_parent) for pair in pairs(workspace, "membership")] == [
        ("legacy/17", ""),
        ("legacy/18", "account:legacy/18"),
        ("legacy/19", ""),
    ]
    assert [pair.held_parent for pair in pairs(workspace, "contact")] == ["account:legacy/18"]


def test_pairs_come_in_the_order_of_bytes(paired: Workspace) -> None:
    emails = ["zoe@x.example", "åsa@x.example", "Zed@x.example", "a.b@x.example", "a@x.example"]
    stage(paired, [member(17, email, "invoices") for email in emails])
    match(paired)
    keys = [pair.key for pair in pairs(paired, "membership")]
    assert keys == sorted(keys, key=lambda key: key.encode())
    assert len(keys) == len(emails)
