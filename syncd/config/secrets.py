"""References to secrets: `env:NAME`, `file:/path`, `credential:NAME` of systemd, never values."""

import os
import re
from pathlib import Path
from typing import TypeVar

import msgspec

from syncd.errors import SecretsUnusable
from syncd.model.connection import SECRETS, ApiConnection, DatabaseConnection, TargetConnection

REFERENCE = re.compile(r"(env|file|credential):(.+)")


_Connection = TypeVar("_Connection", ApiConnection, DatabaseConnection, TargetConnection)


def with_secrets(connection: _Connection, key: str, file: Path) -> _Connection:
    """Give a connection with its secrets in place of the references to them.

    It stands under a key of a file, by which `SecretsUnusable` names what cannot be read.
    """
    references = {name: getattr(connection, name, None) for name in SECRETS}
    secrets = {
        name: resolve_secret(reference, f"{key}.{name}", file)
        for name, reference in references.items()
        if reference
    }
    return msgspec.structs.replace(connection, **secrets)


def is_secret_reference(value: object) -> bool:
    return isinstance(value, str) and REFERENCE.fullmatch(value) is not None


def resolve_secret(reference: str, key: str, file: Path | str = "config") -> str:
    """Give what the reference under a key of a file points to, without a trailing line break.

    Raises `SecretsUnusable`.
    """
    try:
        return _resolved(reference)
    except ValueError as error:
        raise SecretsUnusable(file, [f"{key}: {error}"]) from error.__cause__


def _resolved(reference: str) -> str:
    """Give what a reference points to; raises `ValueError` with what is wrong, never the value."""
    match = REFERENCE.fullmatch(reference)
    if match is None:
        msg = "a secret must be a reference"
        raise ValueError(msg)
    kind, name = match.groups()
    value = os.environ.get(name, "") if kind == "env" else _read(_file(kind, name))
    if not value:
        unset = f"the environment variable {name} is not set"
        msg = unset if kind == "env" else f"the file {_file(kind, name)} is empty"
        raise ValueError(msg)
    return value


def _file(kind: str, name: str) -> Path:
    if kind == "file":
        return Path(name)
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    if not folder:
        passed = "systemd has passed none; by hand, syncd-as-service does (docs/install.md)"
        msg = f"the credential {name} is not here: {passed}"
        raise ValueError(msg)
    return Path(folder) / name


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8").rstrip("\r\n")
    except OSError as error:
        msg = f"the file {file} cannot be read: {error.strerror}"
        raise ValueError(msg) from error
    except UnicodeDecodeError:
        msg = f"the file {file} is not UTF-8 text"
        raise ValueError(msg) from None
