"""What stands under a membership's key where the target lists its invitations."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import matched
import msgspec
import pytest

from syncd.apply import learn
from syncd.match.accounts import bind_accounts
from syncd.match.invitations import standing
from syncd.match.pairs import pairs
from syncd.match.strangers import strangers
from syncd.model.keys import membership_key
from syncd.model.resources import Account, Invite, Membership, account_ref
from syncd.ports import Invitation, InviteState, Observed, Ownership
from syncd.workspace.workspace import Workspace

SENT = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
ACME, OURS = account_ref("shop", 3), account_ref("legacy", 17)
JANE, KIM = "jane@dev.example", "kim@dev.example"
TICKETS, ORDERS = ("tickets",), ("orders",)
REMEMBERED = Invite(OURS, JANE, TICKETS, SENT - timedelta(seconds=3), fresh=True)
GONE = msgspec.structs.replace(REMEMBERED, fresh=False, gone=True)


def shown(
    state: InviteState, number: int = 1, email: str = JANE, accepted_by: str = ""
) -> Invitation:
    keys = ORDERS if state in (InviteState.PENDING, InviteState.EXPIRED) else ()
    return Invitation(str(number), ACME, email, keys, SENT, state, accepted_by)


@pytest.mark.parametrize("remembered", [None, REMEMBERED])
def test_one_that_can_be_accepted_is_as_the_target_has_it(remembered: Invite | None) -> None:
    waits = standing(OURS, remembered, shown(InviteState.PENDING))
    late = standing(OURS, remembered, shown(InviteState.EXPIRED))

    assert waits == Invite(OURS, JANE, ORDERS, SENT, fresh=True)
    assert late == Invite(OURS, JANE, ORDERS, SENT, fresh=False)


def test_a_doubt_ends_where_the_target_shows_it() -> None:
    doubtful = msgspec.structs.replace(REMEMBERED, confirmed=False)

    settled = standing(OURS, doubtful, shown(InviteState.PENDING))

    assert settled is not None
    assert settled.confirmed


@pytest.mark.parametrize(("last", "by"), [(InviteState.CANCELLED, ""), (InviteState.ACCEPTED, KIM)])
def test_one_cancelled_or_accepted_by_somebody_else_is_gone(last: InviteState, by: str) -> None:
    found = standing(OURS, REMEMBERED, shown(last, accepted_by=by))
    by_hand = standing(OURS, None, shown(last, accepted_by=by))

    assert found == msgspec.structs.replace(GONE, sent_at=SENT)
    assert by_hand == Invite(OURS, JANE, (), SENT, fresh=False, gone=True)


@pytest.mark.parametrize("by", [JANE, ""])
def test_one_that_the_person_accepted_is_no_invitation_any_more(by: str) -> None:
    assert standing(OURS, REMEMBERED, shown(InviteState.ACCEPTED, accepted_by=by)) is None


def test_one_that_is_not_there_is_gone_unless_nobody_knows_whether_it_ever_was() -> None:
    doubtful = msgspec.structs.replace(REMEMBERED, confirmed=False)

    assert standing(OURS, REMEMBERED, None) == GONE
    assert standing(OURS, doubtful, None) == doubtful


# --- in the workspace ------------------------------------------------------------------------


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    with Workspace(tmp_path / "workspace.duckdb") as opened:
        yield opened


def settled(workspace: Workspace, *seen: Invitation, remembered: tuple[Invite, ...] = ()) -> dict:
    """Give the invitations that stand, by address, with Jane and Kim wanted on the account."""
    account = Account(OURS, "olga@acme.example", "olga@acme.example")
    theirs = Account(ACME, "", "olga@acme.example")
    wanted = [Membership(OURS, email, TICKETS) for email in (JANE, KIM)]
    workspace.stage_converted([([account, *wanted], [])])
    workspace.stage_journal([], [], remembered)
    workspace.stage_observed([Observed(theirs, "3"), Ownership(ACME, "olga@acme.example"), *seen])
    assert list(bind_accounts(workspace, {"legacy": "email"}, ())) == []
    matched.bind(workspace, listed=True)
    matched.settle(workspace)
    rows = workspace.stream("SELECT email, body FROM matched WHERE invite")
    return {email: msgspec.json.decode(body, type=Invite) for email, body in rows}


def test_the_one_that_waits_counts_else_the_latest(workspace: Workspace) -> None:
    found = settled(
        workspace,
        shown(InviteState.PENDING, 8),
        shown(InviteState.CANCELLED, 9),
        shown(InviteState.CANCELLED, 10, KIM),
        shown(InviteState.EXPIRED, 11, KIM),
    )

    assert found[JANE].fresh
    assert (found[KIM].fresh, found[KIM].gone) == (False, False)


def test_of_people_nobody_wants_nothing_is_said(workspace: Workspace) -> None:
    assert settled(workspace, shown(InviteState.PENDING, 1, "guest@acme.example")) == {}


def test_what_the_journal_remembers_of_others_is_settled(workspace: Workspace) -> None:
    guest = msgspec.structs.replace(REMEMBERED, email="guest@acme.example")

    found = settled(workspace, remembered=(guest,))

    assert found["guest@acme.example"].gone
    assert list(learn.ended_invites(workspace)) == [(guest.key, "unwanted")]


def test_of_an_account_that_is_not_bound_the_journal_has_the_word(workspace: Workspace) -> None:
    elsewhere = msgspec.structs.replace(REMEMBERED, account=account_ref("legacy", 99))

    assert settled(workspace, remembered=(elsewhere,)) == {JANE: elsewhere}


def test_who_accepted_for_somebody_else_is_named(workspace: Workspace) -> None:
    settled(workspace, shown(InviteState.ACCEPTED, accepted_by="eve@else.example"))

    (found,) = strangers(workspace, lambda _: "(somebody)", listed=True)

    assert (found.scope, found.email) == (f"membership:{OURS}:{JANE}", JANE)
    assert found.detail == "(somebody) accepted it, says the target"


def test_a_member_whom_somebody_removed_after_accepting_is_known_without_a_journal(
    workspace: Workspace,
) -> None:
    settled(workspace, shown(InviteState.ACCEPTED, 8), shown(InviteState.EXPIRED, 9, KIM))

    removed = {pair.key for pair in pairs(workspace, "membership") if pair.was_accepted}
    assert removed == {membership_key(OURS, JANE)}
