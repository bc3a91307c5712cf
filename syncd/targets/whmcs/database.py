"""Reads a WHMCS 8 from its own database, in one read-only snapshot (`observe: database`).

The same resources as the API's, permissions with the row, and the invitations that no call shows.
The API is still asked for the list of permissions, its newest client (to see that the database is
its own), and memberships whose row does not show the permissions. Nothing is ever written here.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from functools import partial

from syncd.errors import (
    DatabaseForeign,
    DatabaseUnavailable,
    DatabaseUnknown,
    IncompleteRead,
    TargetError,
)
from syncd.model.change import Verb
from syncd.model.connection import DatabaseConnection
from syncd.model.identity import normalise
from syncd.model.permission import Permissions
from syncd.model.resources import Observable
from syncd.model.sheet import RowSheet, Texts
from syncd.model.text import Utf8
from syncd.ports import Observed, Probe, Sighting, TargetTerms
from syncd.targets.whmcs import codec, tables
from syncd.targets.whmcs.reader import WhmcsReader
from syncd.targets.whmcs.tables import (
    ACCOUNTS,
    CONTACTS,
    INVITES,
    MEMBERS,
    TABLES,
    USERS,
    TargetTable,
)
from syncd.wire import logins
from syncd.wire import mysql as database
from syncd.wire.client import ReadingClient
from syncd.wire.messages import Row, rows
from syncd.wire.mysql import Query

_PAGE = 5000
_Meaning = Callable[[Row], Iterable[Sighting]]
_ACTION = "SELECT"  # where errors of the API name its action


class DatabaseReader:
    """`TargetReader` over the tables of the WHMCS that `client` reaches by its API."""

    invites = True
    shows_invites = True

    def __init__(
        self,
        api: WhmcsReader,
        client: ReadingClient,
        connection: DatabaseConnection,
        page: int = _PAGE,
    ) -> None:
        self.name = api.name
        self._client = client
        self._api = api
        self._connection = connection
        self._page = page
        self._known: Permissions = ()

    @property
    def attaches(self) -> bool:
        return self._api.attaches

    @property
    def remarks(self) -> tuple[str, ...]:
        return self._api.remarks

    def permissions(self) -> Permissions:
        self._known = self._known or self._api.permissions()  # asked once: a reader is for a run
        return self._known

    def terms(self) -> TargetTerms:
        return self._api.terms()

    def supports(self, kind: type[Observable], verb: Verb) -> bool:
        return self._api.supports(kind, verb)

    def observe(self) -> Iterator[Sighting]:
        for sheet in self.sheets():
            for texts in sheet.rows:
                yield from sheet.read(texts)

    def sheets(self) -> Iterator[RowSheet[Sighting]]:
        known, newest = self.permissions(), self._newest()
        with self._snapshot() as query:
            shifting = self._check(query)
            self._check_own(query, newest)
            now = _now(query)
            counts = {}
            for table, give in self._meanings(known, now):
                counts[table.name] = database.count(query, table.read)
                for page in database.read(query, table.read, counts[table.name], self._page):
                    yield RowSheet(table.name, table.roles, page, partial(_read, table, give))
            for table in shifting:
                database.compare(table.read, counts[table.name], database.count(query, table.read))

    def inspect(self, memberships: Iterable[Observed]) -> Iterator[Observed]:
        return self._api.inspect(memberships)

    def probe(self) -> list[Probe]:
        """Try the tables, then each action: who writes looks before through the API."""
        return [*self._probe(), *self._api.probe()]

    def probe_login(self) -> list[Probe]:
        with self._snapshot() as query:
            return [Probe(*fact) for fact in logins.encryption(query, self._connection)]

    # --- the parts --------------------------------------------------------------------------

    def _meanings(
        self, known: Permissions, now: datetime
    ) -> Iterator[tuple[TargetTable, _Meaning]]:
        name = self.name
        yield ACCOUNTS, lambda row: (tables.account(name, row),)
        yield USERS, lambda row: (tables.user(row),)
        yield MEMBERS, partial(tables.member, name, known)
        yield CONTACTS, lambda row: (tables.contact(name, row),)
        yield INVITES, lambda row: (tables.invitation(name, now, row),)

    @contextmanager
    def _snapshot(self) -> Iterator[Query]:
        with self._failing(database.REFUSALS):
            opened = database.connect(self._connection, Utf8())
        with closing(opened) as connection, self._failing(database.FAILURES):
            query: Query = partial(database.ask, connection)
            for statement in database.SNAPSHOT:
                query(statement)
            # Dates without a zone are in the server's own.
            query("SET SESSION time_zone = @@GLOBAL.time_zone")
            yield query

    @contextmanager
    def _failing(self, failures: tuple[type[Exception], ...]) -> Iterator[None]:
        try:
            yield
        except database.Moved as error:
            raise IncompleteRead(self.name, f"{self._connection.origin}: {error}") from error
        except failures as error:
            words = f"{self._connection.origin}: {database.words(error)}"
            raise DatabaseUnavailable(_ACTION, words) from error

    def _check(self, query: Query) -> list[TargetTable]:
        """Give the tables that a snapshot does not hold still; raises `DatabaseUnknown`."""
        engines, columns = database.tables(query, TABLES)
        missing = list(tables.lacking(columns))
        if missing:
            raise DatabaseUnknown(_ACTION, f"{self._connection.origin}: {'; '.join(missing)}")
        return [table for name, table in TABLES.items() if engines.get(name) != "InnoDB"]

    def _newest(self) -> tuple[str, str] | None:
        """Ask the API for the id and address of one client, by its order the last."""
        reply = self._client.call("GetClients", limitnum=1, sorting="DESC")
        clients = rows("GetClients", reply.get("clients"), "client")
        marks = ((codec.row_id(_ACTION, row), codec.row_email(_ACTION, row)) for row in clients)
        return next(marks, None)

    def _check_own(self, query: Query, newest: tuple[str, str] | None) -> None:
        """Raise `DatabaseForeign` where the database is not that of the API."""
        if newest is None:
            same = not database.count(query, ACCOUNTS.read).rows
            problem = "it has clients, but the API shows none"
        else:
            client_id, email = newest
            # A whole number: `row_id` saw to it.
            emails = query(f"SELECT email FROM {ACCOUNTS.name} WHERE id = {int(client_id)}")  # noqa: S608
            same = [normalise(text) for (text,) in emails] == [email]
            problem = f"client {client_id} of the API is not in it, or has another address there"
        if not same:
            raise DatabaseForeign(_ACTION, f"{self._connection.origin}: {problem}")

    def _probe(self) -> Iterator[Probe]:
        try:
            newest = self._newest()
            with self._snapshot() as query:
                self._check(query)
                self._check_own(query, newest)
                granted = sorted(logins.writing(logins.grants(query)))
        except TargetError as error:
            sentence = error.message
            yield Probe("SELECT on the database", ok=False, sentence=sentence, error=error)
            return
        yield Probe("SELECT on the database", ok=True, sentence=self._connection.origin)
        sentence = f"this login could write: {', '.join(granted)}" if granted else ""
        yield Probe("nothing but SELECT on the database", ok=not granted, sentence=sentence)


def _read(table: TargetTable, give: _Meaning, texts: Texts) -> Iterable[Sighting]:
    return give(table.row(texts))


def _now(query: Query) -> datetime:
    ((seconds,),) = query("SELECT CAST(UNIX_TIMESTAMP() AS SIGNED)")
    return datetime.fromtimestamp(int(seconds or 0), UTC)
