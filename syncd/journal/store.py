"""Where a journal is kept: a file of one machine, or a database that several share."""

from contextlib import AbstractContextManager
from typing import Protocol

from sqlalchemy import Connection, Engine, MetaData
from sqlalchemy.exc import SQLAlchemyError

from syncd.errors import StoreError


class Store(Protocol):
    """What differs between the two; all else is the same SQL, the same rows and the same hashes."""

    @property
    def sound(self) -> str:
        """Say in words that there is no `flaw`."""

    @property
    def metadata(self) -> MetaData:
        """The tables as they are made here."""

    @property
    def room(self) -> str:
        """Name the lock of this machine, "" where it lies beside the journal; see `lease.take`."""

    def exists(self) -> bool: ...

    def engine(self) -> Engine:
        """Give an engine to read and write, all that it commits being durable."""

    def reading(self) -> AbstractContextManager[Connection]:
        """Give one moment of the journal, whatever is written meanwhile, to be read at leisure."""

    def fault(self, error: SQLAlchemyError) -> StoreError | None:
        """Give what an error means to a person, None for one of syncd's own."""

    def check_new(self) -> None:
        """Raise `StoreError` where there is a reason not to begin a journal."""

    def lock_tables(self, con: Connection) -> None:
        """Keep everybody else from making and migrating until the transaction ends."""

    def lock_rows(self, con: Connection) -> None:
        """Keep everybody else from writing until the transaction ends, as `lease.fence` does."""

    def turn(self) -> AbstractContextManager[None]:
        """Keep everybody else who asks for a turn waiting, on whatever machine; reads go on."""

    def take_time(self, con: Connection) -> None:
        """Allow a transaction that only reads to wait long between two rows."""

    def keep(self, version: int) -> None:
        """Keep a copy of the journal as it is, before it is migrated from `version`."""

    def renumber(self, con: Connection) -> None:
        """Let numbers that the database gives go on behind those that were copied."""

    def flaw(self, con: Connection) -> str:
        """Say what is wrong with the store itself, "" where nothing is."""

    def quick_flaw(self, con: Connection) -> str:
        """As `flaw`, in seconds."""
