"""From a Config to the things it names: sources, target, rules, policy."""

import csv
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from functools import cache
from importlib import metadata, resources
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from syncd import decisions, document
from syncd.config import Config, Look
from syncd.connections import PluginSettings, WhmcsSettings
from syncd.core.fuses import Fuses
from syncd.core.guard import Policy
from syncd.core.permissions import PermissionMap, flag_reader
from syncd.core.rows import Rules
from syncd.core.waves import Waves
from syncd.errors import ConfigError, SuppressionsUnusable
from syncd.model.identity import normalise
from syncd.model.permission import ALL
from syncd.model.resources import AccountRef
from syncd.model.roles import Roles
from syncd.pipeline import Settings
from syncd.ports import Source, Target
from syncd.reference import is_secret_reference, resolve_secret

_Kind = TypeVar("_Kind")
_SECRETS = ("password", "identifier", "secret", "access_key")


def open_sources(config: Config) -> list[Source]:
    """Make the sources; none is opened before it is read."""
    sources: list[Source] = []
    for settings in config.sources:
        options = _options(settings)
        make = _plugin("syncd.sources", settings.kind)
        sources.append(make(settings.name, **options))
    return sources


def open_target(config: Config) -> Target:
    settings = config.target
    options = _options(settings)
    if isinstance(settings, WhmcsSettings):
        options["placeholder"] = config.names.placeholder
        given = options.pop("database", None)
        if given and settings.observe == "database":
            options["database"] = given | {"password": resolve_secret(given["password"])}
    target: Target = _plugin("syncd.targets", settings.kind)(settings.name, **options)
    return target


def settings_of(config: Config) -> Settings:
    return settings_for(config, [source.name for source in config.sources])


def settings_for(config: Look, sources: Iterable[str]) -> Settings:
    """Give the settings for sources of these names."""
    mapping = load_mapping(config.mapping)
    policy, accounts = config.policy, config.accounts
    return Settings(
        rules=Rules(
            flag_reader(mapping),
            closed=policy.closed,
            excluded=_names(policy.excluded),
            users=policy.users,
            placeholder=config.names.placeholder,
            decisions=decisions.load(config.decisions),
            four_byte=config.names.four_byte,
            role_mailboxes=config.people.role_mailboxes,
            reserved_domains=config.people.reserved_domains,
            staff_domains=config.staff.domains,
            staff_addresses=config.staff.addresses,
        ),
        mapping=mapping,
        policy=Policy(
            mode=policy.mode,
            apply_reasons=policy.apply_reasons,
            protected=_names(policy.protected),
            excluded=_names(policy.excluded),
            cutover=policy.cutover,
            create_missing=accounts.create_missing,
            resends=config.waves.resends,
        ),
        fuses=Fuses(**config.fuses.model_dump()),
        matches=dict.fromkeys(sources, accounts.match) | dict(accounts.match_by_source),
        account_mapping=_account_mapping(accounts.mapping),
        waves=_waves(config),
        verify_after=timedelta(days=policy.verify_after),
        support=policy.support_contacts,
        suppressed=_suppressed(policy.suppressed),
        roles=load_roles(config.report.labels),
        cutover_date=policy.cutover_date,
    )


def _names(names: Iterable[str]) -> frozenset[str]:
    """Give addresses normalised, and account references as they are."""
    return frozenset(normalise(name) if "@" in name else name for name in names)


def _suppressed(path: Path | None) -> frozenset[str]:
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


def _waves(config: Look) -> Waves:
    waves = config.waves
    together = waves.per_person == "one"
    return Waves(waves.per_run, waves.per_day, together, waves.hours, waves.timezone)


def settings_without_config() -> Settings:
    """Give the settings of a first look at a backup: a migration to a fresh target."""
    # A look at the whole; waves are a matter of a real target.
    whole = {"accounts": {"create_missing": True}, "waves": {"per_run": sys.maxsize}}
    return settings_for(Look.model_validate(whole), ["legacy"])


def load_mapping(name: str) -> PermissionMap:
    """Load a permission map: a bundled one by name, or a file by path."""
    mapping = _bundled(name, PermissionMap, "permission map")
    strays = sorted(flag for flag in mapping.aliases.values() if flag not in mapping.permissions)
    if strays:
        raise ConfigError(name, [f"aliases: {flag} is not under permissions" for flag in strays])
    return mapping


def load_roles(name: str) -> Roles:
    """Load the labels and tiers of permissions: the bundled ones by name, or a file by path."""
    roles = _bundled(name, Roles, "table of labels")
    known = {*ALL, *roles.permissions}
    problems = [
        f"labels: {label.name}: no permission is called {stray}"
        for label in roles.labels
        for stray in sorted(label.named - known)
    ]
    problems += [f"labels: {label.name} says nothing" for label in roles.labels if not label.named]
    problems += [f"permissions: {key} is missing" for key in ALL if key not in roles.permissions]
    if problems:
        raise ConfigError(name, problems)
    return roles


def _bundled(name: str, kind: type[_Kind], what: str) -> _Kind:
    """Load a file of `mappings/` by its name, or another one by its path."""
    bundled = resources.files("syncd") / "mappings" / f"{name}.yaml"
    try:
        is_path = "/" in name or name.endswith((".yaml", ".yml"))
        raw = (Path(name) if is_path else bundled).read_text(encoding="utf-8")
        return msgspec.convert(_values(raw, name), kind)
    except OSError as error:
        raise ConfigError(name, [f"no such {what}: {error.strerror}"]) from error
    except (msgspec.ValidationError, UnicodeDecodeError) as error:
        raise ConfigError(name, [f"not a {what}: {error}"]) from error


@cache
def _values(raw: str, name: str) -> Any:
    return document.values(raw, name)


def _account_mapping(path: Path | None) -> tuple[tuple[AccountRef, str], ...]:
    """Read `source,client_id,target_id` lines; the first line names the columns."""
    if path is None:
        return ()
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file)
            wanted = {"source", "client_id", "target_id"}
            if not wanted <= set(rows.fieldnames or ()):
                raise ConfigError(path, ["needs the columns source, client_id and target_id"])
            pairs = [(rows.line_num, *_account_pair(row)) for row in rows]
    except OSError as error:
        raise ConfigError(path, [error.strerror or str(error)]) from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise ConfigError(path, [f"not readable as CSV in UTF-8: {error}"]) from error
    problems = list(_pair_problems(pairs))
    if problems:
        raise ConfigError(path, problems)
    return tuple((ref, target_id) for _, ref, target_id in pairs)


def _account_pair(row: dict[str, str]) -> tuple[AccountRef, str]:
    source, client_id, target_id = (
        (row[name] or "").strip() for name in ("source", "client_id", "target_id")
    )
    return AccountRef(f"{source}/{client_id}" if source and client_id else ""), target_id


def _pair_problems(pairs: list[tuple[int, AccountRef, str]]) -> Iterator[str]:
    """Find lines with a gap, and accounts of either side that are named twice."""
    met: dict[tuple[int, str], int] = {}
    for line, *pair in pairs:
        if not all(pair):
            yield f"line {line}: source, client_id or target_id is empty"
            continue
        for side, name in enumerate(pair):
            first = met.setdefault((side, name), line)
            if first != line:
                whose = "of the target " if side else ""
                yield f"line {line}: the account {whose}{name} stands in line {first} already"


def _options(settings: Any) -> dict[str, Any]:
    if isinstance(settings, PluginSettings):
        options = settings.options.items()
        return {
            name: resolve_secret(value) if is_secret_reference(value) else value
            for name, value in options
        }
    options = settings.model_dump(exclude={"kind", "name"}, exclude_none=True)
    for field in _SECRETS:
        if field in options:
            options[field] = resolve_secret(options[field])
    return options  # type: ignore[no-any-return]


@cache
def _plugin(group: str, kind: str) -> Callable[..., Any]:
    name = kind.removeprefix("plugin:")
    found = metadata.entry_points(group=group, name=name)
    if not found:
        raise ConfigError("config", [f"no plug-in {name!r} in {group} is installed"])
    make: Callable[..., Any] = next(iter(found)).load()
    return make
