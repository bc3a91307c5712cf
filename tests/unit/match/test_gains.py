"""What the target gives beyond the legacy rows, where no change shows it: all of that, no more."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import msgspec
import pytest
from filled import add, add_finding, add_state

from syncd.match.gains import gains
from syncd.model.keys import account_key, membership_key
from syncd.model.policy import AccountRule
from syncd.model.resources import AccountRef, account_ref
from syncd.workspace.workspace import Workspace

ACME, BOLT = account_ref("legacy", 17), account_ref("legacy", 18)
OLGA, JANE, KIM = "olga@acme.example", "jane@dev.example", "kim@dev.example"
LOGIN = membership_key(ACME, JANE)
CONTACT = "contact:legacy/1"


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    """Give a workspace where Acme is account 3 of the target."""
    with Workspace(tmp_path / "workspace.duckdb") as opened:
        add(opened, "account_pairs", ref=ACME, target_account="shop/3", target_id="3")
        yield opened


def gained(
    workspace: Workspace,
    matches: Mapping[str, AccountRule] | None = None,
    mapping: Iterable[tuple[AccountRef, str]] = (),
) -> list[tuple[str, str, str]]:
    """Give code, scope and detail of what is found."""
    found_out = gains(workspace, str, matches or {}, mapping)
    return [(finding.code, finding.scope, finding.detail) for finding in found_out]


# --- addresses of accounts --------------------------------------------------------------------


def of_address(workspace: Workspace, key: str, wanted: str, actual: str, owner: str = KIM) -> None:
    add_state(workspace, "converted", key, {"email": wanted}, account=ACME, email=OLGA)
    add_state(workspace, "seen", key, {"email": actual}, account=ACME, email=owner, invite=False)


def test_an_account_of_another_address_is_named(workspace: Workspace) -> None:
    of_address(workspace, account_key(ACME), OLGA, JANE)

    assert gained(workspace) == [("account_address", account_key(ACME), f"{OLGA} / {JANE}")]


@pytest.mark.parametrize(("wanted", "actual"), [(OLGA, OLGA), (OLGA, "")])
def test_an_account_of_our_address_or_of_none_is_not(
    workspace: Workspace, wanted: str, actual: str
) -> None:
    of_address(workspace, account_key(ACME), wanted, actual)

    assert gained(workspace) == []


def test_a_contact_may_have_another_address_than_its_row(workspace: Workspace) -> None:
    of_address(workspace, CONTACT, OLGA, JANE)

    assert gained(workspace) == []


@pytest.mark.parametrize("code", ["owner_kept", "client_renamed"])
def test_the_owners_own_address_is_no_news_where_the_owner_is_known_to_differ(
    workspace: Workspace, code: str
) -> None:
    of_address(workspace, account_key(ACME), OLGA, JANE, owner=JANE)
    add_finding(workspace, "account_owned", account_key(ACME))
    assert len(gained(workspace)) == 1  # it is the owner's address, and nobody said so

    add_finding(workspace, code, account_key(ACME))
    assert gained(workspace) == []


def test_an_address_of_a_third_person_is_news_all_the_same(workspace: Workspace) -> None:
    of_address(workspace, account_key(ACME), OLGA, JANE, owner=KIM)
    add_finding(workspace, "owner_kept", account_key(ACME))

    assert [code for code, _, _ in gained(workspace)] == ["account_address"]


# --- members, recipients, contacts that moved -------------------------------------------------


def there(workspace: Workspace, key: str, ref: str = ACME, *, invited: bool = False) -> None:
    body = {"preferences": ["invoice"], "permissions": ["orders"]}
    add_state(workspace, "seen", key, body, account=ref, email=JANE, invite=invited)


def test_a_member_whom_nobody_wants_or_wrote_was_added(workspace: Workspace) -> None:
    there(workspace, LOGIN)

    assert gained(workspace) == [("member_added", LOGIN, "")]


@pytest.mark.parametrize("table", ["converted", "applied"])
@pytest.mark.parametrize("key", [LOGIN, CONTACT])
def test_who_is_wanted_or_was_written_was_not_added(
    workspace: Workspace, key: str, table: str
) -> None:
    there(workspace, key)
    more = {"account": ACME} if table == "converted" else {}
    add_state(workspace, table, key, **more)

    assert gained(workspace) == []


@pytest.mark.parametrize("key", [membership_key(BOLT, JANE), CONTACT])
def test_who_is_on_an_account_of_others_was_not_added(workspace: Workspace, key: str) -> None:
    there(workspace, key, BOLT)

    assert gained(workspace) == []


def test_who_is_only_invited_is_no_member(workspace: Workspace) -> None:
    there(workspace, LOGIN, invited=True)

    assert gained(workspace) == []


def test_a_contact_that_gets_mail_was_added(workspace: Workspace) -> None:
    there(workspace, CONTACT)

    assert gained(workspace) == [("recipient_added", CONTACT, "invoice")]


@pytest.mark.parametrize(("email", "mail"), [("", ["invoice"]), (JANE, [])])
def test_a_contact_that_gets_no_mail_is_no_recipient(
    workspace: Workspace, email: str, mail: list[str]
) -> None:
    body = {"preferences": mail}
    add_state(workspace, "seen", CONTACT, body, account=ACME, email=email, invite=False)

    assert gained(workspace) == []


def test_a_user_is_neither_a_member_nor_a_recipient(workspace: Workspace) -> None:
    there(workspace, f"user:{JANE}")

    assert gained(workspace) == []


@pytest.mark.parametrize(
    ("key", "place", "codes"),
    [(CONTACT, BOLT, ["contact_moved"]), (CONTACT, ACME, []), (LOGIN, BOLT, [])],
)
def test_a_contact_on_another_account_has_moved(
    workspace: Workspace, key: str, place: str, codes: list[str]
) -> None:
    add_state(workspace, "converted", key, account=ACME, email=JANE)
    there(workspace, key, place)

    assert [code for code, _, _ in gained(workspace)] == codes


# --- closed accounts --------------------------------------------------------------------------


def closed(
    workspace: Workspace, *, email: str = OLGA, status: str = "Active", kind: str = "account"
) -> None:
    """Say that Bolt is closed, and that number 18 of the target is of its address."""
    add(workspace, "clients", source="legacy", client_id=18, identity=email or " 18", closed=True)
    body = {"email": email, "status": status}
    add_state(workspace, "observed", f"{kind}:shop/18", body, target_id="18")


@pytest.mark.parametrize("rule", ["same-id", "email"])
def test_a_closed_account_that_is_open_in_the_target_is_named(
    workspace: Workspace, rule: AccountRule
) -> None:
    closed(workspace)

    assert gained(workspace, {"legacy": rule}) == [
        ("closed_account_open", account_key(BOLT), "Active as 18")
    ]
    assert gained(workspace, {"orchid": rule}) == []  # ours is matched by another rule
    assert gained(workspace, {}, [(BOLT, "18")]) != []  # the mapping names it


@pytest.mark.parametrize("rule", ["same-id", "email"])
def test_what_another_account_of_ours_is_bound_to_is_no_closed_account(
    workspace: Workspace, rule: AccountRule
) -> None:
    closed(workspace)
    add(workspace, "account_pairs", ref=ACME, target_account="shop/18", target_id="18")

    assert gained(workspace, {"legacy": rule}) == []


@pytest.mark.parametrize("rule", ["same-id", "email"])
@pytest.mark.parametrize("more", [{"status": " closed"}, {"kind": "contact"}])
def test_what_is_closed_there_too_or_no_account_is_not_named(
    workspace: Workspace, rule: AccountRule, more: dict[str, str]
) -> None:
    closed(workspace, **more)  # type: ignore[arg-type]

    assert gained(workspace, {"legacy": rule}) == []


def test_two_without_an_address_are_not_one_by_it(workspace: Workspace) -> None:
    closed(workspace, email="")

    assert gained(workspace, {"legacy": "email"}) == []


def test_an_account_that_is_open_here_may_be_open_there(workspace: Workspace) -> None:
    add(workspace, "clients", source="legacy", client_id=17, identity=OLGA, closed=False)
    body = {"email": OLGA, "status": "Active"}
    add_state(workspace, "observed", "account:shop/3", body, target_id="3")

    assert gained(workspace, {"legacy": "email"}) == []


# --- invitations that wait --------------------------------------------------------------------


def invited(workspace: Workspace, ref: str = ACME, email: str = JANE, *, fresh: bool = True) -> str:
    """Say that somebody is invited by a run of ours, and that they are not there yet."""
    key, body = membership_key(AccountRef(ref), email), {"permissions": ["orders"]}
    add(
        workspace, "invites", key=key, account=ref, email=email, fp="sent",
        body=msgspec.json.encode(body).decode(), fresh=fresh, confirmed=True, gone=False,
    )  # fmt: skip
    add_state(workspace, "seen", key, body, account=ref, email=email, invite=True)
    return key


WIDER = ("invitation_wider", account_key(ACME), f"{JANE}: orders")


def test_an_invitation_that_nobody_wants_is_named(workspace: Workspace) -> None:
    invited(workspace)

    assert gained(workspace) == [WIDER]


def test_an_invitation_that_gives_more_than_is_wanted_is_named_though_it_was_ours(
    workspace: Workspace,
) -> None:
    key = invited(workspace)
    add_state(workspace, "applied", key)
    add_state(workspace, "converted", key, {"permissions": ["tickets"]}, account=ACME)

    assert gained(workspace) == [WIDER]


def test_an_invitation_of_ours_that_nobody_wants_has_a_change_of_its_own(
    workspace: Workspace,
) -> None:
    add_state(workspace, "applied", invited(workspace))

    assert gained(workspace) == []


def test_an_invitation_that_ran_out_gives_nothing(workspace: Workspace) -> None:
    invited(workspace, fresh=False)

    assert gained(workspace) == []


def test_an_invitation_to_an_account_of_others_is_not_ours_to_name(workspace: Workspace) -> None:
    invited(workspace, BOLT)

    assert gained(workspace) == []


def test_an_invitation_of_the_journals_to_who_owns_the_account_gives_them_nothing(
    workspace: Workspace,
) -> None:
    add_state(workspace, "seen", account_key(ACME), {}, account=ACME, email=JANE, invite=False)
    invited(workspace)

    assert gained(workspace) == []


def test_an_invitation_that_was_accepted_is_a_member(workspace: Workspace) -> None:
    add_state(workspace, "converted", LOGIN, {"permissions": ["tickets"]}, account=ACME)
    add(
        workspace, "invites", key=LOGIN, account=ACME, email=JANE, fp="sent",
        body='{"permissions": ["orders"]}', fresh=True, confirmed=True, gone=False,
    )  # fmt: skip
    there(workspace, LOGIN)

    assert gained(workspace) == []
