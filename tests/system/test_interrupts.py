"""Whatever happens in the middle of a run, a rerun ends where an undisturbed run would have."""

import io
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, redirect_stderr
from pathlib import Path
from typing import Any

import pytest
from provider import Done, Provider
from wire import Hook, Lost, Wire, between

from syncd.cli.terminal import _signals

# The plan of the archers: 3 accounts, then 6 contacts, then 5 invitations.
FIRST_INVITE, ALL = 10, 14


@pytest.fixture
def wire(provider: Provider) -> Iterator[Wire]:
    """Put a wire between syncd and the sandbox."""
    with between(provider.sandbox) as strung:
        provider.configure(target={"url": strung.url})
        yield strung


class Run:
    """A sync of which a test knows the process."""

    def __init__(self, provider: Provider) -> None:
        self.provider = provider
        self.child = provider.start("sync")

    def signal(self, *numbers: signal.Signals) -> None:
        for number in numbers:
            os.kill(self.child.pid, number)

    def killed_at(self, at: int) -> Hook:
        return lambda _, count: self.signal(signal.SIGKILL) if count == at else None

    def end(self) -> Done:
        return self.provider.end(self.child)


def complete(provider: Provider) -> None:
    """Run again, as cron would, with nothing in the way; then once more for nothing."""
    provider.sync_here()
    wrote = provider.writes
    provider.sync_here()
    assert provider.writes == wrote


def doubts(provider: Provider) -> int:
    """Count the changes of which nobody can tell whether their call went out."""
    with closing(sqlite3.connect(provider.state / "journal.sqlite")) as journal:
        query = "SELECT count(*) FROM changes WHERE message = 'interrupted'"
        return int(journal.execute(query).fetchone()[0])


# --- asked to stop --------------------------------------------------------------------------


@pytest.mark.parametrize(("number", "at"), [(signal.SIGTERM, 5), (signal.SIGINT, ALL)])
def test_a_signal_ends_the_run_between_two_changes(
    number: signal.Signals, at: int, wire: Wire, provider: Provider, undisturbed: dict[str, Any]
) -> None:
    run = Run(provider)
    wire.before = lambda _, count: run.signal(number) if count == at else None
    done = run.end()
    assert len(provider.writes) == at, "the change that was on is finished, no other begun"
    assert done.said == "Stopping after the current change; signal again to interrupt at once."
    if at < ALL:
        assert done.code == 1, done
        stopped = f"\nChanges: {at} applied.\nStopped between changes; run again to go on.\n"
        assert stopped in done.out
    else:
        assert done.code == 0, "it was the last one"
    complete(provider)
    assert len(provider.writes) == ALL, "nothing twice"
    assert provider.picture == undisturbed


def test_a_second_signal_interrupts_at_once(
    wire: Wire, provider: Provider, undisturbed: dict[str, Any]
) -> None:
    run = Run(provider)

    def twice(_: str, count: int) -> None:
        if count == FIRST_INVITE:
            run.signal(signal.SIGINT, signal.SIGTERM)

    wire.after = twice
    done = run.end()
    assert done.code == 1
    assert done.said.endswith("Stopped. Run the same command again; nothing is lost.")
    complete(provider)
    assert provider.picture == undisturbed


def test_a_stop_while_reading_writes_nothing(provider: Provider, wire: Wire) -> None:
    out = provider.folder / "out"
    child = provider.start("plan", "--out", str(out))
    os.kill(child.pid, signal.SIGTERM)  # wherever it is: loading, reading, or at its end
    done = provider.end(child)
    assert done.code in {0, 1, -signal.SIGTERM}
    assert done.code == 0 or not out.exists()
    assert wire.writes == 0


def test_a_signal_in_the_middle_of_a_written_line_is_heeded() -> None:
    class Ringing(io.RawIOBase):
        def writable(self) -> bool:
            return True

        rung = False

        def write(self, text: Any) -> int:
            if not self.rung:
                self.rung = True
                os.kill(os.getpid(), signal.SIGTERM)
            return len(bytes(text))

    with (
        redirect_stderr(io.TextIOWrapper(io.BufferedWriter(Ringing()), write_through=True)),
        _signals() as stop,
    ):
        assert not stop()
        sys.stderr.write("now")
        sys.stderr.flush()
        assert stop()


def test_whoever_said_nohup_is_not_asked_to_stop_when_the_terminal_goes(
    wire: Wire, provider: Provider
) -> None:
    command = ["nohup", sys.executable, "-m", "syncd", "sync", "--config", str(provider.config)]
    sync = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    wire.before = lambda _, count: sync.send_signal(signal.SIGHUP) if count == 5 else None
    done = provider.end(sync)
    assert (done.code, len(provider.writes)) == (0, ALL), done
    command = ["nohup", sys.executable, "-m", "syncd", "sandbox"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as sandbox:
        assert sandbox.stdout
        assert b"url" in sandbox.stdout.readline()
        masks = Path(f"/proc/{sandbox.pid}/status").read_text(encoding="utf-8")
        ignored = int(masks.partition("SigIgn:")[2].split()[0], 16)
        assert ignored & 1 << signal.SIGHUP - 1, "so it cannot end of it"
        sandbox.send_signal(signal.SIGTERM)
    assert sandbox.returncode == 0


# --- killed ---------------------------------------------------------------------------------


def test_killed_after_a_write_before_its_answer(
    wire: Wire, provider: Provider, undisturbed: dict[str, Any]
) -> None:
    for at in (2, 6, FIRST_INVITE):
        run = Run(provider)
        wire.after = run.killed_at(at)
        assert run.end().code == -signal.SIGKILL
        assert len(provider.writes) == at, "what was done before is not done again"
    complete(provider)
    assert len(provider.writes) == ALL, "nothing twice, no second mail"
    assert provider.picture == undisturbed
    assert provider.status.count("sync   interrupted") == 3
    assert "running" not in provider.status
    assert doubts(provider) == 3


def test_killed_before_a_write_arrived(
    wire: Wire, provider: Provider, undisturbed: dict[str, Any]
) -> None:
    run = Run(provider)

    def cut(action: str, count: int) -> None:
        if count == 5:
            run.signal(signal.SIGKILL)
            raise Lost

    wire.before = cut
    assert run.end().code == -signal.SIGKILL
    assert len(provider.writes) == 4
    complete(provider)
    assert provider.picture == undisturbed


def test_an_invitation_nobody_can_vouch_for_is_not_sent_again(
    wire: Wire, provider: Provider
) -> None:
    run = Run(provider)

    def cut(action: str, count: int) -> None:
        if count == FIRST_INVITE:
            run.signal(signal.SIGKILL)
            raise Lost

    wire.before = cut
    assert run.end().code == -signal.SIGKILL
    complete(provider)
    # Of the two to dana the first is in doubt: not sent again before it expires.
    invited = [to.partition("@")[0] for to, _ in provider.mails]
    assert invited == ["dana", "erin", "gita", "hugo"]
    assert "Invitations: 4 waiting, 1 unconfirmed." in provider.status


# --- the target goes away -------------------------------------------------------------------


def test_lost_answers_are_looked_up_and_not_repeated(
    wire: Wire, provider: Provider, undisturbed: dict[str, Any]
) -> None:
    def lose(action: str, count: int) -> None:
        if count in {2, 6, FIRST_INVITE}:
            raise Lost

    wire.after = lose
    done = provider.syncd("sync")
    assert done.code == 1, done
    assert "Changes: 8 applied, 3 blocked, 3 in_doubt." in done.out
    wire.after = lambda *_: None
    complete(provider)
    assert provider.picture == undisturbed


def test_a_target_that_goes_away_ends_the_run(
    wire: Wire, provider: Provider, undisturbed: dict[str, Any]
) -> None:
    def gone(action: str, count: int) -> None:
        if count > 4:
            raise Lost

    wire.before = gone
    done = provider.syncd("sync")
    assert done.code == 4, done
    assert "\nThe target stopped answering; run again to go on.\n" in done.out
    assert wire.writes == 7, "three in a row, and no more"
    wire.before = lambda *_: None
    complete(provider)
    assert provider.picture == undisturbed


# --- what the status says of a run that wrote and then failed -------------------------------------


def test_a_run_that_wrote_and_then_failed_says_what_it_did_and_why(provider: Provider) -> None:
    provider.tell("faults", fault="role_lacks", on="CreateClientInvite", times=0)
    assert provider.syncd("sync").code == 4
    wrote = len(provider.writes)
    assert wrote
    status = provider.status
    assert f"applied {wrote}" in status
    assert "CreateClientInvite" in status
    assert "No run has gone through to the end yet, but changes were made" in status
