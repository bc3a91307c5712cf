"""A secret that is not there: the words name the file, the key, the reference, and what to do."""

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from syncd.cli.words import Exit, explain_error
from syncd.config.config import Config, load
from syncd.config.places import journal_of, shared_work
from syncd.config.privacy import check_secrets
from syncd.errors import SecretsUnusable
from syncd.wiring import job_of, open_sources, open_target

QUEUE = "postgresql://syncd@127.0.0.1:1/syncd"
WAYS: list[tuple[Callable[[Config], object], str]] = [
    (open_sources, "sources.1.password: the environment variable NOBODY_SET_IT is not set"),
    (open_target, "target.secret: the credential whmcs-secret is not here: systemd has passed "),
    (journal_of, "state.password: the file {folder}/none cannot be read: No such file or dir"),
    (shared_work, "workers.password: the file {folder}/empty is empty"),
]


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a config none of whose secrets is there."""
    for name in ("NOBODY_SET_IT", "CREDENTIALS_DIRECTORY"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "empty").touch()
    mysql = {"kind": "mysql", "name": "old", "database": "w", "user": "u"}
    content = {
        "sources": [
            {"kind": "backup", "path": "legacy.sql"},
            mysql | {"password": "env:NOBODY_SET_IT"},
        ],
        "target": {
            "url": "https://billing.example.com/",
            "identifier": "env:HOME",
            "secret": "credential:whmcs-secret",
        },
        "state_dir": str(tmp_path),
        "state": {"journal": QUEUE, "password": "file:none"},
        "workers": {"database": QUEUE, "password": "file:empty", "folder": str(tmp_path)},
    }
    path = tmp_path / "shop.yaml"
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    return path


def worded(error: SecretsUnusable) -> list[str]:
    code, words = explain_error(error)
    assert code is Exit.USAGE
    return words.splitlines()


@pytest.mark.parametrize(("way", "problem"), WAYS, ids=lambda each: getattr(each, "__name__", ""))
def test_whoever_needs_it_names_its_key_and_the_file(
    way: Callable[[Config], object], problem: str, written: Path
) -> None:
    config = load(written)
    with pytest.raises(SecretsUnusable) as refused:
        way(config)
    first, second, last = worded(refused.value)
    assert first == f"The secrets that {written} refers to cannot be used:"
    assert second.startswith(f"  - {problem.format(folder=written.parent)}")
    assert last == "Put each where its key says, readable for the user that runs syncd; run again."


@pytest.mark.parametrize("way", [check_secrets, job_of])
def test_a_run_names_them_all_at_once(way: Callable[[Config], object], written: Path) -> None:
    with pytest.raises(SecretsUnusable) as refused:
        way(load(written))
    keys = [line.partition(":")[0] for line in worded(refused.value)[1:-1]]
    assert keys == [f"  - {problem.partition(':')[0]}" for _, problem in WAYS]
