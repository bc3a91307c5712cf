"""A target in memory that lists its invitations, as the database of a WHMCS does."""

from collections.abc import Iterator
from datetime import UTC, datetime

from syncd.model.permission import permissions
from syncd.model.resources import account_ref
from syncd.ports import Invitation, InviteState, Observed, Ownership, Sighting
from syncd.targets.memory import MemoryReader, MemoryTarget

SENT = datetime(2026, 3, 1, 3, 15, tzinfo=UTC)


class ListingTarget(MemoryTarget):
    """Shows what waits, and owners beside the one that there ought to be."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.further_owners: list[tuple[str, str]] = []  # client id, address

    def reader(self) -> "ListingReader":
        return ListingReader(self)

    def invite(self, client_id: int, email: str, *keys: str) -> None:
        """Invite somebody by hand, as staff can."""
        self.invites.append((str(client_id), email, permissions(keys)))


class ListingReader(MemoryReader):
    shows_invites = True

    def __init__(self, target: ListingTarget) -> None:
        super().__init__(target)
        self._listing = target

    def observe(self) -> Iterator[Observed | Ownership | Sighting]:  # type: ignore[override]
        yield from super().observe()
        for client_id, email in self._listing.further_owners:
            yield Ownership(account_ref(self.name, client_id), email)
        for number, (client_id, email, keys) in enumerate(self._listing.invites, start=1):
            ref = account_ref(self.name, client_id)
            yield Invitation(str(number), ref, email, keys, SENT, InviteState.PENDING)
