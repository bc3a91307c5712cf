"""Looks at what a config names on this machine: secrets to be read, by syncd and by nobody else."""

import stat
from collections.abc import Iterator
from pathlib import Path

import msgspec

from syncd.config.config import Config
from syncd.config.connections import PluginSettings, SourceSettings, WhmcsSettings
from syncd.config.secrets import REFERENCE, is_secret_reference, resolve_secret
from syncd.config.serving import listen_at
from syncd.errors import SecretsUnusable
from syncd.model.connection import (
    SECRETS,
    ApiConnection,
    DatabaseConnection,
    crosses_a_network_readable,
)


class Exposed(msgspec.Struct, frozen=True):
    what: str  # like "state folder /var/lib/syncd"
    advice: str


def exposed(config: Config) -> Iterator[Exposed]:
    """Yield what others can read, here or on the way; what is not there is not exposed."""
    folder = config.state_dir
    if _mode(folder) & (stat.S_IROTH | stat.S_IXOTH):
        advice = f"Other users of this machine can look into it: chmod o= {folder}"
        yield Exposed(f"state folder {folder}", advice)
    for file in sorted(set(_secret_files(config))):
        if _mode(file) & stat.S_IROTH:
            advice = f"Other users of this machine can read the secret: chmod o= {file}"
            yield Exposed(f"secret file {file}", advice)
    ways = [("source", source) for source in config.sources] + [("target", config.target)]
    for side, way in ways:
        if isinstance(way, ApiConnection) and crosses_a_network_readable(way.url):
            advice = "The credentials travel unencrypted: use https://"
            yield Exposed(f"{side} {way.name} is reached over http", advice)
    if config.serve is not None and not listen_at(config.serve.listen).is_of_this_machine:
        advice = "Names and password cross the network readable: put a proxy with TLS before it"
        yield Exposed(f"pages are served at {config.serve.listen} over http", advice)


def _mode(path: Path) -> int:
    try:
        return path.stat().st_mode
    except OSError:
        return 0


def check_secrets(config: Config) -> None:
    """Raise `SecretsUnusable` with every secret that a run needs and cannot read, by its key."""
    problems = []
    for key, reference in _references(config):
        try:
            resolve_secret(reference, key)
        except SecretsUnusable as error:
            problems += error.problems
    if problems:
        raise SecretsUnusable(config.file, problems)


def unheard(config: Config) -> Iterator[str]:
    """Yield why a channel or the heartbeat would fail, by its key; a run goes on without."""
    for key, reference in telling_references(config):
        try:
            resolve_secret(reference, key)
        except SecretsUnusable as error:
            yield from error.problems


def _secret_files(config: Config) -> Iterator[Path]:
    telling = [reference for _, reference in telling_references(config)]
    serve = config.serve
    doors = [serve.password, serve.token] if serve is not None else []
    named = (*(each for _, each in _references(config)), *telling, *filter(None, doors))
    for reference in named:
        match = REFERENCE.fullmatch(reference)
        if match and match[1] == "file":
            yield Path(match[2])


def _references(config: Config) -> Iterator[tuple[str, str]]:
    """Yield each reference to a secret with its key in the file."""
    for number, source in enumerate(config.sources):
        yield from _references_of(source, f"sources.{number}")
    yield from _references_of(config.target, "target")
    target = config.target
    if isinstance(target, WhmcsSettings) and target.observe == "database" and target.database:
        yield from _references_of(target.database, "target.database")
    if config.state.password:
        yield "state.password", config.state.password
    if config.workers and config.workers.password:
        yield "workers.password", config.workers.password


def telling_references(config: Config) -> Iterator[tuple[str, str]]:
    """Yield the references of alerts and heartbeat, without which a run goes on all the same."""
    alerts, heartbeat = config.alerts, config.heartbeat
    if alerts.mail and alerts.mail.password:
        yield "alerts.mail.password", alerts.mail.password
    for number, reference in enumerate(alerts.apprise):
        yield f"alerts.apprise.{number}", reference
    if heartbeat.url and is_secret_reference(heartbeat.url):
        yield "heartbeat.url", heartbeat.url


def _references_of(
    settings: SourceSettings | WhmcsSettings | DatabaseConnection, key: str
) -> Iterator[tuple[str, str]]:
    if isinstance(settings, PluginSettings):
        for name, value in settings.options.items():
            if is_secret_reference(value):
                yield f"{key}.options.{name}", value
        return
    for name in SECRETS:
        if value := getattr(settings, name, None):
            yield f"{key}.{name}", value
