"""Trust: permissions read lately as syncd left them are not read again, but for a slice."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import matched
import msgspec
import pytest

from syncd.journal.journal import Journal
from syncd.match import bound, trust
from syncd.match import pairs as matching
from syncd.match.accounts import bind_accounts
from syncd.model.permission import NONE, Permissions
from syncd.model.resources import Account, Invite, Membership, account_ref
from syncd.ports import Observed
from syncd.workspace import changes as results
from syncd.workspace.workspace import Workspace

NOW = datetime(2026, 3, 1, 3, 15, tzinfo=UTC)
DAY = timedelta(days=1)
QUOTES: Permissions = ("quotes",)
OURS, THEIRS = account_ref("legacy", 17), account_ref("kestrel", 4)


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    with Workspace(tmp_path / "workspace.duckdb") as opened:
        yield opened


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with Journal.open(tmp_path / "journal.sqlite", "kestrel") as opened:
        yield opened


def email(number: int) -> str:
    return f"p{number:03}@archer.example"


def key(number: int) -> str:
    return f"membership:{OURS}:{email(number)}"


def settled(
    workspace: Workspace, journal: Journal, people: int, *, wanted: Permissions = QUOTES
) -> None:
    """Let all of the people be members as applied, and the plan be at where it would inspect."""
    account = Account(OURS, "alma@archer.example", "alma@archer.example")
    workspace.stage_converted(
        [([account], []), ([Membership(OURS, email(n), wanted) for n in range(people)], [])]
    )
    bodies = [Membership(OURS, email(number), QUOTES) for number in range(people)]
    journal.adopt(((one.key, body_of(one)) for one in bodies), NOW)
    workspace.stage_journal(journal.applied(), [(account.key, "4", "")], list[Invite]())
    workspace.stage_observed(observed(people))


def body_of(membership: Membership) -> str:
    return msgspec.json.encode(membership).decode()


def observed(people: int) -> Iterator[Observed]:
    yield Observed(Account(THEIRS, "", "alma@archer.example"), "4")
    for number in range(people):
        resource = Membership(THEIRS, email(number), NONE)
        yield Observed(resource, f"{number}/4", complete=False)


def asked(workspace: Workspace, checked: Iterable[tuple[str, str]], since: datetime) -> list[str]:
    """Give whose permissions are read."""
    bind_accounts(workspace, {})
    matched.bind(workspace)
    trust.settle(workspace, checked, since)
    return [f"membership:{OURS}:{one.resource.email}" for one in found(workspace)]


def found(workspace: Workspace) -> list[Observed]:
    return list(bound.uninspected(workspace))


def test_nobody_is_trusted_who_was_never_checked(workspace: Workspace, journal: Journal) -> None:
    settled(workspace, journal, 3)
    assert asked(workspace, journal.checked(), NOW - DAY) == [key(0), key(1), key(2)]


def test_who_was_checked_is_trusted_but_for_a_slice_of_those_longest_unseen(
    workspace: Workspace, journal: Journal
) -> None:
    settled(workspace, journal, 100)
    journal.note_checked([key(number) for number in range(100)], NOW)
    journal.note_checked([key(number) for number in range(100) if number != 71], NOW + DAY)
    assert asked(workspace, journal.checked(), NOW - DAY) == [key(0), key(1), key(71)]


def test_trust_ends(workspace: Workspace, journal: Journal) -> None:
    settled(workspace, journal, 40)
    journal.note_checked([key(number) for number in range(40)], NOW)
    assert len(asked(workspace, journal.checked(), NOW)) == 40


def test_what_is_to_change_is_read_first(workspace: Workspace, journal: Journal) -> None:
    settled(workspace, journal, 40, wanted=("emails",))
    journal.note_checked([key(number) for number in range(40)], NOW)
    assert len(asked(workspace, journal.checked(), NOW - DAY)) == 40


def test_the_trusted_stand_as_applied_and_differ_in_nothing(
    workspace: Workspace, journal: Journal
) -> None:
    settled(workspace, journal, 40)
    journal.note_checked([key(number) for number in range(40)], NOW)
    assert asked(workspace, journal.checked(), NOW - DAY) == [key(0), key(1)]
    matched.settle(
        workspace,
        [
            Observed(Membership(THEIRS, email(0), QUOTES), "0/4"),
            Observed(Membership(THEIRS, email(1), ("emails",)), "1/4"),  # drifted
        ],
    )
    assert [pair.key for pair in matching.pairs(workspace, "membership")] == [key(1)]
    assert results.count(workspace, "matched WHERE kind = 'membership'") == 40
    assert list(trust.checked(workspace)) == [key(0)], "only what was read, and was as it ought"


def test_who_left_is_not_kept_by_trust(workspace: Workspace, journal: Journal) -> None:
    settled(workspace, journal, 40)
    journal.note_checked([key(number) for number in range(40)], NOW)
    workspace.con.execute("DELETE FROM observed WHERE email = ?", [email(7)])
    asked(workspace, journal.checked(), NOW - DAY)
    workspace.stage_inspected([])
    matched.settle(workspace)
    assert key(7) in [pair.key for pair in matching.pairs(workspace, "membership")]
