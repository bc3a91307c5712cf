"""What is believed without looking again, and what is hidden: whom that must not touch."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from filled import add, add_state

from syncd.match import trust
from syncd.match.doubts import bind_doubted
from syncd.match.recognition import recognise
from syncd.match.suppressed import hide_suppressed
from syncd.model.keys import account_key, membership_key
from syncd.model.resources import Account, account_ref
from syncd.model.suppression import suppression
from syncd.workspace.workspace import Workspace

ACME, BOLT = account_ref("legacy", 17), account_ref("legacy", 18)
OLGA, JANE, KIM = "olga@acme.example", "jane@dev.example", "kim@dev.example"
SINCE = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    with Workspace(tmp_path / "workspace.duckdb") as opened:
        yield opened


# --- permissions that need not be read again --------------------------------------------------


def as_written(
    workspace: Workspace, email: str, *, fp: str = "as it was", complete: bool = False
) -> tuple[str, str]:
    """Say that a member was left so by syncd, and checked lately; the first one is the oldest."""
    key = membership_key(ACME, email)
    add_state(workspace, "applied", key)
    add_state(workspace, "converted", key, fp=fp)
    add(workspace, "bound", key=key, kind="membership", complete=complete)
    return key, f"2026-03-02T0{len(email) % 10}:00:00+00:00"


def trusted(workspace: Workspace, *checked: tuple[str, str]) -> list[str]:
    trust.settle(workspace, checked, SINCE)
    return [key for (key,) in workspace.stream("SELECT key FROM trusted ORDER BY key")]


def test_all_but_the_oldest_are_taken_as_they_were(workspace: Workspace) -> None:
    checked = [as_written(workspace, f"{'p' * size}@x.example") for size in (1, 2, 3)]

    assert trusted(workspace, *checked) == sorted(key for key, _ in checked[1:])


@pytest.mark.parametrize("why", ["other permissions are wanted", "they were read with the rest"])
def test_whose_permissions_were_read_or_are_to_change_is_looked_at(
    workspace: Workspace, why: str
) -> None:
    fp = "new" if why == "other permissions are wanted" else "as it was"
    read = why == "they were read with the rest"
    checked = [
        as_written(workspace, f"{'p' * size}@x.example", fp=fp, complete=read) for size in (1, 2, 3)
    ]

    assert trusted(workspace, *checked) == []


# --- people of the suppression list -----------------------------------------------------------


def hidden(workspace: Workspace) -> list[str]:
    hide_suppressed(workspace, frozenset({suppression(JANE)}))
    return [key for (key,) in workspace.stream("SELECT key FROM hidden ORDER BY key")]


def seen(workspace: Workspace, key: str, email: str = JANE) -> str:
    add_state(workspace, "seen", key, account=ACME, email=email, invite=False)
    return key


def test_a_suppressed_person_is_hidden_and_nobody_else(workspace: Workspace) -> None:
    account = seen(workspace, account_key(ACME))
    theirs = seen(workspace, membership_key(ACME, JANE))
    seen(workspace, membership_key(ACME, KIM), KIM)

    assert hidden(workspace) == sorted((account, theirs))


def test_an_account_that_is_somebody_elses_by_now_is_not_hidden(workspace: Workspace) -> None:
    for key in (account_key(ACME), membership_key(ACME, JANE)):
        seen(workspace, key)
        add_state(workspace, "converted", key)

    assert hidden(workspace) == [membership_key(ACME, JANE)]


# --- accounts in doubt ------------------------------------------------------------------------


def in_doubt(workspace: Workspace, kind: str = "account", key: str = account_key(ACME)) -> int:
    """Give how many are bound, where number 3 of the target is as Acme was written."""
    written = Account(ACME, OLGA, OLGA)
    body = msgspec.structs.replace(written, ref=account_ref("shop", 3))
    add_state(workspace, "observed", f"{kind}:shop/3", body, target_id="3")
    add(workspace, "ownerships", account="shop/3", email=OLGA)
    add_state(workspace, "converted", key)
    bind_doubted(workspace, [written])
    return int(workspace.scalar("SELECT count(*) FROM bindings"))


def test_an_account_in_doubt_that_is_there_is_bound(workspace: Workspace) -> None:
    assert in_doubt(workspace) == 1


def test_a_contact_is_no_account_in_doubt(workspace: Workspace) -> None:
    assert in_doubt(workspace, kind="contact") == 0


def test_an_account_that_nobody_wants_any_more_is_not_bound(workspace: Workspace) -> None:
    assert in_doubt(workspace, key=account_key(BOLT)) == 0


def test_an_account_that_is_bound_already_is_not_in_doubt(workspace: Workspace) -> None:
    add(workspace, "remembered_bindings", key=account_key(ACME), target_id="4", marks="")

    assert in_doubt(workspace) == 0


# --- marks ------------------------------------------------------------------------------------


def test_a_contact_has_no_owner_among_its_marks(workspace: Workspace) -> None:
    for kind in ("account", "contact"):
        body = {"email": JANE, "profile": {}}
        more = {"account": "shop/3", "email": JANE, "target_id": "3", "created": ""}
        add_state(workspace, "observed", f"{kind}:shop/3", body, **more)
    add(workspace, "ownerships", account="shop/3", email=OLGA)

    recognise(workspace)

    owners = workspace.stream("SELECT kind, marks ->> '$.owner' FROM shown ORDER BY kind")
    assert list(owners) == [("account", OLGA), ("contact", "")]
