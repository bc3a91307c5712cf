"""What a writer may ask of a run: ids in the target, whom the plan saw as an owner, one hash."""

import threading
from collections.abc import Iterable

from syncd.apply.learn import observed_id, observed_owner
from syncd.apply.passwords import Passwords, stored_hash
from syncd.journal.journal import Journal
from syncd.model.change import Change
from syncd.model.resources import AccountRef, Membership
from syncd.ports import Bindings, PasswordSource
from syncd.workspace.workspace import Workspace


class RunBindings(Bindings):
    """Accounts and contacts from the journal, users from what was observed. For any thread."""

    def __init__(
        self, journal: Journal, workspace: Workspace, sources: Iterable[PasswordSource] = ()
    ) -> None:
        self._journal = journal
        self._workspace = workspace
        self._passwords = Passwords(workspace, sources)
        self._turn = threading.Lock()  # a connection of the workspace is for one thread at a time

    def resolve(self, key: str) -> str | None:
        with self._turn:
            known = self._journal.binding(key)
            return known or observed_id(self._workspace, key)

    def intent(self, key: str) -> str:
        with self._turn:
            return self._journal.intent(key)

    def owner(self, account: AccountRef) -> str | None:
        with self._turn:
            return observed_owner(self._workspace, account)

    def password_hash(self, change: Change) -> str | None:
        if not isinstance(change.after, Membership) or change.attach is None:
            return None
        origin = change.attach.password
        if origin is None:
            return None
        with self._turn:
            read = self._passwords.reader_of(origin)
        return stored_hash(origin, change.after.email, read)
