"""`syncd demo`: the whole path on bundled data, station by station.

A legacy backup goes in; check, plan, report; apply against a sandbox of its own, a child process
on a free port of loopback; a few people accept their invitations; a second run has nothing to do.
Then the same backup once more, in silence: see `silence`.
"""

import shutil
import tempfile
from importlib import resources
from pathlib import Path

import msgspec
from rich.rule import Rule

from syncd import run
from syncd.cli import log
from syncd.cli.check import checked
from syncd.cli.demo.silence import tell_silence
from syncd.cli.demo.stage import control, own_sandbox, show_outcome, station, write_config
from syncd.cli.printed import out, say
from syncd.cli.progress import shown
from syncd.cli.results import show_report
from syncd.cli.sandbox import check_installed
from syncd.config.config import Config, load
from syncd.wiring import job_of

_ACCEPTING = 5  # people who click the link in their mail
_BELOW = "\n      "


def play() -> None:
    """Show the story; leaves a folder with backup, config, plan and report, and nothing running."""
    check_installed("demo")
    log.configure(level="error")
    folder = Path(tempfile.mkdtemp(prefix="syncd-demo-"))
    try:
        passwords = _walk(folder)
    except BaseException:  # nobody has been told of the folder
        shutil.rmtree(folder, ignore_errors=True)
        raise
    _where(folder, passwords)


def _walk(folder: Path) -> Path:
    """Give the file with who keeps which password."""
    backup = folder / "legacy-backup.zip"
    backup.write_bytes((resources.files("syncd.cli.demo") / "legacy-backup.zip").read_bytes())
    with own_sandbox(folder / "sandbox.sqlite") as sandbox:
        config = load(write_config(folder, backup, sandbox))
        _check(config)
        _plan(config, folder / "plan")
        _apply(config, folder / "plan", sandbox)
        _accept(sandbox)
        _again(config, folder / "second-plan", sandbox)
    look = (resources.files("syncd.cli.demo") / "config.yaml").read_bytes()
    (folder / "look.yaml").write_bytes(look)
    return tell_silence(folder, backup)


def _check(config: Config) -> None:
    station(
        "1  Check",
        "Kestrel Hosting bills through a legacy WHMCS 7.10 and moves to a new WHMCS 8. "
        "Can everything be reached, and is every needed API action allowed?",
    )
    for line in checked(config):
        say(f"  {line.word} {line.what}{': ' if line.advice else ''}{line.advice}")


def _plan(config: Config, folder: Path) -> None:
    station(
        "2  Plan (dry run)",
        "Read the backup, convert sub-accounts, compare with the target, judge every change. "
        "Nothing can be written: planning holds no client that could.",
    )
    with shown() as progress:
        result = run.planned(msgspec.structs.replace(job_of(config), progress=progress), folder)
    show_report(result)


def _apply(config: Config, folder: Path, sandbox: dict[str, str]) -> None:
    station(
        "3  Apply the reviewed plan",
        "Exactly that plan, change by change, each noted in the journal before its call.",
    )
    with shown() as progress:
        job = msgspec.structs.replace(job_of(config), progress=progress)
        result = run.applied(job, folder)
    show_outcome(result)
    state = control(sandbox, "GET", "state")
    mails = control(sandbox, "GET", "outbox")["mails"]
    say(
        f"  The target now has {len(state['clients'])} accounts, {len(state['users'])} users and "
        f"{len(state['contacts'])} contacts; {len(mails)} invitations are in the outbox."
    )


def _accept(sandbox: dict[str, str]) -> None:
    station(
        "4  People accept",
        f"An invitation is valid for 7 days. {_ACCEPTING} people click the link in their mail:",
    )
    invites = control(sandbox, "GET", "invites")["invites"]
    for invite in invites[:_ACCEPTING]:
        control(sandbox, "POST", f"invites/{invite['id']}/accept")
        allowed = ", ".join(invite["permissions"])
        say(f"  {invite['email']} joins client {invite['client_id']}: {allowed}")


def _again(config: Config, folder: Path, sandbox: dict[str, str]) -> None:
    station(
        "5  The next night",
        "The same run again. What was done is done; only what waits or is held remains.",
    )
    last = max((item["id"] for item in control(sandbox, "GET", "requests")["requests"]), default=0)
    with shown() as progress:
        job = msgspec.structs.replace(job_of(config), progress=progress)
        result = run.planned(job, folder)
    counts = result.report.facts.counts
    asked = control(sandbox, "GET", f"requests?since={last}")["requests"]
    writing = sum(bool(item["writes"]) for item in asked)
    say(
        f"  Changes to apply: {result.report.writes}. Invitations waiting: {counts.waiting}. "
        f"Held for a decision: {result.report.holds}."
    )
    say(f"  Calls: {len(asked)} reading, {writing} writing.")


def _where(folder: Path, passwords: Path) -> None:
    out.print()
    out.print(Rule("Where to find it", align="left"))
    for name, what in (
        ("plan/report.html", "the report to sign, one page for a browser"),
        ("plan/plan.jsonl", "the plan, one change per line"),
        ("plan/access.csv", "who could do what, and can now"),
        ("second-plan/report.txt", "the second night"),
        ("config.yaml", "the configuration used"),
        (str(passwords.relative_to(folder)), "who keeps which password, in silence"),
    ):
        line = f"  {folder / name}"
        beside = not out.is_terminal or len(f"{line}  {what}") <= out.width
        out.print(f"{line}{'  ' if beside else _BELOW}[dim]{what}[/dim]", soft_wrap=True)
    look = f"syncd rehearse --backup {folder / 'legacy-backup.zip'} -c {folder / 'look.yaml'}"
    out.print("\nSee what each of these people sees, today and then:", markup=False)
    out.print(f"  {look}", markup=False, soft_wrap=True)
    out.print("See what the support desk sees of them:", markup=False)
    out.print(f"  syncd serve -c {folder / 'config.yaml'}", markup=False, soft_wrap=True)
    out.print("Now try your own backup:  syncd plan --backup FILE --out DIR", markup=False)
