"""The plan as files: what is written is whole and private, what is read back is checked."""

import json
import os
import stat
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from syncd.errors import PlanUnusable, StoreError
from syncd.model.change import Change, Reason, Verb
from syncd.model.resources import Invite, Membership, User, account_ref
from syncd.model.verdict import APPLY, Refusal, Verdict, Word
from syncd.report import files, plan
from syncd.report.plan import Manifest
from syncd.workspace import changes as results
from syncd.workspace.workspace import Workspace

ARCHER = account_ref("legacy", 17)
HOLD = Verdict(Word.HOLD, "mode", "policy.mode is no-removals, which does not allow this")
DANA = Membership(ARCHER, "dana@archer.example", ("quotes",))
DRAFT = Manifest("", "", "2026-03-01T09:30:00+00:00", "kestrel", ("legacy",), 2, 0, 0)


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    with Workspace(tmp_path / "state" / "workspace.duckdb") as opened:
        stage(opened, User("ann@archer.example"), User("bob@archer.example"))
        yield opened


def stage(workspace: Workspace, *users: User) -> None:
    changes = [Change(Verb.ADD, Reason.NEW, None, user) for user in users]
    removal = Change(Verb.REMOVE, Reason.REVOKED, DANA, None)
    results.stage_verdicts(workspace, [*((change, APPLY) for change in changes), (removal, HOLD)])


FILES = {"plan.jsonl", "plan.json", "changes.csv"}


def written(workspace: Workspace, folder: Path) -> Manifest:
    return files.seal(folder, files.write_plan(workspace, folder, DRAFT))


# --- writing --------------------------------------------------------------------------------


def test_a_line_holds_all_of_a_change(workspace: Workspace, tmp_path: Path) -> None:
    written(workspace, tmp_path / "out")
    text = (tmp_path / "out" / "plan.jsonl").read_text(encoding="utf-8")
    first, *_, last = map(json.loads, text.splitlines())
    assert first == {
        "verb": "-",
        "kind": "membership",
        "key": "membership:legacy/17:dana@archer.example",
        "reason": "revoked",
        "verdict": "hold",
        "rule": "mode",
        "why": "policy.mode is no-removals, which does not allow this",
        "before": {
            "kind": "membership",
            "account": "legacy/17",
            "email": "dana@archer.example",
            "permissions": ["quotes"],
        },
        "after": None,
        "version": 1,
    }
    assert (last["verb"], last["key"], last["verdict"]) == ("+", "user:bob@archer.example", "apply")


def test_what_is_written_can_be_read_back(workspace: Workspace, tmp_path: Path) -> None:
    manifest = written(workspace, tmp_path / "out")
    assert plan.load(tmp_path / "out") == manifest
    assert manifest.checksum.startswith(manifest.plan)
    assert manifest.target == "kestrel"
    assert (manifest.writes, manifest.holds) == (2, 1)
    lines = plan.read_lines(tmp_path / "out" / "plan.jsonl")
    judged = list(results.changes(workspace))
    for line, (change, verdict) in zip(lines, judged, strict=True):
        assert (line.verb, line.reason) == (change.verb, change.reason)
        assert (line.before, line.after) == (change.before, change.after)
        assert (line.kind, line.key) == (change.kind, change.key)
        assert (line.verdict, line.rule, line.why) == (verdict.word, verdict.rule, verdict.why)


def test_an_invitation_as_before_can_be_read_back(workspace: Workspace, tmp_path: Path) -> None:
    sent_at = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
    waiting = Invite(ARCHER, "erin@archer.example", ("quotes",), sent_at, fresh=True)
    change = Change(Verb.REMOVE, Reason.REVOKED, waiting, None)
    lines_of(tmp_path / "plan.jsonl", (change, HOLD))
    (line,) = plan.read_lines(tmp_path / "plan.jsonl")
    assert line.before == waiting


def test_the_same_changes_have_the_same_checksum(workspace: Workspace, tmp_path: Path) -> None:
    first, second = written(workspace, tmp_path / "a"), written(workspace, tmp_path / "b")
    assert first.checksum == second.checksum
    stage(workspace, User("cat@archer.example"))
    assert written(workspace, tmp_path / "c").checksum != first.checksum


def test_only_its_owner_may_read_a_plan(workspace: Workspace, tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        written(workspace, tmp_path / "out")
    finally:
        os.umask(old)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "out").iterdir()}
    assert modes == dict.fromkeys(FILES, 0o600)
    assert stat.S_IMODE((tmp_path / "out").stat().st_mode) == 0o700


def test_a_plan_that_cannot_be_finished_leaves_the_old_one(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = written(workspace, tmp_path / "out")
    stage(workspace, User("cat@archer.example"))

    def interrupted(workspace: Workspace) -> Iterator[plan.Lines]:
        yield next(lines(workspace))
        raise KeyboardInterrupt

    lines = plan.lines
    monkeypatch.setattr(plan, "lines", interrupted)
    with pytest.raises(KeyboardInterrupt):
        written(workspace, tmp_path / "out")
    assert plan.load(tmp_path / "out") == before
    assert {path.name for path in (tmp_path / "out").iterdir()} == FILES


def test_a_folder_that_cannot_be_one_is_reported(workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="it is a file"):
        written(workspace, tmp_path / "file")
    with pytest.raises(StoreError, match="Not a directory"):
        written(workspace, tmp_path / "file" / "sub" / "out")


# --- reading --------------------------------------------------------------------------------


@pytest.fixture
def folder(workspace: Workspace, tmp_path: Path) -> Path:
    written(workspace, tmp_path / "out")
    return tmp_path / "out"


def refusal(folder: Path) -> str:
    with pytest.raises(PlanUnusable) as caught:
        plan.load(folder)
    assert caught.value.path.startswith(str(folder))
    return caught.value.reason


def test_a_plan_that_somebody_edited_is_refused(folder: Path) -> None:
    lines = folder / "plan.jsonl"
    lines.write_text(lines.read_text(encoding="utf-8").replace("hold", "apply"), encoding="utf-8")
    assert refusal(folder) == "it was changed after it was made"


def test_a_plan_that_was_cut_is_refused(folder: Path) -> None:
    lines = folder / "plan.jsonl"
    lines.write_bytes(lines.read_bytes()[:-20])
    assert refusal(folder) == "it was changed after it was made"


def test_a_plan_of_another_version_is_refused(folder: Path) -> None:
    path = folder / "plan.json"
    manifest = json.loads(path.read_bytes()) | {"version": 2}
    path.write_text(json.dumps(manifest), encoding="utf-8")
    assert refusal(folder) == "it has format version 2, not 1"


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"plan": 1}', "\x00"])
def test_what_is_no_manifest_is_refused(content: str, folder: Path) -> None:
    (folder / "plan.json").write_text(content, encoding="utf-8")
    assert refusal(folder).startswith("not a plan manifest")


@pytest.mark.parametrize("name", ["plan.json", "plan.jsonl"])
def test_a_plan_with_a_file_missing_is_refused(name: str, folder: Path) -> None:
    (folder / name).unlink()
    assert "No such file" in refusal(folder)


def test_a_broken_line_is_named_by_its_number(folder: Path) -> None:
    lines = folder / "plan.jsonl"
    lines.write_bytes(lines.read_bytes() + b"{}\n")
    with pytest.raises(PlanUnusable, match="line 4: "):
        list(plan.read_lines(lines))


def test_refusals_are_part_of_the_manifest(workspace: Workspace, tmp_path: Path) -> None:
    tripped = Refusal("removals", 3, 0, "Three would go.")
    draft = msgspec.structs.replace(DRAFT, refusals=(tripped,))
    files.seal(tmp_path / "out", files.write_plan(workspace, tmp_path / "out", draft))
    assert plan.load(tmp_path / "out").refusals == (tripped,)


# --- what moved -----------------------------------------------------------------------------


def lines_of(path: Path, *judged: tuple[Change, Verdict]) -> Path:
    with Workspace(path.with_suffix(".duckdb")) as workspace:
        results.stage_verdicts(workspace, judged)
        plan.write_lines(path, plan.lines(workspace))
    return path


def test_what_moved_is_named(tmp_path: Path) -> None:
    ann, bob, cat, dan = (
        Change(Verb.ADD, Reason.NEW, None, User(f"{name}@archer.example"))
        for name in ("ann", "bob", "cat", "dan")
    )
    old = lines_of(tmp_path / "old", (ann, APPLY), (bob, APPLY), (cat, APPLY))
    new = lines_of(tmp_path / "new", (bob, APPLY), (cat, HOLD), (dan, APPLY))
    assert plan.moved(old, new) == [
        "other: user:cat@archer.example (+ new, hold mode)",
        "new: user:dan@archer.example (+ new, apply)",
        "gone: user:ann@archer.example",
    ]
    assert not plan.moved(old, old)


def test_a_long_list_of_what_moved_is_cut(tmp_path: Path) -> None:
    changes = [
        (Change(Verb.ADD, Reason.NEW, None, User(f"p{number}@archer.example")), APPLY)
        for number in range(30)
    ]
    new, old = lines_of(tmp_path / "new", *changes), lines_of(tmp_path / "old")
    assert len(plan.moved(old, new)) == 20


# --- private files, and moments read back ---------------------------------------------------


def test_a_file_that_others_could_read_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "export.jsonl"
    path.write_text("old")
    path.chmod(0o644)
    with path.open() as reader, plan.open_private(path) as file:
        file.write(b"new")
        file.flush()
        assert reader.read() == "old"  # whoever had it open reads on in the old one
    assert path.read_text() == "new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    path, elsewhere = tmp_path / "export.jsonl", tmp_path / "elsewhere"
    elsewhere.write_text("untouched")
    path.symlink_to(elsewhere)
    with pytest.raises(StoreError, match="a link"):
        plan.open_private(path)
    assert elsewhere.read_text() == "untouched"


@pytest.mark.parametrize(
    "made_at", ["yesterday", "", "2026-11-27T00:00:00", "0001-01-01T00:00:00+23:59"]
)
def test_a_plan_made_at_no_moment_is_refused(tmp_path: Path, made_at: str) -> None:
    with pytest.raises(PlanUnusable, match="made_at is not a time with a zone"):
        plan.moment_of(msgspec.structs.replace(DRAFT, made_at=made_at), tmp_path)


@pytest.mark.timeout(10)
def test_a_pipe_is_no_plan(folder: Path) -> None:
    (folder / "plan.json").unlink()
    os.mkfifo(folder / "plan.json")
    assert refusal(folder) == "it is no plain file."


def test_a_manifest_nested_too_deep_is_refused(tmp_path: Path) -> None:
    (tmp_path / "plan.json").write_text('{"x":' + "[" * 100_000)
    with pytest.raises(PlanUnusable):
        plan.load(tmp_path)


@pytest.mark.parametrize("name", ["plan.json", "plan.jsonl", "changes.csv", "report.html"])
def test_a_folder_that_was_edited_is_refused(
    workspace: Workspace, tmp_path: Path, name: str
) -> None:
    folder = tmp_path / "out"
    manifest = written(workspace, folder)
    (folder / "report.html").write_text("Nobody gains a right: 2 contacts")
    files.seal(folder, manifest)
    (folder / "decisions.yaml").write_text("answered")
    assert plan.load(folder).files.keys() == {"plan.jsonl", "changes.csv", "report.html"}
    path = folder / name
    path.write_text(path.read_text().replace("a", "e"))
    with pytest.raises(PlanUnusable):
        plan.load(folder)


def test_a_folder_that_lacks_a_file_is_refused(workspace: Workspace, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    files.seal(folder, written(workspace, folder))
    (folder / "changes.csv").unlink()
    with pytest.raises(PlanUnusable):
        plan.load(folder)


def test_a_plan_whose_report_was_not_finished_is_refused(
    workspace: Workspace, tmp_path: Path
) -> None:
    files.write_plan(workspace, tmp_path / "out", DRAFT)
    assert refusal(tmp_path / "out").startswith("its report was not finished")


@pytest.mark.parametrize("more", ['"holds": 0, ', '"approved": "by Kim", ', " "])
def test_what_a_person_would_read_in_the_manifest_is_what_counts(folder: Path, more: str) -> None:
    path = folder / "plan.json"
    path.write_text(path.read_text().replace("{", "{" + more, 1))
    assert refusal(folder).startswith("it was changed after it was made")
