"""Policies by the command line: promises, people left out, bindings as CSV, old backups."""

import csv
import subprocess
import sys
import zipfile
from datetime import UTC, datetime

import pytest
from dumps import Style, write_dump
from provider import CLIENT, CONTACT, Provider, findings, said

from syncd.model.suppression import suppression


def back_up(provider: Provider, moment: str) -> None:
    """Write the backup as it would have been made at that moment."""
    columns = {"tblclients": list(CLIENT), "tblcontacts": list(CONTACT)}
    style = Style(footer=f"-- Dump completed on {moment}\n")
    with zipfile.ZipFile(provider.backup, "w") as archive:
        archive.writestr("whmcs.sql", write_dump(provider.legacy.tables, style, columns=columns))


# --- cut-over -------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["plan", "sync", "check"])
def test_silence_is_refused_where_the_target_can_only_invite(
    command: str, provider: Provider
) -> None:
    provider.configure(policy={"cutover": "silent"})
    done = provider.syncd(command)
    assert done.code == 4, done
    assert "cannot keep the cut-over policy silent" in done.said + done.out
    assert "has no call that attaches a person" in done.said + done.out
    assert not provider.writes
    assert provider.plans == []


def test_owners_invite_and_what_they_did_is_taken_over(provider: Provider) -> None:
    provider.configure(policy={"cutover": "reinvite-by-owner"})
    done = provider.syncd("sync")
    assert done.code == 5, done
    assert provider.mails == []
    assert "CreateClientInvite" not in provider.writes
    path = provider.plans[-1] / "invitations_by_owner.csv"
    with path.open(encoding="utf-8", newline="") as file:
        sheet = [(row["owner_email"], row["invite"]) for row in csv.DictReader(file)]
    assert sheet == [
        ("alma@archer.example", "dana@dean.example"),
        ("alma@archer.example", "erin@archer.example"),
        ("bruno@baker.example", "dana@dean.example"),
        ("cora@cole.example", "gita@cole.example"),
        ("cora@cole.example", "hugo@cole.example"),
    ]
    alma = next(
        row["id"]
        for row in provider.get("state")["clients"]
        if row["email"] == "alma@archer.example"
    )
    provider.tell(
        "load",
        users=[{"id": 900, "email": "erin@archer.example"}],
        memberships=[{"client_id": alma, "user_id": 900, "permissions": ["tickets"]}],
    )
    provider.plan_here()
    held = [key for key, verdict in said(provider.plans[-1]).items() if verdict[1] == "cutover"]
    assert len(held) == 4
    assert "membership:legacy/17:erin@archer.example" not in held


# --- users made first -----------------------------------------------------------------------


def test_users_are_made_before_they_are_invited(provider: Provider) -> None:
    provider.configure(policy={"users": "create-first"})
    assert provider.syncd("sync").code == 0
    writes = provider.writes
    assert writes.count("AddUser") == 4  # Dana has two invitations and is one user
    assert writes.count("CreateClientInvite") == 5
    last = max(n for n, action in enumerate(writes) if action == "AddUser")
    assert last < writes.index("CreateClientInvite")
    assert len(provider.mails) == 5
    assert provider.syncd("sync").code == 0
    assert provider.tell("invites/accept-all") == {"accepted": 5}
    assert provider.syncd("sync").code == 0
    assert provider.writes == writes
    assert provider.picture["users"].count("dana@dean.example") == 1


# --- people left out ------------------------------------------------------------------------


def test_a_line_that_would_match_nobody_is_not_made(provider: Provider) -> None:
    done = provider.syncd("suppress", "jane@dev.example", "jane at dev.example", config=False)
    assert done.code == 2
    assert done.out == ""
    assert "'jane at dev.example' is no e-mail address" in done.said


def test_a_suppressed_person_is_named_nowhere(provider: Provider) -> None:
    erased = "dana@dean.example"
    made = subprocess.run(
        [sys.executable, "-m", "syncd", "suppress"],
        input=f" {erased.upper()} \n\n",
        capture_output=True,
        text=True,
        check=True,
    )
    assert made.stdout == f"{suppression(erased)}\n"
    (provider.folder / "suppressed.txt").write_text(made.stdout, encoding="utf-8")
    provider.configure(policy={"suppressed": "file:suppressed.txt"})
    # Whatever a command says or leaves behind is searched for these.
    provider.secrets += [erased, "Dana"]
    for command in ("check", "plan", "sync"):
        assert provider.syncd(command).code == 0
    told = [one for one in findings(provider.plans[-1]) if one["code"] == "suppressed_person"]
    assert [one["contact_id"] for one in told] == ["legacy/111", "legacy/113"]
    assert len(provider.mails) == 3
    assert erased not in str(provider.picture)


def test_a_list_that_is_not_there_stops_the_run(provider: Provider) -> None:
    provider.configure(policy={"suppressed": "file:suppressed.txt"})
    done = provider.syncd("sync")
    assert done.code == 2, done
    assert "suppressed.txt" in done.said
    assert not provider.requests


def test_what_is_excluded_after_the_migration_stays_as_it_is(settled: Provider) -> None:
    before = settled.picture
    settled.configure(
        policy={"mode": "sync", "excluded": ["dana@dean.example", "legacy/19"]},
        fuses={"removals": 9, "removals_per_account": 9},
    )
    done = settled.syncd("sync")
    assert done.code == 5, done
    assert settled.picture == before
    memberships = {
        key: verdict for key, verdict in said(settled.plans[-1]).items() if "membership" in key
    }
    assert len(memberships) == 4
    assert set(memberships.values()) == {("hold", "excluded")}
    told = (settled.plans[-1] / "worksheet.csv").read_text(encoding="utf-8")
    assert "legacy/19" not in told, "nobody is asked to close or delete what stays"
    assert "Delete" not in told


# --- bindings -------------------------------------------------------------------------------


def test_bindings_go_to_another_machine_and_back(settled: Provider) -> None:
    one, other = settled.folder / "one.csv", settled.folder / "other.csv"
    done = settled.syncd("bindings", "export", str(one))
    assert (done.code, done.out) == (0, f"9 bindings written to {one}\n")
    settled.configure(state_dir=str(settled.folder / "elsewhere"))
    done = settled.syncd("bindings", "import", str(one))
    assert (done.code, done.out) == (0, "9 bindings imported, 0 were known already\n")
    assert settled.syncd("bindings", "export", str(other)).code == 0
    assert other.read_bytes() == one.read_bytes()
    assert settled.syncd("sync").code == 0
    assert settled.writes == []


def test_a_file_of_bindings_with_a_wrong_line_is_refused_whole(settled: Provider) -> None:
    path = settled.folder / "bindings.csv"
    path.write_text(
        "key,target_id\naccount:legacy/99,99\naccount:other/1,100\naccount:legacy/17,98\n",
        encoding="utf-8",
    )
    done = settled.syncd("bindings", "import", str(path))
    assert done.code == 2, done
    assert "line 3: 'other' is not a source" in done.said
    assert "line 4: account:legacy/17 is bound to" in done.said
    again = settled.folder / "again.csv"
    assert settled.syncd("bindings", "export", str(again)).code == 0
    assert "legacy/99" not in again.read_text(encoding="utf-8")


# --- old backups ----------------------------------------------------------------------------


def test_a_backup_older_than_the_last_is_refused(provider: Provider) -> None:
    back_up(provider, "2026-03-02  3:15:00")
    provider.sync_here()
    provider.tell("invites/accept-all")
    provider.legacy.row(112)["permissions"] = "tickets,orders"
    back_up(provider, "2026-02-27  3:15:00")
    wrote = provider.writes
    for command in ("plan", "sync"):  # a plan that was refused leaves the memory as it was
        done = provider.syncd(command)
        assert done.code == 3, done
        assert "the source legacy is 3 days older" in " ".join(done.out.split())
    assert provider.writes == wrote
    lifted = provider.syncd("sync", "--allow", "source-old=3", "--because", "restored on purpose")
    assert lifted.code == 0, lifted
    assert provider.writes == [*wrote, "UpdateUserPermissions"]
    # From now on that one is the last good one.
    assert provider.syncd("sync").code == 0


def test_planning_alone_makes_no_backup_the_last_good_one(provider: Provider) -> None:
    back_up(provider, "2026-03-01  3:15:00")
    provider.sync_here()
    back_up(provider, "2026-03-05  3:15:00")
    provider.plan_here(now=datetime.now(UTC))
    back_up(provider, "2026-03-03  3:15:00")
    assert provider.plan_here().manifest.refusals == ()
