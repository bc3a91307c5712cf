"""Passwords: a hash, read when its change is performed, looked at once more, and given on."""

from collections.abc import Iterable

import msgspec

from syncd.errors import Conflict
from syncd.model.attachment import Attachment, PasswordOrigin
from syncd.model.identity import normalise
from syncd.model.keys import number_of, source_of
from syncd.model.legacy import password_kind
from syncd.model.text import read_flag
from syncd.ports import PasswordReader, PasswordSource
from syncd.workspace.workspace import Workspace


class RowMoved(Conflict):
    """A legacy row is not what the plan says of it any more, so its password goes nowhere."""

    def __init__(self, key: str, reason: str) -> None:
        super().__init__(key, None, reason)
        self.message = f"{key} is no longer what the plan says: {reason}"


_PLANNED = """
    SELECT DISTINCT attach FROM changes WHERE verdict = 'apply' AND attach IS NOT NULL
"""


class Passwords:
    """Knows, by source, what reads the rows whose passwords the plan carries; holds no hash."""

    def __init__(self, workspace: Workspace, sources: Iterable[PasswordSource]) -> None:
        self._workspace = workspace
        self._sources = {source.name: source for source in sources}
        self._readers: dict[str, PasswordReader] = {}

    def reader_of(self, origin: PasswordOrigin) -> PasswordReader:
        """Give what reads the rows of the source that `origin` is of; for one thread at a time."""
        name = source_of(origin.contact)
        if name not in self._sources:
            raise RowMoved(origin.contact, "its source gives no passwords")
        if name not in self._readers:
            self._readers[name] = self._sources[name].passwords(self._wanted(name))
        return self._readers[name]

    def _wanted(self, source: str) -> dict[int, int]:
        decode = msgspec.json.Decoder(Attachment).decode
        planned = (decode(body).password for (body,) in self._workspace.stream(_PLANNED))
        rows = [origin for origin in planned if origin and source_of(origin.contact) == source]
        return {number_of(row.contact): number_of(row.account) for row in rows}


def stored_hash(origin: PasswordOrigin, email: str, read: PasswordReader) -> str:
    """Give the hash of a row for a user of that address; raises `RowMoved` unless it is as planned.

    The same address, still a login of the same account, and still a password of that kind.
    """
    row = read(number_of(origin.contact))
    if row is None:
        raise RowMoved(origin.contact, "it is gone")
    if not email or normalise(row.email) != email:
        raise RowMoved(origin.contact, "its address is another")
    if row.client_id != number_of(origin.account) or not read_flag(row.subaccount):
        raise RowMoved(origin.contact, f"it is no login of {origin.account}")
    if row.hash is None or password_kind(row.hash) != origin.kind or origin.kind != "bcrypt":
        raise RowMoved(origin.contact, f"its password is not of the kind {origin.kind}")
    return row.hash
