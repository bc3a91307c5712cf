"""Owners and people under another address: who is asked about, and whose removal waits for whom."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from filled import add, add_finding, add_state

from syncd.match.owners import settle_owners
from syncd.match.renamed import renamed
from syncd.model.keys import account_key, membership_key, user_key
from syncd.model.resources import account_ref
from syncd.workspace.workspace import Workspace

ACME, BOLT = account_ref("legacy", 17), account_ref("legacy", 18)
OLGA, JANE, KIM = "olga@acme.example", "jane@dev.example", "kim@dev.example"
KEY = account_key(ACME)
LOGIN, RENAMED = membership_key(ACME, JANE), membership_key(ACME, KIM)


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    with Workspace(tmp_path / "workspace.duckdb") as opened:
        yield opened


def wanted(workspace: Workspace, key: str, **more: Any) -> None:
    add_state(workspace, "converted", key, **{"account": ACME} | more)


def there(workspace: Workspace, key: str, **more: Any) -> None:
    add_state(workspace, "seen", key, **{"account": ACME, "invite": False} | more)


# --- who owns an account ----------------------------------------------------------------------


def owned(workspace: Workspace, legacy: str = OLGA, there_is: str = OLGA) -> None:
    wanted(workspace, KEY, email=legacy)
    there(workspace, KEY, email=there_is)


def settled(workspace: Workspace) -> list[tuple[str, str, str]]:
    told_of = settle_owners(workspace, str)
    return [(finding.code, finding.scope, finding.detail) for finding in told_of]


def owners(workspace: Workspace) -> list[tuple[str, ...]]:
    return list(workspace.stream("SELECT key, owner, legacy_owner FROM owners ORDER BY key"))


def test_an_account_of_both_sides_that_somebody_owns_has_an_owner(workspace: Workspace) -> None:
    owned(workspace, OLGA, JANE)
    other, alone = account_key(BOLT), account_key(account_ref("legacy", 19))
    wanted(workspace, other, account=BOLT, email=OLGA)
    there(workspace, other, account=BOLT, email="")
    there(workspace, alone, email=KIM)
    for side in (wanted, there):
        side(workspace, LOGIN, email=JANE)

    settle_owners(workspace, str)

    assert owners(workspace) == [(KEY, JANE, OLGA)]


def test_another_owner_than_the_rows_name_is_asked_about(workspace: Workspace) -> None:
    owned(workspace, OLGA, JANE)

    assert settled(workspace) == [("owner_changed", KEY, f"{OLGA} / {JANE}")]


def test_an_owner_with_a_new_address_whom_syncd_wrote_is_renamed(workspace: Workspace) -> None:
    owned(workspace, OLGA, JANE)
    add_state(workspace, "applied", KEY, {"owner": JANE})
    add_state(workspace, "observed", membership_key(ACME, OLGA), email=OLGA)

    assert settled(workspace) == [("client_renamed", KEY, f"{OLGA} / {JANE}")]


@pytest.mark.parametrize("why", ["no address", "a user of the target", "written as another"])
def test_an_owner_who_may_be_somebody_else_has_changed(workspace: Workspace, why: str) -> None:
    owned(workspace, "" if why == "no address" else OLGA, JANE)
    add_state(workspace, "applied", KEY, {"owner": KIM if why == "written as another" else JANE})
    if why == "a user of the target":
        add_state(workspace, "observed", user_key(OLGA), email=OLGA)

    assert [code for code, _, _ in settled(workspace)] == ["owner_changed"]


def remembered(workspace: Workspace, marks: str, key: str = KEY) -> None:
    add(workspace, "remembered_bindings", key=key, target_id="3", marks=marks)


@pytest.mark.parametrize(
    ("marks", "codes"),
    [
        ('{"owner": "jane@dev.example"}', ["owner_kept"]),
        ('{"owner": "kim@dev.example"}', ["owner_kept", "owner_changed"]),
        ('{"owner": ""}', ["owner_kept"]),
        ("", ["owner_kept"]),
    ],
)
def test_where_the_rows_name_no_owner_that_of_the_target_stays_as_it_was_bound(
    workspace: Workspace, marks: str, codes: list[str]
) -> None:
    owned(workspace, "", JANE)
    add_finding(workspace, "owner_missing", KEY)
    remembered(workspace, marks)

    assert [code for code, _, _ in settled(workspace)] == codes


def test_only_the_question_that_the_target_answers_is_taken_back(workspace: Workspace) -> None:
    owned(workspace, "", JANE)
    for scope in (KEY, account_key(BOLT)):
        add_finding(workspace, "owner_missing", scope)
        add_finding(workspace, "account_owned", scope)

    assert [(code, scope) for code, scope, _ in settled(workspace)] == [("owner_kept", KEY)]
    rest = workspace.stream("SELECT code, scope FROM findings ORDER BY ALL")
    assert list(rest) == [
        ("account_owned", KEY),
        ("account_owned", account_key(BOLT)),
        ("owner_missing", account_key(BOLT)),
    ]


def moved(workspace: Workspace, former: str, present: str, kind: str = "user") -> None:
    """Say that number 5 of the target had another address when syncd last looked."""
    add(workspace, "remembered_people", email=former, target_id="5")
    add_state(workspace, "observed", f"{kind}:{present}", email=present, target_id="5")
    add_state(workspace, "observed", user_key("zoe@other.example"), email=JANE, target_id="6")


def test_an_owner_whose_user_has_a_new_address_is_still_the_owner(workspace: Workspace) -> None:
    owned(workspace, OLGA, JANE)
    moved(workspace, OLGA, JANE)

    assert settled(workspace) == []


@pytest.mark.parametrize(
    ("former", "present", "kind"),
    [(OLGA, KIM, "user"), (KIM, JANE, "user"), (OLGA, JANE, "contact")],
)
def test_a_new_address_of_somebody_else_says_nothing_of_an_owner(
    workspace: Workspace, former: str, present: str, kind: str
) -> None:
    owned(workspace, OLGA, JANE)
    moved(workspace, former, present, kind)

    assert [code for code, _, _ in settled(workspace)] == ["owner_changed"]


def test_an_account_that_its_owner_owns_is_not_asked_about(workspace: Workspace) -> None:
    owned(workspace)
    add(workspace, "ownerships", account="shop/3", email=OLGA)

    assert settled(workspace) == []


@pytest.mark.parametrize(
    ("legacy", "owned_by", "marks", "asked"),
    [
        (OLGA, [], "", False),  # the target says of nobody what they own
        (OLGA, [KIM], "", True),
        (OLGA, [], '{"owner": "olga@acme.example"}', True),
        (OLGA, [], '{"owner": ""}', False),
        ("", [KIM], "", False),
    ],
)
def test_an_account_that_nobody_owns_is_asked_about_where_the_target_shows_owners(
    workspace: Workspace, legacy: str, owned_by: list[str], marks: str, *, asked: bool
) -> None:
    owned(workspace, legacy, "")
    remembered(workspace, marks)
    remembered(workspace, '{"owner": "kim@dev.example"}', account_key(BOLT))
    wanted(workspace, LOGIN, email=JANE)
    there(workspace, LOGIN, email="")
    for email in owned_by:
        add(workspace, "ownerships", account="shop/9", email=email)

    codes = [("owner_changed", KEY, f"{legacy} / nobody")] if asked else []
    assert settled(workspace) == codes


# --- logins whose row has another address -----------------------------------------------------


def login(workspace: Workspace, number: int, email: str, *, was: str = "") -> None:
    """Say that a row is that person's login today, and what it was when they last had it."""
    add(
        workspace, "contacts", identity=email, source="legacy", contact_id=number, client_id=17,
        login=True,
    )  # fmt: skip
    if was:
        add(workspace, "remembered_origins", contact=f"legacy/{number}", key=was)


def replacing(workspace: Workspace) -> list[tuple[str, str]]:
    """Give whose removal waits for whom."""
    list(renamed(workspace, str))
    return list(workspace.stream("SELECT key, successor FROM replaced ORDER BY ALL"))


def test_a_row_with_another_address_is_the_same_person(workspace: Workspace) -> None:
    login(workspace, 1, KIM, was=LOGIN)
    login(workspace, 2, OLGA, was=membership_key(ACME, OLGA))
    wanted(workspace, RENAMED)
    wanted(workspace, membership_key(ACME, OLGA))

    (finding,) = renamed(workspace, str)

    assert (finding.code, finding.scope, finding.contact_id) == (
        "login_renamed", RENAMED, "legacy/1",
    )  # fmt: skip


def test_whose_former_address_another_row_still_asks_for_was_not_renamed(
    workspace: Workspace,
) -> None:
    login(workspace, 1, KIM, was=LOGIN)
    login(workspace, 2, JANE)
    for key in (LOGIN, RENAMED):
        wanted(workspace, key)

    assert replacing(workspace) == []


@pytest.mark.parametrize(
    ("more", "asked"),
    [({}, True), ({"answer": "skip"}, False), ({"severity": "note"}, False)],
)
def test_an_open_question_about_the_new_address_does_not_hide_that_one(
    workspace: Workspace, more: dict[str, str], *, asked: bool
) -> None:
    login(workspace, 1, KIM, was=LOGIN)
    severity = {"severity": "review"}
    add_finding(workspace, "twin_logins_overlap", RENAMED, **severity | more)

    assert replacing(workspace) == ([(LOGIN, KIM)] if asked else [])


@pytest.mark.parametrize(
    ("taken", "former_there", "waits"),
    [(False, False, True), (True, False, False), (True, True, True), (False, True, True)],
)
def test_a_new_address_that_is_there_already_is_asked_about_beside_the_former_one(
    workspace: Workspace, *, taken: bool, former_there: bool, waits: bool
) -> None:
    login(workspace, 1, KIM, was=LOGIN)
    wanted(workspace, RENAMED)
    if taken:
        there(workspace, RENAMED)
    if former_there:
        there(workspace, LOGIN)

    assert replacing(workspace) == ([(LOGIN, KIM)] if waits else [])


def test_an_invitation_to_the_new_address_is_nobody_there(workspace: Workspace) -> None:
    login(workspace, 1, KIM, was=LOGIN)
    wanted(workspace, RENAMED)
    there(workspace, RENAMED, invite=True)

    assert replacing(workspace) == [(LOGIN, KIM)]
