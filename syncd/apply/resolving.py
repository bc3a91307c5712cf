"""What a writer may ask of a run: ids in the target, whom the plan saw as an owner, one hash."""

import threading
from collections.abc import Iterable
from typing import NamedTuple

from syncd.apply.learn import observed_accounts, observed_id, observed_owner
from syncd.apply.passwords import Passwords, stored_hash
from syncd.journal.journal import Journal
from syncd.model.change import Change
from syncd.model.keys import account_key
from syncd.model.resources import AccountRef, Contact, Invite, Membership
from syncd.ports import Bindings, PasswordSource
from syncd.workspace.workspace import Workspace


class _Foreseen(NamedTuple):
    """What was looked up before it was asked for, by key."""

    owners: dict[str, str | None]
    ids: dict[str, str]


class RunBindings(Bindings):
    """Accounts and contacts from the journal, users from what was observed. For any thread."""

    def __init__(
        self, journal: Journal, workspace: Workspace, sources: Iterable[PasswordSource] = ()
    ) -> None:
        self._journal = journal
        self._workspace = workspace
        self._passwords = Passwords(workspace, sources)
        self._foreseen = _Foreseen({}, {}), _Foreseen({}, {})
        self._turn = threading.Lock()  # a connection of the workspace is for one thread at a time

    def foresee(self, changes: Iterable[Change]) -> None:
        """Look up at once what many changes are going to ask for; what is not met is looked up."""
        accounts: dict[str, str] = {}  # key of the account by that of the change
        for change in changes:
            if isinstance(change.subject, Membership | Contact | Invite):
                accounts[change.key] = account_key(change.subject.account)
        keys = set(accounts.values())
        with self._turn:
            owners, ids = observed_accounts(self._workspace, keys)
            # What is bound stays so: only what is made now gets bound, and nothing asks before.
            ids |= self._journal.bound(keys | accounts.keys())
        # The last two lots: a change may wait for its lane while the next lot begins.
        self._foreseen = _Foreseen(owners, ids), self._foreseen[0]

    def resolve(self, key: str) -> str | None:
        for lot in self._foreseen:
            if key in lot.ids:
                return lot.ids[key]
        with self._turn:
            known = self._journal.binding(key)
            return known or observed_id(self._workspace, key)

    def owner(self, account: AccountRef) -> str | None:
        key = account_key(account)
        for lot in self._foreseen:
            if key in lot.owners:
                return lot.owners[key]
        with self._turn:
            return observed_owner(self._workspace, account)

    def intent(self, key: str) -> str:
        with self._turn:
            return self._journal.intent(key)

    def password_hash(self, change: Change) -> str | None:
        if not isinstance(change.after, Membership) or change.attach is None:
            return None
        origin = change.attach.password
        if origin is None:
            return None
        with self._turn:
            read = self._passwords.reader_of(origin)
        return stored_hash(origin, change.after.email, read)
