"""What a quiet night costs by `observe: database`, beside a dump of all tables that it reads.

    python benchmarks/night_database.py [--contacts 1000000] [--keep FOLDER]

The target's tables are filled from the source's, so that it has what is desired; a first night
takes that into the journal. Then one contact in a thousand changes, and a plan of exactly those
changes is timed, report and files included. The yardstick, `mariadb-dump` of the tables of source
and target, is taken in the same run. With `--keep` the state of the night stays in that folder.
"""

import argparse
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import yaml
from plan import configure, dumped, load, timed
from table import Measure

from syncd.sandbox import running as sandbox_running
from tests.mariadb import Database
from tests.mariadb import running as mariadb_running

_SOURCE = ("tblclients", "tblcontacts")
_TARGET = ("tblclients", "tblcontacts", "tblusers", "tblusers_clients", "tbluser_invites")

_ADDRESS = "address1, city, state, postcode, country, phonenumber"
_MAILS = ", ".join(
    f"{name}emails" for name in ("general", "invoice", "support", "product", "domain", "affiliate")
)
_CLIENT = f"id, firstname, lastname, companyname, email, {_ADDRESS}, status, datecreated"
_CONTACT = f"id, userid, firstname, lastname, email, {_ADDRESS}, {_MAILS}"
# What a first plan would have made in an empty target. Of a million invented contacts, some few are
# the same person on one account twice: that is no quiet night.
_FILLED = f"""
    SET SESSION sql_mode = '';
    DELETE second FROM {{source}}.tblcontacts first JOIN {{source}}.tblcontacts second
        ON second.userid = first.userid AND second.email = first.email AND second.id > first.id;
    UPDATE {{source}}.tblclients SET status = 'Active';
    INSERT INTO tblclients ({_CLIENT}) SELECT {_CLIENT} FROM {{source}}.tblclients;
    INSERT INTO tblcontacts ({_CONTACT}) SELECT {_CONTACT} FROM {{source}}.tblcontacts;
    INSERT INTO tblusers (email, first_name, last_name)
        SELECT email, firstname, lastname FROM tblclients;
    INSERT IGNORE INTO tblusers (email, first_name, last_name)
        SELECT email, firstname, lastname FROM {{source}}.tblcontacts WHERE subaccount = 1;
    INSERT INTO tblusers_clients (auth_user_id, client_id, owner, permissions)
        SELECT u.id, c.id, 1, '' FROM tblclients c JOIN tblusers u ON u.id = c.id;
    INSERT INTO tblusers_clients (auth_user_id, client_id, owner, permissions)
        SELECT u.id, c.userid, 0, o.permissions
        FROM {{source}}.tblcontacts o JOIN tblcontacts c USING (id) JOIN tblusers u
        ON u.email = CONVERT(c.email USING utf8mb4) COLLATE {{collation}}
        WHERE o.subaccount = 1
"""  # noqa: S608 (nobody's text is in it)
_COLLATION = """
    SELECT collation_name FROM information_schema.columns
    WHERE table_schema = DATABASE() AND table_name = 'tblusers' AND column_name = 'email'
"""
# Contacts with an odd number are sub-accounts: these get other rights, the others other mail.
_CHANGED = """
    UPDATE tblcontacts
    SET permissions = IF(id % 2, IF(permissions = 'quotes', 'orders', 'quotes'), permissions),
        generalemails = IF(id % 2, generalemails, 1 - generalemails)
    WHERE id % 1000 = 1 + (id DIV 1000) % 2
"""


class DatabaseNight(NamedTuple):
    """What a quiet night took, and the dump of the same tables beside it."""

    changed: int
    dump: float
    seconds: float
    processor: float
    megabytes: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--contacts", type=int, default=1_000_000)
    parser.add_argument("--keep", type=Path, help="a folder for config and state")
    asked = parser.parse_args()
    if asked.keep:
        night = measured(asked.contacts, asked.keep)
    else:
        with tempfile.TemporaryDirectory() as name:
            night = measured(asked.contacts, Path(name))
    print(f"contacts, changed        {asked.contacts:>10,} {night.changed:,}")
    print(f"mariadb-dump, yardstick  {night.dump:>10.2f} s")
    print(f"syncd plan               {night.seconds:>10.1f} s   {night.megabytes:,.0f} MB at most")
    print(f"its processor time       {night.processor:>10.1f} s")
    print(f"ratio                    {night.seconds / night.dump:>10.1f}")


def measures(full: bool) -> Iterator[Measure]:  # noqa: FBT001 (alike in all scripts)
    contacts = 1_000_000 if full else 20_000
    with tempfile.TemporaryDirectory() as name:
        night = measured(contacts, Path(name))
    what = f"quiet night by database, {contacts:,} contacts, 0.1 % changed / dump"
    beside = f"dump {night.dump:.2f} s, night {night.seconds:.1f} s, {night.megabytes:,.0f} MB"
    yield Measure(what, night.seconds / night.dump, "", beside, "<= 3")


def measured(contacts: int, folder: Path) -> DatabaseNight:
    with (
        mariadb_running() as mariadb,
        mariadb.database() as source,
        mariadb.database("") as target,
        sandbox_running(database=target.url) as sandbox,
    ):
        load(source, contacts, "--odd", "0")
        ((collation,),) = target.execute(_COLLATION)
        target.execute(_FILLED.format(source=source.name, collation=collation))
        config = observing(configure(folder, source, sandbox), target)
        command = [sys.executable, "-m", "syncd"]
        timed([*command, "sync", "-c", str(config)])  # takes into the journal what is there
        (first,) = (folder / "state" / "plans").iterdir()
        expect(first, 0)
        changed = updated(source)
        dump = dumped(source, *_SOURCE) + dumped(target, *_TARGET)
        night = timed([*command, "plan", "-c", str(config), "--out", f"{folder}/out"])
        expect(folder / "out", changed)
        return DatabaseNight(changed, dump, *night)


def observing(config: Path, target: Database) -> Path:
    settings = yaml.safe_load(config.read_text())
    login = target.login | {"password": settings["sources"][0]["password"]}
    settings["target"] |= {"observe": "database", "database": login}
    config.write_text(yaml.safe_dump(settings))
    return config


def updated(source: Database) -> int:
    """Change one contact in a thousand; gives how many."""
    with source.connect() as connection, connection.cursor() as cursor:
        return int(cursor.execute(_CHANGED))


def expect(plan: Path, changes: int) -> None:
    """End unless a plan updates so many things, and does or holds nothing else."""
    with (plan / "plan.jsonl").open() as lines:
        updates = ['"verb":"~"' in line and '"verdict":"apply"' in line for line in lines]
    if updates != [True] * changes:
        sys.exit(f"{len(updates)} changes, {sum(updates)} are updates, not {changes}: {plan}")


if __name__ == "__main__":
    main()
