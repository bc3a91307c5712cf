"""What the companion's contract is tried on: tables with people, a way to ask, a way to look."""
# ruff: noqa: S608 (statements of our own, for a server of our own)

import contextlib
import json
import socket
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from typing import Any, Protocol
from urllib.parse import urlencode, urlsplit

import pymysql.cursors
import requests
from control import direct_session
from mariadb import Database

PATIENCE = 30  # seconds

JANE, NEW = "jane@dev.example", "new@dev.example"
BCRYPT = "$2y$10$DMndOV8ZiuHurZKutkblneo6UAfGu6x/d.B7je3dGebUaK9C6xuMi"  # of "secret"
TOKEN = "tokentokentokentoken"  # noqa: S105 (an invitation's, made up)

# Ids are far from each other: a reply that takes one for another is seen.
PEOPLE = f"""
INSERT INTO tblclients (id, firstname, lastname, email) VALUES
  (3, 'Olga', 'Owner', 'office@acme.example'), (4, 'Bo', 'Bolt', 'office@bolt.example');
INSERT INTO tblusers (id, first_name, last_name, email, password, language, second_factor,
    remember_token, reset_token, created_at, updated_at) VALUES
  (50, 'Olga', 'Owner', 'olga@acme.example', '{BCRYPT}', 'english', '', '{TOKEN}', '{TOKEN}',
    '2026-01-05 08:00:00', '2026-01-06 08:00:00'),
  (60, 'Bo', 'Bolt', 'bo@bolt.example', '{BCRYPT}', '', '', '', '', '2026-01-05 08:00:00', NULL),
  (70, 'Jane', 'Doe &amp; Co', '{JANE}', '{BCRYPT}', 'german', 'totp', '', '',
    '2026-01-07 09:30:00', NULL),
  (80, 'Lone', 'Wolf', 'Wolf@Alone.example', '{BCRYPT}', '', '', '', '', NULL, NULL);
UPDATE tblusers SET email_verified_at = '2026-01-05 09:00:00' WHERE id = 50;
UPDATE tblusers SET email_verified_at = 0 WHERE id = 60;
INSERT INTO tblusers_clients (id, auth_user_id, client_id, invite_id, owner, permissions) VALUES
  (500, 50, 3, 0, 1, NULL), (600, 60, 4, 0, 1, 'profile,contacts'),
  (700, 70, 3, 220, 0, 'invoices,tickets');
INSERT INTO tbluser_invites (id, token, email, client_id, invited_by, invited_by_admin, permissions,
    accepted_at, created_at, updated_at, deleted_at) VALUES
  (210, '{TOKEN}', '{NEW}', 3, 50, 0, 'invoices, tickets', NULL, '2026-03-01 09:00:00', NULL, NULL),
  (220, '{TOKEN}', 'j.doe@home.example', 3, 50, 0, '["invoices","tickets"]', '2026-02-02 10:00:00',
    '2026-02-01 10:00:00', NULL, NULL),
  (230, '{TOKEN}', 'gone@dev.example', 4, 60, 0, '', NULL, '2026-01-01 10:00:00', NULL,
    '2026-01-02 10:00:00'),
  (240, '{TOKEN}', 'late@dev.example', 4, 60, 0, 'emails', NULL, '2020-01-01 10:00:00', NULL, NULL),
  (250, '{TOKEN}', 'left@dev.example', 4, 60, 0, 'emails', '2026-01-03 10:00:00',
    '2026-01-01 10:00:00', NULL, NULL);
"""
TABLES = ("tblclients", "tblusers", "tblusers_clients", "tbluser_invites", "tblactivitylog")
EFFECTS = "mod_syncd_effects"

Row = dict[str, Any]
Reply = dict[str, Any]


class Place(Protocol):
    """A WHMCS with the companion. Its tables are in MariaDB, and empty when a test begins."""

    url: str  # of includes/api.php
    credential: Mapping[str, str]
    database: Database

    def without(self, column: str) -> AbstractContextManager[None]:
        """Run a block while a column, such as `tblusers.password`, is not there."""
        ...


class World:
    """A place with the people above, and what tests do there."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.session = direct_session()
        self.sql(PEOPLE)

    def post(self, action: str, **parameters: Any) -> requests.Response:
        fields = {**self.place.credential, "action": action, "responsetype": "json", **parameters}
        return self.session.post(self.place.url, data=fields, timeout=PATIENCE)

    def ask(self, action: str, **parameters: Any) -> Reply:
        answer = self.post(action, **parameters)
        assert answer.status_code == 200, answer.text
        reply: Reply = answer.json()
        return reply

    def attach(self, key: str = "run-1:new-at-acme", **changes: str) -> Reply:
        return self.ask("SyncdAttach", **attaching(key, **changes))

    def withdraw(self, key: str = "run-1:invite-210", **changes: str) -> Reply:
        fields = {"key": key, "invite_id": "210", "client_id": "3", "email": NEW}
        return self.ask("SyncdWithdrawInvite", **fields | changes)

    def observe(self, what: str, **page: str) -> list[Row]:
        reply = self.ask("SyncdObserve", what=what, **page)
        assert reply["result"] == "success", reply
        rows: list[Row] = reply[what]
        return rows

    def sql(self, statements: str) -> None:
        self.place.database.execute(statements)

    def rows(self, table: str) -> list[Row]:
        """Give the rows of a table by id; none where there is no table."""
        with (
            contextlib.closing(self.place.database.connect()) as connection,
            connection.cursor(pymysql.cursors.DictCursor) as cursor,
        ):
            cursor.execute("SHOW TABLES LIKE %s", (table,))
            if not cursor.fetchall():
                return []
            cursor.execute(f"SELECT * FROM {table} ORDER BY 1")
            return list(cursor.fetchall())

    def row(self, table: str, row_id: int) -> Row:
        (row,) = (row for row in self.rows(table) if row["id"] == row_id)
        return row

    def state(self) -> dict[str, list[Row]]:
        return {table: self.rows(table) for table in (*TABLES, EFFECTS)}

    def log(self) -> list[tuple[int, str]]:
        """Give what was logged by the companion: the client, the line."""
        rows = self.rows("tblactivitylog")
        lines = [(row["userid"], row["description"]) for row in rows]
        return [line for line in lines if line[1].startswith("syncd ")]


def attaching(key: str, **changes: str) -> dict[str, str]:
    """Give the parameters that attach a new person to Acme, but for the changes."""
    return {
        "key": key,
        "client_id": "3",
        "owner": "olga@acme.example",
        "email": NEW,
        "firstname": "New",
        "lastname": "Person",
        "language": "english",
        "permissions": "invoices,tickets",
        "password_hash": BCRYPT,
    } | changes


def plain(reply: Reply) -> Reply:
    """Give a reply with its numbers as numbers: they may come as text."""
    return json.loads(
        json.dumps(reply),
        object_hook=lambda fields: {
            name: int(value) if isinstance(value, str) and value.isdigit() else value
            for name, value in fields.items()
        },
    )


def error(message: str) -> Reply:
    return {"result": "error", "message": message}


def at_once(calls: Sequence[Callable[[], Reply]], order: Callable[[Reply], Any]) -> list[Reply]:
    """Make calls at the same time; give the replies in an order that does not hang on luck."""
    gate = threading.Barrier(len(calls))

    def call(made: Callable[[], Reply]) -> Reply:
        gate.wait(PATIENCE)
        return made()

    with ThreadPoolExecutor(len(calls)) as crew:
        return sorted(crew.map(call, calls), key=order)


def send_and_hang_up(world: World, action: str, parameters: Mapping[str, str]) -> None:
    """Send a request as a whole, and go before the reply comes."""
    where = urlsplit(world.place.url)
    body = urlencode({**world.place.credential, "action": action, **parameters}).encode()
    head = (
        f"POST {where.path} HTTP/1.1\r\nHost: {where.netloc}\r\nConnection: close\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    with socket.create_connection((where.hostname, where.port), PATIENCE) as caller:
        caller.sendall(head.encode() + body)
