"""A target in memory that behaves like a WHMCS 8, as far as the ports can see.

For planning against an empty target, and for tests. What it loads: `memory_state`.
"""

from collections.abc import Iterable, Iterator

import msgspec

from syncd.model.change import Verb
from syncd.model.permission import NONE, Permissions
from syncd.model.resources import (
    Contact,
    Membership,
    Observable,
    account_ref,
)
from syncd.ports import Bindings, Clock, Observed, Ownership, Permit, Probe
from syncd.targets.memory_state import MemoryState
from syncd.targets.memory_writer import MemoryWriter


class MemoryTarget(MemoryState):
    """A target whose reader observes the state and whose writer changes it."""

    def reader(self) -> "MemoryReader":
        return MemoryReader(self)

    def writer(self, bindings: Bindings, now: Clock, permit: Permit) -> MemoryWriter:
        return MemoryWriter(self, bindings, now, permit)


class MemoryReader:
    """`TargetReader` of a `MemoryTarget`. Like the API, it shows no invites."""

    shows_invites = False

    def __init__(self, target: MemoryState) -> None:
        self.name = target.name
        self.invites = target.sends_invites
        self.attaches = target.attaches
        self._target = target

    def permissions(self) -> Permissions:
        return self._target.known

    def supports(self, kind: type[Observable], verb: Verb) -> bool:
        if verb is Verb.ADD or kind is Membership:
            return True
        return kind is Contact and verb is Verb.UPDATE

    def observe(self) -> Iterator[Observed | Ownership]:
        target = self._target
        for client_id, account in target.accounts.items():
            yield Observed(account, client_id, created=target.created.get(client_id, ""))
        for user_id, user in target.users.items():
            yield Observed(user, user_id, verified=user_id in target.verified)
        for client_id, user_id in target.owners.items():
            yield Ownership(account_ref(self.name, client_id), target.users[user_id].email)
        for user_id, client_id in target.members:
            ref, email = account_ref(self.name, client_id), target.users[user_id].email
            yield Observed(Membership(ref, email, NONE), f"{user_id}/{client_id}", complete=False)
        for contact_id, contact in target.contacts.items():
            yield Observed(contact, contact_id)

    def inspect(self, memberships: Iterable[Observed]) -> Iterator[Observed]:
        for membership in memberships:
            user_id, _, client_id = membership.target_id.partition("/")
            held = self._target.members.get((user_id, client_id))
            if held is not None and isinstance(membership.resource, Membership):
                resource = msgspec.structs.replace(membership.resource, permissions=held)
                yield Observed(resource, membership.target_id)

    def probe(self) -> list[Probe]:
        return []
