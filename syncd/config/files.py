"""The files a configuration names: permission maps, labels, account mappings, suppression lists."""

import csv
import re
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from syncd.config import document
from syncd.errors import (
    AccountMappingUnusable,
    ConfigError,
    LabelsUnusable,
    PermissionMapUnusable,
    SuppressionsUnusable,
)
from syncd.model.flags import PermissionMap
from syncd.model.permission import ALL
from syncd.model.policy import MappedAccount
from syncd.model.resources import AccountRef, account_ref
from syncd.model.roles import Roles

_Kind = TypeVar("_Kind")


def suppressed(path: Path | None) -> frozenset[str]:
    """Read a suppression list: a hash a line, `#` before a remark."""
    if path is None:
        return frozenset()
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise SuppressionsUnusable(path, [error.strerror or str(error)]) from error
    except UnicodeDecodeError as error:
        raise SuppressionsUnusable(path, [f"not UTF-8: {error.reason}"]) from error
    lines = [line.partition("#")[0].strip().lower() for line in text.splitlines()]
    problems = [
        # The line itself is not repeated: it may be an address.
        f"line {number}: not a SHA-256 in hex; `syncd suppress` makes the lines"
        for number, line in enumerate(lines, start=1)
        if line and not re.fullmatch("[0-9a-f]{64}", line)
    ]
    if problems:
        raise SuppressionsUnusable(path, problems)
    return frozenset(filter(None, lines))


def load_mapping(name: str) -> PermissionMap:
    """Load a permission map: a bundled one by name, or a file by path."""
    mapping = _bundled(name, PermissionMap, "permission map", PermissionMapUnusable)
    strays = sorted(flag for flag in mapping.aliases.values() if flag not in mapping.permissions)
    if strays:
        problems = [f"aliases: {flag} is not under permissions" for flag in strays]
        raise PermissionMapUnusable(name, problems)
    labels = _bundled("whmcs-7", PermissionMap, "permission map", PermissionMapUnusable).aliases
    redefined = mapping.redefined(labels)
    if redefined:
        problems = [
            f"{word} must not become {permission}: what a flag of WHMCS and its label mean is "
            "fixed; leave it out, or put it under ignored"
            for word, permission in sorted(redefined.items())
        ]
        raise PermissionMapUnusable(name, problems)
    return mapping


def load_roles(name: str) -> Roles:
    """Load the labels and tiers of permissions: the bundled ones by name, or a file by path."""
    roles = _bundled(name, Roles, "table of labels", LabelsUnusable)
    known = {*ALL, *roles.permissions}
    problems = [
        f"labels: {label.name}: no permission is called {stray}"
        for label in roles.labels
        for stray in sorted(label.named - known)
    ]
    problems += [
        f"labels: {label.name} sets no condition" for label in roles.labels if not label.named
    ]
    problems += [f"permissions: {key} is missing" for key in ALL if key not in roles.permissions]
    if problems:
        raise LabelsUnusable(name, problems)
    return roles


def _bundled(name: str, kind: type[_Kind], what: str, failure: type[ConfigError]) -> _Kind:
    """Load a file of `mappings/` by its name, or another one by its path."""
    bundled = resources.files("syncd") / "mappings" / f"{name}.yaml"
    try:
        is_path = "/" in name or name.endswith((".yaml", ".yml"))
        raw = (Path(name) if is_path else bundled).read_text(encoding="utf-8")
        return msgspec.convert(_values(raw, name), kind)
    except OSError as error:
        raise failure(name, [f"no such {what}: {error.strerror}"]) from error
    except (msgspec.ValidationError, UnicodeDecodeError) as error:
        raise failure(name, [f"not a {what}: {error}"]) from error
    except ConfigError as error:  # of YAML
        raise failure(name, error.problems) from None


@cache
def _values(raw: str, name: str) -> Any:
    return document.values(raw, name)


def account_mapping(path: Path | None) -> tuple[MappedAccount, ...]:
    """Read `source,client_id,target_id` lines; the first line names the columns."""
    if path is None:
        return ()
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file)
            wanted = {"source", "client_id", "target_id"}
            if not wanted <= set(rows.fieldnames or ()):
                raise AccountMappingUnusable(
                    path, ["needs the columns source, client_id and target_id"]
                )
            pairs = [(rows.line_num, _account_pair(row)) for row in rows]
    except OSError as error:
        raise AccountMappingUnusable(path, [error.strerror or str(error)]) from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise AccountMappingUnusable(path, [f"not readable as CSV in UTF-8: {error}"]) from error
    problems = list(_pair_problems(pairs))
    if problems:
        raise AccountMappingUnusable(path, problems)
    return tuple(pair for _, pair in pairs)


def _account_pair(row: dict[str, str]) -> MappedAccount:
    source, client_id, target_id = (
        (row[name] or "").strip() for name in ("source", "client_id", "target_id")
    )
    ref = account_ref(source, client_id) if source and client_id else AccountRef("")
    return MappedAccount(ref, target_id)


def _pair_problems(pairs: Iterable[tuple[int, MappedAccount]]) -> Iterator[str]:
    """Find lines with a gap, and accounts of either side that are named twice."""
    met: dict[tuple[int, str], int] = {}
    for line, pair in pairs:
        if not all(pair):
            yield f"line {line}: source, client_id or target_id is empty"
            continue
        for side, name in enumerate(pair):
            first = met.setdefault((side, name), line)
            if first != line:
                whose = "of the target " if side else ""
                yield f"line {line}: the account {whose}{name} is already in line {first}"
