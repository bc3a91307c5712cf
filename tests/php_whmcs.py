"""The companion's own files under PHP, with a harness that plays WHMCS; see tests/companion."""
# ruff: noqa: S608 (statements of our own, for a server of our own)

import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from itertools import cycle
from pathlib import Path
from typing import IO, Any

from control import direct_session
from mariadb import Database

ROOT = Path(__file__).parents[1]
COMPANION = ROOT / "companion"
HARNESS = Path(__file__).parent / "companion" / "harness"
LIBRARY = Path("/usr/share/php/Illuminate/Database/autoload.php")
PATIENCE = 30  # seconds
SERVERS = 4  # each answers one request at a time

IDENTIFIER, SECRET = "php-companion", "only-for-the-companion-7"
ACTIONS = ("SyncdCapabilities", "SyncdObserve", "SyncdAttach", "SyncdWithdrawInvite")
PERMISSIONS = (
    "profile", "contacts", "products", "manageproducts", "productsso", "domains", "managedomains",
    "invoices", "quotes", "tickets", "affiliates", "emails", "orders",
)  # fmt: skip
CALLER, CALLER_PASSWORD = "companion", "only-for-writing-7"


class PhpWhmcs:
    """The harness at work on a database: several servers, of which each request gets the next."""

    def __init__(self, database: Database, addresses: Sequence[str], log: Path) -> None:
        self.database = database
        self.log = log
        self.credential = {"identifier": IDENTIFIER, "secret": SECRET}
        self.session = direct_session()
        self._addresses = cycle(addresses)

    @property
    def address(self) -> str:
        return next(self._addresses)

    @property
    def url(self) -> str:
        return f"{self.address}/includes/api.php"

    def set(self, **settings: str) -> None:
        """Change rows of tblconfiguration; `HarnessEntities` and the like are the harness's own."""
        for name, value in settings.items():
            self.database.execute("REPLACE INTO tblconfiguration VALUES (%s, %s)", (name, value))

    def allow(self, *actions: str) -> None:
        allowed = json.dumps(dict.fromkeys((action.lower() for action in actions), 1))
        self.database.execute("REPLACE INTO tblapi_roles VALUES (1, 'syncd', %s)", (allowed,))

    def reset(self) -> None:
        """Give every table and setting as it was at first."""
        self.database.execute(
            "DROP TABLE IF EXISTS mod_syncd_effects;"
            "DELETE FROM tblusers; DELETE FROM tblusers_clients; DELETE FROM tbluser_invites;"
            "DELETE FROM tblclients; DELETE FROM tblactivitylog; DELETE FROM tblapi_roles;"
            "DELETE FROM tblconfiguration WHERE setting LIKE 'Harness%';"
        )
        listed = {"status": "success", "permissions": {"permission": PERMISSIONS}}
        self.set(HarnessPermissions=json.dumps(listed))
        self.allow(*ACTIONS)

    def ask(self, path: str, **fields: str) -> Any:
        return self.session.post(f"{self.address}/{path}", data=fields, timeout=PATIENCE)

    @contextmanager
    def without(self, column: str) -> Iterator[None]:
        """Take a column, as in `tblusers.password`, from its table, and put it back."""
        table, name = column.split(".")
        [(_, created)] = self.database.execute(f"SHOW CREATE TABLE {table}")
        self.database.execute(f"ALTER TABLE {table} DROP {name}")
        try:
            yield
        finally:
            self.database.execute(f"DROP TABLE {table}; {created}")


@contextmanager
def serving(database: Database, folder: Path) -> Iterator[PhpWhmcs]:
    """Run PHP's own servers on loopback until the block ends."""
    if not shutil.which("php") or not LIBRARY.exists():
        raise RuntimeError(
            "these tests need PHP: apt-get install php-cli php-mysql php-illuminate-database"
        )
    database.execute(
        f"CREATE OR REPLACE USER {CALLER}@'%' IDENTIFIED BY '{CALLER_PASSWORD}';"
        f"GRANT ALL ON {database.name}.* TO {CALLER}@'%';"
        f"INSERT INTO tbldeviceauth VALUES (1, '{IDENTIFIER}', '{SECRET}', '1')"
    )
    login = {"username": CALLER, "password": CALLER_PASSWORD, "database": database.name}
    place = {"host": "127.0.0.1", "port": database.server.port}
    environment = os.environ | {"HARNESS_DATABASE": json.dumps(place | login)}
    log = folder / "php.log"
    with log.open("ab") as written, ExitStack() as stack:
        servers = [
            stack.enter_context(_process(port, written, environment)) for port in _free_ports()
        ]
        for port, process in servers:
            _await(port, process, log)
        yield PhpWhmcs(database, [f"http://127.0.0.1:{port}" for port, _ in servers], log)


@contextmanager
def _process(
    port: int, log: IO[bytes], environment: Mapping[str, str]
) -> Iterator[tuple[int, "subprocess.Popen[bytes]"]]:
    command = ["php", "-d", "display_errors=0", "-d", "log_errors=1", "-d", "error_reporting=-1"]
    command += ["-S", f"127.0.0.1:{port}", "-t", str(COMPANION), str(HARNESS / "router.php")]
    with subprocess.Popen(command, stdout=log, stderr=log, env=environment) as process:
        try:
            yield port, process
        finally:
            process.terminate()


def _await(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while not _accepts(port):
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"PHP did not come up: {log.read_text(errors='replace')[-2000:]}")
        time.sleep(0.02)


def _accepts(port: int) -> bool:
    with socket.socket() as caller:
        return caller.connect_ex(("127.0.0.1", port)) == 0


def _free_ports() -> list[int]:
    with ExitStack() as stack:
        found = [stack.enter_context(socket.socket()) for _ in range(SERVERS)]
        for candidate in found:
            candidate.bind(("127.0.0.1", 0))
        return [candidate.getsockname()[1] for candidate in found]
