"""Answers are written into decisions.yaml as a person would: all else stays as it was."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from syncd.cli import answering
from syncd.config import decisions
from syncd.errors import DecisionsUnusable
from syncd.model.decision import Decision

ON = "many_names"


def decision(scope: str, answer: str = "apply", **more: Any) -> Decision:
    fields = {"by": "Ann", "at": "2026-03-01", "made_on": "0123456789abcdef"} | more
    return Decision(ON, scope, answer, **fields)


BY_HAND = """\
# Of our own: Zoë decides.
version: 1
decisions:
- {on: many_names, scope: "user:a@dev.example", made_on: old, answer: , by: }  # in one line
- made_on: aa
  scope: 'user:b@dev.example'   # the second
  on: many_names

- on: "many_names"
  scope: "user:é@dev.example"
  answer: >
    leave
  by: "Kim"
  at: "2026-01-01"
  made_on: "0123456789abcdef"
"""


def test_each_entry_is_answered_where_it_stands(tmp_path: Path) -> None:
    path = tmp_path / "decisions.yaml"
    path.write_text(BY_HAND, encoding="utf-8")
    path.chmod(0o640)
    answers = [decision("user:b@dev.example"), decision("user:é@dev.example", because="Zoë: sí")]
    answering.write(path, answers)

    written = path.read_text(encoding="utf-8")
    assert {(each.scope, each.answer) for each in decisions.load(path)} == {
        ("user:b@dev.example", "apply"),
        ("user:é@dev.example", "apply"),
    }
    for line in BY_HAND.splitlines()[:4]:
        assert line in written
    assert "   # the second\n" in written
    assert "Zoë: sí" in written
    assert path.stat().st_mode & 0o777 == 0o640
    assert sorted(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize(
    "text",
    ["version: 1\ndecisions:\n", "version: 1\ndecisions: []\n", "decisions:\nversion: 1", None],
)
def test_what_is_not_there_yet_is_added(tmp_path: Path, text: str | None, end: str) -> None:
    path = tmp_path / "decisions.yaml"
    if text is not None:
        path.write_bytes(text.replace("\n", end).encode())
    answers = [decision("user:a@dev.example"), decision("user:b@dev.example", because='"x": #y')]
    for answer in answers:
        answering.write(path, [answer])

    assert list(decisions.load(path)) == answers
    answering.write(path, [decision("user:a@dev.example", "leave")])
    assert [each.answer for each in decisions.load(path)] == ["leave", "apply"]
    assert b"\n" not in path.read_bytes().replace(b"\r\n", b"") or end == "\n" or text is None


WORDS = st.text(max_size=12)
SCOPES = st.text("abcé😀\u2028#:\"' ", min_size=1, max_size=4).map("user:{}@dev.example".format)


@given(
    st.lists(st.tuples(SCOPES, WORDS), unique_by=lambda pair: pair[0], max_size=5),
    st.lists(st.tuples(SCOPES, WORDS), unique_by=lambda pair: pair[0], max_size=5),
)
def test_whatever_is_said_reads_as_it_was_said(first: Any, second: Any) -> None:
    first, second = (
        [decision(scope, because=because) for scope, because in pairs] for pairs in (first, second)
    )
    text = answering.with_answers(answering.with_answers("version: 1\ndecisions:\n", first), second)

    raw = yaml.load(text, yaml.BaseLoader)["decisions"] or []  # noqa: S506 (text)
    told = {each["scope"]: each["because"] for each in raw}
    assert told == {each.scope: each.because for each in (*first, *second)}
    assert len(raw) == len(told)


@pytest.mark.parametrize(
    "text", ["version: 1\n", "decisions: x\nversion: 1\n", "[]", "a: [", "version: 2\ndecisions:\n"]
)
def test_what_is_no_file_of_decisions_stays_as_it_is(tmp_path: Path, text: str) -> None:
    path = tmp_path / "decisions.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DecisionsUnusable):
        answering.write(path, [decision("user:a@dev.example")])
    assert path.read_text(encoding="utf-8") == text
    assert sorted(tmp_path.iterdir()) == [path]


def test_an_answer_that_is_none_is_not_written(tmp_path: Path) -> None:
    path = tmp_path / "decisions.yaml"
    with pytest.raises(DecisionsUnusable, match="maybe"):
        answering.write(path, [decision("user:a@dev.example", "maybe")])
    assert not path.exists()
