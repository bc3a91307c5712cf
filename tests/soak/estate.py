"""Both sides of a provider and the daemon between them, each a process of its own on one clock.

The legacy WHMCS is tables in a MariaDB, behind a relay. The new one is `syncd sandbox`, behind a
wire. `syncd run` finds both by its config, and tells people by a program that keeps what it is fed.
"""

import json
import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs

import requests
import yaml
from control import direct_session
from fastclock import FastClock
from mariadb import READER, READER_PASSWORD, Database
from mariadb import running as mariadb_running
from process import PATIENCE, LoggingProcess, Row
from relay import Relay, relaying
from wire import Wire, between

TREE = Path(__file__).parents[2]
ZONE = "Europe/Berlin"
CRON = "15 3 * * *"
REMOVALS = 2  # in one run, on one account: more blow a fuse
# What tells people: keeps each message, or takes none while the file `mute` is there. It has room
# where the daemon that starts it has none.
_TOLD = """ulimit -S -f unlimited; [ ! -e "$1/mute" ] && { cat; echo; } >> "$1/messages" """

_SECOND = timedelta(seconds=1)


class Estate:
    """Use `opened`."""

    def __init__(self, folder: Path, clock: FastClock, legacy: Database, relay: Relay) -> None:
        self.folder, self.clock, self.legacy, self.relay = folder, clock, legacy, relay
        self.wire: Wire
        self.control = ""
        self.daemon: LoggingProcess | None = None
        self.code = ""  # of an older syncd, in place of this tree
        self.settings: Row = {}
        self.asked: dict[str, str] = {}
        self._idle = threading.Event()
        self._asked = direct_session()
        # What a jump of the clock makes old, the sandbox hangs up on: no connection is kept.
        self._asked.headers["Connection"] = "close"

    def set_clock(self, moment: datetime) -> None:
        """Let it be this moment for everybody; waits until the sandbox has noticed."""
        self.clock.set(moment)
        while self._time_there() < moment - _SECOND:
            self._idle.wait(0.1)

    def _time_there(self) -> datetime:
        try:
            return datetime.fromisoformat(self.get("clock")["now"])
        except requests.ConnectionError:  # it hung up at the very jump
            return datetime.min.replace(tzinfo=UTC)

    # --- the new WHMCS ----------------------------------------------------------------------

    def tell(self, path: str, **body: Any) -> Any:
        reply = self._asked.post(f"{self.control}/{path}", json=body, timeout=PATIENCE)
        assert reply.ok, reply.text
        return reply.json()

    def get(self, path: str) -> Any:
        reply = self._asked.get(f"{self.control}/{path}", timeout=PATIENCE)
        assert reply.ok, reply.text
        return reply.json()

    def lift_faults(self) -> int:
        """Lift the faults of the target; give how many requests they hit."""
        hit = sum(fault["met"] >= fault["at"] for fault in self.get("faults")["faults"])
        self._asked.delete(f"{self.control}/faults", timeout=PATIENCE).raise_for_status()
        return int(hit)

    def call(self, action: str, **params: Any) -> None:
        """Call the target's API, as staff's own tools do."""
        known = self.get("credentials")
        form = {"action": action, "responsetype": "json"} | params
        form |= {"identifier": known["identifier"], "secret": known["secret"]}
        url = self.control.replace("_control", "includes/api.php")
        reply = self._asked.post(url, data=form, timeout=PATIENCE)
        assert reply.json()["result"] == "success", reply.text

    def note(self, action: str, body: bytes) -> None:
        """Keep what was last asked for by syncd."""
        self.asked = {name: values[0] for name, values in parse_qs(body.decode()).items()}

    def rotate_secret(self, secret: str) -> None:
        with closing(sqlite3.connect(self.folder / "sandbox.sqlite", timeout=30)) as file, file:
            file.execute("UPDATE tbldeviceauth SET secret = ?, compat_secret = ?", [secret, secret])

    # --- the legacy WHMCS -------------------------------------------------------------------

    def lock_out(self, *, locked: bool) -> None:
        """Give the reader of the legacy database another password, or the one it had."""
        word = "rotated" if locked else READER_PASSWORD
        self.legacy.execute(f"ALTER USER {READER}@'%%' IDENTIFIED BY %s", [word])

    # --- syncd ------------------------------------------------------------------------------

    @property
    def state(self) -> Path:
        return self.folder / "state"

    @property
    def config(self) -> Path:
        return self.folder / "config.yaml"

    def keep(self, name: str, secret: str) -> str:
        """Write a secret into its file, and give the reference to it."""
        path = self.folder / "secrets" / name
        path.parent.mkdir(exist_ok=True, mode=0o700)
        path.write_text(f"{secret}\n")
        path.chmod(0o600)
        return f"file:{path}"

    def configure(self, **changes: Any) -> None:
        """Write the config, and keep these changes for the next time; None leaves a key out."""
        self.settings |= changes
        content = _config(self) | self.settings
        kept = {name: value for name, value in content.items() if value is not None}
        self.config.write_text(yaml.safe_dump(kept))

    @property
    def environment(self) -> dict[str, str]:
        """All that a command of syncd has around it; systemd asks the daemon for signs of life.

        So the daemon looks at the clock each half second, and a jump of it is noticed at once.
        """
        clock = self.clock.environment
        path = {"PYTHONPATH": f"{clock['PYTHONPATH']}:{self.code or TREE}"}
        watchdog = {"NOTIFY_SOCKET": str(self.folder / "notify"), "WATCHDOG_USEC": "1500000"}
        return dict(os.environ) | clock | watchdog | path

    def start(self) -> None:
        words = [sys.executable, "-m", "syncd", "run", "--config", str(self.config)]
        self.daemon = LoggingProcess(words, self.environment, self.folder)
        self.daemon.logs("daemon.started")

    @property
    def running(self) -> LoggingProcess:
        assert self.daemon is not None
        return self.daemon

    def syncd(self, *words: str) -> "subprocess.CompletedProcess[str]":
        """Run a command to its end."""
        return subprocess.run(
            [sys.executable, "-m", "syncd", *words, "--config", str(self.config)],
            env=self.environment, cwd=self.folder, capture_output=True, text=True, check=False,
            timeout=PATIENCE,
        )  # fmt: skip

    def messages(self) -> list[Row]:
        """Take what people were told since the last time."""
        path = self.folder / "messages"
        if not path.exists():
            return []
        lines = path.read_text().splitlines()
        path.unlink()
        return [json.loads(line) for line in lines if line]


def _config(estate: Estate) -> Row:
    login = estate.legacy.login | {"port": estate.relay.port, "tls": {"disabled": True}}
    login["password"] = f"file:{estate.folder}/secrets/reader"
    return {
        "sources": [{"kind": "mysql", "name": "legacy"} | login],
        "target": {
            "name": "kestrel",
            "url": estate.wire.url,
            "identifier": f"file:{estate.folder}/secrets/identifier",
            "secret": f"file:{estate.folder}/secrets/secret",
            "connections": 1,  # else the order of what is written, and so the soak, is by chance
            "max_calls_per_second": 10_000,
        },
        "accounts": {"match": "email", "create_missing": True},
        "people": {"reserved_domains": []},
        "policy": {
            "mode": "sync",
            "verify_after": 0,  # what staff did is seen the same night
            "apply_reasons": ["new", "changed", "revoked", "invite_expired"],
        },
        "fuses": {"removals": REMOVALS, "removals_per_account": REMOVALS},
        "state_dir": str(estate.state),
        "schedule": {"cron": CRON, "timezone": ZONE},
        "alerts": {
            "command": ["/bin/sh", "-c", _TOLD, "told", str(estate.folder)],
            "show_emails": True,
        },
        "heartbeat": {"file": str(estate.folder / "beat")},
        "metrics": {"textfile": str(estate.folder / "syncd.prom")},
    }


@contextmanager
def opened(folder: Path, start: datetime) -> Iterator[Estate]:
    """Start both sides; the daemon is not started, but ended."""
    clock = FastClock(folder / "clock", start)
    with (
        mariadb_running() as server,
        server.database() as legacy,
        relaying(server.port) as relay,
        _sandbox(folder, clock) as announced,
    ):
        estate = Estate(folder, clock, legacy, relay)
        estate.control = f"{announced['url'].rstrip('/')}/_control"
        with between(SimpleNamespace(url=announced["url"].rstrip("/"))) as wire:  # type: ignore[arg-type]
            estate.wire = wire
            wire.sent = estate.note
            wire.change = lambda _, body: (0, {"Date": format_datetime(clock.now())}, body)
            known = estate.get("credentials")
            for name in ("identifier", "secret"):
                estate.keep(name, known[name])
            estate.keep("reader", READER_PASSWORD)
            estate.configure()
            try:
                yield estate
            finally:
                if estate.daemon is not None:
                    estate.daemon.kill()


@contextmanager
def _sandbox(folder: Path, clock: FastClock) -> Iterator[Row]:
    file = str(folder / "sandbox.sqlite")
    words: Sequence[str] = [sys.executable, "-m", "syncd", "sandbox", "--file", file]
    environment = dict(os.environ) | clock.environment
    with subprocess.Popen(
        words, env=environment, cwd=folder, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout
            line = process.stdout.readline()
            yield json.loads(line)
        finally:
            process.terminate()
            process.wait(PATIENCE)
