"""What stands in the way of a daemon, or of what is asked of one."""

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
    """A person holds all runs that nobody watches."""

    def __init__(self, pause: str) -> None:
        super().__init__(pause=pause)
