"""What workers take over of a plan, in processor seconds, beside one process that does all of it.

    python benchmarks/workers.py [--contacts 100000] [--workers 2] [--shares 8]

Plans a backup of a generated population against an empty sandbox, alone and with workers by a
PostgreSQL of its own, and compares the plans. On one machine workers save no time; the processor
time of each process says what they would save on others.
"""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import yaml

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import postgres

from syncd.sandbox import running as sandbox_running

ROOT = Path(__file__).parents[1]
SYNCD = (sys.executable, "-m", "syncd")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--contacts", type=int, default=100_000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--shares", type=int, default=8)
    options = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        sandbox = stack.enter_context(sandbox_running())
        server = stack.enter_context(postgres.running())
        config = prepared(folder, sandbox, options.contacts)
        place = {"database": server.url, "folder": f"{folder}/shelf", "shares": options.shares}
        alone, shared = folder / "alone.yaml", folder / "shared.yaml"
        alone.write_text(yaml.safe_dump(config))
        shared.write_text(yaml.safe_dump(config | {"workers": place}))
        print(f"one process            {ended(started('plan', alone, folder / 'one')):>7.1f} s")
        workers = [started("worker", shared) for _ in range(options.workers)]
        print(f"the planning process   {ended(started('plan', shared, folder / 'many')):>7.1f} s")
        for worker in workers:
            worker.send_signal(signal.SIGTERM)
            print(f"a worker               {ended(worker):>7.1f} s")
        one, many = ((folder / name / "plan.jsonl").read_bytes() for name in ("one", "many"))
        print(f"the plans are {'the same' if one == many else 'DIFFERENT'}")


def prepared(folder: Path, sandbox: Any, contacts: int) -> dict[str, Any]:
    population = [sys.executable, str(ROOT / "benchmarks" / "population.py")]
    backup = folder / "legacy.sql"
    subprocess.run([*population, "--contacts", str(contacts), "--out", str(backup)], check=True)
    for secret in ("identifier", "secret"):
        (folder / secret).write_text(getattr(sandbox, secret))
        (folder / secret).chmod(0o600)
    return {
        "sources": [{"kind": "backup", "path": str(backup)}],
        "target": {
            "url": sandbox.url,
            "identifier": f"file:{folder}/identifier",
            "secret": f"file:{folder}/secret",
        },
        "accounts": {"create_missing": True, "currencies": {"legacy/1": "USD"}},
        "people": {"reserved_domains": []},  # the invented people live there
        "state_dir": f"{folder}/state",
        "log": {"level": "warning"},
    }


def started(command: str, config: Path, out: Path | None = None) -> "subprocess.Popen[bytes]":
    options = ["--out", str(out)] if out else []
    words = [*SYNCD, command, "-c", str(config), *options]
    return subprocess.Popen(words, stdout=subprocess.DEVNULL)


def ended(child: "subprocess.Popen[bytes]") -> float:
    """Wait for a command; gives its processor seconds."""
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode not in (0, 5):
        sys.exit(f"syncd ended with {child.returncode}")
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    main()
