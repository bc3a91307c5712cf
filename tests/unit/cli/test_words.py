"""The one table of words: every error tells what happened and ends in what to do next."""

import inspect
import re

import pytest

from syncd import errors
from syncd.cli.words import Exit, explain_error

SENTENCE = "The moon is full"
# What each field of an error may hold in a test; names are those of the constructors.
FIELDS: dict[str, object] = {
    "pause": "paused, because: a new disk.",
    "path": "/srv/my files/plan.json",
    "problems": ["target.url: is required", "colour: is not a known {key}"],
    "source": "legacy",
    "reason": SENTENCE,
    "action": "GetUsers",
    "message": SENTENCE,
    "key": "user:dana@archer.example",
    "verb": "-",
    "cutover": "silent",
    "expected": ("products",),
    "observed": None,
    "target": "kestrel",
    "holder": "pid 7 on host",
    "plan": "0123456789ab",
    "command": "demo",
    "extra": "sandbox",
    "run": "20261122T031500-4be1c0",
    "worker": "db1 (pid 7)",
    "queue": "postgresql://syncd@db.example:5432/syncd",
    "seconds": 60.0,
    "megabytes": 768,
    "moved": ["+ user:dana@archer.example (+ new, apply)"],
}
DO = re.compile(
    r"\b(Add|Check|Correct|Give|Look|Make|Point|Report|Run|Take|Tick|Wait|report|run|set|"
    r"shows|must be)\b"
)


def kinds(base: type[errors.SyncdError] = errors.SyncdError) -> list[type[errors.SyncdError]]:
    found = []
    for kind in base.__subclasses__():
        found += [kind, *kinds(kind)]
    return sorted(set(found), key=lambda kind: kind.__name__)


def made(kind: type[errors.SyncdError]) -> errors.SyncdError:
    wanted = inspect.signature(kind).parameters.values()
    needed = [one for one in wanted if one.default is one.empty and one.kind is not one.VAR_KEYWORD]
    return kind(**{one.name: FIELDS[one.name] for one in needed})


@pytest.mark.parametrize("kind", kinds(), ids=lambda kind: kind.__name__)
def test_every_error_has_words_that_end_in_advice(kind: type[errors.SyncdError]) -> None:
    code, words = explain_error(made(kind))
    assert code in set(Exit) - {Exit.DONE, Exit.HELD}
    assert not re.search(r"\{[a-z]+\}", words.replace("{key}", ""))
    assert words.endswith(".")
    assert ".." not in words
    last = re.split(r"(?<=[.:!?])\s", words)[-1]
    assert DO.search(last) or last == "Run again when you like.", words


def test_lists_become_lines_whatever_they_hold() -> None:
    error = errors.ConfigError("/etc/syncd/config.yaml", ["a: {is} wrong", "b: is required"])
    code, words = explain_error(error)
    assert code is Exit.USAGE
    assert words.splitlines() == [
        "The configuration /etc/syncd/config.yaml cannot be used:",
        "  - a: {is} wrong",
        "  - b: is required",
        "Look up each key in config.example.yaml.",
    ]


@pytest.mark.parametrize("kind", kinds(errors.ConfigError), ids=lambda kind: kind.__name__)
def test_what_is_no_config_does_not_send_to_its_example(kind: type[errors.ConfigError]) -> None:
    code, words = explain_error(kind("/etc/syncd/file", ["line 1: is wrong"]))
    assert code is Exit.USAGE
    assert "\n  - line 1: is wrong\n" in words
    assert "config" not in words.lower()


def test_a_bad_plan_is_worded_for_whoever_only_looks_at_it() -> None:
    _, words = explain_error(errors.PlanUnusable("/srv/plan", "it was changed"))
    assert words == "Cannot use the plan at /srv/plan: it was changed. Make a new plan."


@pytest.mark.parametrize("said", ["Invalid IP 192.0.2.7", "Invalid IP 192.0.2.7."])
def test_the_targets_own_sentence_is_quoted(said: str) -> None:
    _, words = explain_error(errors.AddressRefused("GetClients", said))
    assert '"Invalid IP 192.0.2.7".' in words


def test_paths_with_blanks_stay_paths() -> None:
    _, words = explain_error(errors.StoreError("/srv/my files/journal.sqlite", "Not a directory"))
    assert words.startswith("Cannot use /srv/my files/journal.sqlite: Not a directory. Check")


@pytest.mark.parametrize("reason", ["Is it one?", "It is cut.", "It is cut"])
def test_a_reason_ends_its_sentence_once(reason: str) -> None:
    _, words = explain_error(errors.IncompleteRead("legacy", reason))
    assert f"{reason.removesuffix('.')}{'' if reason.endswith('?') else '.'} No plan" in words


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.ConfigError("c", ["x"]), 2),
        (errors.PlanUnusable("p", "x"), 2),
        (errors.UnknownKey("x"), 2),
        (errors.PlanMoved("p", ["x"]), 3),
        (errors.Locked("t", "x"), 4),
        (errors.Superseded("x"), 4),
        (errors.UnknownRun("x"), 2),
        (errors.IncompleteRead("s", "x"), 4),
        (errors.CredentialsRefused("a", "x"), 4),
        (errors.StoreError("p", "x"), 4),
        (errors.Stopped(stage="observe"), 1),
        (errors.SyncdError(), 1),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, errors.SyncdError) else None,
)
def test_exit_codes_are_the_documented_ones(error: errors.SyncdError, code: int) -> None:
    assert explain_error(error)[0] == code


def test_the_special_word_comes_before_the_general_one() -> None:
    for kind, clue in (
        (errors.ActionRefused, "Tick GetUsers in the credential's API role"),
        (errors.AddressRefused, "API IP allow list"),
        (errors.CredentialsRefused, "identifier and secret"),
        (errors.Throttled, "slow down"),
        (errors.NoAnswer, "Check the URL"),
    ):
        assert clue in explain_error(made(kind))[1]
