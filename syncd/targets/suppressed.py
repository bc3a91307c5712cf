"""Keeps the people of the suppression list unnamed in what a target shows (T-40)."""

from collections.abc import Iterable, Iterator

import msgspec

from syncd.model.change import Verb
from syncd.model.permission import Permissions
from syncd.model.resources import Account, Invite, Observable
from syncd.model.suppression import Suppressed, stand_in
from syncd.ports import Invitation, Observed, Probe, Sighting, TargetReader


class UnnamedReader:
    """A `TargetReader` whose suppressed people have an address that stands for theirs.

    For those who read a target without a workspace. What such a person still has there is seen as
    before, under a name that tells nobody who it is.
    """

    def __init__(self, reader: TargetReader, suppressed: Suppressed) -> None:
        self.name = reader.name
        self.invites = reader.invites
        self._reader = reader
        self._suppressed = suppressed

    @property
    def shows_invites(self) -> bool:
        return self._reader.shows_invites

    def permissions(self) -> Permissions:
        return self._reader.permissions()

    def supports(self, kind: type[Observable], verb: Verb) -> bool:
        return self._reader.supports(kind, verb)

    def observe(self) -> Iterator[Sighting]:
        if self._suppressed:
            yield from map(self._sighting, self._reader.observe())
        else:
            yield from self._reader.observe()

    def inspect(self, memberships: Iterable[Observed]) -> Iterator[Observed]:
        """Complete memberships as `observe` gave them: readers find them by their ids."""
        yield from self._reader.inspect(memberships)

    def probe(self) -> list[Probe]:
        return self._reader.probe()

    def unnamed(self, invites: Iterable[Invite]) -> Iterator[Invite]:
        """Give the journal's invitations under the same addresses."""
        for invite in invites:
            yield msgspec.structs.replace(invite, email=self._shown(invite.email))

    def _sighting(self, sighting: Sighting) -> Sighting:
        replace = msgspec.structs.replace
        match sighting:
            case Observed(resource=Account() as account):
                owner, email = self._shown(account.owner), self._shown(account.email)
                return replace(sighting, resource=replace(account, owner=owner, email=email))
            case Observed(resource=resource):
                shown = replace(resource, email=self._shown(resource.email))
                return replace(sighting, resource=shown)
            case Invitation(email=email, accepted_by=accepted_by):
                return replace(
                    sighting, email=self._shown(email), accepted_by=self._shown(accepted_by)
                )
            case _:
                return replace(sighting, email=self._shown(sighting.email))

    def _shown(self, address: str) -> str:
        return stand_in(address, self._suppressed)
