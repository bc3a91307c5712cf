"""The second story of `syncd demo`: the same backup, and nobody is mailed.

The target has the companion. People are attached to their accounts, and who can keep a password
logs in with it, which one of them does.
"""

import re
from html import unescape
from pathlib import Path

import msgspec
import requests

from syncd import run
from syncd.cli.demo.stage import control, own_sandbox, show_outcome, station, write_config
from syncd.cli.printed import say
from syncd.cli.progress import shown
from syncd.config.config import load
from syncd.report.words import counted
from syncd.run import Result
from syncd.wiring import job_of

# One of the demo's people; all of them have this invented password where theirs is a bcrypt.
_PERSON, _PASSWORD = "peter@webb-books.example", "kestrel-demo"
_POLICY = {"cutover": "silent", "passwords": "carry"}
_TOKEN = re.compile(r'name="token" value="([^"]+)"')
_ACCOUNT = re.compile(r'id="account"><span>Account: <strong>(.*?)</strong>')


def tell_silence(folder: Path, backup: Path) -> Path:
    """Tell the story; gives the file that says who keeps which password."""
    station(
        "6  The same in silence",
        "The same backup moves to a WHMCS 8 that has the companion, with cutover: silent and "
        "passwords: carry. Plan and apply in one: nobody is mailed.",
    )
    with own_sandbox(folder / "silent-sandbox.sqlite", "--companion") as sandbox:
        config = load(write_config(folder, backup, sandbox, "silent-", policy=_POLICY))
        with shown() as progress:
            job = msgspec.structs.replace(job_of(config), progress=progress)
            result = run.synced(job)
        _tell_plan(result)
        show_outcome(result)
        mails = control(sandbox, "GET", "outbox")["mails"]
        say(f"  {counted(len(mails), 'mail is', 'mails are')} in the outbox.")
        account = _account_after_login(sandbox["area"])
        say(f"  {_PERSON} logs in to the new client area as ever, and is on {account}.")
    return result.folder / "passwords.csv"


def _tell_plan(result: Result) -> None:
    people = result.report.facts.silence.passwords
    kept, reset = people.get("carried", 0), people.get("reset", 0)
    say(
        f"  The plan: {counted(result.report.writes, 'change')}, "
        f"{counted(kept, 'person keeps', 'people keep')} their password, "
        f'{counted(reset, "uses", "use")} "forgot password".'
    )


def _account_after_login(area: str) -> str:
    """Log in as a customer does, by the form; gives the account that the pages are about."""
    with requests.Session() as session:
        form = session.get(f"{area}login", timeout=30).text
        filled = {"email": _PERSON, "password": _PASSWORD, "token": _TOKEN.findall(form)[0]}
        page = session.post(f"{area}login", data=filled, timeout=30).text
    return unescape(_ACCOUNT.findall(page)[0])
