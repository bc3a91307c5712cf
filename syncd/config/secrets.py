"""References to secrets: `env:NAME`, `file:/path`, `credential:NAME` of systemd, never values."""

import os
import re
from pathlib import Path
from typing import TypeVar

import msgspec

from syncd.errors import ConfigError
from syncd.model.connection import SECRETS, ApiConnection, DatabaseConnection, TargetConnection

REFERENCE = re.compile(r"(env|file|credential):(.+)")


_Connection = TypeVar("_Connection", ApiConnection, DatabaseConnection, TargetConnection)


def with_secrets(connection: _Connection) -> _Connection:
    """Give a connection with its secrets in place of the references to them."""
    references = {name: getattr(connection, name, None) for name in SECRETS}
    secrets = {name: resolve_secret(value) for name, value in references.items() if value}
    return msgspec.structs.replace(connection, **secrets)


def is_secret_reference(value: object) -> bool:
    return isinstance(value, str) and REFERENCE.fullmatch(value) is not None


def resolve_secret(reference: str, path: Path | str = "config") -> str:
    """Give what a reference points to, without a trailing line break."""
    match = REFERENCE.fullmatch(reference)
    if match is None:
        raise ConfigError(path, ["a secret must be a reference"])
    kind, name = match.groups()
    if kind == "env":
        value = os.environ.get(name)
        if not value:
            raise ConfigError(path, [f"the environment variable {name} is not set"])
        return value
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    if kind == "credential" and not folder:
        raise ConfigError(path, [f"the credential {name} is missing: systemd has passed none"])
    file = Path(folder or "") / name if kind == "credential" else Path(name)
    try:
        value = file.read_text(encoding="utf-8").rstrip("\r\n")
    except OSError as error:
        raise ConfigError(path, [f"cannot read {file}: {error.strerror}"]) from error
    except UnicodeDecodeError:
        raise ConfigError(path, [f"cannot read {file}: not UTF-8 text"]) from None
    if not value:
        raise ConfigError(path, [f"cannot use {file}: it is empty"])
    return value
