"""The whole program on the whole path: check, plan, apply, accept, sync, and ask why."""

import csv
import json
import re
import stat
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from provider import Provider, codes, findings, lines, said

import syncd

DEMO = Path(syncd.__file__).parent / "cli" / "demo" / "legacy-backup.zip"
FILES = {
    "plan.jsonl", "plan.json", "report.txt", "report.md", "report.json", "report.html",
    "access.csv", "account_chooser.csv", "changes.csv", "decisions.yaml", "findings.csv",
    "high_risk.csv", "invitations.csv", "invitations_by_owner.csv",
    "least_privilege.csv", "mails.csv", "passwords.csv",
    "people.csv",
    "questions.csv", "recipients.csv", "references.csv", "support_contacts.csv", "worksheet.csv",
}  # fmt: skip
WEEK = timedelta(days=7)


# --- plan -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def demo_plan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Plan the bundled backup without any config."""
    out = tmp_path_factory.mktemp("demo") / "out"
    command = [sys.executable, "-m", "syncd", "plan", "--backup", str(DEMO), "--out", str(out)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=out.parent)
    assert done.returncode == 5, done.stderr
    assert f"files in {out}" in done.stdout
    assert not [path for path in out.parent.iterdir() if path != out]
    return out


def test_a_backup_alone_gives_all_files_and_each_is_private(demo_plan: Path) -> None:
    assert {path.name for path in demo_plan.iterdir()} == FILES
    for path in demo_plan.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
        assert path.stat().st_size, path


def test_every_line_of_a_plan_has_its_fields(demo_plan: Path) -> None:
    found = lines(demo_plan)
    fields = {"verb", "kind", "key", "reason", "verdict", "rule", "before", "after"}
    for line in found:
        assert fields <= line.keys()
        assert line["verb"] in "+~-"
        assert line["kind"] in {"user", "account", "membership", "contact"}
        assert line["key"].startswith(f"{line['kind']}:")
        assert line["verdict"] in {"apply", "hold"}
        assert bool(line["rule"]) == (line["verdict"] == "hold")
        assert bool(line["why"]) == (line["verdict"] == "hold")
    members = [line["after"] for line in found if line["kind"] == "membership"]
    assert len(members) > 25
    for after in members:
        assert after["account"].startswith("legacy/")
        assert "@" in after["email"]
        assert after["permissions"]


def test_a_plan_sorts_what_grants_last(demo_plan: Path) -> None:
    kinds = [line["kind"] for line in lines(demo_plan)]
    assert kinds == sorted(kinds, key=["account", "contact", "membership"].index)


def test_every_finding_has_its_fields(demo_plan: Path) -> None:
    found = findings(demo_plan)
    for finding in found:
        fields = {"code", "case", "severity", "account", "contact_id", "email"}
        assert fields <= finding.keys()
        assert finding["severity"] in {"note", "review", "block"}
        about_source = finding["code"] == "not_shown"
        assert about_source or finding["account"].startswith("legacy/")
    assert {"twin_logins_overlap", "unknown_flag", "orphan_contact", "owner_has_it"} <= set(
        codes(demo_plan)
    )
    summary = json.loads((demo_plan / "report.json").read_text(encoding="utf-8"))
    counts = summary["facts"]["counts"]
    assert sum(counts["dispositions"].values()) == counts["contacts"]


def test_nothing_of_a_password_leaves_the_backup(demo_plan: Path) -> None:
    for path in demo_plan.iterdir():
        content = path.read_text(encoding="utf-8")
        assert "$2y$" not in content, path


def test_the_readme_shows_what_the_bundled_backup_gives(tmp_path: Path) -> None:
    """Run its command; the whole excerpt must match, but for name and time of the plan."""
    readme = (DEMO.parents[3] / "README.md").read_text(encoding="utf-8")
    asked = re.search(r"syncd (plan --backup syncd/cli/demo/.*) --out", readme)
    shown = re.search(r"```text\n(READY.*?)\n```", readme, re.DOTALL)
    assert asked
    assert shown
    command = [sys.executable, "-m", "syncd", *asked[1].split(), "--out", str(tmp_path / "out")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=DEMO.parents[3])

    assert done.returncode == 5, done.stderr
    assert unnamed(done.stdout).startswith(unnamed(shown[1]))
    assert not {code for code in codes(tmp_path / "out") if code.startswith("reserved_")}


def unnamed(report: str) -> str:
    return re.sub(r"(?m)^Plan \w+, made .*$", "", report)


# The last words of a command that applies.
BLOCK = r"Run [\w-]+\nChanges: {}\.\nMails: {}\.\nHeld: {}\.\nNext: {}\n\Z"


# --- the whole path -------------------------------------------------------------------------


def test_the_whole_path(provider: Provider) -> None:
    out = provider.folder / "out"
    checked = provider.syncd("check")
    assert checked.code == 0, checked
    assert "FAIL" not in checked.out
    assert not provider.state.exists(), "check writes nothing"

    made = provider.syncd("plan", "--out", str(out))
    assert made.code == 0, made
    assert made.out.startswith("READY")
    assert [line["event"] for line in made.log] == ["plan.made", "journal.sealed"]
    assert not provider.writes, "a plan writes nothing"
    planned = [line["key"] for line in lines(out)]

    applied = provider.syncd("apply", str(out))
    assert applied.code == 0, applied
    accepting = "wait for the people invited; .*"
    assert re.fullmatch(
        BLOCK.format("14 applied", "5 invitations", "nothing", accepting), applied.out
    )
    assert provider.writes == ["AddClient"] * 3 + ["AddContact"] * 6 + ["CreateClientInvite"] * 5
    told = [one["subject"] for one in applied.log if one["event"] == "change.applied"]
    assert told[:9] == planned[:9], "in the order of the plan"
    assert len({one["run_id"] for one in applied.log}) == 1

    waiting = provider.syncd("status")
    assert waiting.code == 0
    assert "Invitations: 5 waiting." in waiting.out

    assert provider.tell("invites/accept-all") == {"accepted": 5}
    before, wrote = provider.picture, provider.writes
    again = provider.syncd("sync")
    assert again.code == 0, again
    assert re.search(BLOCK.format("none were needed", "none", "nothing", "nothing; .*"), again.out)
    provider.sync_here()
    assert (provider.picture, provider.writes) == (before, wrote)
    assert not lines(provider.plans[-1])
    assert "Invitations: 5 accepted." in provider.status
    assert provider.mails == [
        ("dana@dean.example", "invite"),
        ("dana@dean.example", "invite"),
        ("erin@archer.example", "invite"),
        ("gita@cole.example", "invite"),
        ("hugo@cole.example", "invite"),
    ]
    members = [
        (client, user, keys) for client, user, owner, keys in before["memberships"] if not owner
    ]
    assert members == [
        ("alma@archer.example", "dana@dean.example", ["invoices", "products"]),
        ("alma@archer.example", "erin@archer.example", ["tickets"]),
        ("bruno@baker.example", "dana@dean.example", ["domains"]),
        ("cora@cole.example", "gita@cole.example", ["invoices", "tickets"]),
        ("cora@cole.example", "hugo@cole.example", ["quotes"]),
    ]


def test_what_changes_in_the_legacy_system_follows(settled: Provider) -> None:
    settled.legacy.row(115)["permissions"] = "invoices"
    settled.legacy.row(114)["invoiceemails"] = 0
    settled.legacy.contact(117, 18, "Ines Baker", "ines@baker.example", permissions="orders")
    settled.back_up()
    settled.sync_here()
    assert settled.writes == [
        "UpdateUserPermissions", "AddContact", "UpdateContact", "CreateClientInvite"
    ]  # fmt: skip
    assert ("cora@cole.example", "gita@cole.example", False, ["invoices"]) in settled.picture[
        "memberships"
    ]


def test_secrets_may_come_from_the_environment(provider: Provider) -> None:
    provider.configure(target={"identifier": "env:API_ID", "secret": "env:API_SECRET"})
    provider.environment = {
        "API_ID": provider.sandbox.identifier,
        "API_SECRET": provider.sandbox.secret,
    }
    assert provider.syncd("plan").code == 0


# --- asking why -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "clues"),
    [
        ("Dana@Dean.example", ["contact:legacy/111", "membership:legacy/18:dana@dean.example"]),
        ("legacy/17", ["client legacy/17 (Archer Ltd): Alma Archer", "member with tickets"]),
    ],
)
def test_explain_goes_from_row_to_verdict(key: str, clues: list[str], provider: Provider) -> None:
    done = provider.syncd("explain", key)
    assert done.code == 0, done
    assert done.out.startswith(f"{key}\n")
    for clue in [*clues, "change: make (+ new) -> apply"]:
        assert clue in done.out
    assert not provider.writes


def test_explain_names_the_owner_and_what_was_read_after_apply(settled: Provider) -> None:
    for _ in range(2):  # the first reads what was accepted
        assert settled.syncd("sync").code == 0
    told = settled.syncd("explain", "legacy/17")
    assert told.code == 0, told
    assert "observed: Archer Ltd, Active, owned by alma@archer.example" in told.out
    assert "owned by nobody" not in told.out
    assert "not read again" in told.out  # `verify_after` of the config
    assert "permissions not read" not in told.out


def test_explain_of_what_nobody_knows_says_so(provider: Provider) -> None:
    done = provider.syncd("explain", "membership:legacy/17:zoe@zander.example")
    assert done.code == 2
    assert done.said.startswith("Neither source nor target knows membership:legacy/17:zoe@zander")


def test_the_version_is_reported(provider: Provider) -> None:
    done = provider.syncd("--version", config=False)
    assert (done.code, done.out) == (0, f"syncd {syncd.__version__}\n")


# --- a plan that no longer fits -------------------------------------------------------------


@pytest.fixture
def signed(provider: Provider) -> Path:
    """Make a plan and have it signed."""
    out = provider.folder / "out"
    provider.plan_here(out)
    return out


def test_a_plan_that_was_edited_is_not_applied(provider: Provider, signed: Path) -> None:
    path = signed / "plan.jsonl"
    path.write_text(path.read_text(encoding="utf-8").replace("tickets", "orders"), encoding="utf-8")
    done = provider.syncd("apply", str(signed))
    assert done.code == 2
    assert "it was changed after it was made. Make a new plan" in done.said
    assert not provider.writes


def test_a_plan_whose_source_or_target_moved_is_not_applied(
    provider: Provider, signed: Path
) -> None:
    before = provider.legacy.row(112)["permissions"]
    provider.legacy.row(112)["permissions"] = "tickets,orders"
    provider.back_up()
    moved = provider.syncd("apply", str(signed))
    assert moved.code == 3
    assert "other: membership:legacy/17:erin@archer.example (+ new, apply)" in moved.said
    assert not provider.writes

    provider.legacy.row(112)["permissions"] = before
    provider.back_up()
    provider.tell("load", clients=[{"id": 40, "email": "cora@cole.example", "firstname": "Cora"}])
    moved = provider.syncd("apply", str(signed))
    assert moved.code == 3
    assert "other: account:legacy/19 (~ adopted, hold reason:adopted)" in moved.said
    assert moved.said.endswith("Nothing was changed. Make a new plan and have it reviewed.")
    assert not provider.writes
    runs = [line for line in provider.status.splitlines() if line.startswith("  20")]
    assert [run.split()[1:3] for run in runs] == [
        ["apply", "refused"],
        ["apply", "refused"],
        ["plan", "done"],
    ]


def test_a_plan_for_another_target_is_not_applied(provider: Provider, signed: Path) -> None:
    provider.configure(target={"name": "heron"}, state_dir=str(provider.folder / "other"))
    done = provider.syncd("apply", str(signed))
    assert done.code == 2
    assert "it was made for the target 'kestrel', not for 'heron'" in done.said
    assert not provider.writes


def test_no_plan_is_no_plan(provider: Provider) -> None:
    done = provider.syncd("apply", str(provider.folder / "none"))
    assert done.code == 2
    assert "there is no such folder" in done.said


# --- what the target has already ------------------------------------------------------------

PEOPLE = [
    {"id": 7, "email": "alma@archer.example", "firstname": "Alma", "lastname": "Archer"},
    {"id": 8, "email": "erin@archer.example", "firstname": "Erin", "lastname": "Archer"},
]


def test_an_account_of_the_same_address_is_taken_with_all_on_it(provider: Provider) -> None:
    provider.tell(
        "load",
        clients=[{"id": 40, "email": "ALMA@archer.example", "companyname": "Archers"}],
        users=PEOPLE,
        memberships=[
            {"client_id": 40, "user_id": 7, "owner": True},
            {"client_id": 40, "user_id": 8, "permissions": ["tickets"]},
        ],
        contacts=[
            {"id": 90, "client_id": 40, "firstname": "Erin", "lastname": "Archer",
             "email": "erin@archer.example", "email_preferences": {"general": True}},
        ],
    )  # fmt: skip
    provider.sync_here()
    assert provider.writes.count("AddClient") == 2
    assert provider.writes.count("AddContact") == 5
    assert provider.writes.count("CreateClientInvite") == 4
    assert len(provider.picture["clients"]) == 3
    assert ("erin@archer.example", "invite") not in provider.mails
    assert not provider.plan_here().manifest.writes


def test_a_user_who_is_there_becomes_the_owner_once_a_person_said_so(provider: Provider) -> None:
    """WHMCS's own API does not show whether Alma's address was ever verified."""
    provider.tell("load", users=PEOPLE)
    provider.plan_here(provider.folder / "asked")
    provider.sync_here()
    assert 7 not in owners(provider)

    answer = ("--only", "on=user_unverified", "--answer", "apply", "--by", "Lena")
    asked = str(provider.folder / "asked")
    decided = str(provider.folder / "decided.yaml")
    because = ("--because", "She wrote to us from it.")
    done = provider.syncd("decide", asked, *answer, *because, "--decisions", decided, config=False)
    assert done.code == 0, done
    provider.configure(decisions=decided)
    provider.sync_here()
    assert 7 in owners(provider)
    assert [user["id"] for user in provider.get("state")["users"]].count(7) == 1
    assert provider.picture["users"].count("alma@archer.example") == 1


def owners(provider: Provider) -> set[int]:
    return {each["user_id"] for each in provider.get("state")["memberships"] if each["owner"]}


def test_the_same_id_is_taken_only_where_more_agrees(provider: Provider) -> None:
    provider.configure(accounts={"match": "same-id"})
    provider.tell(
        "load",
        clients=[
            {"id": 17, "email": "office@archer.example", "companyname": "Archer Ltd"},
            {"id": 18, "email": "zoe@zander.example", "companyname": "Zander Ltd"},
        ],
        users=PEOPLE,
        memberships=[{"client_id": 17, "user_id": 7, "owner": True}],
    )
    provider.plan_here()
    verdicts = said(provider.plans[-1])
    assert "account:legacy/17" not in verdicts
    assert verdicts["account:legacy/18"] == ("hold", "review:account_mismatch")
    assert verdicts["contact:legacy/114"] == ("hold", "parent")
    assert verdicts["membership:legacy/18:dana@dean.example"] == ("hold", "parent")
    assert verdicts["membership:legacy/17:dana@dean.example"] == ("apply", "")
    assert verdicts["account:legacy/19"] == ("apply", "")
    mismatch = next(
        one for one in findings(provider.plans[-1]) if one["code"] == "account_mismatch"
    )
    assert "Zander Ltd" in mismatch["detail"]


def test_the_mapping_file_names_the_pairs(provider: Provider) -> None:
    mapping = provider.folder / "accounts.csv"
    mapping.write_text("source,client_id,target_id\nlegacy,17,40\nlegacy,18,99\n", encoding="utf-8")
    provider.configure(
        accounts={"match": "mapping", "mapping": str(mapping), "create_missing": False}
    )
    provider.tell(
        "load",
        clients=[{"id": 40, "email": "someone@else.example"}],
        users=PEOPLE,
        memberships=[{"client_id": 40, "user_id": 7, "owner": True}],
    )
    provider.sync_here()
    verdicts = said(provider.plans[-1])
    assert "account:legacy/17" not in verdicts
    assert verdicts["account:legacy/18"] == ("hold", "blocked:account_unbound")
    assert "account_unbound" in codes(provider.plans[-1])
    assert {one["client_id"] for one in provider.get("state")["invites"]} == {40}
    # What was bound stays bound when the file is gone.
    mapping.write_text("source,client_id,target_id\n", encoding="utf-8")
    wrote = provider.writes
    provider.sync_here()
    assert provider.writes == wrote


def test_accounts_that_are_not_there_are_held_with_all_on_them(provider: Provider) -> None:
    provider.configure(accounts={"create_missing": False})
    done = provider.syncd("sync")
    assert done.code == 5, done
    verdicts = said(provider.plans[-1])
    rules = {key.partition(":")[0]: rule for key, rule in verdicts.items()}
    assert rules == {
        "account": ("hold", "create-missing"),
        "contact": ("hold", "parent"),
        "membership": ("hold", "parent"),
    }
    assert not provider.writes
    held = "answer its questions .*"
    assert re.search(BLOCK.format("none were needed", "none", "14 changes", held), done.out)


# --- invitations over the weeks -------------------------------------------------------------


def test_invitations_go_out_in_waves(provider: Provider) -> None:
    provider.configure(waves={"per_run": 2})
    provider.sync_here()
    assert [rule for _, rule in said(provider.plans[-1]).values()].count("wave") == 3
    assert len(provider.mails) == 2
    provider.sync_here()
    assert len(provider.mails) == 4
    provider.sync_here()
    provider.sync_here()
    assert len(provider.mails) == 5
    assert len({(one["client_id"], one["email"]) for one in provider.get("state")["invites"]}) == 5


def test_an_invitation_that_expired_waits_for_a_person(provider: Provider) -> None:
    provider.sync_here()
    provider.tell("invites/1/accept")
    provider.tell("clock", advance_seconds=WEEK.total_seconds())
    provider.plan_here(now=datetime.now(UTC) + WEEK)
    held = {line["key"]: (line["reason"], line["rule"]) for line in lines(provider.plans[-1])}
    assert set(held.values()) == {("invite_expired", "reason:invite_expired")}
    assert len(held) == 4
    provider.configure(policy={"apply_reasons": ["new", "changed", "invite_expired"]})
    provider.sync_here(now=datetime.now(UTC) + WEEK)
    assert len(provider.mails) == 9
    provider.sync_here(now=datetime.now(UTC) + WEEK)
    assert len(provider.mails) == 9
    assert provider.tell("invites/accept-all") == {"accepted": 4}


# --- the life of invitations ----------------------------------------------------------------


def test_the_report_says_what_became_of_invitations_and_whom_to_phone(provider: Provider) -> None:
    provider.sync_here(datetime.now(UTC) - timedelta(days=5, minutes=1))
    (gita,) = [one for one in provider.get("invites")["invites"] if one["email"].startswith("gita")]
    provider.tell(f"invites/{gita['id']}/accept")

    provider.sync_here()

    with (provider.plans[-1] / "invitations.csv").open(encoding="utf-8", newline="") as file:
        rows = {(row["email"], row["account"]): row for row in csv.DictReader(file)}
    states = {email.partition("@")[0]: row["state"] for (email, _), row in rows.items()}
    assert states == {
        "dana": "expiring", "erin": "expiring", "gita": "accepted", "hugo": "expiring",
    }  # fmt: skip
    erin = rows["erin@archer.example", "legacy/17"]
    assert (erin["client"], erin["client_phone"]) == ("Alma Archer", "0113 496 0000")
    assert "Invitations: 4 expiring, 1 accepted." in provider.status
    report = (provider.plans[-1] / "report.txt").read_text(encoding="utf-8")
    assert "Sent earlier: 4 expiring, 1 accepted; invitations.csv says whom to phone" in report


def test_status_names_invitations_that_a_wave_holds(provider: Provider) -> None:
    provider.configure(waves={"per_run": 2})
    provider.sync_here()
    assert "asked 3" in provider.status
    assert "Invitations: 2 waiting." in provider.status
