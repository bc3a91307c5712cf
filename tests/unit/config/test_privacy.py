"""What other users of the machine can read is named, and what they cannot is not."""

from pathlib import Path

import pytest

from syncd.config.config import Config
from syncd.config.privacy import check_secrets, exposed
from syncd.config.serving import ServeSettings
from syncd.errors import ConfigError


def config_with(tmp_path: Path, folder: int, file: int) -> Config:
    secret, state = tmp_path / "secret", tmp_path / "state"
    secret.write_text("s3cret")
    secret.chmod(file)
    state.mkdir()
    state.chmod(folder)
    reference = f"file:{secret}"
    target = {"url": "https://shop.example/", "identifier": "env:ID", "secret": reference}
    database = {"host": "db.example", "user": "syncd", "password": reference}
    return Config.model_validate(
        {
            "sources": [
                {"kind": "plugin:other", "name": "other", "options": {"key": reference, "n": 1}}
            ],
            "target": {**target, "database": {**database, "database": "whmcs"}},
            "state_dir": str(state),
        }
    )


@pytest.mark.parametrize(
    ("folder", "file", "named"),
    [
        (0o700, 0o600, []),
        (0o750, 0o640, []),  # a group is somebody's choice
        (0o755, 0o600, ["state folder"]),
        (0o701, 0o600, ["state folder"]),
        (0o700, 0o644, ["secret file"]),
        (0o755, 0o604, ["state folder", "secret file"]),
    ],
)
def test_what_others_can_read_is_named_once(
    tmp_path: Path, folder: int, file: int, named: list[str]
) -> None:
    shown = list(exposed(config_with(tmp_path, folder, file)))

    assert [thing.what.rpartition(" ")[0] for thing in shown] == named
    assert all("chmod o= " in thing.advice for thing in shown)


def test_all_secrets_that_cannot_be_read_are_named_by_their_keys(tmp_path: Path) -> None:
    config = config_with(tmp_path, 0o700, 0o600)
    (tmp_path / "secret").write_text("")
    with pytest.raises(ConfigError) as raised:
        check_secrets(config)
    empty = f"the file {tmp_path / 'secret'} is empty"
    assert raised.value.problems == [
        f"sources.0.options.key: {empty}",
        "target.identifier: the environment variable ID is not set",
        f"target.secret: {empty}",
    ]


def test_what_is_not_there_is_not_exposed(tmp_path: Path) -> None:
    config = config_with(tmp_path, 0o755, 0o644)
    (tmp_path / "secret").unlink()
    (tmp_path / "state").rmdir()

    assert not list(exposed(config))


@pytest.mark.parametrize(
    ("url", "readable"),
    [
        ("https://shop.example/", False),
        ("http://127.0.0.1:8080/", False),
        ("http://localhost/", False),
        ("http://shop.example/", True),
        ("http://192.0.2.7/billing", True),
    ],
)
def test_credentials_that_travel_readable_are_named(url: str, *, readable: bool) -> None:
    way = {"url": url, "plain_http": True, "identifier": "env:ID", "secret": "env:SECRET"}
    config = Config.model_validate(
        {
            "sources": [{"kind": "whmcs_api", "name": "old", **way}],
            "target": {"name": "shop", **way},
        }
    )

    shown = list(exposed(config))

    names = [thing.what.partition(" is reached")[0] for thing in shown]
    assert names == (["source old", "target shop"] if readable else [])
    assert all(thing.advice.endswith("use https://") for thing in shown)


def test_pages_beyond_this_machine_and_their_secrets_are_named(tmp_path: Path) -> None:
    config = config_with(tmp_path, 0o700, 0o600)
    token = tmp_path / "token"
    token.write_text("a token of the pages")
    token.chmod(0o644)
    serve = ServeSettings(listen="0.0.0.0:8642", token=f"file:{token}")
    served = config.model_copy(update={"serve": serve})

    named = [each.what for each in exposed(served)]

    assert named == [f"secret file {token}", "pages are served at 0.0.0.0:8642 over http"]
    local = config.model_copy(update={"serve": ServeSettings()})
    assert list(exposed(local)) == []
