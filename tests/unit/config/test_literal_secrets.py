"""Secrets where none belong: refused by their key, and not repeated, whatever shows a config."""

import json
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from syncd.cli.app import app
from syncd.cli.words import Exit

HUSH = "hush-4711"
BACKUP = {"kind": "backup", "path": "legacy.sql"}
MYSQL = {"kind": "mysql", "database": "w", "user": "u", "password": "env:HOME"}
API = {"url": "https://b.example.com/", "identifier": "env:HOME", "secret": "env:HOME"}
MAIL = {"host": "mail.example.com", "sender": "a@b.example", "to": ["c@d.example"]}
QUEUE = {"folder": "/srv/w"}

REFUSED: list[tuple[str, dict[str, object]]] = [
    ("target.url", {"target": API | {"url": f"https://us:{HUSH}@b.example.com/"}}),
    ("target.url", {"target": API | {"url": f"https://{HUSH}@b.example.com/"}}),
    ("target.url", {"target": API | {"url": f"https://us:{HUSH}/x@b.example.com/"}}),
    ("target.url", {"target": API | {"url": f"https://us:{HUSH}\u2100@b.example.com/"}}),
    ("target.url", {"target": API | {"url": f"https://b.example.com/?key={HUSH}"}}),
    ("target.url", {"target": API | {"url": f"https://b.example.com/#{HUSH}"}}),
    ("target.proxy", {"target": API | {"proxy": f"http://us:{HUSH}@proxy.example.com:3128"}}),
    ("target.proxy", {"target": API | {"proxy": f"http://{HUSH}@proxy.example.com:3128"}}),
    ("target.secret", {"target": API | {"secret": HUSH}}),
    ("target.database.host", {"target": API | {"database": MYSQL | {"host": f"u:{HUSH}@db"}}}),
    ("target.database.password", {"target": API | {"database": MYSQL | {"password": HUSH}}}),
    ("sources.0.url", {"sources": [API | {"kind": "whmcs_api", "url": f"https://{HUSH}@o.ex/"}]}),
    ("sources.0.password", {"sources": [MYSQL | {"password": HUSH}]}),
    ("sources.0.host", {"sources": [MYSQL | {"host": f"mysql://us:{HUSH}@db.example.com/w"}]}),
    ("state.journal", {"state": {"journal": f"postgresql://user:{HUSH}@127.0.0.1/x"}}),
    ("state.journal", {"state": {"journal": f"postgresql://user:{HUSH}\u2100@127.0.0.1/x"}}),
    ("state.journal", {"state": {"journal": f"postgresql://u@127.0.0.1/x?password={HUSH}"}}),
    ("state.password", {"state": {"journal": "postgresql://u@127.0.0.1/x", "password": HUSH}}),
    ("workers.database", {"workers": QUEUE | {"database": f"postgresql://u:{HUSH}@127.0.0.1/x"}}),
    ("workers.password", {"workers": QUEUE | {"database": "postgresql://u@/x", "password": HUSH}}),
    ("alerts.apprise.0", {"alerts": {"apprise": [f"tgram://{HUSH}/1"]}}),
    ("alerts.apprise", {"alerts": {"apprise": f"tgram://{HUSH}/1"}}),
    ("alerts.mail.password", {"alerts": {"mail": MAIL | {"password": HUSH}}}),
    ("alerts.mail.host", {"alerts": {"mail": MAIL | {"host": f"smtp://us:{HUSH}@mail.ex"}}}),
    ("alerts.mail.host", {"alerts": {"mail": MAIL | {"host": f"us:{HUSH}"}}}),
    ("alerts.mail.sender", {"alerts": {"mail": MAIL | {"sender": f"mailto://u:{HUSH}@m.ex"}}}),
    ("alerts.mail.to.0", {"alerts": {"mail": MAIL | {"to": [f"mailto://u:{HUSH}@m.example"]}}}),
    ("heartbeat.url", {"heartbeat": {"url": f"https://us:{HUSH}@ping.example.com/x"}}),
    ("heartbeat.url", {"heartbeat": {"url": f"https://{HUSH}@ping.example.com/x"}}),
    ("heartbeat.url", {"heartbeat": {"url": f"ping.example.com/{HUSH}"}}),
    ("metrics.port", {"metrics": {"port": HUSH}}),
    ("metrics.password", {"metrics": {"password": HUSH}}),
    ("serve.password", {"serve": {"password": HUSH}}),
    ("serve.token", {"serve": {"token": HUSH}}),
]
# What may stand there and lets whoever has it do something: it is not shown.
HIDDEN: list[tuple[str, object, dict[str, object]]] = [
    (
        "heartbeat.url",
        "https://hc-ping.example.com:8443/(set)",
        {"heartbeat": {"url": f"https://hc-ping.example.com:8443/{HUSH}?key={HUSH}"}},
    ),
    (
        "alerts.command",
        ["curl", "(set)", "(set)"],
        {"alerts": {"command": ["curl", "-HAuthorization: Bearer hush-4711", f"https://{HUSH}/"]}},
    ),
    (
        "target.options",
        {"key": "(set)", "token": "env:HOME"},
        {
            "target": {
                "kind": "plugin:x",
                "name": "n",
                "options": {"key": HUSH, "token": "env:HOME"},
            }
        },
    ),
]


def written(folder: Path, **sections: object) -> str:
    path = folder / "config.yaml"
    text = yaml.safe_dump({"sources": [BACKUP], "target": API} | sections, allow_unicode=True)
    path.write_text(text, encoding="utf-8")
    return str(path)


def said(*words: str, code: Exit) -> str:
    done = CliRunner().invoke(app, words)
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        shown = f"{done.output}{done.exception}"  # main words it
    else:
        assert done.exit_code == code, done.output
        shown = done.output
    assert HUSH not in shown
    return shown


@pytest.mark.parametrize(("key", "sections"), REFUSED, ids=str)
def test_a_secret_in_the_open_is_refused_by_its_key_and_not_repeated(
    key: str, sections: dict[str, object], tmp_path: Path
) -> None:
    path = written(tmp_path, **sections)
    faults = said("config", "validate", "-c", path, code=Exit.USAGE)
    assert key in [line.split(": ")[1] for line in faults.splitlines()]
    document = json.loads(said("config", "validate", "-c", path, "--json", code=Exit.USAGE))
    assert key in [fault["key"] for fault in document["faults"]]
    assert f"{key}: " in said("config", "show", "-c", path, code=Exit.USAGE)


@pytest.mark.parametrize(("key", "shown", "sections"), HIDDEN, ids=lambda each: str(each)[:14])
def test_what_may_be_a_secret_is_taken_and_not_shown(
    key: str, shown: object, sections: dict[str, object], tmp_path: Path
) -> None:
    path = written(tmp_path, **sections)
    said("config", "validate", "-c", path, code=Exit.DONE)
    document = json.loads(said("config", "show", "-c", path, "--json", code=Exit.DONE))
    assert {each["key"]: each["value"] for each in document["settings"]}[key] == shown
    assert f"{key}: " in said("config", "show", "-c", path, code=Exit.DONE)


def test_lists_are_lists_and_references_are_shown(tmp_path: Path) -> None:
    alerts = {"mail": MAIL | {"password": "env:HOME"}, "apprise": ["env:CHAT"]}
    path = written(tmp_path, alerts=alerts, heartbeat={"url": "env:BEAT"})
    document = json.loads(said("config", "show", "-c", path, "--json", code=Exit.DONE))
    values = {each["key"]: each["value"] for each in document["settings"]}
    assert values["alerts.mail.to"] == ["c@d.example"]
    assert values["alerts.command"] == []
    assert values["alerts.apprise"] == ["env:CHAT"]
    assert values["alerts.mail.password"] == "env:HOME"
    assert values["heartbeat.url"] == "env:BEAT"
