"""The apply loop: intent before each call, an outcome after it, and when it stops."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import matched
import msgspec
import pytest
from structlog.testing import capture_logs

from syncd.apply.apply import Applied, apply_plan
from syncd.errors import (
    AccessRefused,
    ActionRefused,
    AddressRefused,
    AlreadyThere,
    Conflict,
    CredentialsRefused,
    NoAnswer,
    NotConfirmed,
    OwnerProtected,
    Rejected,
    SyncdError,
    TargetUnavailable,
    Throttled,
    Unbound,
    UnexpectedReply,
    Unsupported,
    WrongUrl,
)
from syncd.journal.journal import Journal
from syncd.match.accounts import bind_accounts
from syncd.model.change import Change, Reason, Verb
from syncd.model.outcome import Outcome
from syncd.model.resources import Account, Invite, Membership, Resource, User, account_ref
from syncd.model.verdict import APPLY, Refusal, Verdict, Word
from syncd.ports import Observed, Receipt
from syncd.workspace import changes as results
from syncd.workspace.workspace import Workspace

NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
ARCHER = account_ref("legacy", 17)
HOLD = Verdict(Word.HOLD, "review:many_names")


class Writer:
    """A target that answers what a test says; anything else succeeds."""

    def __init__(self, journal: Journal, answers: Mapping[str, Exception | Receipt]) -> None:
        self.performed: list[str] = []
        self.begun: list[int] = []  # changes without an outcome, at each call
        self._journal = journal
        self._answers = answers

    def perform(self, change: Change) -> Receipt:
        self.performed.append(change.key)
        self.begun.append(self._journal.outcomes("r1").get("in_doubt", 0))
        answer = self._answers.get(change.key, Receipt(confirmed=True))
        if isinstance(answer, Exception):
            raise answer
        return answer


class Stage:
    """A planned run, ready to be applied."""

    def __init__(self, workspace: Workspace, journal: Journal) -> None:
        self.workspace = workspace
        self.journal = journal
        self.writer = Writer(journal, {})
        self.stop_after = 1000
        self.progress: list[tuple[str, int, int | None]] = []

    def plan(self, *resources: Resource, verdict: Verdict = APPLY) -> None:
        changes = [Change(Verb.ADD, Reason.NEW, None, one) for one in resources]
        results.stage_verdicts(self.workspace, [(change, verdict) for change in changes])

    def apply(self, refusals: tuple[Refusal, ...] = (), **answers: Exception | Receipt) -> Applied:
        keys = {f"user:{name}@archer.example": answer for name, answer in answers.items()}
        self.writer = Writer(self.journal, keys)
        return apply_plan(
            self.workspace,
            refusals,
            self.writer,
            self.journal,
            "r1",
            lambda: NOW,
            lambda *told: self.progress.append(told),
            lambda: len(self.writer.performed) >= self.stop_after,
        )

    @property
    def remembered(self) -> list[str]:
        return [key for key, *_ in self.journal.applied()]


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with (
        Journal.open(tmp_path / "journal.sqlite", "kestrel") as journal,
        Workspace(tmp_path / "workspace.duckdb") as workspace,
    ):
        yield Stage(workspace, journal)


def settle(stage: Stage) -> None:
    """Do what planning does before anything is judged."""
    matched.match(stage.workspace)


@pytest.fixture
def empty(stage: Stage) -> Stage:
    """Plan nothing, on a target that holds nothing."""
    settle(stage)
    return stage


def users(*names: str) -> list[User]:
    return [User(f"{name}@archer.example") for name in names]


# --- one by one -----------------------------------------------------------------------------


def test_changes_are_applied_in_order_each_with_its_intent_first(empty: Stage) -> None:
    dana = Membership(ARCHER, "dana@archer.example", ("quotes",))
    empty.plan(dana, *users("cat", "ann", "bob"))
    assert empty.apply() == Applied({"applied": 4}, mails=1)
    assert empty.writer.performed == [
        "user:ann@archer.example",
        "user:bob@archer.example",
        "user:cat@archer.example",
        dana.key,
    ]
    assert empty.writer.begun == [1, 1, 1, 1]
    assert empty.progress == [("apply", done, 4) for done in (1, 2, 3, 4)]


def test_what_is_held_is_not_touched(empty: Stage) -> None:
    empty.plan(*users("ann"))
    empty.plan(*users("bob"), verdict=HOLD)
    assert empty.apply() == Applied({"applied": 1})
    assert empty.writer.performed == ["user:ann@archer.example"]


def test_a_refused_plan_applies_nothing_and_learns_nothing(stage: Stage) -> None:
    ann = User("ann@archer.example")
    stage.workspace.stage_converted([([ann], [])])
    stage.workspace.stage_observed([Observed(ann, "1")])
    settle(stage)
    stage.plan(*users("bob"))
    refusal = Refusal("removals", 3, 0, "Three would go.")
    assert stage.apply((refusal,)) == Applied({}, "refused")
    assert not stage.writer.performed
    assert not stage.remembered
    assert not stage.journal.outcomes("r1")


@pytest.mark.parametrize(
    ("kind", "fields", "outcome"),
    [
        (Rejected, ("AddUser", "No."), "failed"),
        (AlreadyThere, ("AddUser", "There."), "failed"),
        (OwnerProtected, ("UpdateUserPermissions", "Owner."), "failed"),
        (Unsupported, ("user:x", "-"), "failed"),
        (TargetUnavailable, ("AddUser", "HTTP 503"), "failed"),
        (Throttled, ("AddUser", "Slow down.", 30), "failed"),
        (WrongUrl, ("AddUser", "HTTP 404"), "failed"),
        (NoAnswer, ("AddUser", "timed out"), "in_doubt"),
        (UnexpectedReply, ("AddUser", "What?"), "in_doubt"),
        (NotConfirmed, ("user:x", ("quotes",), ()), "in_doubt"),
        (Conflict, ("user:x", None, "there"), "conflict"),
        (Unbound, ("account:legacy/17",), "blocked"),
    ],
)
def test_each_error_has_its_outcome_and_the_run_goes_on(
    kind: type[SyncdError], fields: tuple[object, ...], outcome: str, empty: Stage
) -> None:
    empty.plan(*users("ann", "bob"))
    applied = empty.apply(ann=kind(*fields))
    assert applied == Applied({outcome: 1, "applied": 1})
    assert applied.failed == 1
    assert empty.remembered == ["user:bob@archer.example"]
    assert empty.journal.outcomes("r1") == {outcome: 1, "applied": 1}
    assert empty.journal.recover(NOW) == 0


@pytest.mark.parametrize("refused", [CredentialsRefused, ActionRefused, AddressRefused])
def test_who_is_not_let_in_stops_at_once(refused: type[AccessRefused], empty: Stage) -> None:
    empty.plan(*users("ann", "bob", "cat"))
    with pytest.raises(refused):
        empty.apply(bob=refused("AddUser", "No entry."))
    assert empty.writer.performed == ["user:ann@archer.example", "user:bob@archer.example"]
    assert empty.journal.outcomes("r1") == {"applied": 1, "failed": 1}


def test_our_own_defect_leaves_the_change_in_doubt(empty: Stage) -> None:
    empty.plan(*users("ann", "bob"))
    with pytest.raises(ZeroDivisionError):
        empty.apply(ann=ZeroDivisionError())
    assert empty.journal.recover(NOW) == 1


def test_an_invitation_without_an_answer_counts_as_sent(empty: Stage) -> None:
    dana = Membership(ARCHER, "dana@archer.example", ("quotes",))
    empty.plan(dana)
    empty.writer = Writer(empty.journal, {dana.key: NoAnswer("CreateClientInvite", "cut")})
    applied = apply_plan(
        empty.workspace, (), empty.writer, empty.journal, "r1", lambda: NOW, lambda *_: None
    )
    assert applied.outcomes == {"in_doubt": 1}
    assert [one.key for one in empty.journal.invites(NOW)] == [dana.key]


# --- when to stop ---------------------------------------------------------------------------


def test_three_in_a_row_without_reaching_the_target_end_the_run(empty: Stage) -> None:
    empty.plan(*users("ann", "bob", "cat", "dan", "eve"))
    lost = TargetUnavailable("AddUser", "refused")
    applied = empty.apply(bob=lost, cat=NoAnswer("AddUser", "cut"), dan=lost)
    assert applied == Applied({"applied": 1, "failed": 2, "in_doubt": 1}, "unreachable")
    assert len(empty.writer.performed) == 4


def test_a_url_that_went_wrong_ends_the_run_as_well(empty: Stage) -> None:
    empty.plan(*users("ann", "bob", "cat", "dan"))
    gone = WrongUrl("AddUser", "HTTP 404")
    assert empty.apply(ann=gone, bob=gone, cat=gone) == Applied({"failed": 3}, "unreachable")


def test_a_target_that_comes_back_is_given_another_three(empty: Stage) -> None:
    empty.plan(*users("ann", "bob", "cat", "dan", "eve"))
    lost = TargetUnavailable("AddUser", "refused")
    applied = empty.apply(ann=lost, bob=lost, cat=Rejected("AddUser", "No."), dan=lost, eve=lost)
    assert applied == Applied({"failed": 5})


def test_a_change_that_applies_gives_the_target_another_three(empty: Stage) -> None:
    empty.plan(*users("ann", "bob", "cat", "dan", "eve"))
    lost = TargetUnavailable("AddUser", "refused")
    applied = empty.apply(ann=lost, bob=lost, dan=lost, eve=lost)
    assert applied == Applied({"failed": 4, "applied": 1})


@pytest.mark.parametrize(
    "answer",
    [
        UnexpectedReply("AddUser", "What?"),
        NotConfirmed("user:x", ("quotes",), ()),
        Conflict("user:x", None, "there"),
        Unbound("account:legacy/17"),
        Rejected("AddUser", "No."),
    ],
)
def test_a_target_that_answers_is_reached_whatever_it_says(
    answer: SyncdError, empty: Stage
) -> None:
    empty.plan(*users("ann", "bob", "cat", "dan"))
    applied = empty.apply(ann=answer, bob=answer, cat=answer, dan=answer)
    assert applied.stopped == ""
    assert applied.failed == 4


def test_a_stop_after_the_last_change_stops_nothing(empty: Stage) -> None:
    empty.plan(*users("ann", "bob"))
    empty.stop_after = 2
    assert empty.apply() == Applied({"applied": 2})


def test_a_stop_is_heeded_between_changes(empty: Stage) -> None:
    empty.plan(*users("ann", "bob", "cat"))
    empty.stop_after = 2
    assert empty.apply() == Applied({"applied": 2}, "stopped")
    assert empty.journal.outcomes("r1") == {"applied": 2}
    assert empty.journal.recover(NOW) == 0


def test_a_stop_before_the_first_change_writes_nothing(empty: Stage) -> None:
    empty.plan(*users("ann"))
    empty.stop_after = 0
    assert empty.apply() == Applied({}, "stopped")
    assert not empty.writer.performed


# --- what is logged -------------------------------------------------------------------------


def test_the_log_has_a_line_for_each_change_and_says_why_it_failed(empty: Stage) -> None:
    empty.plan(*users("ann", "bob"))
    with capture_logs() as logs:
        empty.apply(bob=Rejected("AddUser", "No."))
    about = {"verb": "+", "kind": "user"}
    assert logs == [
        {"event": "change.applied", "log_level": "info", "subject": "user:ann@archer.example"}
        | about,
        {"event": "change.not_applied", "log_level": "warning", "outcome": "failed",
         "error": "No.", "subject": "user:bob@archer.example"} | about,
    ]  # fmt: skip


# --- what was settled by looking ------------------------------------------------------------


def test_the_journal_learns_what_was_observed_before_anything_is_written(stage: Stage) -> None:
    ann, gone = users("ann", "gone")
    dana = Membership(ARCHER, "dana@archer.example", ("quotes",))
    waiting = Invite(ARCHER, "dana@archer.example", ("quotes",), NOW, fresh=True)
    sent = Change(Verb.ADD, Reason.NEW, None, dana)
    journal, workspace = stage.journal, stage.workspace
    journal.adopt([(gone.key, msgspec.json.encode(gone).decode())], NOW)
    change_id = journal.begin("r0", sent, NOW)
    journal.finish(change_id, sent, Outcome.APPLIED, NOW, receipt=Receipt(invite=waiting))
    workspace.stage_converted([([ann, dana], [])])
    workspace.stage_observed([Observed(ann, "1"), Observed(dana, "2/4")])
    workspace.stage_journal(journal.applied(), journal.bindings(), journal.invites(NOW))
    settle(stage)
    assert stage.apply() == Applied({})
    assert stage.remembered == [dana.key, ann.key]
    assert not list(journal.invites(NOW))


def test_the_journal_learns_which_account_is_ours_and_whose_rights_were_read(stage: Stage) -> None:
    theirs = account_ref("kestrel", 4)
    archer = Account(ARCHER, "alma@archer.example")
    dana, seen = (Membership(ref, "dana@archer.example", ("quotes",)) for ref in (ARCHER, theirs))
    stage.journal.adopt([(dana.key, msgspec.json.encode(dana).decode())], NOW)
    stage.workspace.stage_converted([([archer, dana], [])])
    stage.workspace.stage_observed(
        [Observed(Account(theirs, archer.owner), "4"), Observed(seen, "4/9")]
    )
    stage.workspace.stage_journal(stage.journal.applied(), (), ())
    bind_accounts(stage.workspace, {}, [(ARCHER, "4")])
    matched.bind(stage.workspace)
    matched.settle(stage.workspace, [Observed(seen, "4/9")])
    stage.apply()
    assert stage.journal.binding(archer.key) == "4"
    assert [key for key, _ in stage.journal.checked()] == [dana.key]


def test_a_run_that_takes_back_another_learns_nothing_of_the_legacy_side(stage: Stage) -> None:
    ann = User("ann@archer.example")
    stage.workspace.stage_converted([([ann], [])])
    stage.workspace.stage_observed([Observed(ann, "1")])
    settle(stage)
    stage.journal.start_run("r1", "undo", NOW, undoes="r0")
    assert stage.apply() == Applied({})
    assert not stage.remembered
