"""What a writer may ask of a run: ids in the target, and whom the plan saw as an owner."""

import threading

from syncd.apply.learn import observed_id, observed_owner
from syncd.journal.journal import Journal
from syncd.model.change import Change
from syncd.model.resources import AccountRef
from syncd.ports import Bindings
from syncd.workspace.workspace import Workspace


class RunBindings(Bindings):
    """Accounts and contacts from the journal, users from what was observed. For any thread."""

    def __init__(self, journal: Journal, workspace: Workspace) -> None:
        self._journal = journal
        self._workspace = workspace
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

    def password_hash(self, change: Change) -> str | None:  # noqa: ARG002 (none travels yet)
        return None
