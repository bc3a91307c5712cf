"""A small hosting provider: a legacy WHMCS, a new one (the sandbox), and a syncd between them."""

import json
import os
import signal
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol, Self

import msgspec
import requests
import yaml
from dumps import MYSQLDUMP, write_dump
from forked import PROGRAMS, Child

from syncd import run
from syncd.cli.status import status_lines
from syncd.config.config import load
from syncd.journal.journal import Journal
from syncd.run import Result
from syncd.sandbox import Sandbox
from syncd.wiring import job_of, open_target

PATIENCE = 60  # seconds, for what takes one or two
NOBODY = "2147483647"  # an id

Row = dict[str, Any]


class Legacy:
    """The rows of a legacy WHMCS 7.10, and the backup made of them."""

    def __init__(self) -> None:
        self.clients: list[Row] = []
        self.contacts: list[Row] = []
        self.billing: dict[str, list[Row]] = {}  # tables of currencies and client groups
        self.version = "7.10.3-release.1"
        self.taken = "2020-03-04"

    def client(self, number: int, name: str, email: str, **columns: Any) -> None:
        first, _, last = name.partition(" ")
        self.clients.append(
            {
                "id": number,
                "firstname": first,
                "lastname": last,
                "companyname": f"{last} Ltd",
                "email": email,
                "address1": f"{number} Mill Lane",
                "city": "Leeds",
                "state": "Yorkshire",
                "postcode": "LS1 1AA",
                "country": "GB",
                "phonenumber": "0113 496 0000",
                "password": f"$2y$10${'x' * 53}",
                "billingcid": 0,
                "status": "Active",
                "language": "",
            }
            | columns
        )

    def contact(self, number: int, client: int, name: str, email: str, **columns: Any) -> None:
        """Add a contact; `permissions` make it a sub-account."""
        first, _, last = name.partition(" ")
        self.contacts.append(
            {
                "id": number,
                "userid": client,
                "firstname": first,
                "lastname": last,
                "companyname": "",
                "email": email,
                "address1": "",
                "city": "",
                "state": "",
                "postcode": "",
                "country": "GB",
                "phonenumber": "",
                "subaccount": int(bool(columns.get("permissions"))),
                "password": f"{number:032x}",
                "permissions": "",
                "domainemails": 0,
                "generalemails": 1,
                "invoiceemails": 0,
                "productemails": 0,
                "supportemails": 0,
                "affiliateemails": 0,
            }
            | columns
        )

    def bill(self, *columns: Row, **tables: list[Row]) -> None:
        """Give each client its columns of billing, and what their numbers stand for."""
        plain = {"currency": 1, "groupid": 0, "notes": ""}
        plain |= {"emailoptout": 0, "marketing_emails_opt_in": 1}
        for client, own in zip(self.clients, columns, strict=True):
            client.update(plain | own)
        self.billing = tables

    def row(self, contact: int) -> Row:
        return next(row for row in self.contacts if row["id"] == contact)

    def leave(self, contact: int) -> None:
        self.contacts = [row for row in self.contacts if row["id"] != contact]

    @property
    def tables(self) -> dict[str, list[Row]]:
        settings = [{"setting": "Version", "value": self.version}]
        return {
            "tblclients": self.clients,
            "tblconfiguration": settings,
            "tblcontacts": self.contacts,
        } | self.billing

    def write(self, path: Path) -> None:
        """Write the backup as WHMCS does: a zip with a dump inside."""
        style = replace(MYSQLDUMP, footer=f"-- Dump completed on {self.taken}  5:06:07\n")
        columns = {
            name: list(rows[0] if rows else empty)
            for name, rows, empty in (
                ("tblclients", self.clients, CLIENT),
                ("tblcontacts", self.contacts, CONTACT),
            )
        }
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("whmcs.sql", write_dump(self.tables, style, columns))


def _column_names() -> tuple[Row, Row]:
    legacy = Legacy()
    legacy.client(1, "A B", "")
    legacy.contact(1, 1, "A B", "")
    return legacy.clients[0], legacy.contacts[0]


CLIENT, CONTACT = _column_names()


def archers(legacy: Legacy) -> None:
    """Fill in three accounts, five logins and a plain contact; nothing of it needs a decision."""
    legacy.client(17, "Alma Archer", "alma@archer.example")
    legacy.client(18, "Bruno Baker", "bruno@baker.example")
    legacy.client(19, "Cora Cole", "cora@cole.example")
    legacy.contact(111, 17, "Dana Dean", "dana@dean.example", permissions="products,invoices")
    legacy.contact(112, 17, "Erin Archer", "erin@archer.example", permissions="tickets")
    legacy.contact(113, 18, "Dana Dean", "dana@dean.example", permissions="domains")
    legacy.contact(114, 18, "Finn Baker", "finn@baker.example", invoiceemails=1)
    legacy.contact(115, 19, "Gita Cole", "gita@cole.example", permissions="invoices,tickets")
    legacy.contact(116, 19, "Hugo Cole", "hugo@cole.example", permissions="quotes")


@dataclass(frozen=True)
class Done:
    """What a command came to."""

    code: int
    out: str
    err: str

    @property
    def said(self) -> str:
        """What stands on standard error besides the log."""
        lines = self.err.splitlines()
        return "\n".join(line for line in lines if not line.startswith("{"))

    @property
    def log(self) -> list[Row]:
        return [json.loads(line) for line in self.err.splitlines() if line.startswith("{")]


class Ending(Protocol):
    """A command that is at work: forked, or started from nothing as `subprocess.Popen`."""

    @property
    def returncode(self) -> int: ...
    def __enter__(self) -> Self: ...
    def __exit__(self, *_: object) -> None: ...
    def communicate(self, *, timeout: float) -> tuple[str, str]: ...


@dataclass
class Provider:
    """A folder with a config, a backup and a state, and the sandbox they point to."""

    folder: Path
    sandbox: Sandbox
    legacy: Legacy
    # What must never be seen outside of where it was put.
    secrets: list[str] = field(default_factory=list)
    environment: dict[str, str] = field(default_factory=dict)
    program: str = PROGRAMS[0]

    def __post_init__(self) -> None:
        self.secrets.append(self.sandbox.secret)
        (self.folder / "secrets").mkdir()
        for name in ("identifier", "secret"):
            path = self.folder / "secrets" / name
            path.write_text(f"{getattr(self.sandbox, name)}\n", encoding="utf-8")
            path.chmod(0o600)
        self.configure()

    # --- the two sides ----------------------------------------------------------------------

    def back_up(self) -> None:
        self.legacy.write(self.backup)

    def get(self, path: str) -> Any:
        reply = requests.get(f"{self.sandbox.control}/{path}", timeout=PATIENCE)
        assert reply.ok, reply.text
        return reply.json()

    def is_known_here(self) -> None:
        """Let a copied journal know the copy of its target by the port that it is served at."""
        target = open_target(load(self.config))
        with Journal.open(self.state / "journal.sqlite", target.name) as journal:
            known = journal.installation()
            assert known is not None
            journal.note_installation(msgspec.structs.replace(known, origin=target.origin))

    def tell(self, path: str, **body: Any) -> Any:
        reply = requests.post(f"{self.sandbox.control}/{path}", json=body, timeout=PATIENCE)
        assert reply.ok, reply.text
        return reply.json()

    @property
    def requests(self) -> list[Row]:
        return list(self.get("requests")["requests"])

    @property
    def writes(self) -> list[str]:
        """The writing actions that were asked for, in order, but for those that were `tried`."""
        return [one["action"] for one in self.requests if one["writes"] and not _is_trial(one)]

    @property
    def tried(self) -> list[str]:
        """The writing actions that `syncd check` asked for, in order."""
        return [one["action"] for one in self.requests if one["writes"] and _is_trial(one)]

    @property
    def mails(self) -> list[tuple[str, str]]:
        return sorted((mail["to"], mail["kind"]) for mail in self.get("outbox")["mails"])

    @property
    def picture(self) -> dict[str, list[Any]]:
        """The new WHMCS without what depends on the order of events: ids and dates."""
        state = self.get("state")
        clients = {row["id"]: row["email"] for row in state["clients"]}
        users = {row["id"]: row["email"] for row in state["users"]}
        return {
            "clients": sorted((row["email"], row["companyname"]) for row in state["clients"]),
            "users": sorted(users.values()),
            "memberships": sorted(
                (
                    clients[row["client_id"]],
                    users[row["user_id"]],
                    row["owner"],
                    sorted(row["permissions"] or []),
                )
                for row in state["memberships"]
            ),
            "contacts": sorted(
                (
                    clients[row["client_id"]],
                    row["firstname"],
                    row["email"],
                    [name for name, on in row["email_preferences"].items() if on],
                )
                for row in state["contacts"]
            ),
            "invites": sorted(
                (clients[row["client_id"]], row["email"], row["state"], sorted(row["permissions"]))
                for row in state["invites"]
            ),
            "mails": self.mails,
        }

    # --- syncd ------------------------------------------------------------------------------

    @property
    def backup(self) -> Path:
        return self.folder / "legacy.zip"

    @property
    def config(self) -> Path:
        return self.folder / "config.yaml"

    @property
    def state(self) -> Path:
        return self.folder / "state"

    def configure(self, **changes: Any) -> None:
        """Write the config; a mapping among `changes` is merged, None leaves a key out."""
        content: Row = {
            "sources": [{"kind": "backup", "name": "legacy", "path": str(self.backup)}],
            "target": {
                "name": "kestrel",
                "url": self.sandbox.url,
                "identifier": f"file:{self.folder}/secrets/identifier",
                "secret": f"file:{self.folder}/secrets/secret",
                # One change after the other, where a test is not about more.
                "connections": 1,
                "max_calls_per_second": 10_000,
            },
            "accounts": {"match": "email", "create_missing": True},
            "people": {"reserved_domains": []},  # our people live on `.example`
            "state_dir": str(self.state),
        }
        for name, value in changes.items():
            merged = content.get(name, {}) | value if isinstance(value, Mapping) else value
            content[name] = merged
        self.config.write_text(yaml.safe_dump(content), encoding="utf-8")

    def start(self, *command: str, config: bool = True) -> Child:
        options = ["--config", str(self.config)] if config else []
        return self.fork([*command, *options], self.program)

    def fork(self, words: Sequence[str], program: str) -> Child:
        environment = os.environ | {"COLUMNS": "100"} | self.environment
        return Child(words, self.folder, environment, program)

    def syncd(self, *command: str, config: bool = True) -> Done:
        """Run a command to its end."""
        return self.end(self.start(*command, config=config))

    # In this process, which is faster, where the command line is not what a test is about.

    def sync_here(self, now: datetime | None = None) -> None:
        """Let a run go through to its end."""
        result = run.synced(self._job(now))
        assert result.applied is not None
        assert not result.applied.failed
        assert not result.applied.stopped

    def plan_here(self, out: Path | None = None, *, now: datetime | None = None) -> Result:
        return run.planned(self._job(now), out)

    def _job(self, now: datetime | None) -> run.Job:
        job = job_of(load(self.config))
        return msgspec.structs.replace(job, now=lambda: now) if now else job

    @property
    def status(self) -> str:
        with Journal.open(self.state / "journal.sqlite", "kestrel") as journal:
            return "\n".join(status_lines(journal, datetime.now(UTC)))

    # As a command.

    def end(self, child: Ending) -> Done:
        """Wait for a command, and see that it kept every secret and left nothing half-done."""
        done = self.finish(child)
        if done.code != -signal.SIGKILL:
            self.check_files()
        return done

    def finish(self, child: Ending) -> Done:
        """Wait for a command that another one may run beside."""
        with child:
            out, err = child.communicate(timeout=PATIENCE)
        assert "Traceback" not in err, err
        for secret in self.secrets:
            assert secret not in out + err
        return Done(child.returncode, out, err)

    def check_files(self) -> None:
        """See that what lies about is whole, private and holds no secret."""
        for path in self.folder.rglob("*"):
            if path.parent == self.folder / "secrets" or not path.is_file():
                continue
            assert not any(part.startswith(".draft-") for part in path.parts), path
            kept = ("pages.duckdb", "explain.duckdb")
            assert "duckdb" not in path.name or path.name in kept, path
            if path in (self.config, self.backup):
                continue
            content = path.read_bytes()
            for secret in self.secrets:
                assert secret.encode() not in content, path

    @property
    def plans(self) -> list[Path]:
        """The folders of plans in the state folder, oldest first: by name only to the second."""
        folder = self.state / "plans"
        return sorted(folder.iterdir(), key=_written) if folder.exists() else []


def _is_trial(asked: Row) -> bool:
    """Say whether a request names somebody whom no installation has, or no key; and was refused."""
    asked_for = asked["params"].values()
    nothing = NOBODY in asked_for or asked["params"].get("key") == "-"
    return nothing and asked["result"] == "error"


def _written(folder: Path) -> int:
    return min((file.stat().st_mtime_ns for file in folder.iterdir()), default=0)


def provided(folder: Path, sandbox: Sandbox) -> Provider:
    """Set up a provider with the archers in the legacy backup, before its first run."""
    legacy = Legacy()
    archers(legacy)
    made = Provider(folder, sandbox, legacy)
    made.back_up()
    return made


def lines(folder: Path) -> list[Row]:
    """Read plan.jsonl."""
    text = (folder / "plan.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def said(folder: Path) -> dict[str, tuple[str, str]]:
    """Give the verdict and rule of each change, by key."""
    return {line["key"]: (line["verdict"], line["rule"]) for line in lines(folder)}


def findings(folder: Path) -> list[Row]:
    report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    return list(report["findings"])


def codes(folder: Path) -> Sequence[str]:
    return [finding["code"] for finding in findings(folder)]
