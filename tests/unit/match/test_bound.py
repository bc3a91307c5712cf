"""Which bindings are believed, and what may be bound: query by query, beside what must not be."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from filled import add, add_state

from syncd.match.accounts import bind_accounts
from syncd.match.bound import bind
from syncd.match.contacts import bequeath, bind_contacts
from syncd.match.installation import compare
from syncd.match.successors import successors
from syncd.model.installation import EarlyAccount, Installation
from syncd.model.keys import account_key, membership_key
from syncd.model.policy import AccountRule, MappedAccount
from syncd.model.resources import AccountRef, account_ref
from syncd.workspace.workspace import Workspace

ACME, BOLT = account_ref("legacy", 17), account_ref("legacy", 18)
OLGA, JANE, KIM = "olga@acme.example", "jane@dev.example", "kim@dev.example"
FORMER, ANEW = "contact:legacy/1", "contact:legacy/2"


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    with Workspace(tmp_path / "workspace.duckdb") as opened:
        yield opened


def wanted(workspace: Workspace, key: str, ref: str = ACME, email: str = OLGA) -> None:
    body = {"ref": ref, "owner": email, "email": email, "account": ref}
    add_state(workspace, "converted", key, body, account=ref, email=email)


def shown(
    workspace: Workspace, target_id: str, email: str = OLGA, kind: str = "account", ref: str = ""
) -> None:
    """Say that the target shows something of that number."""
    ref = ref or f"shop/{target_id}"
    body = {"ref": ref, "owner": "", "email": email, "account": ref}
    more = {"account": ref, "email": email, "target_id": target_id, "complete": True}
    add_state(workspace, "observed", f"{kind}:shop/{target_id}", body, **more)


def remembered(workspace: Workspace, key: str, target_id: str, marks: str = "") -> None:
    add(workspace, "remembered_bindings", key=key, target_id=target_id, marks=marks)


def bound(
    workspace: Workspace,
    mapping: Sequence[tuple[AccountRef, str]] = (),
    rule: AccountRule = "email",
) -> tuple[list[str], dict[str, str]]:
    """Give the codes of what is found, and what is bound."""
    codes = [finding.code for finding in bind_accounts(workspace, {"legacy": rule}, mapping)]
    return codes, dict(workspace.stream("SELECT key, target_id FROM bindings ORDER BY key"))


# --- bindings of earlier runs -----------------------------------------------------------------


def test_what_was_bound_is_not_where_something_else_has_the_number(workspace: Workspace) -> None:
    wanted(workspace, account_key(ACME))
    shown(workspace, "3", KIM)
    remembered(workspace, account_key(ACME), "3")
    add(workspace, "altered", key=account_key(ACME), target_id="3", likeness="stranger")

    codes, pairs_made = bound(workspace)

    assert pairs_made == {}
    assert "account_owned" not in codes


def test_a_stranger_is_not_bound_by_a_rule_either(workspace: Workspace) -> None:
    wanted(workspace, account_key(ACME))
    shown(workspace, "3")
    shown(workspace, "4", KIM)
    remembered(workspace, account_key(ACME), "4")
    add(workspace, "altered", key=account_key(ACME), target_id="4", likeness="stranger")

    assert bound(workspace)[1] == {}


def test_a_contact_keeps_its_number_though_an_account_of_that_number_is_handed_over(
    workspace: Workspace,
) -> None:
    wanted(workspace, account_key(ACME))
    shown(workspace, "3")
    remembered(workspace, FORMER, "3")
    remembered(workspace, account_key(BOLT), "3")  # its client is gone

    codes, pairs_made = bound(workspace, [(ACME, "3")])

    assert codes == []
    assert pairs_made == {account_key(ACME): "3", FORMER: "3"}


@pytest.mark.parametrize("kind", ["contact", "user"])
def test_the_mapping_names_accounts_and_nothing_else(workspace: Workspace, kind: str) -> None:
    wanted(workspace, account_key(ACME))
    shown(workspace, "3", JANE, kind)

    assert bound(workspace, [(ACME, "3")]) == (["account_unbound"], {})


@pytest.mark.parametrize(
    ("key", "target_id"), [(account_key(BOLT), "3"), (account_key(ACME), "4"), ("", "")]
)
def test_the_mapping_binds_what_was_not_disbelieved_itself(
    workspace: Workspace, key: str, target_id: str
) -> None:
    wanted(workspace, account_key(ACME))
    shown(workspace, "3", JANE)
    if key:
        add(workspace, "altered", key=key, target_id=target_id, likeness="stranger")

    assert bound(workspace, [(ACME, "3")])[1] == {account_key(ACME): "3"}


def test_the_mapping_does_not_bind_what_was_disbelieved(workspace: Workspace) -> None:
    wanted(workspace, account_key(ACME))
    shown(workspace, "3", JANE)
    add(workspace, "altered", key=account_key(ACME), target_id="3", likeness="stranger")

    assert bound(workspace, [(ACME, "3")])[1] == {}


# --- accounts that may be bound ---------------------------------------------------------------


def test_a_contact_of_that_number_or_address_is_no_account(workspace: Workspace) -> None:
    wanted(workspace, account_key(ACME))
    shown(workspace, "3", kind="contact")

    assert bound(workspace) == ([], {})


def test_an_account_whose_owner_has_a_free_one_is_asked_about(workspace: Workspace) -> None:
    wanted(workspace, account_key(ACME))
    shown(workspace, "3", KIM)
    add(workspace, "ownerships", account="shop/3", email=OLGA)

    assert bound(workspace) == (["account_owned"], {})


@pytest.mark.parametrize("why", ["it is bound", "a stranger has it", "no owner", "another owner"])
def test_what_is_bound_or_disbelieved_or_nobodys_is_not(workspace: Workspace, why: str) -> None:
    wanted(workspace, account_key(ACME), email="" if why == "no owner" else OLGA)
    shown(workspace, "3", KIM)
    shown(workspace, "4", JANE)
    owner = {"no owner": "", "another owner": KIM}.get(why, OLGA)
    add(workspace, "ownerships", account="shop/3", email=owner)
    if why == "it is bound":
        remembered(workspace, account_key(ACME), "4")
    if why == "a stranger has it":
        add(workspace, "altered", key=account_key(ACME), target_id="4", likeness="stranger")

    assert bound(workspace)[0] == []


def test_only_an_account_is_asked_about(workspace: Workspace) -> None:
    wanted(workspace, membership_key(ACME, OLGA))
    shown(workspace, "3", KIM)
    add(workspace, "ownerships", account="shop/3", email=OLGA)

    assert bound(workspace)[0] == []


# --- clients that are gone --------------------------------------------------------------------


def heirs(workspace: Workspace, mapped: Sequence[MappedAccount] = ()) -> list[str]:
    return [finding.code for finding in successors(workspace, mapped)[0]]


def gone(workspace: Workspace, key: str = account_key(BOLT), kind: str = "account") -> None:
    """Say that Bolt was account 3 of the target, and that Acme has its address now."""
    remembered(workspace, key, "3")
    shown(workspace, "3", OLGA, kind)


ASKED = ["account_successor", "client_gone"]


def test_whoever_has_the_address_of_a_client_that_is_gone_may_be_its_successor(
    workspace: Workspace,
) -> None:
    gone(workspace)
    wanted(workspace, account_key(ACME))

    assert heirs(workspace) == ASKED
    assert heirs(workspace, [MappedAccount(ACME, "9")]) == []
    assert heirs(workspace, [MappedAccount(BOLT, "3")]) == []


@pytest.mark.parametrize(
    ("email", "actual", "owner", "codes"),
    [(JANE, OLGA, JANE, ASKED), (JANE, OLGA, KIM, []), ("", "", "", []), (OLGA, OLGA, KIM, ASKED)],
)
def test_address_or_owner_must_be_the_same_and_there(
    workspace: Workspace, email: str, actual: str, owner: str, codes: list[str]
) -> None:
    remembered(workspace, account_key(BOLT), "3")
    shown(workspace, "3", actual)
    add(workspace, "ownerships", account="shop/3", email=owner)
    wanted(workspace, account_key(ACME), email=email)

    assert heirs(workspace) == codes


@pytest.mark.parametrize("why", ["bound", "there", "stranger", "contact", "member", "number"])
def test_who_is_not_gone_or_not_new_is_no_successor(workspace: Workspace, why: str) -> None:
    gone(workspace, FORMER if why == "contact" else account_key(BOLT))
    if why == "number":
        shown(workspace, "4", JANE)
        wanted(workspace, account_key(ACME), email=JANE)
    elif why == "member":
        wanted(workspace, membership_key(ACME, OLGA))
    else:
        wanted(workspace, account_key(ACME))
    if why == "bound":
        remembered(workspace, account_key(ACME), "4")
    if why == "there":
        add(workspace, "clients", source="legacy", client_id=18)
    if why == "stranger":
        add(workspace, "altered", key=account_key(BOLT), target_id="3", likeness="stranger")

    assert heirs(workspace) == []


def test_a_contact_of_that_number_has_no_successor(workspace: Workspace) -> None:
    gone(workspace, kind="contact")
    wanted(workspace, account_key(ACME))

    assert heirs(workspace) == []


# --- contacts ---------------------------------------------------------------------------------


def inherits(workspace: Workspace) -> list[str]:
    bequeath(workspace)
    return [key for (key,) in workspace.stream("SELECT key FROM bequeathed")]


def made_anew(
    workspace: Workspace, *, key: str = FORMER, anew: str = ANEW, email: str = JANE,
    was: str = JANE, ref: str = ACME,
) -> None:  # fmt: skip
    remembered(workspace, FORMER, "5")
    add_state(workspace, "applied", key, {"account": ACME, "email": was})
    wanted(workspace, anew, ref, email)


def test_a_contact_made_anew_takes_the_place_of_the_one_that_is_gone(workspace: Workspace) -> None:
    made_anew(workspace)

    assert inherits(workspace) == [FORMER]


@pytest.mark.parametrize(
    "more",
    [
        {"key": "contact:legacy/9"}, {"email": KIM}, {"ref": BOLT}, {"email": "", "was": ""},
        {"anew": membership_key(ACME, JANE)},
    ],
)  # fmt: skip
def test_another_person_account_or_thing_takes_no_place(
    workspace: Workspace, more: dict[str, Any]
) -> None:
    made_anew(workspace, **more)

    assert inherits(workspace) == []


@pytest.mark.parametrize(
    "why", ["the new one is bound", "the former is wanted", "its row is there"]
)
def test_a_contact_that_is_not_gone_leaves_no_place(workspace: Workspace, why: str) -> None:
    made_anew(workspace)
    if why == "the new one is bound":
        remembered(workspace, ANEW, "6")
    elif why == "the former is wanted":
        wanted(workspace, FORMER, BOLT, JANE)
    else:
        add(workspace, "contacts", source="legacy", contact_id=1, client_id=17, identity=JANE)

    assert inherits(workspace) == []


def test_what_is_left_to_another_contact_is_bound_no_more(workspace: Workspace) -> None:
    made_anew(workspace)

    assert bound(workspace) == ([], {})


def test_a_member_is_no_contact_of_that_address(workspace: Workspace) -> None:
    add(workspace, "account_pairs", ref=ACME, target_account="shop/3", target_id="3")
    wanted(workspace, membership_key(ACME, JANE), email=JANE)
    shown(workspace, "5", JANE, "contact", "shop/3")

    bind_contacts(workspace)

    assert workspace.scalar("SELECT count(*) FROM bindings") == 0


def test_contacts_alone_are_paired_and_each_once(workspace: Workspace) -> None:
    add(workspace, "account_pairs", ref=ACME, target_account="shop/3", target_id="3")
    add(workspace, "bindings", key=FORMER, target_id="5", known=True)
    for key in (FORMER, ANEW, membership_key(ACME, KIM)):
        wanted(workspace, key, email=KIM if key.startswith("member") else JANE)
    for number, kind, email in (("5", "contact", JANE), ("6", "user", KIM), ("7", "contact", KIM)):
        shown(workspace, number, email, kind, "shop/3")

    bind_contacts(workspace)

    rows = workspace.stream("SELECT key, target_id FROM bindings ORDER BY ALL")
    assert list(rows) == [(FORMER, "5"), (ANEW, "7")]  # they are equal


def test_an_account_and_a_contact_of_one_number_are_two_things(workspace: Workspace) -> None:
    add(workspace, "account_pairs", ref=ACME, target_account="shop/5", target_id="5")
    add(workspace, "bindings", key=account_key(ACME), target_id="5", known=True)
    shown(workspace, "5")
    shown(workspace, "5", JANE, "contact", "shop/5")

    bind(workspace)

    rows = workspace.stream("SELECT kind, key FROM bound ORDER BY ALL")
    assert list(rows) == [("account", account_key(ACME)), ("contact", "contact:shop/5")]


# --- the installation -------------------------------------------------------------------------


def test_of_the_first_accounts_each_is_held_against_the_account_of_its_number(
    workspace: Workspace,
) -> None:
    shown(workspace, "3")
    shown(workspace, "4", KIM)
    shown(workspace, "3", JANE, "contact")
    known = Installation("here", (EarlyAccount("3", OLGA, ""),))

    comparison = compare(workspace, known, "here")

    assert (comparison.same, comparison.others) == (1, 0)
