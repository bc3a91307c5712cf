"""From a Config to the things it names: sources, target, rules, policy."""

import sys
from collections.abc import Callable, Iterable
from datetime import timedelta
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

import msgspec

from syncd.config import cron, decisions
from syncd.config.config import Config, Look
from syncd.config.connections import (
    BackupSettings,
    MySqlSettings,
    PluginSettings,
    SourceSettings,
    WhmcsApiSettings,
)
from syncd.config.files import account_mapping, load_mapping, load_roles, suppressed
from syncd.config.places import database_of, shared_work
from syncd.config.privacy import check_secrets
from syncd.config.secrets import is_secret_reference, resolve_secret, with_secrets
from syncd.convert.permissions import flag_reader
from syncd.convert.rows import Rules
from syncd.decide.guard import GuardRules
from syncd.errors import ConfigError
from syncd.match.match import MatchRules
from syncd.pipeline import Settings
from syncd.ports import Source, Target
from syncd.report import pagefile
from syncd.report.files import ReportRules
from syncd.report.since import LAST_PLAN
from syncd.run import Job
from syncd.workers.hands import Hands, OwnHands


def open_sources(config: Config) -> list[Source]:
    """Make the sources; none is opened before it is read."""
    return [
        _plugin("syncd.sources", settings.kind, config.file)(
            settings.name, **_source_options(settings, f"sources.{number}", config.file)
        )
        for number, settings in enumerate(config.sources)
    ]


def open_target(config: Config) -> Target:
    settings, file = config.target, config.file
    make: Callable[..., Target] = _plugin("syncd.targets", settings.kind, file)
    if isinstance(settings, PluginSettings):
        return make(settings.name, **_plugin_options(settings, "target", file))
    by_database = settings.database if settings.observe == "database" else None
    return make(
        settings.name,
        connection=with_secrets(settings, "target", file),
        database=with_secrets(by_database, "target.database", file) if by_database else None,
        placeholder=config.names.placeholder,
        makes_accounts=config.accounts.create_missing,
    )


def settings_of(config: Config) -> Settings:
    return settings_for(config, [source.name for source in config.sources])


def settings_for(config: Look, sources: Iterable[str]) -> Settings:
    """Give the settings for sources of these names."""
    mapping = load_mapping(config.mapping)
    accounts, policy = config.accounts, config.policy
    read_flags = flag_reader(mapping)
    return Settings(
        rules=Rules(
            read_flags,
            policy,
            config.names,
            config.people,
            config.staff,
            decisions.load(config.decisions),
            accounts.currencies,
        ),
        mapping=mapping,
        matching=MatchRules(
            dict.fromkeys(sources, accounts.match) | dict(accounts.match_by_source),
            account_mapping(accounts.mapping),
            suppressed(policy.suppressed),
            policy,
            config.names.placeholder,
        ),
        guard=GuardRules(read_flags, policy, accounts, config.fuses, config.waves),
    )


def report_rules_for(config: Look) -> ReportRules:
    """Give what a report needs to know; a look at a backup has no schedule, and no plan before."""
    rules = ReportRules(load_roles(config.report.labels), config.policy)
    rules = msgspec.structs.replace(rules, provider=config.report.provider)
    if not isinstance(config, Config):
        return rules
    schedule, state_dir = config.schedule, config.state_dir
    return msgspec.structs.replace(
        rules,
        pages=state_dir / pagefile.FILE if config.serve is not None else None,
        next_run=cron.following(schedule.cron, schedule.timezone),
        kept=state_dir / LAST_PLAN,
    )


def first_look() -> Look:
    """Give the config of a first look at a backup: a migration to a fresh target."""
    # A look at the whole; waves are a matter of a real target.
    whole = {"accounts": {"create_missing": True}, "waves": {"per_run": sys.maxsize}}
    return Look.model_validate(whole)


def settings_without_config() -> Settings:
    return settings_for(first_look(), ["legacy"])


def _source_options(settings: SourceSettings, key: str, file: Path) -> dict[str, Any]:
    match settings:
        case MySqlSettings():
            return {
                "connection": with_secrets(settings, key, file),
                "allow_migrated": settings.allow_migrated,
            }
        case BackupSettings():
            return {"path": settings.path, "allow_migrated": settings.allow_migrated}
        case WhmcsApiSettings():
            connection = with_secrets(settings, key, file)
            return {"connection": connection, "details": settings.details}
        case PluginSettings():
            return _plugin_options(settings, key, file)


def _plugin_options(settings: PluginSettings, key: str, file: Path) -> dict[str, Any]:
    return {
        name: resolve_secret(value, f"{key}.options.{name}", file)
        if is_secret_reference(value)
        else value
        for name, value in settings.options.items()
    }


@cache
def _plugin(group: str, kind: str, file: Path) -> Callable[..., Any]:
    name = kind.removeprefix("plugin:")
    plugins = metadata.entry_points(group=group, name=name)
    if not plugins:
        raise ConfigError(file, [f"no plug-in {name!r} in {group} is installed"])
    make: Callable[..., Any] = next(iter(plugins)).load()
    return make


def _hands(config: Config) -> Hands:
    place = shared_work(config)
    if place is None:
        return OwnHands()
    from syncd.workers.workforce import Workforce  # noqa: PLC0415, for those that have workers

    return Workforce(place)


def job_of(config: Config) -> Job:
    """Give the job of a config; raises `ConfigError` with all that cannot be read for it."""
    check_secrets(config)
    return Job(
        open_sources(config),
        open_target(config),
        msgspec.structs.replace(settings_of(config), hands=_hands(config)),
        config.state_dir,
        report=report_rules_for(config),
        plan_max_age=timedelta(days=config.plans.max_age),
        journal=database_of(config),
    )
