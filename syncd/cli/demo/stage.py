"""What the stories of `syncd demo` stand on: headings, a configuration, a sandbox of their own."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from typing import Any

import requests
import yaml
from rich.rule import Rule

from syncd.cli.printed import out, say
from syncd.run import Result


def station(title: str, words: str) -> None:
    out.print()
    out.print(Rule(title, align="left"))
    say(words, style="italic")


def show_outcome(result: Result) -> None:
    outcomes = result.applied.outcomes if result.applied else {}
    counts = ", ".join(f"{number} {outcome}" for outcome, number in sorted(outcomes.items()))
    say(f"  Changes: {counts or 'none'}.")


def write_config(
    folder: Path, backup: Path, sandbox: dict[str, str], name: str = "", **more: Any
) -> Path:
    """Write the configuration a provider would write; secrets by reference, as everywhere.

    `name` is put before those of its files; `more` are sections besides.
    """
    for secret in ("identifier", "secret"):
        file = folder / f"{name}{secret}"
        file.touch(mode=0o600)
        file.write_text(sandbox[secret], encoding="utf-8")
    path = folder / f"{name}config.yaml"
    content = yaml.safe_load((resources.files("syncd.cli.demo") / "config.yaml").read_bytes()) | {
        "sources": [{"kind": "backup", "name": "legacy", "path": str(backup)}],
        "target": {
            "kind": "whmcs",
            "name": "kestrel",
            "url": sandbox["url"],
            "identifier": f"file:{folder}/{name}identifier",
            "secret": f"file:{folder}/{name}secret",
            "max_calls_per_second": 1000,  # nobody else works on this one
        },
        "state_dir": str(folder / f"{name}state"),
        "serve": {},
        **more,
    }
    path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    return path


@contextmanager
def own_sandbox(file: Path, *options: str) -> Iterator[dict[str, str]]:
    """Run the sandbox as a child process; gives the line it says when it is ready.

    In a group of its own, or Ctrl-C would end it too, and perhaps in the middle of its start.
    """
    command = [sys.executable, "-m", "syncd.sandbox", "--listen", "127.0.0.1:0", *options]
    with subprocess.Popen(  # noqa: S603, our own interpreter and module
        [*command, "--file", str(file)], stdout=subprocess.PIPE, text=True, process_group=0
    ) as child:
        try:
            line = child.stdout.readline() if child.stdout else ""
            ready: dict[str, str] = json.loads(line)
            yield ready
        finally:
            child.terminate()


def control(sandbox: dict[str, str], method: str, path: str) -> Any:
    """Ask the sandbox's control plane, over HTTP like everything else."""
    url = f"{sandbox['control']}/{path}"
    reply = requests.request(method, url, json={} if method == "POST" else None, timeout=30)
    reply.raise_for_status()
    return reply.json()
