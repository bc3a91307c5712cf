"""The companion's own files under PHP, with a harness that plays WHMCS; see tests/companion."""

import json
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from control import direct_session
from mariadb import Database

ROOT = Path(__file__).parents[1]
COMPANION = ROOT / "companion"
HARNESS = Path(__file__).parent / "companion" / "harness"
LIBRARY = Path("/usr/share/php/Illuminate/Database/autoload.php")
PATIENCE = 30  # seconds
WORKERS = 6  # requests at the same time

IDENTIFIER, SECRET = "php-companion", "only-for-the-companion-7"  # noqa: S105 (of the harness)
ACTIONS = ("SyncdCapabilities", "SyncdObserve", "SyncdAttach", "SyncdWithdrawInvite")
PERMISSIONS = (
    "profile", "contacts", "products", "manageproducts", "productsso", "domains", "managedomains",
    "invoices", "quotes", "tickets", "affiliates", "emails", "orders",
)  # fmt: skip
CALLER, CALLER_PASSWORD = "companion", "only-for-writing-7"  # noqa: S105 (of a server of our own)


class PhpWhmcs:
    """The harness at work on a database."""

    def __init__(self, database: Database, address: str, log: Path) -> None:
        self.database = database
        self.address = address
        self.log = log
        self.credential = {"identifier": IDENTIFIER, "secret": SECRET}
        self.session = direct_session()

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
    """Run PHP's own server on loopback until the block ends."""
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
    environment = os.environ | {
        "HARNESS_DATABASE": json.dumps(place | login),
        "PHP_CLI_SERVER_WORKERS": str(WORKERS),
    }
    port = _free_port()
    command = ["php", "-d", "display_errors=0", "-d", "log_errors=1", "-d", "error_reporting=-1"]
    command += ["-S", f"127.0.0.1:{port}", "-t", str(COMPANION), str(HARNESS / "router.php")]
    log = folder / "php.log"
    with (
        log.open("wb") as written,
        # In a group of its own: its workers do not end with it.
        subprocess.Popen(
            command, stdout=written, stderr=written, env=environment, start_new_session=True
        ) as process,
    ):
        try:
            _await(port, process, log)
            yield PhpWhmcs(database, f"http://127.0.0.1:{port}", log)
        finally:
            os.killpg(process.pid, signal.SIGTERM)


def _await(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while not _accepts(port):
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"PHP did not come up: {log.read_text(errors='replace')[-2000:]}")
        time.sleep(0.02)


def _accepts(port: int) -> bool:
    with socket.socket() as caller:
        return caller.connect_ex(("127.0.0.1", port)) == 0


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port
