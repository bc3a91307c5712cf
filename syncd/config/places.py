"""Where the journal of a config is, and the queue of its workers."""

from importlib.util import find_spec
from pathlib import Path

from syncd.config.config import Config
from syncd.config.secrets import resolve_secret
from syncd.errors import ConfigError
from syncd.model.connection import JOURNAL, JournalDatabase, SharedWork


def journal_of(config: Config) -> Path | JournalDatabase:
    """Give the place of the journal; raises `SecretsUnusable` for its password."""
    database = database_of(config)
    return config.state_dir / JOURNAL if database is None else database


def database_of(config: Config) -> JournalDatabase | None:
    """Give the database that holds the journal, None where it is the file in the state folder."""
    state = config.state
    if state.journal is None:
        return None
    key, file = "state.password", config.file
    password = resolve_secret(state.password, key, file) if state.password else ""
    return JournalDatabase(state.journal, config.state_dir, password)


def shared_work(config: Config) -> SharedWork | None:
    """Give where workers make plans together, None where one process does; raises `ConfigError`."""
    workers = config.workers
    if workers is None:
        return None
    if find_spec("procrastinate") is None:
        problem = 'workers needs the extra workers: pip install ".[workers]"'
        raise ConfigError(config.file, [problem])
    key, file = "workers.password", config.file
    password = resolve_secret(workers.password, key, file) if workers.password else ""
    return SharedWork(
        config.target.name,
        workers.database,
        workers.folder,
        workers.shares,
        workers.wait,
        password,
    )
