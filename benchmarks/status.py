"""What `syncd status` takes where the journal knows many people.

    python benchmarks/status.py [--contacts 1000000]

The journal is written as so many invitations would leave it, all of them to somebody else: one in
ten still waiting, one in a hundred of those expired.
"""

import argparse
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import yaml
from start import processor
from table import Measure

from syncd.journal.journal import Journal
from syncd.journal.schema import applied, invites, runs

_TIMES = 3
_AT_ONCE = 10_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--contacts", type=int, default=1_000_000)
    seconds = measured(parser.parse_args().contacts)
    print(f"syncd status, processor time {seconds:>8.2f} s")


def measures(full: bool) -> Iterator[Measure]:  # noqa: FBT001 (alike in all scripts)
    contacts = 1_000_000 if full else 100_000
    what = f"syncd status, {contacts:,} contacts"
    few = measured(1000)
    yield Measure(what, measured(contacts), "s", f"processor; {few:.2f} s at 1,000", "<= 0.5")


def measured(contacts: int) -> float:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "legacy.sql").touch()
        source = {"kind": "backup", "path": str(folder / "legacy.sql")}
        (folder / "secret").write_text("not asked")
        secret = f"file:{folder}/secret"
        config = {
            "sources": [source],
            "target": {"url": "https://kestrel.example", "identifier": secret, "secret": secret},
            "state_dir": str(folder / "state"),
        }
        (folder / "config.yaml").write_text(yaml.safe_dump(config))
        fill(folder / "state" / "journal.sqlite", contacts)
        command = ["-m", "syncd", "status", "-c", str(folder / "config.yaml")]
        return min(processor(command) for _ in range(_TIMES))


def fill(path: Path, contacts: int) -> None:
    now = datetime.now(UTC)
    run = {"run_id": "20260301T020000-aaaaaa", "command": "sync", "status": "done"}
    with Journal.open(path, "target") as journal, journal._engine.begin() as con:  # noqa: SLF001
        con.execute(runs.insert(), [run | {"started_at": now.isoformat()}])
        for start in range(0, contacts, _AT_ONCE):
            numbers = range(start, min(start + _AT_ONCE, contacts))
            con.execute(invites.insert(), [invitation(number, now) for number in numbers])
            con.execute(applied.insert(), [written(number, now) for number in numbers])


def invitation(number: int, now: datetime) -> dict[str, object]:
    who = f"p{number}@dean.example"
    accepted = number % 10 > 0
    sent_at = now - timedelta(days=30 if accepted or number % 1000 == 0 else 1)
    return {
        "key": f"membership:legacy/{number}:{who}",
        "account": f"legacy/{number}",
        "email": who,
        "permissions": '["invoices"]',
        "sent_at": sent_at.isoformat(),
        "confirmed": True,
        "settled_at": now.isoformat() if accepted else None,
        "state": "accepted" if accepted else None,
    }


def written(number: int, now: datetime) -> dict[str, object]:
    key = f"membership:legacy/{number}:p{number}@dean.example"
    return {"key": key, "body": "{}", "at": now.isoformat()}


if __name__ == "__main__":
    main()
