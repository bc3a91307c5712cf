"""`syncd init` and `syncd config`: what is written, and what is wrong with what others wrote."""

import json
import re
import stat
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from syncd.cli.app import app
from syncd.cli.drafts import OwnAnswers, drafted, grants, source_role, target_role
from syncd.config.config import judged, load
from syncd.errors import ConfigError, OptionUnusable
from syncd.sources.whmcs_api import ACTIONS
from syncd.targets.whmcs.client import WRITING
from syncd.wiring import settings_of

ROOT = Path(__file__).parents[3]
URL = "https://new.kestrel.example/"
OWN = {
    "mysql": OwnAnswers(
        "mysql", URL, host="db.kestrel.example", database="old: whmcs", user="o'syncd"
    ),
    "backup": OwnAnswers(
        "backup", URL, backup="/srv/whmcs #1.sql.gz", mode="sync", cutover="silent"
    ),
    "whmcs_api": OwnAnswers(
        "whmcs_api",
        URL,
        legacy_url="https://old.kestrel.example/",
        create_missing=True,
        state_dir="/srv/state",
        secrets="file",
    ),
}


def syncd(*words: str) -> Result:
    return CliRunner().invoke(app, words)


@pytest.mark.parametrize("answers", OWN.values(), ids=OWN)
def test_what_is_written_is_the_example_with_the_answers_in_their_places(
    answers: OwnAnswers,
) -> None:
    text = drafted(answers)
    config = judged(text, Path("/etc/syncd/config.yaml"))

    settings_of(config)
    (source,) = config.sources
    own = {
        name: str(getattr(source, name, "")) for name in ("host", "database", "user", "path", "url")
    }
    answered = {answers.host, answers.database, answers.user, answers.backup, answers.legacy_url}
    assert {value for value in own.values() if value} <= answered
    assert source.kind == answers.source
    assert (config.target.url, str(config.state_dir)) == (URL, answers.state_dir)
    assert (config.policy.mode, config.policy.cutover) == (answers.mode, answers.cutover)
    assert config.accounts.create_missing is answers.create_missing
    active = "".join(re.findall(r"(?m)^[^#\n]*\n", text))
    secrets = re.findall(r"(?:credential:|file:/etc/syncd/credentials/)([\w-]+)", active)
    assert tuple(secrets) == answers.secret_names
    assert ("credential:" in active) == (answers.secrets == "credential")
    # The comments, and so all other keys, are still there.
    example = (ROOT / "config.example.yaml").read_text("utf-8")
    rest = example.partition("\n# --- where syncd keeps")[2].splitlines()
    assert len(text.partition("\n# --- where syncd keeps")[2].splitlines()) == len(rest)


def test_the_rights_to_paste_are_those_of_the_documentation() -> None:
    page = (ROOT / "docs" / "install.md").read_text("utf-8")
    documented = re.findall(
        r"(?m)^GRANT SELECT (?!\(id, (?:firstname|userid))(.*?)ON whmcs\.(\w+)", page
    )
    lines = list(grants(OwnAnswers("mysql", URL), "192.0.2.30"))

    assert re.findall(
        r"GRANT SELECT (.*?)ON `whmcs`\.(\w+) TO 'syncd'@'192.0.2.30';", "".join(lines)
    ) == [(columns, table) for columns, table in documented]
    assert lines[0] == "CREATE USER 'syncd'@'192.0.2.30' IDENTIFIED BY '...' REQUIRE SSL;"
    quoted = next(grants(OWN["mysql"], "localhost"))
    assert quoted == "CREATE USER 'o''syncd'@'localhost' IDENTIFIED BY '...';"

    everything = OwnAnswers("backup", URL, mode="sync", cutover="silent", create_missing=True)
    assert {*target_role(everything), "AddUser"} >= WRITING
    assert set(target_role(OwnAnswers("backup", URL))) & WRITING == {
        *("AddContact", "UpdateContact", "CreateClientInvite", "UpdateUserPermissions"),
    }
    assert source_role(OWN["whmcs_api"]) == ACTIONS


def test_init_writes_once_privately_and_says_what_is_left_to_do(tmp_path: Path) -> None:
    config = tmp_path / "etc" / "config.yaml"
    words = ("init", "--config", str(config), "--source", "mysql", "--url", URL)

    first = syncd(*words)
    assert first.exit_code == 0, first.output
    assert stat.S_IMODE(config.stat().st_mode) == 0o640
    assert load(config).target.url == URL
    assert list(config.parent.iterdir()) == [config]
    for part in (
        "GRANT SELECT ON `whmcs`.tblcontacts",
        "CreateClientInvite",
        "/etc/syncd/credentials",
    ):
        assert part in first.stdout

    before = config.read_bytes()
    again = syncd(*words, "--mode", "sync")
    assert isinstance(again.exception, OptionUnusable)
    assert config.read_bytes() == before
    assert syncd(*words, "--replace").exit_code == 0
    assert config.read_bytes() == before
    assert syncd(*words, "--mode", "sync", "--replace").exit_code == 0
    assert load(config).policy.mode == "sync"


@pytest.mark.parametrize(
    ("words", "error"),
    [
        ((), OptionUnusable),
        (("--source", "backup", "--url", URL), OptionUnusable),
        (("--source", "tape", "--url", URL), OptionUnusable),
        (("--source", "mysql", "--url", "new.kestrel.example"), ConfigError),
    ],
    ids=["nothing", "no backup", "no such kind", "no url"],
)
def test_init_writes_nothing_that_could_not_be_used(
    words: tuple[str, ...], error: type[Exception], tmp_path: Path
) -> None:
    config = tmp_path / "config.yaml"

    assert isinstance(syncd("init", "--config", str(config), *words).exception, error)
    assert not list(tmp_path.iterdir())


NO_REFERENCE = "must be a reference: env:NAME, file:/path or credential:NAME, not the secret itself"
FAULTY = """\
sources:
  - kind: mysql
    databse: whmcs
    user: syncd
    password: hunter2
target:
  url: https://new.kestrel.example/
  identifier: env:ID
  secret: env:KEY
  timout: 3
policy:
  mode: sink
plicy: {}
"""


def test_validate_names_all_faults_with_their_lines_and_what_was_meant(tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text(FAULTY, encoding="utf-8")

    done = syncd("config", "validate", "--config", str(config))
    assert done.exit_code == 2
    assert "hunter2" not in done.output
    faults = [line.removeprefix(f"{config}:") for line in done.stdout.splitlines()]
    assert faults == [
        "2: sources.0.database: is required",
        "3: sources.0.databse: is not a known key; did you mean database?",
        f"5: sources.0.password: {NO_REFERENCE}",
        "10: target.timout: is not a known key; did you mean timeout?",
        "12: policy.mode: Input should be 'create-only', 'no-removals' or 'sync'",
        "13: plicy: is not a known key; did you mean policy?",
    ]
    as_json = json.loads(syncd("config", "validate", "-c", str(config), "--json").stdout)
    assert (as_json["ok"], [fault["line"] for fault in as_json["faults"]]) == (
        False,
        [2, 3, 5, 10, 12, 13],
    )

    config.write_text("sources: [\n", encoding="utf-8")
    broken = syncd("config", "validate", "-c", str(config))
    assert broken.stdout.startswith(f"{config}:2: not readable as YAML")

    text = drafted(OWN["backup"]).replace("mapping: whmcs-7", "mapping: missing.yaml")
    config.write_text(text, encoding="utf-8")
    named = syncd("config", "validate", "-c", str(config))
    line = text.splitlines().index("mapping: missing.yaml") + 1
    assert named.stdout.startswith(f"{config}:{line}: mapping: {tmp_path}/missing.yaml: no such")

    config.write_text(drafted(OWN["backup"]), encoding="utf-8")
    assert syncd("config", "validate", "-c", str(config)).exit_code == 0


def test_show_says_what_counts_and_where_it_comes_from_but_no_secret(tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    plugin = "target: {kind: 'plugin:x', name: new, options: {key: hunter2, word: 'env:WORD'}}"
    source = "sources: [{kind: backup, path: old.sql}]"
    config.write_text(f"{source}\n{plugin}\nwaves: {{hours: 08:00-20:00}}\n", encoding="utf-8")

    lines = syncd("config", "show", "--config", str(config)).stdout.splitlines()

    assert "sources.0.name: legacy  (default)" in lines
    assert f"sources.0.path: {tmp_path}/old.sql  (line 1)" in lines
    assert 'target.options: {"key":"(set)","word":"env:WORD"}  (line 2)' in lines
    assert "waves.hours: 08:00-20:00  (line 3)" in lines
    assert "state_dir: /var/lib/syncd  (default)" in lines
    assert not any("hunter2" in line for line in lines)
