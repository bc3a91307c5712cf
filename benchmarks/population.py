"""Make a legacy population of any size, as the dump that mysqldump would have written of it.

    python benchmarks/population.py --contacts 100000 --out /tmp/legacy.sql
    python benchmarks/population.py --contacts 1000000 | mariadb legacy

The same number of contacts and the same seed give the same bytes. Rows are written as they are
made: memory does not grow with the population. People are invented, hashes are of nothing.

Half of the contacts are sub-accounts, there are two clients to five contacts, one person in
twenty has sub-accounts at several clients, and one row in a hundred is odd (`ODD`).
"""

import argparse
import html
import random
import re
import sys
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import cache
from itertools import compress
from pathlib import Path
from typing import IO

SCHEMA = Path(__file__).parents[1] / "tests" / "data" / "legacy-7.10.sql"

Row = dict[str, object]

# fmt: off
FLAGS = (
    "profile", "contacts", "products", "manageproducts", "productsso", "domains", "managedomains",
    "invoices", "quotes", "tickets", "affiliates", "emails", "orders",
)
FIRST = (
    "Ada", "Amir", "Anna", "Ben", "Bruno", "Carla", "Chidi", "Clara", "Dana", "David", "Elif",
    "Emma", "Eva", "Felix", "Finn", "Grace", "Hana", "Hugo", "Ines", "Ivan", "James", "Jana",
    "Jo&atilde;o", "Jonas", "Kofi", "Lara", "Leo", "Lina", "Luca", "Maja", "Marco", "Maria", "Mia",
    "Noah", "Nora", "Olga", "Omar", "Paul", "Pia", "Priya", "Ravi", "Rosa", "Ruth", "Sam", "Sara",
    "Søren", "Tara", "Theo", "Tom", "Uma", "Vera", "Yuki", "Zoë",
)
LAST = (
    "Adams", "Bauer", "Bell", "Berg", "Brown", "Castro", "Chen", "Costa", "Cruz", "Dale", "Diaz",
    "Evans", "Fischer", "Ford", "Garcia", "Gray", "Haas", "Hall", "Hill", "Ito", "Jansen", "Jones",
    "Kaya", "Keller", "Khan", "Kim", "Klein", "Kowalska", "Lee", "Lopez", "Marsh", "Meyer",
    "Moore", "Moreau", "M&uuml;ller", "Nagy", "Nguyễn", "Novak", "O&#039;Brien", "Okafor", "Olsen",
    "Patel", "Perez", "Petrov", "Reed", "Rossi", "Roy", "Santos", "Sato", "Shah", "Silva", "Smith",
    "Stone", "Suzuki", "Taylor", "Tran", "Vogel", "Walker", "Weber", "Wolf", "Wood", "Young",
)
TRADES = ("Antiques", "Bakery", "Books", "Care", "Design", "GmbH", "Group", "Labs", "Ltd", "Media")
# fmt: on

# What owners ticked, a percent each: a few sets are common, the rest is `ANY_SET`.
COMMON_SETS = (
    ["invoices"] * 22
    + ["tickets"] * 14
    + ["invoices,tickets"] * 10
    + ["products,domains,tickets"] * 8
    + ["products,manageproducts,productsso,domains,managedomains,tickets"] * 8
    + ["products,domains,invoices,tickets"] * 6
    + ["invoices,quotes,orders"] * 5
    + ["domains,managedomains"] * 4
    + ["profile,contacts,products,domains,invoices,quotes,tickets,affiliates,emails,orders"] * 3
    + [",".join(FLAGS)] * 10
)
ANY_SET = [",".join(compress(FLAGS, (n >> k & 1 for k in range(13)))) for n in range(1, 1 << 13)]

_MAILS = ("domainemails", "generalemails", "invoiceemails", "productemails", "supportemails")
_ON = ("00100", "00100", "00001", "00001", "01000", "10010", "10011", "11111", "00000", "01101")
PREFERENCES = [dict(zip(_MAILS, on, strict=True)) for on in _ON]

ZERO = "0000-00-00 00:00:00"
ODD_SHARE = 0.01
PLACES = (("Leeds", "LS1 4XA", "GB"), ("Berlin", "10115", "DE"), ("Portland", "97209", "US"))
INSERT_BYTES = 1_000_000  # mysqldump begins a new INSERT after about as much


# --- rows -----------------------------------------------------------------------------------


def client_rows(clients: int, chance: random.Random) -> Iterator[Row]:
    for number in range(1, clients + 1):
        first, last = person(number)
        yield {
            "id": number,
            "uuid": f"00000000-0000-4000-8000-{number:012}",
            "firstname": first,
            "lastname": last,
            "companyname": f"{last} {TRADES[number % 10]}" if number % 3 else "",
            "email": owner_email(number),
            **address(number),
            "password": fake_hash(chance),
            "currency": 1,
            "defaultgateway": "banktransfer",
            "datecreated": day(number, clients),
            "lastlogin": f"2025-{number % 10 + 1:02}-{number % 28 + 1:02} 08:15:00",
            "status": ("Closed", "Inactive", "Inactive", *["Active"] * 17)[number % 20],
            "created_at": f"{day(number, clients)} 09:00:00",
            "updated_at": f"{day(number, clients)} 09:00:00",
        }


def contact_rows(contacts: int, clients: int, chance: random.Random, odd: float) -> Iterator[Row]:
    pool = contacts // 36 + 1  # people with several sub-accounts, 3 each on the average
    login: Row = {}
    for number in range(1, contacts + 1):
        is_login = number % 2 == 1
        row = contact_row(number, contacts, clients, chance)
        if is_login:
            row |= {"subaccount": 1, "password": fake_hash(chance), "permissions": flags(chance)}
            if chance.random() < 1 / 6:
                row |= agency_developer(clients + contacts + pick(pool, chance))
        if login and chance.random() < odd:
            row |= ODD[pick(len(ODD), chance)](row, login)
        if is_login:
            login = row
        yield row


def contact_row(number: int, contacts: int, clients: int, chance: random.Random) -> Row:
    """Make a plain contact of any client."""
    client = pick(clients, chance) + 1
    first, last = person(clients + number)
    added = f"{day(number, contacts)} 10:30:00" if chance.random() < 0.7 else ZERO
    return {
        "id": number,
        "userid": client,
        "firstname": first,
        "lastname": last,
        "companyname": "",
        "email": f"{mailbox(first, last)}{number}@firm{client}.example",
        **address(client),
        "subaccount": 0,
        "password": "",
        "permissions": "",
        **PREFERENCES[pick(len(PREFERENCES), chance)],
        "created_at": added,
        "updated_at": added,
    }


def agency_developer(number: int) -> Row:
    first, last = person(number)
    email = f"{mailbox(first, last)}{number}@studio{number % 997}.example"
    return {"firstname": first, "lastname": last, "companyname": "Studio", "email": email}


def person(number: int) -> tuple[str, str]:
    return FIRST[number % len(FIRST)], LAST[number * 7 // len(FIRST) % len(LAST)]


def owner_email(client: int) -> str:
    return f"{mailbox(*person(client))}@firm{client}.example"


@cache
def mailbox(first: str, last: str) -> str:
    letters = "".join(filter(str.isalpha, html.unescape(first + last)))
    return letters.lower().encode("ascii", "ignore").decode()


def address(client: int) -> Row:
    city, postcode, country = PLACES[client % len(PLACES)]
    return {
        "address1": f"{client % 200 + 1} Station Road",
        "city": city,
        "state": city,
        "postcode": postcode,
        "country": country,
        "phonenumber": f"+44.1632960{client % 1000:03}",
    }


def day(number: int, of: int) -> str:
    """Spread `of` rows over 14 years, the first the oldest."""
    years, rest = divmod(number * 14 * 336 // (of + 1), 336)
    return f"{2011 + years}-{rest // 28 + 1:02}-{rest % 28 + 1:02}"


def flags(chance: random.Random) -> str:
    at = pick(100, chance)
    return COMMON_SETS[at] if at < len(COMMON_SETS) else ANY_SET[pick(len(ANY_SET), chance)]


def fake_hash(chance: random.Random) -> str:
    """Make a string in the shape of bcrypt that is the hash of nothing."""
    return f"$2y$10$NOT/A/HASH/{chance.getrandbits(168):042x}"


def pick(below: int, chance: random.Random) -> int:
    return int(chance.random() * below)


# --- odd rows: (the row, the last sub-account before it) -> what is different ------------------


def twin(_: Row, login: Row) -> Row:
    """T-02 or T-03: the address of another contact of the account, who is a sub-account."""
    return {name: login[name] for name in ("userid", "firstname", "lastname", "email")}


def of_other_owner(_: Row, login: Row) -> Row:
    """T-05 or T-09: the address of the owner of some other account."""
    return {"email": owner_email(int(str(login["userid"])))}


ODD: tuple[Callable[[Row, Row], Row], ...] = (
    twin,
    of_other_owner,
    lambda row, _: {"email": owner_email(int(str(row["userid"])))},  # T-04
    lambda _, __: {"email": ""},  # T-11, T-12
    lambda row, _: {"email": str(row["email"]).replace("@", " at ")},  # T-13
    lambda row, _: {"email": f" {row['email']}".upper()},  # T-14
    lambda row, _: {"permissions": f"{row['permissions'] or 'tickets'},managebilling"},  # T-17
    lambda _, __: {"permissions": "View &amp; Pay Invoices, View Domains"},  # T-18
    lambda _, __: {"permissions": r"a:2:{i:0;s:7:\"domains\";i:1;s:7:\"tickets\";}"},  # T-18
    lambda _, __: {"subaccount": 0, "permissions": "invoices,tickets"},  # T-25
    lambda _, __: {"permissions": ""},  # T-26
    lambda row, _: {"userid": int(str(row["id"])) + 90_000_000},  # T-34
)


# --- the dump -------------------------------------------------------------------------------


def write_dump(out: IO[bytes], contacts: int, seed: int = 1, odd: float = ODD_SHARE) -> None:
    chance = random.Random(seed)  # not for secrets  # noqa: S311
    clients = max(1, contacts * 2 // 5)
    settings = {"CompanyName": "Kestrel Hosting", "Version": "7.10.3-release.1"}
    tables: tuple[tuple[str, Iterable[Row]], ...] = (
        ("tblclients", client_rows(clients, chance)),
        (
            "tblconfiguration",
            ({"id": n, "setting": s, "value": v} for n, (s, v) in enumerate(settings.items(), 1)),
        ),
        ("tblcontacts", contact_rows(contacts, clients, chance, odd)),
    )
    schema = SCHEMA.read_text(encoding="utf-8")
    out.write(HEAD.encode())
    for table, rows in tables:
        for piece in table_dump(table, create_table(schema, table), rows):
            out.write(piece.encode())
    out.write(FOOT.encode())


def create_table(schema: str, table: str) -> str:
    found = re.search(rf"^CREATE TABLE `{table}` \(\n.*?;$", schema, re.DOTALL | re.MULTILINE)
    if found is None:
        raise LookupError(table)
    return found[0]


def table_dump(table: str, created: str, rows: Iterable[Row]) -> Iterator[str]:
    yield (
        f"\n--\n-- Table structure for table `{table}`\n--\n\n"
        f"DROP TABLE IF EXISTS `{table}`;\n"
        "/*!40101 SET @saved_cs_client     = @@character_set_client */;\n"
        "/*!40101 SET character_set_client = utf8 */;\n"
        f"{created}\n"
        "/*!40101 SET character_set_client = @saved_cs_client */;\n"
        f"\n--\n-- Dumping data for table `{table}`\n--\n\n"
        f"LOCK TABLES `{table}` WRITE;\n"
        f"/*!40000 ALTER TABLE `{table}` DISABLE KEYS */;\n"
    )
    for values in gathered(written(created, rows)):
        yield f"INSERT INTO `{table}` VALUES {','.join(values)};\n"  # noqa: S608
    yield f"/*!40000 ALTER TABLE `{table}` ENABLE KEYS */;\nUNLOCK TABLES;\n"


def gathered(rows: Iterable[str]) -> Iterator[list[str]]:
    """Gather rows up to the size of one INSERT."""
    values: list[str] = []
    size = 0
    for row in rows:
        values.append(row)
        size += len(row)
        if size >= INSERT_BYTES:
            yield values
            values, size = [], 0
    if values:
        yield values


def written(created: str, rows: Iterable[Row]) -> Iterator[str]:
    """Write rows as SQL. All name the same columns; nothing in them needs escaping any more."""
    template = ""
    for row in rows:
        template = template or row_template(created, row)
        yield template % row


_COLUMN = re.compile(r"^  `(\w+)` (\w+).*?(?: DEFAULT (.+))?,$", re.MULTILINE)
_NUMBERS = frozenset({"int", "tinyint", "bigint", "decimal"})


def row_template(created: str, named: Collection[str]) -> str:
    """Give the SQL of a row: a place for what rows name, the default for every other column."""
    values = []
    for name, kind, default in _COLUMN.findall(created):
        quote = "" if kind in _NUMBERS else "'"
        empty = "0" if kind in _NUMBERS else "''"
        values.append(f"{quote}%({name})s{quote}" if name in named else default or empty)
    return f"({','.join(values)})"


HEAD = """\
-- MySQL dump 10.13  Distrib 5.7.44, for Linux (x86_64)
--
-- Host: localhost    Database: legacy
-- ------------------------------------------------------
-- Server version\t5.7.44

/*!40101 SET @OLD_CHARACTER_SET_CLIENT=@@CHARACTER_SET_CLIENT */;
/*!40101 SET @OLD_CHARACTER_SET_RESULTS=@@CHARACTER_SET_RESULTS */;
/*!40101 SET @OLD_COLLATION_CONNECTION=@@COLLATION_CONNECTION */;
/*!40101 SET NAMES utf8mb4 */;
/*!40103 SET @OLD_TIME_ZONE=@@TIME_ZONE */;
/*!40103 SET TIME_ZONE='+00:00' */;
/*!40014 SET @OLD_UNIQUE_CHECKS=@@UNIQUE_CHECKS, UNIQUE_CHECKS=0 */;
/*!40014 SET @OLD_FOREIGN_KEY_CHECKS=@@FOREIGN_KEY_CHECKS, FOREIGN_KEY_CHECKS=0 */;
/*!40101 SET @OLD_SQL_MODE=@@SQL_MODE, SQL_MODE='NO_AUTO_VALUE_ON_ZERO' */;
/*!40111 SET @OLD_SQL_NOTES=@@SQL_NOTES, SQL_NOTES=0 */;
"""

FOOT = """\
/*!40103 SET TIME_ZONE=@OLD_TIME_ZONE */;

/*!40101 SET SQL_MODE=@OLD_SQL_MODE */;
/*!40014 SET FOREIGN_KEY_CHECKS=@OLD_FOREIGN_KEY_CHECKS */;
/*!40014 SET UNIQUE_CHECKS=@OLD_UNIQUE_CHECKS */;
/*!40101 SET CHARACTER_SET_CLIENT=@OLD_CHARACTER_SET_CLIENT */;
/*!40101 SET CHARACTER_SET_RESULTS=@OLD_CHARACTER_SET_RESULTS */;
/*!40101 SET COLLATION_CONNECTION=@OLD_COLLATION_CONNECTION */;
/*!40111 SET SQL_NOTES=@OLD_SQL_NOTES */;

-- Dump completed on 2025-11-18  4:00:00
"""


def main() -> None:
    parser = argparse.ArgumentParser(description="Make the SQL dump of a legacy population.")
    parser.add_argument("--contacts", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--odd", type=float, default=ODD_SHARE, help="share of odd rows")
    parser.add_argument("--out", type=Path, help="a file; standard output without it")
    options = parser.parse_args()
    if options.contacts < 1:
        parser.error("--contacts must be at least 1")
    if options.out is None:
        write_dump(sys.stdout.buffer, options.contacts, options.seed, options.odd)
        return
    with options.out.open("wb") as out:
        write_dump(out, options.contacts, options.seed, options.odd)


if __name__ == "__main__":
    main()
