"""Names what other people of this machine can read: the state folder and the files of secrets."""

import stat
from collections.abc import Iterator
from pathlib import Path

import msgspec

from syncd.config.config import Config
from syncd.config.connections import PluginSettings, SourceSettings, WhmcsSettings
from syncd.config.secrets import REFERENCE
from syncd.model.connection import SECRETS, DatabaseConnection


class Exposed(msgspec.Struct, frozen=True):
    what: str  # like "state folder /var/lib/syncd"
    advice: str


def exposed(config: Config) -> Iterator[Exposed]:
    """Yield what others can read; what is not there is not exposed."""
    folder = config.state_dir
    if _mode(folder) & (stat.S_IROTH | stat.S_IXOTH):
        advice = f"Other users of this machine can look into it: chmod o= {folder}"
        yield Exposed(f"state folder {folder}", advice)
    for file in sorted(set(_secret_files(config))):
        if _mode(file) & stat.S_IROTH:
            advice = f"Other users of this machine can read the secret: chmod o= {file}"
            yield Exposed(f"secret file {file}", advice)


def _mode(path: Path) -> int:
    try:
        return path.stat().st_mode
    except OSError:
        return 0


def _secret_files(config: Config) -> Iterator[Path]:
    for settings in (*config.sources, config.target):
        for reference in _references(settings):
            match = REFERENCE.fullmatch(reference)
            if match and match[1] == "file":
                yield Path(match[2])


def _references(settings: SourceSettings | WhmcsSettings | DatabaseConnection) -> Iterator[str]:
    if isinstance(settings, PluginSettings):
        yield from (value for value in settings.options.values() if isinstance(value, str))
        return
    yield from filter(None, (getattr(settings, name, None) for name in SECRETS))
    if isinstance(settings, WhmcsSettings) and settings.database is not None:
        yield from _references(settings.database)
