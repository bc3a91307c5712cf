"""Ways to a system: where it is, who we are there, and the manners of speaking with it.

Each key of config.yaml that says so is declared here once, and what is made of it is handed down
whole. The config holds references in place of secrets until somebody connects. Prints no secret.
"""

from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from msgspec import Meta, Struct

# The fields that hold a secret, in either kind of connection.
SECRETS = ("identifier", "secret", "password", "access_key")


class Tls(Struct, frozen=True, kw_only=True):
    """TLS to a database; with `verify` the server's certificate must match its name.

    PEM files; without `ca` those count that the system trusts. `disabled` never encrypts: for
    servers whose TLS is too old for this machine.
    """

    ca: Path | None = None
    cert: Path | None = None
    key: Path | None = None
    verify: bool = True
    disabled: bool = False


class DatabaseConnection(Struct, frozen=True, kw_only=True):
    """A way into a database. Without `tls` it is encrypted where the server offers it.

    `unix_socket`, where given, goes before `host` and `port`.
    """

    host: str = "127.0.0.1"
    port: Annotated[int, Meta(ge=1, le=65535)] = 3306
    unix_socket: Path | None = None
    database: str
    user: str
    password: str
    tls: Tls | None = None

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.user!r}, {self.origin!r})"

    @property
    def origin(self) -> str:
        """Where it is, for people."""
        return f"{self.unix_socket or f'{self.host}:{self.port}'}/{self.database}"


# How soon a PostgreSQL that is gone is noticed, in seconds and milliseconds: well within a lease.
NETWORK = {
    "connect_timeout": 10,
    "keepalives_idle": 5,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}
JOURNAL = "journal.sqlite"  # in the state folder, unless it is in a database


class JournalDatabase(Struct, frozen=True):
    """A journal in a database of PostgreSQL. `room` is the state folder of who opens it."""

    url: str  # without a password
    room: Path
    password: str = ""

    def __str__(self) -> str:
        """Where it is, for people."""
        return self.url.partition("?")[0]

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.url!r})"


class SharedWork(Struct, frozen=True):
    """Where plans are made by several processes: a database for the jobs, a folder for the rows.

    `queue` is its name in the database, that of the target; `wait` are the seconds after which
    nobody is expected to take up a job any more.
    """

    queue: str
    url: str  # of PostgreSQL, without a password
    folder: Path
    shares: int
    wait: float
    password: str = ""

    def __str__(self) -> str:
        """Where the queue is, for people."""
        return self.url.partition("?")[0]

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.queue!r}, {self.url!r})"


class ApiConnection(Struct, frozen=True, kw_only=True):
    """A way to a WHMCS by its API. Either `identifier` and `secret`, or an admin's own login."""

    url: str  # the system URL, or that of api.php
    plain_http: bool = False  # allow http:// to another machine
    identifier: str | None = None
    secret: str | None = None
    username: str | None = None
    password: str | None = None
    access_key: str | None = None
    # The form fields in which identifier and secret are sent: those of a credential or of a login.
    credential_fields: Literal["identifier", "username"] = "identifier"
    ca: Path | None = None
    proxy: str | None = None  # the only one: those of the environment are not asked
    timeout: Annotated[float, Meta(gt=0)] = 30  # seconds, to connect and between two bytes
    page_size: Annotated[int, Meta(ge=1)] = 250

    def __post_init__(self) -> None:
        credential = bool(self.identifier and self.secret)
        login = bool(self.username and self.password)
        if credential == login:
            msg = "give either identifier and secret, or username and password"
            raise ValueError(msg)
        if not self.plain_http and crosses_a_network_readable(self.url):
            msg = "url: the credential would cross the network readable; begin it with https://, "
            msg += "or set plain_http: true if you trust every machine on the way"
            raise ValueError(msg)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.url!r})"


def crosses_a_network_readable(url: str) -> bool:
    """Say whether others on the way could read what is sent there."""
    parts = urlsplit(url)
    return parts.scheme == "http" and leaves_this_machine(parts.hostname or "")


def leaves_this_machine(host: str) -> bool:
    try:
        return not ip_address(host).is_loopback
    except ValueError:  # a name
        return host.lower() != "localhost"


CompanionUse = Literal["auto", "require", "off"]


class TargetConnection(ApiConnection, frozen=True, kw_only=True):
    """The way to the target, how much it is asked at once, and whether its companion is used."""

    connections: Annotated[int, Meta(ge=1, le=32)] = 4
    max_calls_per_second: Annotated[float, Meta(gt=0)] = 20
    companion: CompanionUse = "auto"
