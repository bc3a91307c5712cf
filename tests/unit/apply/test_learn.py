"""What the journal learns of a plan: query by query, beside what it must not learn."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from filled import add, add_finding, add_state

from syncd.apply import learn
from syncd.model.remembered import AdoptedBody, BoundKey, EndedInvite, LoginOrigin, UserId
from syncd.workspace.workspace import Workspace

ACME, BOLT, CORE = "account:legacy/17", "account:legacy/18", "account:legacy/19"
JANE, KIM = "jane@dev.example", "kim@dev.example"
JANES, KIMS = f"membership:legacy/17:{JANE}", f"membership:legacy/17:{KIM}"


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    with Workspace(tmp_path / "workspace.duckdb") as opened:
        yield opened


def desired(workspace: Workspace, key: str, fp: str = "as it was", email: str = "") -> None:
    add_state(workspace, "converted", key, fp=fp, email=email)


def matched(workspace: Workspace, key: str, fp: str = "as it was", *, invite: bool = False) -> None:
    add_state(workspace, "seen", key, fp=fp, invite=invite)


# --- what is adopted and forgotten ------------------------------------------------------------


def test_what_the_target_has_as_desired_is_adopted(workspace: Workspace) -> None:
    for key in (ACME, BOLT):
        desired(workspace, key)
        matched(workspace, key)
    add_state(workspace, "applied", BOLT, fp="another")
    assert list(learn.adopted(workspace)) == [AdoptedBody(ACME, "{}"), AdoptedBody(BOLT, "{}")]


def test_what_differs_waits_or_is_known_is_not_adopted(workspace: Workspace) -> None:
    for key in (ACME, BOLT, JANES, CORE):
        desired(workspace, key)
    matched(workspace, ACME, "another")
    matched(workspace, BOLT)
    add_state(workspace, "applied", BOLT)
    matched(workspace, JANES, invite=True)
    # Core is not in the target, though what is desired of it is there under another key.
    assert not list(learn.adopted(workspace))


def test_what_only_the_journal_has_is_forgotten(workspace: Workspace) -> None:
    for key in (ACME, BOLT, CORE):
        add_state(workspace, "applied", key)
    desired(workspace, ACME)
    matched(workspace, BOLT)
    assert list(learn.forgotten(workspace)) == [CORE]


# --- bindings ---------------------------------------------------------------------------------


def bound(
    workspace: Workspace, key: str, target_id: str, *, was: str | None = None, likeness: str = ""
) -> None:
    """Bind a key to what looks as it does now; `was` are the marks it was known by."""
    add(workspace, "bindings", key=key, target_id=target_id, known=was is not None)
    add(workspace, "shown", kind="account", target_id=target_id, marks="now")
    if was is not None:
        add(workspace, "remembered_bindings", key=key, target_id=target_id, marks=was)
    if likeness:
        add(workspace, "altered", key=key, target_id=target_id, likeness=likeness)


def test_what_is_newly_bound_or_looks_different_is_noted(workspace: Workspace) -> None:
    bound(workspace, ACME, "4")
    bound(workspace, BOLT, "5", was="now")
    bound(workspace, CORE, "6", was="then", likeness="renamed")
    add(workspace, "shown", kind="contact", target_id="4", marks="of a contact of that number")
    assert list(learn.new_bindings(workspace)) == [
        BoundKey(ACME, "4", "now"),
        BoundKey(CORE, "6", "now"),
    ]


def test_what_was_moved_keeps_its_marks_while_that_is_asked(workspace: Workspace) -> None:
    bound(workspace, ACME, "4", was="then", likeness="moved")
    add_finding(workspace, "owner_changed", ACME)
    assert not list(learn.new_bindings(workspace))


@pytest.mark.parametrize(
    ("likeness", "code", "answer"),
    [
        ("moved", "owner_changed", "apply"),
        ("moved", "inactive_account", ""),
        ("renamed", "owner_changed", ""),
    ],
    ids=["answered", "only a note", "renamed, not moved"],
)
def test_marks_are_noted_where_nobody_is_asked_where_it_belongs(
    workspace: Workspace, likeness: str, code: str, answer: str
) -> None:
    bound(workspace, ACME, "4", was="then", likeness=likeness)
    add_finding(workspace, code, ACME, answer=answer)
    assert list(learn.new_bindings(workspace)) == [BoundKey(ACME, "4", "now")]


def test_what_was_moved_keeps_no_other_from_being_noted(workspace: Workspace) -> None:
    bound(workspace, ACME, "4", was="now", likeness="moved")
    bound(workspace, BOLT, "5", was="then")
    add_finding(workspace, "owner_changed", BOLT)
    assert list(learn.new_bindings(workspace)) == [BoundKey(BOLT, "5", "now")]


def test_what_is_bound_anew_does_not_wait_for_what_it_was_bound_to(workspace: Workspace) -> None:
    bound(workspace, ACME, "4", likeness="moved")
    add_finding(workspace, "owner_changed", ACME)
    assert list(learn.new_bindings(workspace)) == [BoundKey(ACME, "4", "now")]


def test_a_binding_that_another_key_has_taken_over_is_released(workspace: Workspace) -> None:
    add(workspace, "remembered_bindings", key=ACME, target_id="4", marks="")
    add(workspace, "bindings", key=BOLT, target_id="4", known=False)
    assert list(learn.released_bindings(workspace)) == [ACME]


def test_a_binding_is_not_released_for_another_number_kind_or_place(workspace: Workspace) -> None:
    for key, target_id in ((ACME, "4"), (BOLT, "5"), ("contact:legacy/1", "6")):
        add(workspace, "remembered_bindings", key=key, target_id=target_id, marks="")
    bindings = {
        ACME: "5",  # swapped with Bolt: both go on
        BOLT: "4",
        CORE: "6",  # an account of a contact's number
        "contact:legacy/2": "4",
    }
    for key, target_id in bindings.items():
        add(workspace, "bindings", key=key, target_id=target_id, known=False)
    assert not list(learn.released_bindings(workspace))


def test_a_binding_that_stays_is_not_released(workspace: Workspace) -> None:
    add(workspace, "remembered_bindings", key=ACME, target_id="4", marks="")
    add(workspace, "bindings", key=ACME, target_id="4", known=True)
    assert not list(learn.released_bindings(workspace))


# --- people -----------------------------------------------------------------------------------


def test_users_who_matter_are_noted_by_the_id_they_have_now(workspace: Workspace) -> None:
    desired(workspace, JANES, email=JANE)
    desired(workspace, KIMS, email=KIM)
    add_state(workspace, "observed", f"user:{JANE}", email=JANE, target_id="3")
    add_state(workspace, "observed", f"user:{KIM}", email=KIM, target_id="4")
    # A membership's number is another list's, and the smallest user's id counts.
    add_state(workspace, "observed", "membership:shop/9", email=JANE, target_id="1")
    add(workspace, "remembered_people", email=KIM, target_id="2")
    assert list(learn.new_people(workspace)) == [UserId(JANE, "3"), UserId(KIM, "4")]


def test_users_who_are_known_in_doubt_or_strangers_are_not_noted(workspace: Workspace) -> None:
    desired(workspace, JANES, email=JANE)
    desired(workspace, KIMS, email=KIM)
    desired(workspace, "contact:legacy/1", email="plain@dev.example")
    for number, email in enumerate((JANE, KIM, "plain@dev.example", "nobody@dev.example")):
        add_state(workspace, "observed", f"user:{email}", email=email, target_id=str(number))
    add(workspace, "remembered_people", email=JANE, target_id="0")
    add_finding(workspace, "user_renamed", f"user:{KIM}")
    assert not list(learn.new_people(workspace))


# --- where memberships came from --------------------------------------------------------------


def login(workspace: Workspace, contact_id: int, email: str) -> None:
    add(
        workspace, "contacts", identity=email, source="legacy", contact_id=contact_id,
        client_id=17, login=True,
    )  # fmt: skip


def test_the_membership_of_a_login_is_noted_once_it_is_there(workspace: Workspace) -> None:
    login(workspace, 1, JANE)
    login(workspace, 2, KIM)
    for key in (JANES, KIMS):
        desired(workspace, key)
        matched(workspace, key)
    add(workspace, "remembered_origins", contact="legacy/2", key="membership:legacy/17:former")
    assert list(learn.new_origins(workspace)) == [
        LoginOrigin("legacy/1", JANES),
        LoginOrigin("legacy/2", KIMS),
    ]


def test_a_login_stays_what_it_was_while_invited_or_known(workspace: Workspace) -> None:
    login(workspace, 1, JANE)
    login(workspace, 2, KIM)
    for key in (JANES, KIMS):
        desired(workspace, key)
    matched(workspace, JANES, invite=True)
    matched(workspace, KIMS)
    add(workspace, "remembered_origins", contact="legacy/2", key=KIMS)
    assert not list(learn.new_origins(workspace))


@pytest.mark.parametrize(
    ("code", "answer", "is_noted"),
    [
        ("login_renamed", "", False),
        ("login_moved", "leave", False),
        ("login_renamed", "apply", True),
        ("many_names", "", True),
    ],
)
def test_a_login_stays_what_it_was_while_it_is_asked_whose_it_is(
    workspace: Workspace, code: str, answer: str, *, is_noted: bool
) -> None:
    login(workspace, 1, JANE)
    desired(workspace, JANES)
    matched(workspace, JANES)
    add_finding(workspace, code, JANES, answer=answer)
    assert bool(list(learn.new_origins(workspace))) is is_noted


# --- invitations ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("listed", "member", "is_desired", "ends"),
    [
        ({"fresh": True}, True, True, "accepted"),
        (None, False, True, "accepted"),
        ({"fresh": False}, False, False, "unwanted"),
        ({"fresh": True, "gone": True}, False, False, "withdrawn"),
        ({"fresh": False, "gone": True}, False, True, "withdrawn"),
        ({"fresh": True}, False, True, ""),
        ({"fresh": True}, False, False, ""),
        ({"fresh": False}, False, True, ""),
    ],
    ids=[
        "there is a member", "not listed any more", "expired, and nobody wants it",
        "withdrawn within its week", "withdrawn, and still wanted", "pending",
        "pending, and nobody wants it", "expired, to be sent again",
    ],
)  # fmt: skip
def test_how_an_invitation_ends(
    workspace: Workspace,
    listed: dict[str, bool] | None,
    ends: str,
    *,
    member: bool,
    is_desired: bool,
) -> None:
    add(workspace, "remembered_invites", key=JANES)
    if listed is not None:
        add(workspace, "invites", key=JANES, **{"gone": False} | listed)
        matched(workspace, JANES, invite=not member)
    if is_desired:
        desired(workspace, JANES)
    assert list(learn.ended_invites(workspace)) == ([EndedInvite(JANES, ends)] if ends else [])
