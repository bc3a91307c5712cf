"""The WHMCS target as a plug-in: from the ways to it to a reader and a writer."""

import secrets

from syncd.model.connection import DatabaseConnection, TargetConnection
from syncd.ports import Bindings, Clock, Permit, Probe, TargetReader, TargetWriter
from syncd.targets.whmcs.client import WhmcsClient
from syncd.targets.whmcs.companion import Companion
from syncd.targets.whmcs.database import DatabaseReader
from syncd.targets.whmcs.reader import WhmcsReader
from syncd.targets.whmcs.trial import COMPANION_TRIALS, TRIALS, UNTRIED, TrialClient, probe_writing
from syncd.targets.whmcs.writer import WhmcsWriter
from syncd.wire.client import ReadingClient, system_url
from syncd.wire.pacer import Pacer


class WhmcsTarget:
    """A WHMCS 8 or later, reached through its API. Opens nothing before it is asked to.

    With a `database` it is read from there; it is always written through the API.
    """

    untried: tuple[str, ...] = UNTRIED

    def __init__(
        self,
        name: str,
        connection: TargetConnection,
        *,
        placeholder: str,
        makes_accounts: bool = False,
        database: DatabaseConnection | None = None,
    ) -> None:
        self.name = name
        self.origin = system_url(connection.url)
        self.connections = connection.connections
        self._connection = connection
        self._database = database
        self._placeholder = placeholder
        self._makes_accounts = makes_accounts
        self._pacer = Pacer(connection.connections, connection.max_calls_per_second)
        self._trial = TrialClient(name, connection, pacer=self._pacer)
        client = ReadingClient(name, connection, pacer=self._pacer)
        # One for reader and writer: a target that was read with it is not written without.
        self._companion = Companion(connection.companion, client)

    def reader(self) -> TargetReader:
        client = self._companion.client
        reader = WhmcsReader(
            self.name, client, self._companion, makes_accounts=self._makes_accounts
        )
        return DatabaseReader(reader, client, self._database) if self._database else reader

    def writer(self, bindings: Bindings, now: Clock, permit: Permit) -> TargetWriter:
        return WhmcsWriter(
            self.name,
            WhmcsClient(self.name, self._connection, permit, self._pacer),
            bindings,
            # Thrown away at once: the person sets an own one by the invitation or a reset.
            new_password=lambda: secrets.token_urlsafe(32),
            now=now,
            placeholder=self._placeholder,
            companion=self._companion,
            trial=self._trial,
        )

    def probe_writing(self) -> list[Probe]:
        """Try what writes; of the companion only where it is there."""
        companion = COMPANION_TRIALS if self._companion.is_there else ()
        return probe_writing(self._trial, (*TRIALS, *companion))
