"""A clock for whole processes that a test can move on: libfaketime, which they share by a file.

Only the time of day is moved. What waits goes by the monotonic clock, and takes as long as ever.
"""

from datetime import UTC, datetime
from pathlib import Path

_PLACES = ("/usr/lib", "/usr/lib64", "/usr/local/lib")
_NAME = "faketime/libfaketimeMT.so.1"


class FastClock:
    def __init__(self, file: Path, start: datetime) -> None:
        """Set it; raises `RuntimeError` where libfaketime is not installed."""
        preloaded = library()
        if preloaded is None:
            raise RuntimeError("the soak needs libfaketime: apt-get install faketime")
        self._library = preloaded
        self._file = file
        self.set(start)

    @property
    def environment(self) -> dict[str, str]:
        """What makes a process go by it."""
        return {
            "LD_PRELOAD": str(self._library),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            # A jump is noticed a second or two later. To look each time costs as much as all else.
            "FAKETIME_CACHE_DURATION": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "NO_FAKE_STAT": "1",
            "PYTHONPATH": str(Path(__file__).parent / "clock"),
        }

    def set(self, moment: datetime) -> None:
        """Let it be this moment for all who go by it, and let it run on from here."""
        self._ahead = moment - datetime.now(UTC)
        draft = self._file.with_suffix(".new")
        draft.write_text(f"{self._ahead.total_seconds():+.3f}\n")
        draft.replace(self._file)  # as a whole: they read it with each look

    def now(self) -> datetime:
        return datetime.now(UTC) + self._ahead


def library() -> Path | None:
    """Give what a process has to load first; None where it is not installed."""
    for place in _PLACES:
        for path in [*sorted(Path(place).glob(f"*/{_NAME}")), Path(place) / _NAME]:
            if path.exists():
                return path
    return None
