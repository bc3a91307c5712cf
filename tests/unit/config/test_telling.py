"""Who is told: what the config takes, and what it refuses at once with its path."""

from pathlib import Path

import pytest
import yaml

from syncd.config.config import load
from syncd.config.privacy import check_secrets, exposed, unheard
from syncd.errors import ConfigError

SOURCE = {"kind": "backup", "path": "legacy.sql"}
TARGET = {
    "url": "https://billing.example.com/",
    "identifier": "env:HOME",
    "secret": "env:HOME",
}
MAIL = {"host": "mail.example.com", "sender": "syncd@example.com", "to": ["ops@example.com"]}


def written(folder: Path, **sections: object) -> Path:
    path = folder / "config.yaml"
    content = {"sources": [SOURCE], "target": TARGET, "state_dir": str(folder), **sections}
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("section", "keys", "problem"),
    [
        ("alerts", {"digest": "7 am"}, "alerts.digest: must be a time of day, like 07:00, or off"),
        ("alerts", {"digest": "25:00"}, "alerts.digest: hour must be in 0..23"),
        ("alerts", {"apprise": ["tgram://token"]}, "alerts.apprise.0: must be a reference"),
        ("alerts", {"mail": MAIL | {"password": "hush"}}, "alerts.mail.password: must be a ref"),
        ("alerts", {"mail": MAIL | {"to": []}}, "alerts.mail.to: Tuple should have at least 1"),
        ("alerts", {"mail": MAIL | {"to": ["ops"]}}, "alerts.mail.to.0: must be an e-mail"),
        ("alerts", {"mail": MAIL | {"sender": "a@b.example\nBcc: c@d.example"}}, "alerts.mail."),
        ("alerts", {"timeout": 0}, "alerts.timeout: "),
        ("alerts", {"pager": 1}, "alerts.pager: is not a known key"),
        ("heartbeat", {"url": "ping.example.com"}, "heartbeat.url: must begin with https://"),
        ("metrics", {"port": 0}, "metrics.port: "),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_path(
    section: str, keys: dict[str, object], problem: str, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError) as refused:
        load(written(tmp_path, **{section: keys}))
    assert problem in "\n".join(refused.value.problems)
    assert "hush" not in str(refused.value)


def test_a_secret_of_a_channel_may_be_missing_and_is_named(tmp_path: Path) -> None:
    (tmp_path / "url").write_text("https://ping.example.com/uuid")
    (tmp_path / "url").chmod(0o644)
    mail = MAIL | {"password": "env:NOBODY_SET_THIS"}
    path = written(tmp_path, alerts={"mail": mail}, heartbeat={"url": "file:url"})
    config = load(path)
    check_secrets(config)  # a run goes on without
    assert list(unheard(config)) == [
        "alerts.mail.password: the environment variable NOBODY_SET_THIS is not set"
    ]
    assert config.heartbeat.url == f"file:{tmp_path}/url"
    assert f"secret file {tmp_path}/url" in [each.what for each in exposed(config)]
