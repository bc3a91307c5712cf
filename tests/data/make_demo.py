"""Make the bundled demo backup from `demo.yaml`, with a private MariaDB, and check it.

    python tests/data/make_demo.py

Needs mariadbd, mariadb-install-db, mariadb and mariadb-dump. The same description and the same
version of MariaDB give the same bytes.
"""

import contextlib
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bcrypt
import pymysql
import yaml

HERE = Path(__file__).parent
SCHEMA = HERE / "legacy-7.10.sql"
PEOPLE = HERE / "demo.yaml"
BACKUP = HERE.parents[1] / "syncd" / "cli" / "demo" / "legacy-backup.zip"

DATABASE = "kestrel_whmcs"
MADE_AT = (2025, 11, 18, 4, 0, 0)
MAX_BYTES = 100_000
PREFERENCES = ("domain", "general", "invoice", "product", "support", "affiliate")
ADDRESS = ("address1", "address2", "city", "state", "postcode", "country")
PASSWORD = b"kestrel-demo"  # of everybody whose password is a bcrypt; documented, and invented

Row = dict[str, Any]


def main() -> None:
    described = yaml.safe_load(PEOPLE.read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as folder, mariadb(Path(folder)) as socket:
        load(socket, SCHEMA.read_bytes())
        insert(socket, rows(described))
        sql = dump(socket)
        write_zip(sql)
        load(socket, zipfile.ZipFile(BACKUP).read(f"{DATABASE}.sql"))
        if dump(socket) != sql:
            raise SystemExit("the backup does not load back into the same rows")
    size = BACKUP.stat().st_size
    if size > MAX_BYTES:
        raise SystemExit(f"the backup has {size} bytes, allowed are {MAX_BYTES}")
    say(f"{BACKUP.name}: {size} bytes, {len(sql)} of SQL")
    for contact in contacts(described):
        if "case" in contact:
            say(f"{contact['id']:>4}  {contact['case']}")


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


# --- from the description to rows -----------------------------------------------------------


def rows(described: Row) -> Iterator[tuple[str, Row]]:
    """Yield (table, row); columns that are not named stay empty, zero or a zero date."""
    hashes = random.Random(7)  # salts, and hashes of nothing  # noqa: S311
    for setting, value in described["configuration"].items():
        yield "tblconfiguration", {"setting": setting, "value": value}
    for number, code in described["currencies"].items():
        yield "tblcurrencies", {"id": number, "code": code, "rate": 1, "default": 1}
    for client in described["clients"]:
        yield "tblclients", client_row(client, hashes)
        yield from invoice_rows(client)
    for contact in contacts(described):
        yield "tblcontacts", contact_row(contact, hashes)
    yield from ticket_rows(described)
    for order in described["orders"]:
        order |= {"ordernum": 7_310_000_000 + order["id"], "ipaddress": "192.0.2.80"}
        yield "tblorders", renamed(order)
    for entry in described["log"]:
        entry |= {"description": entry.pop("text"), "user": entry.pop("who")}
        yield "tblactivitylog", renamed(entry | {"ipaddr": "192.0.2.10"})


def contacts(described: Row) -> Iterator[Row]:
    for client in described["clients"]:
        home = {"client": client["id"], "address": client["address"], "phone": client["phone"]}
        for contact in client["contacts"]:
            yield home | contact
    yield from described["orphans"]


def client_row(client: Row, hashes: random.Random) -> Row:
    number, since = client["id"], client["since"]
    return person_row(client) | {
        "uuid": f"00000000-0000-4000-8000-{number:012}",
        "password": password(client.get("password", "bcrypt"), hashes),
        "authmodule": client.get("two_factor", ""),
        "currency": 1,
        "defaultgateway": "banktransfer",
        "datecreated": since,
        "notes": client.get("notes", ""),
        "billingcid": client.get("billing", 0),
        "lastlogin": client.get("seen"),
        "ip": f"192.0.2.{number}",
        "status": client.get("status", "Active"),
        "language": client.get("language", ""),
        "created_at": f"{since} 00:00:00",
        "updated_at": client.get("seen", f"{since} 00:00:00"),
    }


def contact_row(contact: Row, hashes: random.Random) -> Row:
    is_login = "login" in contact
    kind = contact.get("password", "bcrypt" if is_login else "none")
    added = contact.get("added", "0000-00-00 00:00:00")
    return (
        person_row(contact)
        | {
            "userid": contact["client"],
            "subaccount": int(is_login),
            "password": password(kind, hashes),
            "permissions": contact["login"] if is_login else contact.get("leftover", ""),
            "created_at": added,
            "updated_at": added,
        }
        | {f"{name}emails": int(name in contact["mail"]) for name in PREFERENCES}
    )


def person_row(person: Row) -> Row:
    first, last = person["name"]
    return {
        "id": person["id"],
        "firstname": first,
        "lastname": last,
        "companyname": person.get("company", ""),
        "email": person.get("email", ""),
        **dict(zip(ADDRESS, person["address"], strict=True)),
        "phonenumber": person["phone"],
    }


def password(kind: str, hashes: random.Random) -> str:
    """Make the hash of the demo's password; an md5 is one of nothing."""
    match kind:
        case "bcrypt":
            # Of the cheapest kind; PHP writes 2y where others write 2b.
            salt = f"$2b$04${hashes.getrandbits(84):021x}e"
            return bcrypt.hashpw(PASSWORD, salt.encode()).decode().replace("$2b$", "$2y$", 1)
        case "md5":
            return f"facade{hashes.getrandbits(104):026x}:{hashes.getrandbits(20):05x}"
        case "none":
            return ""
        case _:
            raise ValueError(kind)


def invoice_rows(client: Row) -> Iterator[tuple[str, Row]]:
    number = client["id"]
    yield (
        "tblinvoices",
        {
            "userid": number,
            "date": client["since"],
            "duedate": client["since"],
            "subtotal": 60 + number,
            "total": 60 + number,
            "status": "Unpaid" if client.get("status") == "Inactive" else "Paid",
            "paymentmethod": "banktransfer",
        },
    )


def ticket_rows(described: Row) -> Iterator[tuple[str, Row]]:
    for ticket in described["tickets"]:
        number = ticket["id"]
        ticket |= {"tid": f"{310_000 + number}", "c": f"kestrel{number}", "urgency": "Medium"}
        yield "tbltickets", renamed(ticket | {"did": 1, "lastreply": ticket["date"]})


def renamed(row: Row) -> Row:
    """Give the row under WHMCS's names: a `userid` there is a client."""
    names = {"client": "userid", "contact": "contactid"}
    return {names.get(name, name): value for name, value in row.items()}


# --- the private server ---------------------------------------------------------------------


@contextlib.contextmanager
def mariadb(folder: Path) -> Iterator[Path]:
    """Run a MariaDB of our own in `folder`; give its socket. It listens on no port."""
    data, socket = folder / "data", folder / "socket"
    user = ["--user=root"] if os.geteuid() == 0 else []
    made = ["--auth-root-authentication-method=normal", "--skip-test-db", f"--datadir={data}"]
    run(program("mariadb-install-db"), "--no-defaults", *made, *user)
    options = [f"--datadir={data}", f"--socket={socket}", f"--pid-file={folder / 'pid'}"]
    # Old WHMCS ran with an empty mode: zero dates, and no complaint about a missing column.
    options += ["--skip-networking", "--default-time-zone=+00:00", "--sql-mode="]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            [program("mariadbd"), "--no-defaults", *options, *user], stdout=log, stderr=log
        )
        try:
            await_server(server, socket)
            yield socket
        finally:
            server.terminate()
            server.wait()


def await_server(server: subprocess.Popen[bytes], socket: Path) -> None:
    for _ in range(300):
        if server.poll() is not None:
            break
        with contextlib.suppress(pymysql.OperationalError):
            connect(socket).close()
            return
        time.sleep(0.1)
    raise SystemExit("the private MariaDB did not start")


def connect(socket: Path, database: str | None = None) -> pymysql.Connection:
    return pymysql.connect(
        unix_socket=str(socket), user="root", database=database, charset="utf8mb4"
    )


def program(name: str) -> str:
    found = shutil.which(name, path=f"{os.environ['PATH']}:/usr/local/sbin:/usr/sbin")
    if found is None:
        raise SystemExit(f"{name} is not installed")
    return found


def run(*command: str, stdin: bytes = b"") -> bytes:
    done = subprocess.run(command, input=stdin, capture_output=True, check=False)
    if done.returncode:
        raise SystemExit(f"{command[0]} failed: {done.stderr.decode(errors='replace')}")
    return done.stdout


def load(socket: Path, sql: bytes) -> None:
    """Make the database anew from `sql`."""
    fresh = f"DROP DATABASE IF EXISTS {DATABASE}; CREATE DATABASE {DATABASE} CHARACTER SET utf8;"
    options = ["--no-defaults", f"--socket={socket}", "--user=root"]
    run(program("mariadb"), *options, "--execute", fresh)
    run(program("mariadb"), *options, "--default-character-set=utf8mb4", DATABASE, stdin=sql)


def insert(socket: Path, pairs: Iterator[tuple[str, Row]]) -> None:
    with contextlib.closing(connect(socket, DATABASE)) as connection:
        cursor = connection.cursor()
        for table, row in pairs:
            names = ", ".join(f"`{name}`" for name in row)
            values = ", ".join(["%s"] * len(row))
            sql = f"INSERT INTO `{table}` ({names}) VALUES ({values})"  # noqa: S608
            cursor.execute(sql, tuple(row.values()))
        connection.commit()


def dump(socket: Path) -> bytes:
    options = ["--no-defaults", f"--socket={socket}", "--user=root", "--skip-dump-date"]
    return run(program("mariadb-dump"), *options, "--single-transaction", DATABASE)


def write_zip(sql: bytes) -> None:
    BACKUP.parent.mkdir(parents=True, exist_ok=True)
    entry = zipfile.ZipInfo(f"{DATABASE}.sql", MADE_AT)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    with zipfile.ZipFile(BACKUP, "w") as backup:
        backup.writestr(entry, sql, compresslevel=9)


if __name__ == "__main__":
    main()
