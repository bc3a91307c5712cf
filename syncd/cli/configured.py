"""The config of a command, and the log as it wants it."""

from pathlib import Path

from syncd.cli import log
from syncd.config.config import Config, load


def configured(path: Path) -> Config:
    config = load(path)
    log.configure(config.log.format, config.log.level, show_emails=config.log.show_emails)
    return config
