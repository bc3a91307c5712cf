"""What stands in the way of a daemon, or of what is asked of one."""

from datetime import datetime
from pathlib import Path

from syncd.errors import SyncdError


class DaemonRunning(SyncdError):
    """Another daemon has this state folder."""

    def __init__(self, path: Path, holder: str) -> None:
        super().__init__(path=str(path), holder=holder)


class NoDaemon(SyncdError):
    """No daemon has this state folder."""

    def __init__(self, path: Path) -> None:
        super().__init__(path=str(path))


class Paused(SyncdError):
    """A person holds all runs that nobody watches, since a moment that may not be known."""

    def __init__(self, pause: str, since: datetime | None = None) -> None:
        super().__init__(pause=pause)
        self.pause = pause
        self.since = since


class PauseUnusable(SyncdError):
    """The file of a pause is there and cannot be read: it holds as well, and somebody must look."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(path=str(path), reason=reason)
        self.path = str(path)
        self.reason = reason
        self.hold = f"held, as {path} cannot be read"
