"""What is kept of an observation for commands that are no run."""

import stat
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from filled import add, add_state

from syncd.errors import StoreError
from syncd.model.keys import account_key, membership_key, user_key
from syncd.model.ownership import AccountOwner, Acquaintance
from syncd.workspace.sightings import FILE, SightedAccount, Sightings, keep_sightings
from syncd.workspace.workspace import Workspace

NOW = datetime(2026, 3, 1, 3, 15, tzinfo=UTC)
OLGA, JANE, KIM = "olga@acme.example", "jane@dev.example", "kim@dev.example"
ACME, SHOP = "legacy/17", "o'neill/9"


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    with Workspace(tmp_path / "workspace.duckdb") as opened:
        yield opened


def account(workspace: Workspace, ref: str, client: str, *owners: str, **body: Any) -> None:
    target_key, key = f"account:shop/{client}", account_key(ref)
    add_state(
        workspace, "seen", key, {"status": "Active", "profile": {}} | body,
        account=ref, email=min(owners, default=""), target_id=client, invite=False,
    )  # fmt: skip
    add(workspace, "bound", target_key=target_key, kind="account", key=key, account=ref)
    for email in owners:
        add(workspace, "ownerships", account=f"shop/{client}", email=email)


def user(workspace: Workspace, email: str, number: str) -> None:
    for table, more in (("observed", {}), ("seen", {"invite": False})):
        add_state(workspace, table, user_key(email), email=email, target_id=number, **more)


def membership(workspace: Workspace, email: str, *, fresh: bool | None = None) -> None:
    """Add a member of ACME or, where `fresh` is said, an invitation to be one."""
    key, invite = membership_key(ACME, email), fresh is not None
    add_state(workspace, "seen", key, account=ACME, email=email, invite=invite)
    if invite:
        add(workspace, "invites", key=key, account=ACME, email=email, fresh=fresh)


def kept(workspace: Workspace, folder: Path) -> Sightings:
    keep_sightings(workspace, folder, "kestrel", NOW)
    sightings = Sightings.open(folder, "kestrel")
    assert sightings is not None
    return sightings


def test_accounts_are_found_by_reference_and_by_owner(workspace: Workspace, tmp_path: Path) -> None:
    user(workspace, OLGA, "3")
    account(workspace, ACME, "5", OLGA, profile={"company": "Acme Ltd", "first_name": "Olga"})
    account(workspace, SHOP, "9", OLGA, KIM, status="Closed", profile={"first_name": "Olga"})
    account(workspace, "legacy/18", "6")
    by_olga, by_kim = AccountOwner(OLGA, "3"), AccountOwner(KIM)
    acme = SightedAccount(ACME, "5", "Acme Ltd", closed=False, owners=(by_olga,))
    shop = SightedAccount(SHOP, "9", "Olga", closed=True, owners=(by_kim, by_olga))

    with kept(workspace, tmp_path) as sightings:
        assert sightings.observed_at == NOW
        assert sightings.account(ACME) == acme
        assert sightings.account(SHOP) == shop
        assert sightings.account("legacy/18") == SightedAccount(
            "legacy/18", "6", "", closed=False, owners=()
        )
        assert sightings.account("legacy/99") is None
        assert sightings.owned_by(OLGA) == [acme, shop]
        assert sightings.owned_by(KIM) == [shop]
        assert sightings.owned_by(JANE) == []


def test_people_are_members_invited_users_or_nobody(workspace: Workspace, tmp_path: Path) -> None:
    account(workspace, ACME, "5", OLGA)
    for number, email in enumerate((JANE, "invited@dev.example", "listed@dev.example")):
        user(workspace, email, str(number))
    membership(workspace, JANE)
    membership(workspace, "invited@dev.example", fresh=True)
    membership(workspace, "late@dev.example", fresh=False)
    add(workspace, "account_pairs", ref=ACME, target_account="shop/5", target_id="5")
    for name, state in (("listed", "pending"), ("gone", "cancelled")):
        add(workspace, "invitations", account="shop/5", email=f"{name}@dev.example", state=state)

    with kept(workspace, tmp_path) as sightings:
        told = {
            name: sightings.acquaintance(f"{name}@dev.example", ACME)
            for name in ("jane", "invited", "listed", "late", "gone")
        }
        elsewhere = sightings.acquaintance(JANE, "legacy/18")
    assert told == {
        "jane": Acquaintance.MEMBER,
        "invited": Acquaintance.INVITED,
        "listed": Acquaintance.INVITED,
        "late": Acquaintance.STRANGER,
        "gone": Acquaintance.STRANGER,
    }
    assert elsewhere is Acquaintance.USER


def test_who_is_on_the_suppression_list_is_not_kept(workspace: Workspace, tmp_path: Path) -> None:
    user(workspace, OLGA, "3")
    account(workspace, ACME, "5", OLGA)
    membership(workspace, JANE)
    for key, email in ((user_key(OLGA), OLGA), (membership_key(ACME, JANE), JANE)):
        add(workspace, "hidden", key=key, account="", email=email)

    kept(workspace, tmp_path)
    left = (tmp_path / FILE).read_bytes()
    assert OLGA.encode() not in left
    assert JANE.encode() not in left


def test_it_is_for_its_owner_alone_and_of_one_target(workspace: Workspace, tmp_path: Path) -> None:
    assert Sightings.open(tmp_path, "kestrel") is None
    kept(workspace, tmp_path)
    keep_sightings(workspace, tmp_path, "o'neill", NOW)  # in its place

    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600
    assert sorted(path.name for path in tmp_path.glob(f"{FILE}*")) == [FILE]
    assert Sightings.open(tmp_path, "kestrel") is None
    assert Sightings.open(tmp_path, "o'neill") is not None


def test_a_folder_may_have_any_name(workspace: Workspace, tmp_path: Path) -> None:
    folder = tmp_path / "o'neill [1] *"
    folder.mkdir()
    (folder / f"{FILE}.draft").write_text("a run was cut off here")
    account(workspace, ACME, "5", OLGA)

    with kept(workspace, folder) as sightings:
        assert [each.account for each in sightings.owned_by(OLGA)] == [ACME]
    assert [path.name for path in folder.iterdir()] == [FILE]


def test_one_that_is_damaged_says_what_to_do(workspace: Workspace, tmp_path: Path) -> None:
    kept(workspace, tmp_path)
    path = tmp_path / FILE
    path.write_bytes(path.read_bytes()[:100])

    with pytest.raises(StoreError, match=r"Delete it, and run syncd plan\."):
        Sightings.open(tmp_path, "kestrel")
