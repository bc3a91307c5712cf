"""Where the journal is kept: what `state.journal` takes, and what it refuses with its path."""

from pathlib import Path

import pytest
import yaml

from syncd.config.config import load
from syncd.config.places import journal_of
from syncd.config.privacy import check_secrets
from syncd.errors import ConfigError
from syncd.model.connection import JournalDatabase

URL = "postgresql://syncd@127.0.0.1:5432/syncd"
AWAY = "postgresql://syncd@db.example.net/syncd"


def written(folder: Path, **state: object) -> Path:
    path = folder / "config.yaml"
    content = {
        "sources": [{"kind": "backup", "path": "legacy.sql"}],
        "target": {"url": "https://b.example.com/", "identifier": "env:HOME", "secret": "env:HOME"},
        "state_dir": str(folder),
        "state": state,
    }
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("state", "problem"),
    [
        ({"journal": "mysql://syncd@localhost/x"}, "must be like postgresql://user@host:5432/data"),
        ({"journal": "postgresql://syncd:hush@localhost/x"}, "must not hold a password: name it"),
        ({"journal": "postgresql://localhost/x"}, "must name user, host and database"),
        ({"journal": "postgresql://syncd@localhost"}, "must name user, host and database"),
        ({"journal": "postgresql:///x"}, "must name user, host and database"),
        ({"journal": f"{URL}?options=-cfsync%3Doff"}, "the option options is not one of host, ssl"),
        ({"journal": AWAY}, "would cross the network readable: add ?sslmode=verify-full"),
        ({"journal": f"{AWAY}?sslmode=prefer"}, "would cross the network readable"),
        ({"journal": "postgresql://syncd@h:port/x"}, "must be like postgresql://user@host:5432/"),
        ({"journal": URL, "password": "hush"}, "state.password: must be a reference"),
        ({"password": "env:HOME"}, "password is that of journal, which is not given"),
        ({"file": "x"}, "state.file: is not a known key"),
    ],
)
def test_what_cannot_be_a_journal_is_refused_with_its_path(
    state: dict[str, object], problem: str, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError) as refused:
        load(written(tmp_path, **state))
    assert problem in "\n".join(refused.value.problems)
    assert "hush" not in str(refused.value)


def test_the_place_is_the_file_or_the_database_with_its_password(tmp_path: Path) -> None:
    assert journal_of(load(written(tmp_path))) == tmp_path / "journal.sqlite"
    for url in (
        URL,
        "postgresql://syncd@[::1]/syncd",
        "postgresql://syncd@/syncd?host=/run/postgresql",
        f"{AWAY}?sslmode=verify-full&sslrootcert=/etc/ssl/ca.pem",
    ):
        assert journal_of(load(written(tmp_path, journal=url))) == JournalDatabase(url, tmp_path)
    config = load(written(tmp_path, journal=URL, password="file:secret"))  # noqa: S106
    with pytest.raises(ConfigError, match=r"state\.password: the file \S+ cannot be read"):
        check_secrets(config)
    (tmp_path / "secret").write_text("s3cret\n")
    assert journal_of(config) == JournalDatabase(URL, tmp_path, "s3cret")
