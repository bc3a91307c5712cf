"""A journal in a database of PostgreSQL, which the hosts that stand by for each other share.

Writers come one after another here as well: every write begins with the row of the lease, which
`lease.fence` updates, and holds it until it commits. A host that goes away in the middle of a write
is cut off by the server before its lease ends, so that it stands in nobody's way.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Engine,
    Identity,
    MetaData,
    String,
    Text,
    create_engine,
    event,
    inspect,
    make_url,
)
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError

from syncd.errors import ConfigError, StoreError
from syncd.journal import schema
from syncd.journal.faults import JournalElsewhere, JournalUnreachable
from syncd.journal.file import FileStore
from syncd.model.connection import JOURNAL, NETWORK, JournalDatabase

# Durable before a commit returns; nobody waits, or is waited for, longer than half a lease.
_SESSION = {
    "synchronous_commit": "on",
    "lock_timeout": "5s",
    "idle_in_transaction_session_timeout": "30s",
    "default_transaction_isolation": "read\\ committed",
}
_MAKING = 0x73796E6364  # "syncd": the number of the lock that is held while tables are made
_TELLING = _MAKING + 1


class DatabaseStore:
    """See `store.Store`."""

    sound: str = "the database can be read"

    def __init__(self, database: JournalDatabase) -> None:
        self._database = database
        self.metadata = _tables()

    def __str__(self) -> str:
        return str(self._database)

    @property
    def room(self) -> str:
        try:
            lock = (self._database.room / "lock").stat()
        except OSError:
            return ""
        return f"{lock.st_dev}:{lock.st_ino}"

    def exists(self) -> bool:
        engine = self.engine()
        try:
            with engine.connect() as con:
                return _is_made(con)
        except SQLAlchemyError as error:
            raise self._unreachable(error) from error
        finally:
            engine.dispose()

    def engine(self) -> Engine:
        return self._engine(_SESSION)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        engine = self._engine(_SESSION | {"idle_in_transaction_session_timeout": "0"})
        moment = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        try:
            with engine.connect().execution_options(**moment) as con:
                if not _is_made(con):
                    raise StoreError(str(self), "there is no journal yet")
                yield con
        except DBAPIError as error:
            raise self._unreachable(error) from error
        finally:
            engine.dispose()

    def fault(self, error: SQLAlchemyError) -> StoreError | None:
        own = isinstance(error, IntegrityError) or not isinstance(error, DBAPIError)
        return None if own else self._unreachable(error)

    def check_new(self) -> None:
        """Refuse while the state folder holds a journal that runs have gone by until now."""
        file = FileStore(self._database.room / JOURNAL)
        if file.exists():
            reason = (
                f"it is empty, and {file} is there, which knows who has been invited: copy it "
                "with `syncd journal copy database`."
            )
            raise JournalElsewhere(str(self), reason)

    def lock_tables(self, con: Connection) -> None:
        con.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_MAKING})")

    def lock_rows(self, con: Connection) -> None:
        con.exec_driver_sql("SELECT epoch FROM lease FOR UPDATE")

    @contextmanager
    def turn(self) -> Iterator[None]:
        engine = self._engine(_SESSION | {"lock_timeout": "0"})
        try:
            with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as con:
                con.exec_driver_sql(f"SELECT pg_advisory_lock({_TELLING})")
                yield  # and the end of the session gives it back
        except DBAPIError as error:
            raise self._unreachable(error) from error
        finally:
            engine.dispose()

    def take_time(self, con: Connection) -> None:
        con.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")

    def keep(self, version: int) -> None:
        """Keep each table as it is beside itself: `runs_v6`."""
        engine = self.engine()
        try:
            with engine.begin() as con:
                self.lock_tables(con)
                for name in inspect(con).get_table_names():
                    if name in self.metadata.tables:
                        copied = f"CREATE TABLE IF NOT EXISTS {name}_v{version} AS TABLE {name}"
                        con.exec_driver_sql(copied)
        finally:
            engine.dispose()

    def renumber(self, con: Connection) -> None:
        for table, number in (("changes", "change_id"), ("invites", "invite_id")):
            last = con.exec_driver_sql(f"SELECT max({number}) FROM {table}").scalar() or 0  # noqa: S608
            sequence = f"pg_get_serial_sequence('{table}', '{number}')"
            con.exec_driver_sql(f"SELECT setval({sequence}, {last + 1}, false)")

    def flaw(self, con: Connection) -> str:  # noqa: ARG002
        """Leave the pages to the server, which knows their checksums."""
        return ""

    quick_flaw = flaw

    def _engine(self, session: dict[str, str]) -> Engine:
        url = make_url(self._database.url).set(drivername="postgresql+psycopg")
        if self._database.password:
            url = url.set(password=self._database.password)
        options = " ".join(f"-c {name}={value}" for name, value in session.items())
        names = {"options": options, "application_name": "syncd", "client_encoding": "utf8"}
        try:
            engine = create_engine(url, connect_args=NETWORK | names)
        except ImportError as error:
            problem = 'it needs the extra postgresql: pip install ".[postgresql]"'
            raise ConfigError("state.journal", [problem]) from error
        event.listen(engine, "connect", self._check_encoding)
        return engine

    def _check_encoding(self, connection: Any, _: object) -> None:
        encoding = connection.info.parameter_status("server_encoding")
        if encoding != "UTF8":
            reason = f"the encoding of the database is {encoding}: make one with ENCODING 'UTF8'"
            raise StoreError(str(self), reason)

    def _unreachable(self, error: SQLAlchemyError) -> JournalUnreachable:
        words = str(error.orig) if isinstance(error, DBAPIError) and error.orig else str(error)
        return JournalUnreachable(str(self), words.strip().partition("\n")[0])


def _is_made(con: Connection) -> bool:
    return inspect(con).has_table(schema.meta.name)


def _tables() -> MetaData:
    """Give the tables so that they hold what an SQLite file holds, in the same order.

    Text has no greatest length and is ordered by its bytes; runs are numbered as they come.
    """
    made = MetaData()
    for table in schema.metadata.sorted_tables:
        copied = table.to_metadata(made)
        for column in copied.columns:
            if isinstance(column.type, String):
                column.type = Text(collation="C")
    made.tables["runs"].append_column(Column("rowid", BigInteger, Identity(always=True)))
    return made
