"""Where plans are made together: what `workers` takes, and what it refuses with its path."""

from pathlib import Path

import pytest
import yaml

from syncd.config.config import load
from syncd.config.places import shared_work
from syncd.config.privacy import check_secrets
from syncd.errors import ConfigError
from syncd.model.connection import SharedWork

URL = "postgresql://syncd@127.0.0.1:5432/syncd"


def written(folder: Path, workers: object) -> Path:
    path = folder / "config.yaml"
    content = {
        "sources": [{"kind": "backup", "path": "legacy.sql"}],
        "target": {"url": "https://b.example.com/", "identifier": "env:HOME", "secret": "env:HOME"},
        "state_dir": str(folder),
        "workers": workers,
    }
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("workers", "problem"),
    [
        ({"database": URL}, "workers.folder: is required"),
        ({"folder": "/srv/x"}, "workers.database: is required"),
        (
            {"database": "postgresql://syncd:hush@localhost/x", "folder": "/srv/x"},
            "must not hold a password: name it under workers.password",
        ),
        (
            {"database": "postgresql://syncd@db.example.net/x", "folder": "/srv/x"},
            "the jobs of a plan would cross the network readable",
        ),
        ({"database": URL, "folder": "/srv/x", "shares": 0}, "workers.shares: "),
        ({"database": URL, "folder": "/srv/x", "wait": 0}, "workers.wait: "),
        ({"database": URL, "folder": "/srv/x", "password": "hush"}, "must be a reference"),
    ],
)
def test_what_cannot_be_shared_is_refused(workers: object, problem: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as refused:
        load(written(tmp_path, workers))
    assert problem in str(refused.value)
    assert "hush" not in str(refused.value)


def test_a_place_has_its_password_and_does_not_show_it(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("hush\n", encoding="utf-8")
    password = f"file:{tmp_path}/password"
    config = load(written(tmp_path, {"database": URL, "folder": "jobs", "password": password}))
    place = shared_work(config)
    assert place == SharedWork("target", URL, tmp_path / "jobs", 8, 60, "hush")
    assert "hush" not in f"{place} {place!r}"
    (tmp_path / "password").unlink()
    with pytest.raises(ConfigError, match=r"workers\.password"):
        check_secrets(config)


def test_without_the_section_one_process_does_it(tmp_path: Path) -> None:
    assert shared_work(load(written(tmp_path, None))) is None
