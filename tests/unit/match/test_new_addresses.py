"""Users with a new address, and members who came by an invitation to somebody else."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from filled import add, add_state

from syncd.match.renamed import renamed
from syncd.match.strangers import strangers
from syncd.model.keys import account_key, membership_key, user_key
from syncd.model.resources import account_ref
from syncd.workspace.workspace import Workspace

ACME, BOLT = account_ref("legacy", 17), account_ref("legacy", 18)
OLGA, JANE, KIM = "olga@acme.example", "jane@dev.example", "kim@dev.example"
LOGIN, PRESENT = membership_key(ACME, JANE), membership_key(ACME, KIM)


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    with Workspace(tmp_path / "workspace.duckdb") as opened:
        yield opened


def there(
    workspace: Workspace, key: str, ref: str = ACME, email: str = KIM, *, invited: bool = False,
    keys: tuple[str, ...] = ("orders",),
) -> None:  # fmt: skip
    body = {"permissions": keys}
    add_state(workspace, "seen", key, body, account=ref, email=email, invite=invited)


# --- users ------------------------------------------------------------------------------------


def moved(workspace: Workspace, kind: str = "user", target_id: str = "5") -> None:
    """Say that Jane's user, number 5, is there as Kim's."""
    add(workspace, "remembered_people", email=JANE, target_id="5")
    add_state(workspace, "observed", f"{kind}:{KIM}", email=KIM, target_id=target_id)


def people(workspace: Workspace) -> list[tuple[str, str]]:
    return [(finding.code, finding.email) for finding in renamed(workspace, str)]


def test_a_user_who_is_asked_for_by_the_former_address_is_renamed(workspace: Workspace) -> None:
    moved(workspace)
    add_state(workspace, "converted", LOGIN)

    assert people(workspace) == [("user_renamed", JANE)]


@pytest.mark.parametrize(("kind", "target_id"), [("contact", "5"), ("user", "6")])
def test_another_number_or_no_user_is_somebody_else(
    workspace: Workspace, kind: str, target_id: str
) -> None:
    moved(workspace, kind, target_id)
    add_state(workspace, "converted", LOGIN)

    assert people(workspace) == []


def test_who_has_the_new_address_on_the_account_and_is_not_asked_for_is_renamed(
    workspace: Workspace,
) -> None:
    moved(workspace)
    add_state(workspace, "applied", LOGIN)
    assert people(workspace) == []  # the new address is nobody on the account
    there(workspace, PRESENT)
    assert people(workspace) == [("user_renamed", JANE)]


def test_who_is_asked_for_by_the_new_address_as_well_is_no_question(workspace: Workspace) -> None:
    moved(workspace)
    add_state(workspace, "applied", LOGIN)
    there(workspace, PRESENT)
    add_state(workspace, "converted", PRESENT)

    assert people(workspace) == []


@pytest.mark.parametrize(
    ("legacy", "owner", "asked"), [(JANE, KIM, True), (OLGA, KIM, False), (JANE, OLGA, False)]
)
def test_an_owner_is_renamed_who_was_the_one_and_is_the_other(
    workspace: Workspace, legacy: str, owner: str, *, asked: bool
) -> None:
    moved(workspace)
    add(workspace, "owners", key=account_key(ACME), account=ACME, owner=owner, legacy_owner=legacy)

    assert people(workspace) == ([("user_renamed", JANE)] if asked else [])


# --- strangers --------------------------------------------------------------------------------


def unexpected(workspace: Workspace, *, listed: bool = False) -> list[tuple[str, str]]:
    return [(finding.scope, finding.detail) for finding in strangers(workspace, str, listed=listed)]


def invited(workspace: Workspace) -> None:
    body = '{"permissions": ["orders"]}'
    add(workspace, "invites", key=LOGIN, account=ACME, email=JANE, fp="sent", body=body)
    there(workspace, LOGIN, email=JANE, invited=True)


def test_a_member_who_has_just_what_an_invitation_gives_may_have_accepted_it(
    workspace: Workspace,
) -> None:
    invited(workspace)
    there(workspace, PRESENT)

    assert unexpected(workspace) == [(LOGIN, f"{KIM} has just these permissions")]


def test_who_is_there_has_accepted_it_themselves(workspace: Workspace) -> None:
    body = '{"permissions": ["orders"]}'
    add(workspace, "invites", key=LOGIN, account=ACME, email=JANE, fp="sent", body=body)
    there(workspace, LOGIN, email=JANE)
    there(workspace, PRESENT)

    assert unexpected(workspace) == []


def test_an_invitation_that_nothing_shows_does_not_wait(workspace: Workspace) -> None:
    body = '{"permissions": ["orders"]}'
    add(workspace, "invites", key=LOGIN, account=ACME, email=JANE, fp="sent", body=body)
    there(workspace, membership_key(ACME, OLGA), email=OLGA, invited=True)
    there(workspace, PRESENT)

    assert unexpected(workspace) == []


@pytest.mark.parametrize("why", ["elsewhere", "invited", "other permissions", "a contact"])
def test_who_cannot_have_accepted_it_is_no_stranger(workspace: Workspace, why: str) -> None:
    invited(workspace)
    key = "contact:legacy/1" if why == "a contact" else PRESENT
    there(
        workspace, key, BOLT if why == "elsewhere" else ACME, invited=why == "invited",
        keys=("tickets",) if why == "other permissions" else ("orders",),
    )  # fmt: skip

    assert unexpected(workspace) == []


def listed(workspace: Workspace, state: str = "accepted", by: str = KIM, email: str = JANE) -> None:
    key = membership_key(ACME, email)
    add(
        workspace, "standing", key=key, account=ACME, number=1, email=email, state=state,
        accepted_by=by,
    )  # fmt: skip


def test_whoever_accepted_the_invitation_of_another_is_named(workspace: Workspace) -> None:
    listed(workspace)
    add_state(workspace, "converted", LOGIN)

    assert unexpected(workspace, listed=True) == [(LOGIN, f"{KIM} accepted it, says the target")]


@pytest.mark.parametrize(("state", "by"), [("pending", KIM), ("accepted", JANE), ("accepted", "")])
def test_an_invitation_that_waits_or_went_to_its_person_is_none(
    workspace: Workspace, state: str, by: str
) -> None:
    listed(workspace, state, by)
    add_state(workspace, "converted", LOGIN)

    assert unexpected(workspace, listed=True) == []


def test_an_invitation_that_nobody_asks_for_is_none(workspace: Workspace) -> None:
    listed(workspace)

    assert unexpected(workspace, listed=True) == []


@pytest.mark.parametrize("still_invited", [False, True])
def test_who_is_there_all_the_same_is_not_asked_about(
    workspace: Workspace, *, still_invited: bool
) -> None:
    listed(workspace)
    add_state(workspace, "converted", LOGIN)
    add_state(workspace, "converted", user_key(JANE))
    there(workspace, LOGIN, email=JANE, invited=still_invited)

    assert bool(unexpected(workspace, listed=True)) is still_invited
