"""Every reading command as JSON; quiet, verbose, without colours; on one provider."""

import json
from pathlib import Path
from typing import Any

from provider import Done, Provider
from terminal import Terminal

from syncd.config.config import load

CODES = (0, 5)
# What stands in docs/json.md, by command.
KEYS = {
    "check": {"ok", "checks"},
    "check --codes": {"codes"},
    "plan": {"readiness", "facts", "findings"},
    "status": {
        *("at", "runs", "working", "last_good", "last_good_age", "invitations", "troubled"),
        "ownership_requests",
    },
    "verify": {"verdict"},
    "explain dana@dean.example": {"key", "why"},
    "ownership list": {"requests"},
    "journal check": {"ok", "checks"},
    "config show": {"path", "settings"},
    "config validate": {"ok", "path", "faults"},
}


def document(done: Done) -> dict[str, Any]:
    assert done.code in CODES, done
    assert "\x1b" not in done.out
    read: dict[str, Any] = json.loads(done.out)
    assert read.pop("version") == 1
    return read


def test_what_reads_prints_one_document(synced: Provider, tmp_path: Path) -> None:
    before = synced.writes
    documents = {words: document(synced.syncd(*words.split(), "--json")) for words in KEYS}
    for words, keys in KEYS.items():
        assert keys <= documents[words].keys(), words

    assert {check["state"] for check in documents["check"]["checks"]} <= {"ok", "warn", "note"}
    assert documents["status"]["invitations"] == {"waiting": 5}
    assert documents["status"]["last_good_age"] >= 0
    (reasons,) = documents["explain dana@dean.example"]["why"]
    assert next(branch["says"] for branch in reasons["because"]) == "legacy rows"

    last = documents["status"]["runs"][-1]["run_id"]
    undo = document(synced.syncd("undo", last, "--json"))
    assert undo["facts"]["header"]["undoes"] == last
    hashes = document(synced.syncd("suppress", "dana@dean.example", "--json", config=False))
    assert len(hashes["hashes"][0]) == 64

    first, second = tmp_path / "first", tmp_path / "second"
    synced.plan_here(first)
    synced.configure(policy={"excluded": ["dana@dean.example"]})
    synced.plan_here(second)
    differing = document(synced.syncd("diff", str(first), str(second), "--json", config=False))
    assert {(login["email"], login["kind"]) for login in differing["logins"]} == {
        ("dana@dean.example", "other")
    }
    same = document(synced.syncd("diff", str(first), str(first), "--json", config=False))
    assert same == {"logins": []}
    assert synced.writes == before


def test_a_command_is_as_loud_as_asked_and_colourless_where_nobody_wants_colours(
    synced: Provider,
) -> None:
    assert [line["event"] for line in synced.syncd("plan").log] == ["plan.made", "journal.sealed"]
    assert not synced.syncd("plan", "--quiet").err
    assert "/includes/api.php HTTP/1.1" in synced.syncd("plan", "-v").err

    words = ["plan", "--config", str(synced.config)]
    coloured = raw(Terminal(synced, 100, words))
    assert "\x1b[3" in coloured
    for variable in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
        synced.environment.update(variable)
        plain = raw(Terminal(synced, 100, words))
        assert "plan.made" in plain
        assert "\x1b[3" not in plain
        synced.environment.clear()


def test_init_asks_at_a_terminal_and_takes_what_is_usual(provider: Provider) -> None:
    config = provider.folder / "own" / "config.yaml"
    terminal = Terminal(provider, 100, ["init", "--config", str(config)])
    terminal.types(f"backup\n{provider.backup}\nhttps://new.kestrel.example/\n\nsilent\ny\n")
    shown = terminal.shown()

    assert shown.code == 0, shown
    assert shown.says("What may be done (create-only, no-removals, sync) [no-removals]:"), shown
    assert shown.says(f"Wrote {config} (mode 0640)"), shown
    written = load(config)
    assert written.sources[0].path == provider.backup
    assert (written.policy.mode, written.policy.cutover) == ("no-removals", "silent")
    assert written.accounts.create_missing


def raw(terminal: Terminal) -> str:
    return terminal.shown().raw
