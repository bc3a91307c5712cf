"""Reads a legacy WHMCS through its API, for providers who cannot reach the database.

Up to 7.10 GetContacts shows who is a sub-account and what it may do; since 8.0 it does not.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

import msgspec

from syncd.errors import (
    IncompleteRead,
    NotFound,
    NotLegacy,
    SourceUnavailable,
    SyncdError,
    TargetError,
    UnexpectedReply,
)
from syncd.model.attachment import StoredPassword
from syncd.model.connection import ApiConnection
from syncd.model.legacy import LegacyTerm, password_kind, presence
from syncd.ports import Batch, PasswordReader, Probe, Provenance, Rows
from syncd.sources.listing import Columns, PageMoved, Spool, pages
from syncd.sources.rows import (
    CLIENTS,
    CONTACTS,
    STORED,
    LegacyTable,
    refuse_migrated,
    stored_password,
)
from syncd.sources.staff import NOT_KNOWN
from syncd.wire.client import ReadingClient
from syncd.wire.messages import NOBODY, READING, Row, number, rows

if TYPE_CHECKING:
    from syncd.wire.bodies import Reply

# All that this source ever calls; none writes. WhmcsDetails would be no help: it came with 8.0.
ACTIONS = ("GetAdminDetails", "GetContacts", "GetClients", "GetClientsDetails")

# What every row must show, for nothing stands in for it: an absent mark is not "no login", an
# absent preference not "no mail", an absent status not "Active".
_NEEDED = {
    "GetContacts": (
        *("userid", "email", "subaccount", "permissions"),
        *("generalemails", "productemails", "domainemails", "invoiceemails", "supportemails"),
    ),
    "GetClients": ("email", "status"),
}
# GetClientsDetails has a sentence for people under this name, in the format of the installation.
_OTHERWISE = frozenset({"lastlogin"})
_PASSES = 3


class WhmcsApiSource:
    """A WHMCS up to 7.10, reached through its API.

    `details` asks for each client by itself as well, which alone shows address, phone, language
    and billing contact.
    """

    def __init__(self, name: str, connection: ApiConnection, *, details: bool) -> None:
        self.name = name
        self.actions = ACTIONS if details else ACTIONS[:-1]
        self._details = details
        self._codes: dict[str, str] = {}  # of currencies, by number
        self._client = ReadingClient(name, connection, self.actions)
        self._provenance = Provenance(source=name, kind="whmcs_api", origin=connection.url)

    def extract(self) -> Iterator[Batch]:
        """Read both lists whole, then give them; see `Source`.

        No snapshot holds the two lists still. Contacts come first: one that is new has a client
        that the other list does have.
        """
        with self._failing():
            version = self._version()
            with self._whole("GetContacts") as contacts, self._whole("GetClients") as clients:
                for page in contacts.pages():
                    yield Batch(CONTACTS.struct, [self._row(CONTACTS, row) for row in page])
                for page in clients.pages():
                    completed = [self._completed(row) for row in page]
                    clients.shown.update(*completed)
                    yield Batch(CLIENTS.struct, [self._row(CLIENTS, row) for row in completed])
                if self._codes:
                    yield Batch(LegacyTerm, self._currencies())
        self._provenance = msgspec.structs.replace(
            self._provenance,
            version=version,
            clients=clients.rows,
            contacts=contacts.rows,
            remarks=tuple(self._remarks(version)),
            hidden=tuple(self._hidden(contacts, clients)),
        )

    def provenance(self) -> Provenance:
        return self._provenance

    def passwords(self, wanted: Mapping[int, int]) -> PasswordReader:
        """Read each by itself, among the contacts of its client."""
        action = "GetContacts"

        def read(contact_id: int) -> StoredPassword | None:
            client_id = wanted.get(contact_id)
            if client_id is None:
                return None
            with self._failing():
                for row in self._client.pages(action, userid=client_id):
                    if number(action, row, "id") == contact_id:
                        texts = [_text(action, name, row.get(name)) for name in STORED]
                        return stored_password(self.name, tuple(texts))[1]
            return None

        return read

    def probe(self) -> list[Probe]:
        """Try each action that reading needs, as cheaply as it goes; no answer raises.

        Stops after the first where that one already says that nothing can be read.
        """
        version = self._tried("GetAdminDetails", self._version)
        if not version.ok:
            return [version]
        probes = [
            version,
            self._tried("GetContacts", lambda: self._first("GetContacts")),
            self._tried("GetClients", lambda: self._first("GetClients")),
        ]
        if self._details:
            probes.append(self._tried("GetClientsDetails", self._somebody))
        return probes

    # --- reading --------------------------------------------------------------------------------

    def _version(self) -> str:
        """Give the version, "" if none is stated; raises `NotLegacy` for 8 and later."""
        whmcs = self._client.call("GetAdminDetails").get("whmcs")
        details = whmcs if isinstance(whmcs, dict) else {}
        version = str(details.get("canonicalversion") or details.get("version") or "")
        # Not to be allowed, as for a database: this API does not show what the upgrade left.
        refuse_migrated(self.name, version, users=False, allowed=False)
        return version

    def _whole(self, action: str) -> Spool:
        """Read a list until a pass shows nothing that moved meanwhile."""
        table = CONTACTS if action == "GetContacts" else CLIENTS
        seen = ""
        for _ in range(_PASSES):
            try:
                with ExitStack() as stack:
                    spool = stack.enter_context(Spool())
                    for page in pages(self._client, action):
                        spool.add([self._columns(action, table, row) for row in page])
                    stack.pop_all()  # whole: the caller closes it
                    return spool
            except PageMoved as moved:
                seen = str(moved)
        raise IncompleteRead(self.name, f"{action} was read {_PASSES} times, the last time {seen}")

    def _completed(self, row: Columns) -> Columns:
        """Add what GetClientsDetails alone shows of a client."""
        if not self._details:
            return row
        action, client_id = "GetClientsDetails", str(row["id"])
        try:
            details = self._details_of(client_id)
        except NotFound:
            reason = f"client {client_id} disappeared while it was read"
            raise IncompleteRead(self.name, reason) from None
        if str(details.get("id")) != client_id:
            raise UnexpectedReply(action, f"another client than {client_id}")
        completed = _legible(action, CLIENTS, details) | row
        code = details.get("currency_code")
        if isinstance(code, str) and (number := completed.get("currency")):
            self._codes[number] = code
        return completed

    def _currencies(self) -> Rows:
        return [(self.name, "currency", number, code) for number, code in self._codes.items()]

    def _details_of(self, client_id: str) -> Row:
        reply: Reply = self._client.call("GetClientsDetails", clientid=client_id)
        client = reply.get("client")
        return client if isinstance(client, dict) else reply  # older ones mirror it at the top only

    def _columns(self, action: str, table: LegacyTable, row: Row) -> Columns:
        """Give the columns of a row; raises `NotLegacy` where one is absent that must not be."""
        absent = [column for column in _NEEDED[action] if column not in row]
        if absent:
            raise NotLegacy(
                self.name,
                f"{action} does not show {', '.join(absent)}, as a WHMCS up to 7.10 does, and"
                " nothing can stand in for that: read its database or a backup",
            )
        return _legible(action, table, row)

    def _row(self, table: LegacyTable, row: Columns) -> tuple[object, ...]:
        try:
            ids = [int(row[column] or 0) for column in table.columns[: table.ids]]
        except ValueError as error:
            reason = f"{table.name} has an id that is not a number"
            raise IncompleteRead(self.name, reason) from error
        return (self.name, *ids, *(row.get(column) for column in table.columns[table.ids :]))

    def _remarks(self, version: str) -> Iterator[str]:
        yield (
            "read through the API, which has no snapshot: no row was added or removed while a list"
            " was read, but a row may have changed"
        )
        yield from self._client.remarks
        if not version:
            yield "the API does not show its version; it has sub-accounts, so it is older than 8"

    def _hidden(self, contacts: Spool, clients: Spool) -> Iterator[str]:
        yield (
            "the API does not show which contacts are in use by orders, pay methods, tickets and"
            " social logins: none is protected for being in use"
        )
        yield NOT_KNOWN
        if not self._details:
            yield "clients were read without their details, so without address and language"
        for table, spool in ((CLIENTS, clients), (CONTACTS, contacts)):
            hidden = [column for column in table.columns if column not in spool.shown]
            if spool.rows and hidden:
                yield f"the API does not show {', '.join(hidden)} of {table.name}: read as empty"

    @contextmanager
    def _failing(self) -> Iterator[None]:
        """Turn what the API says into what a source may raise."""
        try:
            yield
        except UnexpectedReply as error:
            raise IncompleteRead(self.name, f"{error.action}: {error.message}") from error
        except TargetError as error:
            reason = f"{self._provenance.origin}: {error.action}: {error.message.strip()}"
            raise SourceUnavailable(self.name, reason) from error

    # --- probing --------------------------------------------------------------------------------

    def _tried(self, action: str, attempt: Callable[[], object]) -> Probe:
        try:
            reply = attempt()
        except TargetError as error:
            return Probe(action, ok=False, sentence=error.message.strip(), error=error)
        except SyncdError as error:
            sentence = str(error.fields.get("reason", error))
            return Probe(action, ok=False, sentence=sentence, error=error)
        return Probe(action, ok=True, sentence=f"WHMCS {reply}" if action == ACTIONS[0] else "")

    def _first(self, action: str) -> list[Columns]:
        """Give the first row of a list, if there is one, having looked for what it must show."""
        container, element = READING[action]
        reply = self._client.call(action, limitnum=1)
        listed = rows(action, reply.get(container), element)
        table = CONTACTS if action == "GetContacts" else CLIENTS
        return [self._columns(action, table, row) for row in listed[:1]]

    def _somebody(self) -> None:
        """Ask for one client; that nobody is there is an answer as well."""
        try:
            first = self._first("GetClients")
            self._details_of(str(first[0]["id"]) if first else str(NOBODY))
        except NotFound:
            pass


def _legible(action: str, table: LegacyTable, row: Row) -> Columns:
    """Give what a row shows of a table's columns, as the table's own text.

    Of a password only its kind goes on, here already, and of notes that there are some: neither is
    set aside.
    """
    values = {
        column: _text(action, column, row[column])
        for column in table.columns
        if column in row and column not in _OTHERWISE
    }
    if "password" in values:
        values["password"] = password_kind(values["password"])
    if "notes" in values:
        values["notes"] = presence(values["notes"])
    return values


def _text(action: str, column: str, value: object) -> str | None:
    match value:
        case None | str():
            return value
        case bool():
            return str(int(value))
        case int():
            return str(value)
        case [] if column == "email_preferences":  # as PHP writes a map that holds nothing
            return "{}"
        case dict() if column == "email_preferences":  # JSON in its column
            return msgspec.json.encode(value).decode()
    raise UnexpectedReply(action, f"{column} is {type(value).__name__}, not a text")
