"""What the pages are made from, and one look at it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import msgspec

from syncd.journal.glance import Glance, glancing
from syncd.journal.stores import Place
from syncd.model.roles import Roles
from syncd.model.suppression import Suppressed, is_suppressed
from syncd.pages.shelf import Leaf, Shelf


class Desk(msgspec.Struct, frozen=True):
    """All that the pages know; `advice` is the command that makes what is missing."""

    target: str
    shelf: Shelf
    journal: Place
    roles: Roles
    suppressed: Suppressed
    advice: str
    now: Callable[[], datetime]

    def hides(self, email: str) -> bool:
        """Whether an address is on the suppression list: the journal may still know it."""
        return is_suppressed(email, self.suppressed)

    def planned_at(self, leaf: Leaf) -> datetime:
        """Give when the plan was made that the page file is of."""
        return datetime.fromisoformat(leaf.about.made_at)

    def yesterday(self) -> datetime:
        """Give the beginning of yesterday, in UTC."""
        midnight = self.now().replace(hour=0, minute=0, second=0, microsecond=0)
        return midnight - timedelta(days=1)

    @contextmanager
    def looking(self) -> Iterator[tuple[Leaf, Glance]]:
        """Give both, as they are now; raises `StoreError` where one cannot be read."""
        with self.shelf.reading() as leaf, glancing(self.journal, self.target) as glance:
            yield leaf, glance
