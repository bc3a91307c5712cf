"""How long a plan takes from a live MariaDB, and how much memory, beside a yardstick.

    python benchmarks/plan.py [--contacts 100000]

Loads a generated population into a MariaDB of its own, times `mariadb-dump` of the two tables (the
yardstick) and `syncd plan` of them against an empty sandbox, in the same run, and prints both and
their ratio. Figures of a shared machine are noisy; the ratio is what to compare.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import yaml
from table import Measure

sys.path.insert(0, str(Path(__file__).parents[1]))

from syncd.sandbox import running as sandbox_running
from tests.mariadb import READER_PASSWORD, Database
from tests.mariadb import running as mariadb_running

HERE = Path(__file__).parent


class Planned(NamedTuple):
    """What a first plan took, and the dump of the same tables beside it."""

    dump: float
    seconds: float
    processor: float
    megabytes: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--contacts", type=int, default=100_000)
    contacts = parser.parse_args().contacts
    plan = measured(contacts)
    print(f"contacts                 {contacts:>10,}")
    print(f"mariadb-dump, yardstick  {plan.dump:>10.1f} s")
    print(f"syncd plan               {plan.seconds:>10.1f} s   {plan.megabytes:,.0f} MB at most")
    print(f"its processor time       {plan.processor:>10.1f} s")
    print(f"ratio                    {plan.seconds / plan.dump:>10.1f}")


def measures(full: bool) -> Iterator[Measure]:  # noqa: FBT001 (alike in all scripts)
    few = measured(100_000 if full else 20_000)
    what = "first plan, 100,000 contacts / dump" if full else "first plan, 20,000 contacts / dump"
    beside = f"dump {few.dump:.2f} s, plan {few.seconds:.1f} s"
    yield Measure(what, few.seconds / few.dump, "", beside, "<= 12")
    if full:
        many = measured(1_000_000)
        beside = f"dump {many.dump:.1f} s"
        yield Measure("first plan, 1,000,000 contacts", many.seconds, "s", beside, "<= 60")
        yield Measure("its memory", many.megabytes, "MB", beside, "<= 600")
        growth = many.processor / few.processor / 10
        yield Measure("time for each contact, 1 M / 0.1 M", growth, "", "processor", "<= 1.05")


def measured(contacts: int) -> Planned:
    with (
        tempfile.TemporaryDirectory() as name,
        mariadb_running() as mariadb,
        mariadb.database() as database,
        sandbox_running() as sandbox,
    ):
        folder = Path(name)
        load(database, contacts)
        dump_seconds = dumped(database, "tblclients", "tblcontacts")
        config = configure(folder, database, sandbox)
        plan = [sys.executable, "-m", "syncd", "plan", "-c", str(config), "--out", name + "/out"]
        return Planned(dump_seconds, *timed(plan))


def load(database: Database, contacts: int, *options: str) -> None:
    """Pipe the population into the database."""
    script = [sys.executable, str(HERE / "population.py")]
    population = [*script, "--contacts", str(contacts), *options]
    client = ["mariadb", f"--socket={database.server.socket}", "--user=root", database.name]
    with subprocess.Popen(population, stdout=subprocess.PIPE) as source:
        subprocess.run(client, stdin=source.stdout, check=True)


def dumped(database: Database, *tables: str) -> float:
    """Dump tables, the yardstick; gives its seconds."""
    login = [f"--socket={database.server.socket}", "--user=root", "--single-transaction"]
    seconds, _, _ = timed(["mariadb-dump", *login, database.name, *tables])
    return seconds


def configure(folder: Path, database: Database, sandbox: object) -> Path:
    for secret in ("identifier", "secret"):
        (folder / secret).write_text(getattr(sandbox, secret))
    (folder / "password").write_text(READER_PASSWORD)
    login = {key: database.login[key] for key in ("host", "port", "database", "user")}
    config = {
        "sources": [{"kind": "mysql", **login, "password": f"file:{folder}/password"}],
        "target": {
            "url": sandbox.url,  # type: ignore[attr-defined]
            "identifier": f"file:{folder}/identifier",
            "secret": f"file:{folder}/secret",
        },
        # The population names its currency by number, and has no table that says which it is.
        "accounts": {"create_missing": True, "currencies": {"legacy/1": "USD"}},
        "people": {"reserved_domains": []},  # the invented people live there
        "state_dir": f"{folder}/state",
    }
    path = folder / "config.yaml"
    path.write_text(yaml.safe_dump(config))
    return path


def timed(command: list[str]) -> tuple[float, float, float]:
    """Run a command; give its seconds, those of the processor, and the most MB it held."""
    between = [sys.executable, "-S", str(HERE / "child.py")]
    done = subprocess.run([*between, *command], capture_output=True, check=False, text=True)
    if done.returncode not in (0, 5):
        sys.exit(done.stderr)
    seconds, processor, held = json.loads(done.stdout)
    return seconds, processor, held / 1_000_000


if __name__ == "__main__":
    main()
