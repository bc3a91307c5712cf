"""The installation's own time, which a test may move or stop."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, insert, select, update

from syncd.sandbox import schema

_FORMAT = "%Y-%m-%d %H:%M:%S"


@dataclass(frozen=True, slots=True)
class Clock:
    offset: float = 0.0
    """Seconds ahead of real time."""
    frozen_at: float | None = None
    """A POSIX timestamp: the clock stands still there."""

    def now(self) -> datetime:
        if self.frozen_at is not None:
            return datetime.fromtimestamp(self.frozen_at, UTC)
        return datetime.now(UTC) + timedelta(seconds=self.offset)

    def moved(
        self, *, advance: float = 0.0, to: datetime | None = None, frozen: bool | None = None
    ) -> "Clock":
        """Return this clock set to `to`, then advanced; `frozen` None leaves it as it was."""
        now = (to or self.now()) + timedelta(seconds=advance)
        stand = self.frozen_at is not None if frozen is None else frozen
        offset = (now - datetime.now(UTC)).total_seconds()
        return Clock(offset, now.timestamp() if stand else None)

    def shape(self) -> dict[str, object]:
        return {
            "now": self.now().isoformat(timespec="seconds"),
            "offset_seconds": round(self.offset, 3),
            "frozen": self.frozen_at is not None,
        }


def read(db: Connection) -> Clock:
    row = db.execute(select(schema.clock)).first()
    return Clock(row.offset_seconds, row.frozen_at) if row else Clock()


def write(db: Connection, clock: Clock) -> None:
    values = {"offset_seconds": clock.offset, "frozen_at": clock.frozen_at}
    if not db.execute(update(schema.clock).values(values)).rowcount:
        db.execute(insert(schema.clock).values(values))


def stamp(moment: datetime) -> str:
    """Return `moment` as WHMCS stores it."""
    return moment.astimezone(UTC).strftime(_FORMAT)


def moment(text: str) -> datetime:
    """Return a stored date; raises ValueError for anything else."""
    return datetime.strptime(text, _FORMAT).replace(tzinfo=UTC)
