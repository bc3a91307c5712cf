"""Where the journal of a config is."""

from pathlib import Path

from syncd.config.config import Config
from syncd.config.secrets import resolve_secret
from syncd.model.connection import JOURNAL, JournalDatabase


def journal_of(config: Config) -> Path | JournalDatabase:
    """Give the place of the journal; raises `ConfigError` where its password cannot be read."""
    database = database_of(config)
    return config.state_dir / JOURNAL if database is None else database


def database_of(config: Config) -> JournalDatabase | None:
    """Give the database that holds the journal, None where it is the file in the state folder."""
    state = config.state
    if state.journal is None:
        return None
    password = resolve_secret(state.password) if state.password else ""
    return JournalDatabase(state.journal, config.state_dir, password)
