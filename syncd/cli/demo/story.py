"""`syncd demo`: the whole path on bundled data, station by station.

A legacy backup goes in; check, plan, report; apply against a sandbox of its own, a child process
on a free port of loopback; a few people accept their invitations; a second run has nothing to do.
"""

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from typing import Any

import msgspec
import requests
import yaml
from rich.rule import Rule

from syncd import run
from syncd.cli import log
from syncd.cli.check import checked
from syncd.cli.progress import shown
from syncd.cli.results import out, say, show_report
from syncd.cli.sandbox import check_installed
from syncd.config.config import Config, load
from syncd.run import Result
from syncd.wiring import job_of

_ACCEPTING = 5  # people who click the link in their mail
_BELOW = "\n      "


def play() -> None:
    """Show the story; leaves a folder with backup, config, plan and report, and nothing running."""
    check_installed("demo")
    log.configure(level="error")
    folder = Path(tempfile.mkdtemp(prefix="syncd-demo-"))
    try:
        _walk(folder)
    except BaseException:  # nobody has been told of the folder
        shutil.rmtree(folder, ignore_errors=True)
        raise
    _where(folder)


def _walk(folder: Path) -> None:
    backup = folder / "legacy-backup.zip"
    backup.write_bytes((resources.files("syncd.cli.demo") / "legacy-backup.zip").read_bytes())
    with _sandbox(folder / "sandbox.sqlite") as sandbox:
        config = load(_config(folder, backup, sandbox))
        _check(config)
        _plan(config, folder / "plan")
        _apply(config, folder / "plan", sandbox)
        _accept(sandbox)
        _again(config, folder / "second-plan", sandbox)


def _check(config: Config) -> None:
    _station(
        "1  Check",
        "Kestrel Hosting bills through a legacy WHMCS 7.10 and moves to a new WHMCS 8. "
        "Can everything be reached, and is every needed API action allowed?",
    )
    for line in checked(config):
        say(f"  {line.word} {line.what}{': ' if line.advice else ''}{line.advice}")


def _plan(config: Config, folder: Path) -> None:
    _station(
        "2  Plan (dry run)",
        "Read the backup, convert sub-accounts, compare with the target, judge every change. "
        "Nothing can be written: planning holds no client that could.",
    )
    with shown() as progress:
        result = run.planned(msgspec.structs.replace(job_of(config), progress=progress), folder)
    show_report(result)


def _apply(config: Config, folder: Path, sandbox: dict[str, str]) -> None:
    _station(
        "3  Apply the reviewed plan",
        "Exactly that plan, change by change, each noted in the journal before its call.",
    )
    with shown() as progress:
        job = msgspec.structs.replace(job_of(config), progress=progress)
        result = run.applied(job, folder)
    _outcome(result)
    state = _control(sandbox, "GET", "state")
    mails = _control(sandbox, "GET", "outbox")["mails"]
    say(
        f"  The target now has {len(state['clients'])} accounts, {len(state['users'])} users and "
        f"{len(state['contacts'])} contacts; {len(mails)} invitations are in the outbox."
    )


def _accept(sandbox: dict[str, str]) -> None:
    _station(
        "4  People accept",
        f"An invitation is valid for 7 days. {_ACCEPTING} people click the link in their mail:",
    )
    invites = _control(sandbox, "GET", "invites")["invites"]
    for invite in invites[:_ACCEPTING]:
        _control(sandbox, "POST", f"invites/{invite['id']}/accept")
        allowed = ", ".join(invite["permissions"])
        say(f"  {invite['email']} joins client {invite['client_id']}: {allowed}")


def _again(config: Config, folder: Path, sandbox: dict[str, str]) -> None:
    _station(
        "5  The next night",
        "The same run again. What was done is done; only what waits or is held remains.",
    )
    last = max((item["id"] for item in _control(sandbox, "GET", "requests")["requests"]), default=0)
    with shown() as progress:
        job = msgspec.structs.replace(job_of(config), progress=progress)
        result = run.planned(job, folder)
    counts = result.report.facts.counts
    asked = _control(sandbox, "GET", f"requests?since={last}")["requests"]
    writing = sum(bool(item["writes"]) for item in asked)
    say(
        f"  Changes to apply: {result.report.writes}. Invitations waiting: {counts.waiting}. "
        f"Held for a decision: {result.report.holds}."
    )
    say(f"  Calls: {len(asked)} reading, {writing} writing.")


def _where(folder: Path) -> None:
    out.print()
    out.print(Rule("Where to find it", align="left"))
    for name, what in (
        ("plan/report.html", "the report to sign, one page for a browser"),
        ("plan/plan.jsonl", "the plan, one change per line"),
        ("plan/access.csv", "who could do what, and can now"),
        ("second-plan/report.txt", "the second night"),
        ("config.yaml", "the configuration used"),
    ):
        line = f"  {folder / name}"
        beside = not out.is_terminal or len(f"{line}  {what}") <= out.width
        out.print(f"{line}{'  ' if beside else _BELOW}[dim]{what}[/dim]", soft_wrap=True)
    out.print("\nNow try your own backup:  syncd plan --backup FILE --out DIR", markup=False)


# --- the stage ------------------------------------------------------------------------------


def _station(title: str, words: str) -> None:
    out.print()
    out.print(Rule(title, align="left"))
    say(words, style="italic")


def _outcome(result: Result) -> None:
    outcomes = result.applied.outcomes if result.applied else {}
    counts = ", ".join(f"{number} {outcome}" for outcome, number in sorted(outcomes.items()))
    say(f"  Changes: {counts or 'none'}.")


def _config(folder: Path, backup: Path, sandbox: dict[str, str]) -> Path:
    """Write the configuration a provider would write; secrets by reference, as everywhere."""
    for name in ("identifier", "secret"):
        file = folder / name
        file.touch(mode=0o600)
        file.write_text(sandbox[name], encoding="utf-8")
    path = folder / "config.yaml"
    content = yaml.safe_load((resources.files("syncd.cli.demo") / "config.yaml").read_bytes()) | {
        "sources": [{"kind": "backup", "name": "legacy", "path": str(backup)}],
        "target": {
            "kind": "whmcs",
            "name": "kestrel",
            "url": sandbox["url"],
            "identifier": f"file:{folder / 'identifier'}",
            "secret": f"file:{folder / 'secret'}",
            "max_calls_per_second": 1000,  # nobody else works on this one
        },
        "state_dir": str(folder / "state"),
    }
    path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    return path


@contextmanager
def _sandbox(file: Path) -> Iterator[dict[str, str]]:
    """Run the sandbox as a child process; gives the line it says when it is ready.

    In a group of its own, or Ctrl-C would end it too, and perhaps in the middle of its start.
    """
    command = [sys.executable, "-m", "syncd.sandbox", "--listen", "127.0.0.1:0"]
    with subprocess.Popen(  # noqa: S603, our own interpreter and module
        [*command, "--file", str(file)], stdout=subprocess.PIPE, text=True, process_group=0
    ) as child:
        try:
            line = child.stdout.readline() if child.stdout else ""
            ready: dict[str, str] = json.loads(line)
            yield ready
        finally:
            child.terminate()


def _control(sandbox: dict[str, str], method: str, path: str) -> Any:
    """Ask the sandbox's control plane, over HTTP like everything else."""
    url = f"{sandbox['control']}/{path}"
    reply = requests.request(method, url, json={} if method == "POST" else None, timeout=30)
    reply.raise_for_status()
    return reply.json()
