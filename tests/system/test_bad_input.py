"""What people get wrong: one clear sentence that ends in advice, and nothing half-written."""

import gzip
import re
import socket
import subprocess
import sys

import pytest
from dumps import write_dump
from provider import Done, Provider, findings, said
from wire import between

from syncd.cli.words import explain_error
from syncd.errors import TargetUnavailable

SECRET = "8c0ffee0-hush-hush"  # noqa: S105 (nobody's)


def check_sentence(done: Done, code: int, *clues: str, advice: str) -> None:
    """See that a command ended as documented, with one message that ends in advice."""
    assert done.code == code, done
    for clue in clues:
        assert clue in done.said, done.said
    assert re.search(rf"{advice}[^.]*\.\Z", done.said.strip()), done.said
    assert done.out == ""


def check_untouched(provider: Provider) -> None:
    """See that nothing was planned, half-planned or written."""
    assert not provider.writes
    assert not [path for folder in provider.plans for path in folder.iterdir()]
    provider.check_files()


# --- the configuration ----------------------------------------------------------------------


def test_a_config_that_is_not_there(provider: Provider) -> None:
    provider.config.unlink()
    done = provider.syncd("sync")
    check_sentence(done, 2, f"{provider.config}", "No such file", advice="config.example.yaml")
    # Not even where a backup is given: whoever names a config means it.
    done = provider.syncd("plan", "--backup", str(provider.backup))
    check_sentence(done, 2, "No such file", advice="config.example.yaml")
    assert not provider.state.exists()


def test_a_config_that_is_garbage(provider: Provider) -> None:
    provider.secrets.append(SECRET)
    provider.config.write_text(f"target:\n  secret: '{SECRET}\n", encoding="utf-8")
    done = provider.syncd("check")
    check_sentence(done, 2, "not readable as YAML", "line 3", advice="config.example.yaml")


def test_everything_wrong_with_a_config_at_once(provider: Provider) -> None:
    provider.secrets.append(SECRET)
    provider.configure(target={"secret": SECRET, "colour": "red"}, polcy={"mode": "sync"})
    done = provider.syncd("sync")
    check_sentence(
        done,
        2,
        "target.secret: must be a reference: env:NAME, file:/path or credential:NAME",
        "target.colour: is not a known key",
        "polcy: is not a known key",
        advice="config.example.yaml",
    )
    assert not provider.state.exists()


# --- the target -----------------------------------------------------------------------------


def test_wrong_credentials(provider: Provider) -> None:
    provider.secrets.append(SECRET)
    (provider.folder / "secrets" / "secret").write_text(SECRET, encoding="utf-8")
    done = provider.syncd("sync")
    check_sentence(done, 4, '"Authentication Failed"', advice="Check identifier and secret")
    check_untouched(provider)


def test_an_address_that_is_not_allowed(provider: Provider) -> None:
    provider.tell("ips", allow=["192.0.2.1"])
    done = provider.syncd("plan")
    check_sentence(done, 4, '"Invalid IP 127.0.0.1"', advice="Add this machine's address")
    check_untouched(provider)


def test_a_role_that_lacks_an_action(provider: Provider) -> None:
    provider.tell("roles", deny=["getcontacts", "createclientinvite"])
    done = provider.syncd("plan")
    check_sentence(done, 4, '"getcontacts" is not allowed', advice="Tick GetContacts")
    check_untouched(provider)
    checked = provider.syncd("check")
    assert checked.code == 4
    assert "FAIL  target action GetContacts" in checked.out
    assert "ok    target action GetClients\n" in checked.out


def test_a_role_that_lacks_a_writing_action_ends_the_run_at_once(provider: Provider) -> None:
    provider.tell("roles", deny=["createclientinvite"])
    done = provider.syncd("sync")
    assert done.code == 4
    assert done.said.endswith("Tick CreateClientInvite in the credential's API role.")
    assert provider.writes.count("CreateClientInvite") == 1
    provider.tell("roles", allow="all")
    provider.sync_here()
    assert len(provider.mails) == 5


def test_nobody_at_that_address(provider: Provider) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and not listening: refused for sure
        provider.configure(target={"url": f"http://127.0.0.1:{taken.getsockname()[1]}"})
        with pytest.raises(TargetUnavailable) as caught:
            provider.plan_here()
    code, words = explain_error(caught.value)
    check_sentence(
        Done(code, "", words), 4, "cannot be reached", "refused", advice="Check target.url"
    )
    check_untouched(provider)


# --- the source -----------------------------------------------------------------------------


def test_a_backup_that_is_not_there(provider: Provider) -> None:
    provider.backup.unlink()
    done = provider.syncd("sync")
    check_sentence(done, 4, f"{provider.backup}: No such file", advice="Check path or host")
    check_untouched(provider)


def test_a_backup_that_was_cut(provider: Provider) -> None:
    provider.backup.write_bytes(provider.backup.read_bytes()[:-200])
    done = provider.syncd("plan")
    check_sentence(
        done, 4, "legacy.zip", advice="(Put that right, then run again|Check that it names)"
    )
    check_untouched(provider)


def test_a_dump_that_was_cut_between_two_rows(provider: Provider) -> None:
    dump = write_dump(provider.legacy.tables)
    cut = dump[: dump.index(b"'gita@cole.example'")]
    path = provider.folder / "legacy.sql.gz"
    path.write_bytes(gzip.compress(cut))
    done = provider.syncd("plan", "--backup", str(path))
    check_sentence(done, 4, "not read completely", advice="Put that right")
    check_untouched(provider)


def test_a_backup_of_a_new_whmcs(provider: Provider) -> None:
    provider.legacy.version = "8.13.1-release.1"
    provider.back_up()
    done = provider.syncd("explain", "legacy/17")
    check_sentence(done, 4, "is no legacy WHMCS", "8.13.1", advice="set allow_migrated")
    check_untouched(provider)


def test_a_flag_that_nobody_knows(provider: Provider) -> None:
    provider.legacy.row(112)["permissions"] = "tickets,managebilling"
    provider.back_up()
    done = provider.syncd("plan")
    assert done.code == 5, done
    key = "membership:legacy/17:erin@archer.example"
    assert said(provider.plans[-1])[key] == ("hold", "review:unknown_flag")
    (unknown,) = [one for one in findings(provider.plans[-1]) if one["code"] == "unknown_flag"]
    assert (unknown["detail"], unknown["contact_id"]) == ("managebilling", "legacy/112")
    assert (unknown["case"], unknown["severity"]) == ("T-17", "review")


# --- this machine ---------------------------------------------------------------------------


def test_a_state_folder_that_cannot_be_one(provider: Provider) -> None:
    (provider.folder / "file").write_text("I am a file.", encoding="utf-8")
    provider.configure(state_dir=str(provider.folder / "file" / "state"))
    done = provider.syncd("sync")
    check_sentence(done, 4, "/file/state", "Not a directory", advice="Check that the folder exists")
    checked = provider.syncd("check")
    assert checked.code == 4
    assert f"FAIL  state folder {provider.folder}/file/state" in checked.out
    assert not provider.writes


def test_an_out_folder_that_is_a_file(provider: Provider) -> None:
    out = provider.folder / "out"
    out.write_text("I am a file.", encoding="utf-8")
    done = provider.syncd("plan", "--out", str(out))
    check_sentence(done, 4, f"{out}: it is a file", advice="Check that the folder exists")
    assert out.read_text(encoding="utf-8") == "I am a file."


# Blocks of 512 bytes: as much fits into a file. The journal is full at once, or within the writes.
# How many of the 14 that are depends on how much the journal writes for each.
@pytest.mark.parametrize(("blocks", "wrote"), [(48, range(1)), (800, range(1, 14))])
def test_a_disk_that_is_full(blocks: int, wrote: range, provider: Provider) -> None:
    limited = ["sh", "-c", 'ulimit -f "$0" && exec "$@"', str(blocks)]
    command = [sys.executable, "-m", "syncd", "sync", "--config", str(provider.config)]
    child = subprocess.Popen(
        [*limited, *command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    done = provider.end(child)
    assert done.code == 4, done
    assert done.said.endswith("Check that the folder exists, is writable and has free space.")
    assert len(provider.writes) in wrote
    provider.sync_here()
    assert len(provider.mails) == 5
    assert len(provider.get("state")["clients"]) == 3


def test_two_at_once(provider: Provider) -> None:
    with between(provider.sandbox) as wire:
        provider.configure(target={"url": wire.url})
        seen: list[Done] = []

        def meanwhile(_: str, count: int) -> None:
            if count == 2:
                seen.append(provider.finish(provider.start("sync")))

        wire.before = meanwhile
        first = provider.syncd("sync")
    assert first.code == 0, first
    (second,) = seen
    check_sentence(
        second, 4, "Another syncd is working on kestrel (pid ", advice="`syncd status` shows"
    )
    assert len(provider.mails) == 5
