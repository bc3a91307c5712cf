"""How old a source is: planning on older rows than last time takes back what changed since (T-55).

There are two measures, and each is compared only with its own kind: the time when a backup says it
was made, and the newest date in the rows, for sources that do not say.
"""

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from operator import itemgetter

import msgspec

from syncd.model.legacy import LegacyClient, LegacyContact

Moments = dict[str, str]  # `taken:<source>` and `rows:<source>` -> ISO 8601, as the source has it

_DATES: dict[type[msgspec.Struct], tuple[str, ...]] = {
    LegacyClient: ("created_at", "last_login"),
    LegacyContact: ("created_at", "updated_at"),
}
# Dumps and rows state local time, which goes back by an hour each autumn.
_SLACK = timedelta(hours=2)


def newest(table: type[msgspec.Struct], rows: Sequence[tuple[object, ...]], now: str) -> str:
    """Give the newest date in some rows, "" where there is none; later than `now` is nonsense."""
    positions = [table.__struct_fields__.index(field) for field in _DATES.get(table, ())]
    dates = (_newest(list(map(itemgetter(position), rows)), now) for position in positions)
    return max(dates, default="")


def _newest(dates: Sequence[object], now: str) -> str:
    texts = [date for date in dates if isinstance(date, str)]
    latest = max(texts, default="")
    return latest if latest <= now else max((date for date in texts if date <= now), default="")


class Older(msgspec.Struct, frozen=True):
    """A source that is older than it was before, by so many days, those begun counted."""

    source: str
    days: int
    by_rows: bool = False  # going by its newest row, where it does not say when it was made


def older(source: str, before: Mapping[str, str], moments: Mapping[str, str]) -> Older | None:
    """Say by how much a source is older than it was before; None where it is not."""
    for kind in ("taken", "rows"):
        then, this = (_moment(known.get(f"{kind}:{source}", "")) for known in (before, moments))
        if then and this:
            days = math.ceil((then - this) / timedelta(days=1))
            return Older(source, days, kind == "rows") if then - this > _SLACK else None
    return None


def _moment(text: str) -> datetime | None:
    """Read a date; a zero date and other nonsense count as none (T-45)."""
    padded = " ".join(part.zfill(8) for part in text.split(maxsplit=1))  # mysqldump writes  3:15:00
    try:
        moment = datetime.fromisoformat(padded)
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
