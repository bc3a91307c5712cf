"""The WHMCS target as a plug-in: from options of the config to a reader and a writer."""

import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from syncd.ports import Bindings, Clock, Permit, TargetReader, TargetWriter
from syncd.targets.whmcs.client import WhmcsClient
from syncd.targets.whmcs.database import DatabaseReader
from syncd.targets.whmcs.reader import WhmcsReader
from syncd.targets.whmcs.writer import WhmcsWriter
from syncd.wire.client import Connection, Credentials, ReadingClient
from syncd.wire.mysql import Login, Tls
from syncd.wire.pacer import Pacer


class WhmcsTarget:
    """A WHMCS 8 or later, reached through its API. Opens nothing before it is asked to.

    With `observe="database"` it is read from its `database`, the way into which has the fields of
    `Login`; it is always written through the API.
    """

    def __init__(  # noqa: PLR0913, one argument a key of the config
        self,
        name: str,
        *,
        url: str,
        identifier: str | None = None,
        secret: str | None = None,
        username: str | None = None,
        password: str | None = None,
        access_key: str | None = None,
        credential_fields: str = "identifier",
        ca: Path | None = None,
        proxy: str | None = None,
        timeout: float = 30,
        page_size: int = 250,
        connections: int = 4,
        max_calls_per_second: float = 20,
        placeholder: str = "-",
        observe: Literal["api", "database"] = "api",
        database: Mapping[str, Any] | None = None,
    ) -> None:
        self.name = name
        self.origin = url
        self.connections = connections
        self._placeholder = placeholder
        self._login = _login(database) if observe == "database" and database else None
        credentials = Credentials.of(
            identifier=identifier,
            secret=secret,
            username=username,
            password=password,
            access_key=access_key,
            credential_fields=credential_fields,
        )
        self._connection = Connection(
            name,
            url,
            credentials,
            timeout=timeout,
            verify=str(ca) if ca else True,
            proxy=proxy,
            page_size=page_size,
            pacer=Pacer(connections, max_calls_per_second),
        )

    def reader(self) -> TargetReader:
        client = ReadingClient(self._connection)
        if self._login:
            return DatabaseReader(self.name, client, self._login)
        return WhmcsReader(self.name, client)

    def writer(self, bindings: Bindings, now: Clock, permit: Permit) -> TargetWriter:
        return WhmcsWriter(
            self.name,
            WhmcsClient(self._connection, permit),
            bindings,
            # Thrown away at once: the person sets an own one by the invitation or a reset.
            new_password=lambda: secrets.token_urlsafe(32),
            now=now,
            placeholder=self._placeholder,
        )


def _login(database: Mapping[str, Any]) -> Login:
    tls = Tls(**database["tls"]) if database.get("tls") else None
    return Login(**{**database, "tls": tls})
