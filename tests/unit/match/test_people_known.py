"""People beside what else is known of them: other names, no account, full rights, reads saved."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from filled import add, add_finding, add_state

from syncd.match import neighbours, references
from syncd.match.bound import bind, uninspected
from syncd.match.namesakes import namesakes
from syncd.match.people import without_account
from syncd.model.keys import account_key, membership_key, user_key
from syncd.model.policy import Policy
from syncd.model.resources import Membership, User, account_ref
from syncd.workspace.workspace import Workspace

ACME, BOLT = account_ref("legacy", 17), account_ref("legacy", 18)
OLGA, JANE, KIM = "olga@acme.example", "jane@dev.example", "kim@dev.example"
LOGIN = membership_key(ACME, JANE)


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    with Workspace(tmp_path / "workspace.duckdb") as opened:
        yield opened


def wanted(workspace: Workspace, key: str, email: str = JANE, **more: Any) -> None:
    add_state(workspace, "converted", key, **{"account": ACME, "email": email} | more)


def there(workspace: Workspace, key: str, email: str = JANE, **more: Any) -> None:
    add_state(workspace, "seen", key, account=ACME, email=email, invite=False, **more)


# --- users of another name --------------------------------------------------------------------


SILENT = Policy(cutover="silent")


def other_names(workspace: Workspace) -> list[str]:
    return [finding.scope for finding in namesakes(workspace, SILENT, None)]


def named(workspace: Workspace, client_id: int, name: str, *, closed: bool = False) -> None:
    add(
        workspace, "clients", source="legacy", client_id=client_id, identity=JANE, name=name,
        closed=closed, erased=False,
    )  # fmt: skip


def has_user(workspace: Workspace, email: str = JANE, kind: str = "user") -> None:
    there(workspace, f"{kind}:{email}", email, body=User(email, "Zoe", "Zander"))


def test_a_membership_goes_to_no_user_of_another_name(workspace: Workspace) -> None:
    has_user(workspace)
    named(workspace, 18, "Jane Doe")
    wanted(workspace, LOGIN)

    assert other_names(workspace) == [LOGIN]


@pytest.mark.parametrize("name", ["Zoe Zander", "Zander Zoe"])
def test_one_of_the_persons_names_is_enough(workspace: Workspace, name: str) -> None:
    has_user(workspace)
    named(workspace, 18, "Jane Doe")
    named(workspace, 19, name)
    wanted(workspace, LOGIN)

    assert other_names(workspace) == []


def test_the_name_of_a_closed_account_counts_for_that_account_alone(workspace: Workspace) -> None:
    has_user(workspace)
    named(workspace, 18, "Zoe Zander", closed=True)
    named(workspace, 19, "Jane Doe")
    wanted(workspace, LOGIN)
    wanted(workspace, account_key(BOLT))

    assert other_names(workspace) == [LOGIN]


def test_an_account_goes_by_its_own_name_alone(workspace: Workspace) -> None:
    has_user(workspace)
    named(workspace, 17, "Jane Doe")
    named(workspace, 18, "Zoe Zander")
    wanted(workspace, account_key(ACME))

    assert other_names(workspace) == [account_key(ACME)]


def test_the_name_of_another_person_says_nothing(workspace: Workspace) -> None:
    has_user(workspace)
    named(workspace, 18, "Jane Doe")
    add(
        workspace, "clients", source="legacy", client_id=19, identity=KIM, name="Zoe Zander",
        closed=False, erased=False,
    )  # fmt: skip
    wanted(workspace, LOGIN)

    assert other_names(workspace) == [LOGIN]


@pytest.mark.parametrize("why", ["there", "another user", "no user", "a user is wanted"])
def test_what_gives_no_user_anything_new_is_not_asked_about(workspace: Workspace, why: str) -> None:
    has_user(workspace, KIM if why == "another user" else JANE,
             "contact" if why == "no user" else "user")  # fmt: skip
    named(workspace, 18, "Jane Doe")
    if why == "a user is wanted":
        wanted(workspace, "contact:legacy/1")
    else:
        wanted(workspace, LOGIN)
    if why == "there":
        there(workspace, LOGIN)

    assert other_names(workspace) == []


# --- users without an account -----------------------------------------------------------------


def alone(workspace: Workspace) -> list[str]:
    return [finding.email for finding in without_account(workspace)]


def test_a_user_who_gets_in_nowhere_is_named(workspace: Workspace) -> None:
    there(workspace, user_key(JANE))
    there(workspace, user_key(KIM), KIM)
    there(workspace, membership_key(ACME, KIM), KIM)

    assert alone(workspace) == [JANE]


@pytest.mark.parametrize("key", [LOGIN, account_key(ACME)])
def test_a_user_who_gets_in_or_is_to_is_not(workspace: Workspace, key: str) -> None:
    there(workspace, user_key(JANE))
    there(workspace, user_key(KIM), KIM)
    there(workspace, key)
    wanted(workspace, key, KIM)

    assert alone(workspace) == []


def test_who_owns_an_account_of_the_target_gets_in(workspace: Workspace) -> None:
    there(workspace, user_key(JANE))
    add(workspace, "ownerships", account="shop/9", email=JANE)

    assert alone(workspace) == []


def test_a_contact_lets_nobody_in_and_is_no_user(workspace: Workspace) -> None:
    there(workspace, user_key(JANE))
    there(workspace, "contact:legacy/1")
    there(workspace, "contact:legacy/2", OLGA)
    wanted(workspace, "contact:legacy/1")

    assert alone(workspace) == [JANE]


# --- owners who may not be the boss -----------------------------------------------------------


def mixed_up(workspace: Workspace) -> list[str]:
    found_out = neighbours.judge(workspace, str)
    return [finding.scope for finding in found_out if finding.code == "owner_mixup"]


def owned(workspace: Workspace, owner: str = OLGA) -> None:
    """Say that Jane has full rights on Acme, which is the owner's."""
    wanted(workspace, account_key(ACME), owner)
    add_finding(workspace, "full_rights", LOGIN, account=ACME, email=JANE)


def test_who_has_full_rights_where_nobody_has_an_address_like_the_owners(
    workspace: Workspace,
) -> None:
    owned(workspace)

    assert mixed_up(workspace) == [LOGIN]


@pytest.mark.parametrize("key", ["contact:legacy/1", membership_key(ACME, "al@acme.example")])
def test_a_colleague_of_the_owner_says_that_it_is_the_owner(workspace: Workspace, key: str) -> None:
    owned(workspace)
    wanted(workspace, key, "al@acme.example")

    assert mixed_up(workspace) == []


@pytest.mark.parametrize(
    ("email", "ref", "kind"),
    [
        ("al@acme.example", BOLT, "contact"), (OLGA, ACME, "contact"),
        ("al@other.example", ACME, "contact"), ("al@acme.example", ACME, "user"),
    ],
)  # fmt: skip
def test_nobody_else_is_a_colleague(workspace: Workspace, email: str, ref: str, kind: str) -> None:
    owned(workspace)
    wanted(workspace, f"{kind}:legacy/1", email, account=ref)

    assert mixed_up(workspace) == [LOGIN]


def test_an_account_that_nobody_owns_has_no_boss(workspace: Workspace) -> None:
    owned(workspace, "")

    assert mixed_up(workspace) == []


def test_a_contact_without_an_address_is_no_colleague(workspace: Workspace) -> None:
    owned(workspace)
    wanted(workspace, "contact:legacy/1", "acme.example")

    assert mixed_up(workspace) == [LOGIN]


def test_the_owner_is_that_of_the_account_itself(workspace: Workspace) -> None:
    owned(workspace)
    wanted(workspace, "contact:legacy/1", "al@acme.example")
    wanted(workspace, account_key(BOLT), KIM, account=BOLT)  # nobody is like them there
    for number in range(5):  # nor does a person with five memberships own five accounts
        wanted(workspace, membership_key(account_ref("legacy", number), OLGA), OLGA, account="x/1")

    assert mixed_up(workspace) == []


# --- what is taken back, and what is not looked at again --------------------------------------


def test_reviews_of_the_texts_of_an_account_that_is_there_are_taken_back(
    workspace: Workspace,
) -> None:
    code = next(code.code for code in neighbours.texts.CODES if code.severity == "review")
    add(workspace, "account_pairs", ref=ACME, target_account="shop/3", target_id="3")
    for scope, ref in ((account_key(ACME), ACME), (account_key(BOLT), BOLT), (LOGIN, ACME)):
        add_finding(workspace, code, scope, account=ref)
    add_finding(workspace, "owner_changed", account_key(ACME), account=ACME)

    neighbours.withdraw_unwritten(workspace)

    assert list(workspace.stream("SELECT code, scope FROM findings ORDER BY ALL")) == sorted(
        [(code, account_key(BOLT)), (code, LOGIN), ("owner_changed", account_key(ACME))]
    )


def test_what_names_a_contact_is_named_where_it_would_be_removed(workspace: Workspace) -> None:
    for number, is_wanted in ((1, False), (2, True)):
        key = f"contact:legacy/{number}"
        add(workspace, "legacy_references", source="legacy", contact_id=number, kind="order",
            number=1)  # fmt: skip
        add(workspace, "differing", key=key, kind="contact", account=ACME, wanted=is_wanted)

    workspace.con.execute(references.REFERENCED)

    assert list(references.findings(workspace)) == []
    rows = workspace.stream("SELECT key, uses FROM referenced")
    assert list(rows) == [("contact:legacy/1", "order (1)")]


def seen(workspace: Workspace, key: str, ref: str, *, complete: bool = False) -> None:
    email = key.rpartition(":")[2]
    body = Membership(account_ref("shop", 3), email, ())
    add_state(workspace, "observed", key, body, target_id="3", complete=complete,
              account=ref, email=email)  # fmt: skip


def read_again(workspace: Workspace) -> list[str]:
    bind(workspace)
    return [observed.resource.email for observed in uninspected(workspace)]  # type: ignore[union-attr]


def test_permissions_are_read_of_members_of_ours(workspace: Workspace) -> None:
    for email in (JANE, KIM, OLGA):
        seen(workspace, membership_key(ACME, email), ACME, complete=email == OLGA)
        if email != KIM:
            wanted(workspace, membership_key(ACME, email), email)
    seen(workspace, user_key(JANE), "")
    wanted(workspace, user_key(JANE))

    assert read_again(workspace) == [JANE]


def test_permissions_of_strangers_are_read_where_an_invitation_waits(workspace: Workspace) -> None:
    seen(workspace, membership_key(ACME, KIM), ACME)
    seen(workspace, membership_key(BOLT, OLGA), BOLT)
    add(workspace, "invites", key=LOGIN, account=ACME, email=JANE)
    add(workspace, "invites", key=membership_key(BOLT, OLGA), account=BOLT, email=OLGA)

    assert read_again(workspace) == [KIM]
