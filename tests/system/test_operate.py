"""docs/operate.md: whatever it says to type, on a provider's data."""

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from provider import PATIENCE, Provider

from syncd.cli.app import app
from syncd.cli.words import Exit
from syncd.config import cron
from syncd.config.files import suppressed

PAGE = (Path(__file__).parents[2] / "docs" / "operate.md").read_text(encoding="utf-8")
PATH_TO_CUTOVER, BACKUP = "From the first dry run to the cut-over", "Backing up the journal"
BY_CRON, ERASED = "Daemon, timer or cron", "People who were erased"
# What the text says to type, with what stands for its capitals and dots, and how it may end.
TYPED = {
    "syncd explain ADDRESS": Exit.DONE,
    "syncd redact PLAN --out DIR": Exit.DONE,
    "syncd letters PLAN --out DIR": Exit.DONE,
    'syncd sync --allow FUSE=NUMBER --because "..."': Exit.DONE,
    "syncd undo RUN": Exit.HELD,  # removals are held
    "syncd journal check": Exit.DONE,
    'syncd pause --because "cut-over done"': Exit.DONE,
    'syncd pause --because "..." --until ...': Exit.DONE,
}
# And what no test of this page can type.
NOT_TYPED = {
    "syncd run --now": "asks a daemon that is on: test_daemon.py does",
    "syncd decide --from": "the name of an option, which is looked for below",
    "systemctl restart syncd": "there is no systemd to ask",
    "journalctl -u syncd -o cat | jq 'select(.level != \"info\")'": "likewise",
}


def blocks() -> Iterator[tuple[str, str, str]]:
    """Yield each example that is set apart: the section it stands in, its language, its text."""
    for section in re.split(r"(?m)^## ", PAGE)[1:]:
        heading, _, text = section.partition("\n")
        for block in re.finditer(r"(?ms)^```(\w*)\n(.*?)^```", text):
            yield heading, block[1], block[2]


def spans() -> set[str]:
    """Give what the text has in the type of code and is more than one word."""
    prose = re.sub(r"(?ms)^```.*?^```", "", PAGE)
    return {" ".join(span.split()) for span in re.findall(r"`([^`]+)`", prose) if " " in span}


def commands(heading: str) -> list[list[str]]:
    """Give the commands of a section, as a shell would read them."""
    text = "".join(text for section, _, text in blocks() if section == heading)
    return [shlex.split(line, comments=True) for line in text.splitlines()]


# --- nothing is left out ----------------------------------------------------------------------


def test_every_example_is_run_or_named() -> None:
    assert {(heading, language) for heading, language, _ in blocks()} == {
        (PATH_TO_CUTOVER, "sh"),
        (BACKUP, "sh"),
        (BY_CRON, ""),
        (ERASED, ""),
    }
    programs = [span for span in spans() if re.match(r"syncd |systemctl |journalctl ", span)]
    names = {f"syncd {name}" for name in typer.main.get_command(app).commands}  # type: ignore[attr-defined]
    assert set(programs) - names == TYPED.keys() | NOT_TYPED.keys()


def test_an_option_that_is_named_is_one() -> None:
    decide = typer.main.get_command(app).commands["decide"]  # type: ignore[attr-defined]
    assert "--from" in {option for each in decide.params for option in each.opts}


# --- from beginning to end --------------------------------------------------------------------


def test_from_the_first_dry_run_to_the_cutover(provider: Provider) -> None:
    provider.legacy.contact(131, 17, "Nora Nought", "nora@nought.example", subaccount=1)
    provider.back_up()
    provider.environment["SYNCD_CONFIG"] = str(provider.config)
    ran = []
    for program, *words in commands(PATH_TO_CUTOVER):
        assert program == "syncd"
        done = provider.syncd(*words, config=False)
        assert done.code in (Exit.DONE, Exit.HELD), (words, done.said)
        ran.append((words[0], len(provider.writes)))

    assert [name for name, _ in ran] == [
        *("check", "plan", "decide", "plan", "diff", "rehearse", "approve"),
        *("apply", "status", "verify", "sync", "status"),
    ]
    writes = dict(ran)
    assert writes["approve"] == 0, "nothing is written before the plan is applied"
    assert writes["verify"] > 0
    assert writes["sync"] == writes["apply"], "a run after a complete run changes nothing"


def test_a_journal_is_put_back(provider: Provider) -> None:
    provider.syncd("sync")
    backup, *after = commands(BACKUP)
    assert backup[1:3] == ["journal", "backup"]
    copy = provider.folder / "copy.sqlite"
    assert provider.syncd("journal", "backup", str(copy)).code == Exit.DONE
    for file in provider.state.glob("journal.sqlite*"):
        file.unlink()
    copy.rename(provider.state / "journal.sqlite")
    written = len(provider.writes)
    for _, *words in after:
        done = provider.syncd(*words)
        assert done.code in (Exit.DONE, Exit.HELD), (words, done.said)
    assert [words[1] for words in after] == ["journal", "plan"]
    assert len(provider.writes) == written


def test_what_the_text_says_to_type_can_be_typed(synced: Provider) -> None:
    provider = synced
    letters = {"provider": "Kestrel Hosting", "mailbox": "support@kestrel.example"}
    provider.configure(letters=letters | {"client_area": "https://my.kestrel.example/"})
    provider.environment["SYNCD_CONFIG"] = str(provider.config)
    assert provider.syncd("sync").code == Exit.DONE
    plan = provider.plans[-1]
    stands_for = {
        "PLAN": str(plan),
        "ADDRESS": "dana@dean.example",
        "RUN": provider.plans[0].name,  # what came after it changed nothing
        "FUSE=NUMBER": "removals=1",
        "...": "2999-12-01T08:00",  # of --until; and a reason is any text
    }
    for example, code in TYPED.items():
        own = stands_for | {"DIR": str(provider.folder / example.split()[1])}
        _, *words = (own.get(word, word) for word in shlex.split(example))
        done = provider.syncd(*words, config=False)
        assert done.code == code, (example, done.said)
        if words[0] == "pause":
            held = provider.syncd("sync")
            assert (held.code, words[2] in held.said) == (Exit.NOT_READY, True)
            assert provider.syncd("resume").code == Exit.DONE
    assert provider.syncd("sync").code == Exit.DONE


# --- by cron ------------------------------------------------------------------------------------


class Cron:
    """The lines of crontab as cron takes them, with the folders of a test."""

    def __init__(self, provider: Provider) -> None:
        (text,) = (text for heading, _, text in blocks() if heading == BY_CRON)
        *settings, line = (row for row in text.splitlines() if not row.startswith("#"))
        *times, self.user, self.command = line.split(None, 6)
        self.schedule = " ".join(times)
        self.environment = dict(setting.split("=", 1) for setting in settings)
        self.slept = provider.folder / "slept"
        self._places = {
            "/etc/syncd/secrets.env": str(provider.folder / "secrets" / "secrets.env"),
            "/etc/syncd": str(provider.folder),
            "/var/lib/syncd": str(provider.state),
        }
        self._programs = provider.folder / "programs"
        self._programs.mkdir()
        sleep = self._programs / "sleep"
        sleep.write_text(f'#!/bin/sh\necho "$1" >> {self.slept}\n', encoding="utf-8")
        sleep.chmod(0o755)

    def night(self) -> str:
        """Run the line, and give what cron would mail."""
        command = self.command
        for there, here in self._places.items():
            command = command.replace(there, here)
        ours = f"{self._programs}:{Path(sys.executable).parent}"
        done = subprocess.run(
            ["/bin/sh", "-c", command],
            env={"PATH": f"{ours}:{self.environment['PATH']}", "HOME": "/"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            cwd="/",
            timeout=PATIENCE,
        )
        return done.stdout


@pytest.fixture
def by_cron(provider: Provider) -> Cron:
    """Set a provider up whose secrets are in a file for the shell, as the page says."""
    provider.configure(target={"identifier": "env:WHMCS_ID", "secret": "env:WHMCS_SECRET"})
    lines = (f"WHMCS_ID={provider.sandbox.identifier}", f"WHMCS_SECRET={provider.sandbox.secret}")
    file = provider.folder / "secrets" / "secrets.env"
    file.write_text("\n".join(lines), encoding="utf-8")
    provider.state.mkdir(mode=0o700)
    return Cron(provider)


def test_the_line_of_cron_is_one(by_cron: Cron) -> None:
    cron.trigger(by_cron.schedule, "UTC")
    assert (by_cron.user, set(by_cron.environment)) == ("syncd", {"MAILTO", "PATH"})
    assert "%" not in by_cron.command, "cron takes it for the end of the line"


def test_cron_mails_for_nights_that_need_somebody(by_cron: Cron, provider: Provider) -> None:
    assert by_cron.night() == ""
    assert len(provider.writes) == 14
    assert "Changes: 14 applied." in (provider.state / "last-run.txt").read_text("utf-8")
    provider.legacy.contact(131, 17, "Nora Nought", "nora@nought.example", subaccount=1)
    provider.back_up()
    assert by_cron.night() == "", "a question can wait until the morning"
    assert "Held: " in (provider.state / "last-run.txt").read_text("utf-8")
    (provider.state / "paused.json").write_text('{"because": "a new disk"}', "utf-8")
    assert "Nothing was done: paused, because: a new disk." in by_cron.night()
    (provider.state / "paused.json").unlink()
    provider.backup.unlink()
    assert f"Source legacy cannot be opened: {provider.backup}" in by_cron.night()
    waits = [int(wait) for wait in by_cron.slept.read_text("utf-8").split()]
    assert len(waits) == 4
    assert all(0 <= wait <= 900 for wait in waits)


# --- people who were erased -----------------------------------------------------------------------


def test_the_list_of_people_who_were_erased_is_one(tmp_path: Path) -> None:
    (text,) = (text for heading, _, text in blocks() if heading == ERASED)
    file = tmp_path / "suppressed.txt"
    file.write_text(text, encoding="utf-8")
    (only,) = suppressed(file)
    assert only in text
