"""A pause as a file: what it holds, until when, and what is none."""

import json
import os
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from syncd.cli.daemon.faults import Paused, PauseUnusable
from syncd.cli.daemon.standing import daemon_facts, daemon_lines
from syncd.cli.pause import check_unpaused, pause_of, pause_runs, why_held
from syncd.cli.words import Exit, explain_error

NOW = datetime(2026, 3, 10, 9, 30, tzinfo=UTC)
NIGHT = "2026-03-11T03:00:00+01:00"


def written(folder: Path, text: str) -> Path:
    path = folder / "paused.json"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"because": "a new disk."}, "paused, because: a new disk."),
        (
            {"because": "a new disk", "since": "2026-03-09T21:00:00Z", "until": NIGHT},
            "paused since 2026-03-09 21:00Z until 2026-03-11 02:00Z, because: a new disk.",
        ),
    ],
)
def test_a_pause_says_since_when_until_when_and_why(
    facts: dict[str, str], words: str, tmp_path: Path
) -> None:
    written(tmp_path, json.dumps(facts))
    assert why_held(tmp_path, NOW) == words
    with pytest.raises(Paused) as held:
        check_unpaused(tmp_path, NOW)
    assert held.value.fields["pause"] == words
    assert next(daemon_lines(tmp_path, NOW)) == f"Held: {words} `syncd resume` ends it."
    facts = daemon_facts(tmp_path, NOW)["pause"]
    assert (facts["because"].rstrip("."), facts["problem"]) == ("a new disk", "")


def test_a_pause_ends_by_itself(tmp_path: Path) -> None:
    written(tmp_path, json.dumps({"because": "a new disk", "until": NIGHT}))
    end = datetime.fromisoformat(NIGHT)
    assert pause_of(tmp_path, end - timedelta(seconds=1)) is not None
    check_unpaused(tmp_path, end)
    assert why_held(tmp_path, end) == ""
    assert list(daemon_lines(tmp_path, end)) == []
    assert daemon_facts(tmp_path, end)["pause"] is None


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "Input data was truncated"),
        ("paused by hand", "JSON is malformed"),
        ("{}", "missing required field `because`"),
        ('{"because": ""}', "length >= 1"),
        ('{"because": "x", "until": "2026-03-11"}', "Invalid RFC3339"),
        ('{"because": "x", "until": "2026-03-11T03:00:00"}', "with a timezone component"),
    ],
)
def test_what_is_no_pause_holds_all_the_same_and_says_what_is_wrong(
    text: str, why: str, tmp_path: Path
) -> None:
    path = written(tmp_path, text)
    is_unusable(path, why)


def test_a_file_that_cannot_be_opened_holds_too(tmp_path: Path) -> None:
    (tmp_path / "paused.json").mkdir()
    is_unusable(tmp_path / "paused.json", "Is a directory")


def is_unusable(path: Path, why: str) -> None:
    with pytest.raises(PauseUnusable) as held:
        check_unpaused(path.parent, NOW)
    code, words = explain_error(held.value)
    assert code is Exit.NOT_READY
    assert words.startswith(f"All runs are held, as {path} cannot be read: ")
    assert why in words
    assert words.endswith("Run `syncd resume` to remove it, or `syncd pause` to write it anew.")
    assert why_held(path.parent, NOW) == f"held, as {path} cannot be read"
    assert next(daemon_lines(path.parent, NOW)) == words
    facts = daemon_facts(path.parent, NOW)["pause"]
    assert (facts["because"], why in facts["problem"]) == ("", True)


def test_without_the_file_nothing_is_held(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "none"):
        check_unpaused(folder, NOW)
        assert daemon_facts(folder, NOW)["pause"] is None


def test_whoever_pauses_the_daemon_can_read_why(tmp_path: Path) -> None:
    """Root most often, for a daemon that is somebody else."""
    state = tmp_path / "state"
    state.mkdir()
    owner = 12345 if os.geteuid() == 0 else os.geteuid()
    os.chown(state, owner, -1)
    config = tmp_path / "config.yaml"
    config.write_text(
        "sources: [{kind: backup, path: legacy.sql}]\n"
        "target: {url: 'https://b.example.com/', identifier: 'env:HOME', secret: 'env:HOME'}\n"
        "state_dir: state\n",
        encoding="utf-8",
    )
    pause_runs(config, "a new disk", "")
    paused = (state / "paused.json").stat()
    assert (paused.st_uid, stat.S_IMODE(paused.st_mode)) == (owner, 0o600)
