"""Metrics against a real journal, promtool, and what the docs say of them."""

import json
import re
import shutil
import socket
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families

from syncd.alerts.catalogue import URGENCIES
from syncd.alerts.metrics import registry_of, served, write_textfile
from syncd.errors import ConfigError, StoreError
from syncd.journal.journal import Journal
from syncd.model.alert import AlertKind, StandingAlert
from syncd.model.change import Change, Reason, Verb
from syncd.model.outcome import Outcome
from syncd.model.resources import AccountRef, Invite, Membership, User
from syncd.ports import Receipt

NOW = datetime(2026, 3, 9, 3, 15, tzinfo=UTC)
DOCS = Path(__file__).parents[3] / "docs"
PROMETHEUS = DOCS / "prometheus"
CONFIG = Path("/etc/syncd/shop.yaml")
ACME = AccountRef("legacy/17")


def filled(path: Path, target: str) -> None:
    with Journal.open(path, target) as journal:
        began = NOW - timedelta(minutes=2)
        journal.start_run("r1", "sync", began)
        user = Change(Verb.ADD, Reason.NEW, None, User("dana@archer.example"))
        journal.finish(journal.begin("r1", user, began), user, Outcome.FAILED, began)
        member = Membership(ACME, "dana@archer.example", ("orders",))
        change = Change(Verb.ADD, Reason.NEW, None, member)
        sent = Invite(ACME, "dana@archer.example", ("orders",), NOW - timedelta(days=6), fresh=True)
        number = journal.begin("r1", change, began)
        journal.finish(number, change, Outcome.APPLIED, began, receipt=Receipt(invite=sent))
        counts = {"writes": 2, "holds": 5}
        journal.finish_run("r1", "held", NOW, contacts=7, counts=counts)
        journal.keep_alerts([StandingAlert(AlertKind.OWNER_CHANGED, "x", "x", "x")])
        journal.note_channel("mail", NOW, "no")


@pytest.fixture(scope="module")
def text(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("metrics")
    journals = {name: folder / f"{name}.sqlite" for name in ("kestrel", "heron", "wren")}
    for name in ("kestrel", "heron"):
        filled(journals[name], name)
    file = folder / "syncd.prom"
    write_textfile(file, registry_of(journals, lambda: NOW))
    assert file.stat().st_mode & 0o777 == 0o644
    assert list(folder.glob(".*")) == []
    return file.read_text()


def values(text: str) -> dict[str, float]:
    """Give every sample of the target kestrel, as `name{value of its other label}`."""
    shown = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            labels = dict(sample.labels)
            if labels.pop("target", "kestrel") == "kestrel":
                shown[f"{sample.name}{{{''.join(labels.values())}}}"] = sample.value
    return shown


def test_the_numbers_are_those_of_the_journal(text: str) -> None:
    shown = values(text)
    expected = {
        "syncd_runs_total{held}": 1,
        "syncd_runs_total{failed}": 0,
        "syncd_changes_total{applied}": 1,
        "syncd_changes_total{failed}": 1,
        "syncd_changes_total{in_doubt}": 0,
        "syncd_last_run_timestamp_seconds{}": NOW.timestamp(),
        "syncd_last_run_duration_seconds{}": 120,
        "syncd_last_run_status{held}": 1,
        "syncd_last_run_status{done}": 0,
        "syncd_last_run_changes_planned{apply}": 2,
        "syncd_last_run_changes_planned{hold}": 5,
        "syncd_last_good_run_timestamp_seconds{}": NOW.timestamp() - 120,
        "syncd_legacy_contacts{}": 7,
        "syncd_invitations{expiring}": 1,
        "syncd_invitations{expired}": 0,
        "syncd_alerts_standing{page}": 1,
        "syncd_alerts_standing{low}": 0,
        "syncd_alert_channel_up{mail}": 0,
    }
    assert {name: shown.get(name) for name in expected} == expected
    assert text.count('target="heron"') == text.count('target="kestrel"') > 0
    assert "wren" not in text, "it has no journal yet"
    assert "archer.example" not in text


def test_prometheus_takes_them_and_minds_no_name(text: str) -> None:
    checked = promtool("check", "metrics", given=text)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert checked.stderr == ""


def test_the_docs_list_just_these(text: str) -> None:
    rows = re.findall(
        r"(?m)^\| `(syncd_\w+)` \| (\w+) \| (.+?) \|", (DOCS / "metrics.md").read_text("utf-8")
    )
    documented = {name: (kind, set(re.findall(r"`(\w+)`", labels))) for name, kind, labels in rows}
    shown = {
        sample.name: (family.type, set(sample.labels))
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    assert documented == shown


def test_the_example_rules_speak_when_they_should() -> None:
    for words in (("check", "rules", "rules.yml"), ("test", "rules", "rules_test.yml")):
        done = promtool(*words)
        assert done.returncode == 0, done.stdout + done.stderr


def test_rules_and_dashboard_ask_for_what_there_is(text: str, tmp_path: Path) -> None:
    board = json.loads((PROMETHEUS / "dashboard.json").read_text("utf-8"))
    asked = [target["expr"] for panel in board["panels"] for target in panel["targets"]]
    plain = [query.replace("$target", "kestrel") for query in asked]
    # promtool knows expressions only as rules.
    rules = [{"record": f"panel:{number}", "expr": query} for number, query in enumerate(plain)]
    file = tmp_path / "panels.yml"
    file.write_text(json.dumps({"groups": [{"name": "panels", "rules": rules}]}))
    checked = promtool("check", "rules", str(file))
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])

    there = {s.name for family in text_string_to_metric_families(text) for s in family.samples}
    in_rules = (PROMETHEUS / "rules.yml").read_text("utf-8")
    assert set(re.findall(r"\bsyncd_\w+", json.dumps(board))) == there, "the board shows them all"
    assert set(re.findall(r"\bsyncd_\w+", in_rules)) <= there
    for urgency in re.findall(r'urgency="(\w+)"', in_rules):
        assert urgency in URGENCIES


def test_the_daemon_shows_them_here_and_nowhere_else(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    filled(path, "kestrel")
    with served(0, registry_of({"kestrel": path}, lambda: NOW), CONFIG) as port:
        reply = requests.get(f"http://127.0.0.1:{port}/metrics", timeout=10)
        assert values(reply.text)["syncd_legacy_contacts{}"] == 7
        listening = Path("/proc/net/tcp").read_text()
        assert f" 0100007F:{port:04X} " in listening, "on loopback"
        path.write_bytes(b"no journal")
        path.with_name("journal.sqlite-wal").unlink(missing_ok=True)
        reply = requests.get(f"http://127.0.0.1:{port}/metrics", timeout=10)
        assert (reply.status_code, "syncd_build_info" in reply.text) == (200, True)
        assert "syncd_legacy_contacts" not in reply.text
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        pytest.raises(ConfigError, match=r"shop\.yaml.*Address already in use"),
        served(taken.getsockname()[1], registry_of({}, lambda: NOW), CONFIG),
    ):
        pass
    with served(None, registry_of({}, lambda: NOW), CONFIG) as port:
        assert port == 0


def test_a_file_that_cannot_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()
    with pytest.raises(StoreError):
        write_textfile(tmp_path / "taken", registry_of({}, lambda: NOW))
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]


def promtool(*words: str, given: str = "") -> "subprocess.CompletedProcess[str]":
    assert shutil.which("promtool"), "make servers"
    return subprocess.run(
        ("promtool", *words), input=given, capture_output=True, text=True, check=False,
        cwd=PROMETHEUS,
    )  # fmt: skip
