"""The apply loop with several changes on at once: what stays as with one."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import matched
import pytest

from syncd.apply.apply import Applied, apply_plan
from syncd.errors import ActionRefused, Superseded, TargetUnavailable
from syncd.journal.journal import Journal
from syncd.model.change import Change, Reason, Verb
from syncd.model.resources import Contact, Membership, Resource, User, account_ref
from syncd.model.verdict import APPLY
from syncd.ports import Receipt
from syncd.workspace import changes as results
from syncd.workspace.workspace import Workspace

NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
ARCHER = account_ref("legacy", 17)


class Stage:
    """A run on a target that holds nothing, ready to be applied."""

    def __init__(self, workspace: Workspace, journal: Journal) -> None:
        self.workspace = workspace
        self.journal = journal
        self.progress: list[tuple[str, int, int | None]] = []

    def plan(self, *resources: Resource) -> None:
        changes = [Change(Verb.ADD, Reason.NEW, None, one) for one in resources]
        results.stage_verdicts(self.workspace, [(change, APPLY) for change in changes])

    @property
    def remembered(self) -> list[str]:
        return [key for key, *_ in self.journal.applied()]


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Stage]:
    with (
        Journal.open(tmp_path / "journal.sqlite", "kestrel") as journal,
        Workspace(tmp_path / "workspace.duckdb") as workspace,
    ):
        matched.match(workspace)
        yield Stage(workspace, journal)


def users(*names: str) -> list[User]:
    return [User(f"{name}@archer.example") for name in names]


class Busy:
    """A target that answers when as many calls are on as a test waits for, or nobody joins."""

    def __init__(self, journal: Journal, together: int) -> None:
        self.spans: list[tuple[str, str]] = []  # ("begins" or "ends", key)
        self.answers: dict[str, Exception] = {}
        self.most = 0
        self.begun_before_call = True
        self._journal = journal
        self._together = together
        self._on = 0
        self._turn = threading.Condition()

    def perform(self, change: Change) -> Receipt:
        with self._turn:
            self._on += 1
            self.most = max(self.most, self._on)
            self.spans.append(("begins", change.key))
            open_intents = self._journal.outcomes("r1").get("in_doubt", 0)
            self.begun_before_call = self.begun_before_call and open_intents >= self._on
            self._turn.notify_all()
            self._turn.wait_for(lambda: self._on >= self._together, timeout=0.05)
            self.spans.append(("ends", change.key))
            self._on -= 1
        if change.key in self.answers:
            raise self.answers[change.key]
        return Receipt(confirmed=True)

    def begins(self, key: str) -> int:
        return self.spans.index(("begins", key))

    def ends(self, key: str) -> int:
        return self.spans.index(("ends", key))


def apply_busily(stage: Stage, writer: Busy, stop_after: int = 1000) -> Applied:
    def stop() -> bool:
        return len(writer.spans) >= stop_after

    rest = (stage.journal, "r1", lambda: NOW, lambda *told: stage.progress.append(told), stop, 4)
    return apply_plan(stage.workspace, (), writer, *rest)


def test_several_are_on_at_once_each_with_its_intent_first(empty: Stage) -> None:
    empty.plan(*users(*"abcdefgh"))
    writer = Busy(empty.journal, together=4)
    assert apply_busily(empty, writer) == Applied({"applied": 8})
    assert writer.most == 4
    assert writer.begun_before_call
    assert empty.progress == [("apply", done, 8) for done in range(1, 9)]
    assert empty.journal.outcomes("r1") == {"applied": 8}
    assert len(empty.remembered) == 8


def test_who_is_taken_over_with_several_on_begins_no_other(empty: Stage) -> None:
    """Every call that went out has its intent, and what came of it is left in doubt."""
    empty.plan(*users(*"abcdefghijkl"))
    path = empty.journal.place

    class Robbed(Busy):
        def perform(self, change: Change) -> Receipt:
            with self._turn:
                if not self.spans:
                    with Journal.open(path, "kestrel") as other, other.held(lambda: NOW):
                        pass
            return super().perform(change)

    writer = Robbed(empty.journal, together=4)
    with pytest.raises(Superseded):
        apply_busily(empty, writer)
    called = {key for _, key in writer.spans}
    assert 1 <= len(called) <= 4
    assert writer.begun_before_call
    assert empty.journal.outcomes("r1") == {"in_doubt": 4}


def test_a_phase_ends_before_the_next_begins(empty: Stage) -> None:
    dana = [Membership(ARCHER, f"{name}@archer.example", ("quotes",)) for name in "xyz"]
    empty.plan(*dana, *users("ann", "bob", "cat"))
    writer = Busy(empty.journal, together=4)
    assert apply_busily(empty, writer) == Applied({"applied": 6}, mails=3)
    last = max(writer.ends(user.key) for user in users("ann", "bob", "cat"))
    assert all(writer.begins(member.key) > last for member in dana)


def test_contacts_of_an_account_are_never_on_together(empty: Stage) -> None:
    contacts = [
        Contact(account_ref("legacy", 17 + number % 2), f"legacy/{number}", "", ())
        for number in range(8)
    ]
    empty.plan(*contacts)
    writer = Busy(empty.journal, together=4)
    assert apply_busily(empty, writer) == Applied({"applied": 8})
    assert writer.most == 2
    for account in (0, 1):
        spans = [
            (writer.begins(one.key), writer.ends(one.key)) for one in contacts[account::2]
        ]  # fmt: skip
        assert all(end < begin for (_, end), (begin, _) in pairwise(spans)), "in their order, too"


def test_a_target_that_goes_away_is_left_alone_once_all_have_come_back(empty: Stage) -> None:
    empty.plan(*users(*"abcdefghijklmnop"))
    writer = Busy(empty.journal, together=4)
    lost = TargetUnavailable("AddUser", "refused")
    writer.answers = {user.key: lost for user in users(*"defghijklmnop")}
    applied = apply_busily(empty, writer)
    assert applied.stopped == "unreachable"
    # Three in a row beside the three others that were on, and what was begun since.
    assert 6 <= applied.outcomes["failed"] <= 9
    assert empty.journal.outcomes("r1") == applied.outcomes
    assert empty.journal.recover(NOW) == 0


def test_a_stop_lets_those_that_are_on_end(empty: Stage) -> None:
    empty.plan(*users(*"abcdefgh"))
    writer = Busy(empty.journal, together=4)
    applied = apply_busily(empty, writer, stop_after=3)
    assert applied.stopped == "stopped"
    assert 0 < applied.outcomes["applied"] < 8
    assert empty.journal.outcomes("r1") == applied.outcomes
    assert empty.journal.recover(NOW) == 0


def test_refused_by_all_at_once_is_reported_once_and_leaves_no_doubt(empty: Stage) -> None:
    empty.plan(*users(*"abcdefgh"))
    writer = Busy(empty.journal, together=4)
    writer.answers = {user.key: ActionRefused("AddUser", "No.") for user in users(*"abcdefgh")}
    with pytest.raises(ActionRefused):
        apply_busily(empty, writer)
    assert set(empty.journal.outcomes("r1")) == {"failed"}
    assert empty.journal.recover(NOW) == 0


def test_our_own_defect_among_several_leaves_one_in_doubt(empty: Stage) -> None:
    empty.plan(*users(*"abcd"))
    writer = Busy(empty.journal, together=4)
    writer.answers = {users("b")[0].key: ZeroDivisionError()}
    with pytest.raises(ZeroDivisionError):
        apply_busily(empty, writer)
    assert empty.journal.recover(NOW) == 1
