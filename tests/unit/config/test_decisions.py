"""decisions.yaml: what is read decides, what is half-edited does not, what is wrong is told."""

import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.config import decisions
from syncd.errors import DecisionsUnusable
from syncd.model.catalogue import CATALOGUE
from syncd.model.catalogue.code import Severity
from syncd.model.decision import NO_ROW, ROW, Decision, Decisions, answers_to, fingerprint
from syncd.report.decisions import Question, write

JANE = Decision("many_names", "user:jane@dev.example", "apply", "Lena", "2026-03-01", "4f0c6b1c")
ENTRY = """\
version: 1
decisions:
  - on: many_names
    scope: user:jane@dev.example
    made_on: 4f0c6b1c
    answer: apply
    by: Lena
    at: 2026-03-01
"""


def load(tmp_path: Path, text: str) -> Decisions:
    path = tmp_path / "decisions.yaml"
    path.write_text(text, encoding="utf-8")
    return decisions.load(path)


def problems(tmp_path: Path, text: str) -> list[str]:
    with pytest.raises(DecisionsUnusable) as caught:
        load(tmp_path, text)
    return list(caught.value.problems)


# --- reading --------------------------------------------------------------------------------


def test_an_entry_decides_on_the_data_it_was_made_on(tmp_path: Path) -> None:
    decided = load(tmp_path, ENTRY)
    assert list(decided) == [JANE]
    assert decided.answer("many_names", "user:jane@dev.example", "4f0c6b1c") == "apply"
    assert decided.answer("many_names", "user:jane@dev.example", "00000000") == ""
    assert decided.answer("many_names", "user:kim@dev.example", "4f0c6b1c") == ""


def test_no_file_decides_nothing() -> None:
    assert not list(decisions.load(None))


@pytest.mark.parametrize("text", ["version: 1\ndecisions:\n", "version: 1\ndecisions: []\n"])
def test_an_empty_list_decides_nothing(tmp_path: Path, text: str) -> None:
    assert not list(load(tmp_path, text))


def test_an_entry_without_an_answer_decides_nothing(tmp_path: Path) -> None:
    assert not list(load(tmp_path, ENTRY.replace("answer: apply", "answer:")))


def test_a_fingerprint_that_looks_like_a_number_stays_as_it_is(tmp_path: Path) -> None:
    (decided,) = load(tmp_path, ENTRY.replace("4f0c6b1c", "00012e34"))
    assert decided.made_on == "00012e34"


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("answer: apply", "answer: yes", "entry 1: answer 'yes' is not one of apply, leave"),
        ("on: many_names", "on: many_nmes", "entry 1: 'many_nmes' is not a question that"),
        ("on: many_names", "on: owner_missing", "entry 1: 'owner_missing' is not a question that"),
        ("    by: Lena\n", "", "entry 1: by is required"),
        ("    by: Lena\n", '    by: " \u200b "\n', "entry 1: by is required"),
        ("    made_on: 4f0c6b1c\n", "", "entry 1: made_on is required"),
        ("    at: ", "    at: some day #", "entry 1: at is 'some day', not a date like 2026-03-01"),
        ("by: Lena", "by: Lena\n    mood: good", "entry 1: mood is not a known key"),
        ("by: Lena", "by: [Lena]", "entry 1: must be a mapping of"),
        ("version: 1", "version: 2", "needs `version: 1` and a list `decisions`"),
        ("decisions:", "decision:", "needs `version: 1` and a list `decisions`"),
        ("by: Lena", "by: Lena\n    answer: leave", "not readable as YAML: the same key twice"),
        ("by: Lena", "by: *lena", "not readable as YAML: aliases are not allowed"),
    ],
)
def test_what_is_wrong_is_reported(tmp_path: Path, old: str, new: str, problem: str) -> None:
    assert ENTRY.replace(old, new) != ENTRY
    told = problems(tmp_path, ENTRY.replace(old, new))
    assert told[0].startswith(problem)


def test_every_problem_is_reported_at_once(tmp_path: Path) -> None:
    twice = ENTRY + ENTRY.partition("decisions:\n")[2]
    assert problems(tmp_path, twice + "  - 7\n") == [
        "entry 2: many_names user:jane@dev.example is answered twice",
        "entry 3: must be a mapping of on, scope, answer, by, at, made_on, because",
    ]


def test_a_file_that_is_not_there_is_reported(tmp_path: Path) -> None:
    with pytest.raises(DecisionsUnusable):
        decisions.load(tmp_path / "none.yaml")


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    path = Path(__file__).parent / "decisions.yaml"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Path, "open", lambda *_, **__: io.StringIO(text))
        try:
            decided = decisions.load(path)
        except DecisionsUnusable:
            return
    assert not list(decided)


# --- writing --------------------------------------------------------------------------------


def written(*questions: Question, kept: tuple[Decision, ...] = ()) -> str:
    file = io.StringIO()
    write(file, "abc", kept, questions)
    return file.getvalue()


def question(scope: str = "user:jane@dev.example", detail: str = "Jane / Kim") -> Question:
    code = CATALOGUE["many_names"]
    held = ("+ membership:legacy/17:jane@dev.example",)
    return Question(code.code, scope, "4f0c6b1c", code.sentence, code.advice, (detail,), held)


def test_what_is_written_is_ready_to_edit(tmp_path: Path) -> None:
    text = written(question())
    assert not list(load(tmp_path, text))
    for name, consequence in answers_to("many_names").items():
        assert f"#   {name} = {consequence}" in text
    answered = (
        text.replace("answer:\n", "answer: apply\n")
        .replace("by:\n", "by: Lena\n")
        .replace("at:\n", "at: 2026-03-01\n")
    )
    assert list(load(tmp_path, answered)) == [JANE]


def test_what_was_decided_is_kept(tmp_path: Path) -> None:
    assert list(load(tmp_path, written(question("user:kim@dev.example"), kept=(JANE,)))) == [JANE]


@given(st.text(), st.text(min_size=1))
def test_whatever_data_say_they_cannot_write_an_answer(detail: str, scope: str) -> None:
    text = written(question(scope, detail))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Path, "open", lambda *_, **__: io.StringIO(text))
        assert not list(decisions.load(Path("decisions.yaml")))


def test_a_question_without_answers_says_so() -> None:
    text = written(Question("account_unbound", "account:legacy/1", "", "S.", "A.", (), ()))
    assert "No answer can settle this" in text
    assert "- on" not in text


# --- the catalogue --------------------------------------------------------------------------


def test_only_reviews_can_be_answered() -> None:
    assert {code.severity for code in CATALOGUE.values() if code.answers} == {Severity.REVIEW}


@pytest.mark.parametrize("code", CATALOGUE.values(), ids=lambda code: code.code)
def test_a_review_has_answers_and_one_of_them_ends_it(code: object) -> None:
    if code.severity is Severity.REVIEW:
        assert {"leave", NO_ROW} & code.answers.keys()
        assert code.answers.keys() <= {"apply", "leave", "union", NO_ROW, ROW}


@pytest.mark.parametrize(
    ("answer", "taken"),
    [("legacy/4", True), ("none", True), ("leave", False), ("4", False), ("legacy/x", False)],
)
def test_of_several_rows_one_is_named(answer: str, taken: bool, tmp_path: Path) -> None:  # noqa: FBT001
    text = ENTRY.replace("many_names", "which_password").replace(
        "answer: apply", f"answer: {answer}"
    )
    if taken:
        assert [each.answer for each in load(tmp_path, text)] == [answer]
    else:
        said = [f"entry 1: answer {answer!r} is not one of SOURCE/ID, none"]
        assert problems(tmp_path, text) == said


def test_a_fingerprint_is_that_of_the_values_and_their_order() -> None:
    assert fingerprint({"a": 1, "b": 2}) == fingerprint({"b": 2, "a": 1})
    assert len({fingerprint(1, 2), fingerprint(2, 1), fingerprint("1", "2"), fingerprint()}) == 4
