"""The installation's database: opened, seeded at first start, emptied on reset."""

import json
import secrets
import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import phpserialize
from sqlalchemy import (
    Connection,
    Engine,
    Table,
    create_engine,
    delete,
    event,
    insert,
    make_url,
    select,
    text,
    update,
)
from sqlalchemy.exc import ArgumentError

from syncd.sandbox import clock, passwords, schema, schema_area
from syncd.sandbox.clock import Clock
from syncd.sandbox.faults import Faults
from syncd.sandbox.switches import DEFAULTS, check

if TYPE_CHECKING:  # in running PyMySQL the class takes no parameter
    from pymysql.connections import Connection as MariaDb

LOOPBACK = ("127.0.0.1", "::1")

# What a reset keeps: who may call, and how the installation is set up.
_KEPT = {
    schema.configuration,
    schema.admins,
    schema.device_auth,
    schema.api_roles,
    schema.email_templates,
    schema.settings,
    schema.switches,
}


class BadDatabase(ValueError):
    """A URL that leads to no database this can be kept in; the text says what is wrong."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """Every form of credential this installation accepts."""

    identifier: str
    secret: str
    admin_username: str
    admin_password: str
    access_key: str


class Store:
    """One database. `transaction()` is the only way in; transactions run one after another."""

    def __init__(self, url: str, actions: Sequence[str]) -> None:
        """Open `url`, and seed it if it is new: `actions` are what the API role allows."""
        self.faults = Faults()
        self._engine = create_engine(url)
        self._actions = actions
        self._switches: Mapping[str, str] = DEFAULTS
        # SQLite has one writer, and every request writes to the request log. Waiting on a lock
        # here is cheaper than SQLite's own waiting, which sleeps.
        self._turn = threading.Lock()
        if self._engine.dialect.name == "sqlite":
            _teach_sqlite(self._engine)
        else:
            _teach_mariadb(self._engine)
        schema.WHMCS.create_all(self._engine)
        schema_area.SANDBOX.create_all(self._engine)
        with self.transaction() as db:
            if not db.execute(select(schema.device_auth.c.id)).first():
                self._seed(db)
            self._load_switches(db)
            self._clock = clock.read(db)

    @classmethod
    def in_file(cls, path: Path, actions: Sequence[str]) -> "Store":
        """Open or create the file at `path`, for its owner alone: the credential is in it."""
        path.touch(mode=0o600)
        return cls(f"sqlite:///{path}", actions)

    @classmethod
    def in_database(cls, url: str, actions: Sequence[str]) -> "Store":
        """Open a MariaDB database at `mysql://...` and make the tables it lacks, WHMCS's own.

        Raises BadDatabase for any other URL. MariaDB gives text columns a default, MySQL does not.
        """
        try:
            parsed = make_url(url)
        except ArgumentError as error:
            raise BadDatabase("That is no URL of a database.") from error
        if parsed.get_backend_name() not in {"mysql", "mariadb"} or not parsed.database:
            raise BadDatabase("The database must be mysql://user@host/name, of a MariaDB.")
        parsed = parsed.set(drivername="mysql+pymysql").update_query_dict({"charset": "utf8mb4"})
        return cls(parsed.render_as_string(hide_password=False), actions)

    def close(self) -> None:
        self._engine.dispose()

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        with self._turn, self._engine.begin() as db:
            yield db

    @property
    def switches(self) -> Mapping[str, str]:
        return self._switches

    def set_switches(self, db: Connection, wanted: Mapping[str, object]) -> None:
        """Set switches; raises UnknownSwitch before changing any."""
        values = check(wanted)
        for name, value in values.items():
            _put(db, schema.switches, "name", name, {"value": value})
        self._load_switches(db)

    @property
    def clock(self) -> Clock:
        return self._clock

    def set_clock(self, db: Connection, moved: Clock) -> None:
        clock.write(db, moved)
        self._clock = moved

    def reset(self, db: Connection, *, switches: bool) -> None:
        """Empty the data, set the clock to real time, lift faults and what role and list forbid."""
        self.faults.lift()
        kept = _KEPT - {schema.switches} if switches else _KEPT
        tables = [*schema.WHMCS.sorted_tables, *schema_area.SANDBOX.sorted_tables]
        for table in tables:
            if table not in kept:
                _empty(db, table)
        self.allow_actions(db)
        allow_ips(db, LOOPBACK)
        self._load_switches(db)
        self._clock = Clock()

    def allow_actions(self, db: Connection, denied: Sequence[str] = ()) -> list[str]:
        """Let the API role allow everything but `denied`; return what it allows."""
        unwanted = {name.lower() for name in denied}
        allowed = [name for name in self._actions if name not in unwanted]
        permissions = json.dumps(dict.fromkeys(allowed, 1))
        db.execute(update(schema.api_roles).values(permissions=permissions))
        return allowed

    def credentials(self, db: Connection) -> Credentials:
        device = db.execute(select(schema.device_auth)).one()
        own = {row.name: row.value for row in db.execute(select(schema.settings))}
        return Credentials(device.identifier, device.secret, "admin", **own)

    def _load_switches(self, db: Connection) -> None:
        chosen = {row.name: row.value for row in db.execute(select(schema.switches))}
        self._switches = {**DEFAULTS, **chosen}
        configure(db, "Version", f"{self._switches['version']}-release.1")
        configure(db, "Language", self._switches["language"])

    def _seed(self, db: Connection) -> None:
        now = clock.stamp(Clock().now())
        own = {"admin_password": secrets.token_urlsafe(12), "access_key": secrets.token_hex(16)}
        for name, value in own.items():
            db.execute(insert(schema.settings).values(name=name, value=value))
        db.execute(insert(schema.admins).values(_admin(own["admin_password"])))
        db.execute(insert(schema.api_roles).values(role="Everything", created_at=now))
        self.allow_actions(db)
        # Kept in plain text, unlike WHMCS: it is told again at each start.
        db.execute(
            insert(schema.device_auth).values(
                identifier=secrets.token_hex(16),
                secret=secrets.token_hex(16),
                user_id=1,
                is_admin=1,
                role_ids="[1]",
                description="sandbox",
                created_at=now,
            )
        )
        db.execute(insert(schema.email_templates), _TEMPLATES)
        allow_ips(db, LOOPBACK)


def _empty(db: Connection, table: Table) -> None:
    """Delete all rows, and hand out ids from 1 again."""
    if db.dialect.name == "sqlite":
        db.execute(delete(table))
        statement = text("DELETE FROM sqlite_sequence WHERE name = :name")
        db.execute(statement, {"name": table.name})
    else:
        db.execute(text(f"TRUNCATE TABLE {table.name}"))


def configure(db: Connection, setting: str, value: str) -> None:
    """Set a row of tblconfiguration."""
    _put(db, schema.configuration, "setting", setting, {"value": value})


def allow_ips(db: Connection, addresses: Sequence[str]) -> None:
    listed = {number: {"ip": ip, "note": ""} for number, ip in enumerate(addresses)}
    configure(db, "APIAllowedIPs", phpserialize.dumps(listed).decode())


def _put(db: Connection, table: Any, key: str, name: str, values: Mapping[str, object]) -> None:
    if not db.execute(update(table).where(table.c[key] == name).values(values)).rowcount:
        db.execute(insert(table).values({key: name, **values}))


def _admin(password: str) -> Mapping[str, object]:
    return {
        "roleid": 1,
        "username": "admin",
        # The API is sent md5(password), so that is what must be recognised.
        "password": passwords.hashed(passwords.md5(password)),
        "firstname": "Sandbox",
        "lastname": "Admin",
        "email": "admin@sandbox.example",
        "supportdepts": ",1,",
    }


_TEMPLATES = (
    {
        "type": "general",
        "name": "Client Signup Email",
        "subject": "Welcome",
        "message": "Welcome.",
        "disabled": 0,
    },
    {
        "type": "general",
        "name": "Unsubscribe Confirmation",
        "subject": "Unsubscribed",
        "message": "You will get no more of these.",
        "disabled": 1,
    },
    {
        "type": "product",
        "name": "Hosting Account Welcome Email",
        "subject": "New Account Information",
        "message": "Your account is ready.",
        "disabled": 0,
    },
)


def _teach_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def _connected(connection: sqlite3.Connection, _record: object) -> None:
        # The driver's own transactions begin too late for a savepoint; BEGIN is sent below.
        connection.isolation_level = None
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")

    @event.listens_for(engine, "begin")
    def _began(db: Connection) -> None:
        db.exec_driver_sql("BEGIN IMMEDIATE")


def _teach_mariadb(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def _connected(connection: "MariaDb[Any]", _record: object) -> None:
        with connection.cursor() as cursor:
            # Nothing cut off in silence, and zero dates are ordinary values.
            cursor.execute("SET SESSION sql_mode = 'STRICT_ALL_TABLES'")
            cursor.execute("SET SESSION time_zone = '+00:00'")
