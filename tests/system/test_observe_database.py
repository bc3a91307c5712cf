"""`observe: database` from end to end: the sandbox and syncd's reader share a real MariaDB."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from mariadb import READER_PASSWORD, Database, MariaDb
from provider import Provider, Row, findings, lines, said

from syncd.model.suppression import suppression
from syncd.sandbox import Sandbox, running

DANA = "membership:legacy/17:dana@dean.example"
ERIN = "membership:legacy/17:erin@archer.example"


@pytest.fixture
def tables(mariadb: MariaDb) -> Iterator[Database]:
    with mariadb.database("") as database:
        yield database


@pytest.fixture
def sandbox(tables: Database) -> Iterator[Sandbox]:
    with running(database=tables.url) as started:
        yield started


@pytest.fixture
def provider(provider: Provider, tables: Database) -> Provider:
    provider.secrets.append(READER_PASSWORD)
    (provider.folder / "secrets" / "reader").write_text(READER_PASSWORD, encoding="utf-8")
    login = tables.login | {"password": f"file:{provider.folder}/secrets/reader"}
    provider.configure(target={"observe": "database", "database": login})
    return provider


@pytest.fixture
def invited(provider: Provider) -> Provider:
    """Let the first run be over: five people have an invitation, and nobody has accepted."""
    provider.sync_here()
    assert len(provider.mails) == 5
    return provider


def numbered(provider: Provider, email: str) -> int:
    """Give the number of the last invitation to an address."""
    return max(one["id"] for one in provider.get("invites")["invites"] if one["email"] == email)


def archer(provider: Provider) -> int:
    """Give the new number of the account legacy/17."""
    clients = provider.get("state")["clients"]
    return next(one["id"] for one in clients if one["email"] == "alma@archer.example")


def strangers(folder: Path) -> list[Row]:
    return [found for found in findings(folder) if found["code"] == "unexpected_member"]


def asked(provider: Provider) -> list[str]:
    return [one["action"] for one in provider.requests]


# --- the whole path --------------------------------------------------------------------------


def test_plan_apply_accept_and_nothing_more(provider: Provider) -> None:
    out = provider.folder / "out"
    assert provider.syncd("check").code == 0
    planned = provider.syncd("plan", "--out", str(out))
    assert planned.code == 0, planned
    assert not provider.writes
    applied = provider.syncd("apply", str(out))
    assert applied.code == 0, applied
    assert len(provider.mails) == 5

    waiting = provider.plan_here()
    assert lines(waiting.folder) == []
    assert waiting.report.facts.counts.waiting == 5
    provider.tell("invites/accept-all")
    before = provider.picture
    calls = len(provider.requests)
    again = provider.syncd("sync")

    assert again.code == 0, again
    assert provider.picture == before
    # Permissions came with the rows: nothing grows with the number of members.
    assert asked(provider)[calls:] == ["SyncdCapabilities", "GetPermissionsList", "GetClients"]


def test_both_readers_come_to_the_same_plan(provider: Provider) -> None:
    provider.sync_here()
    provider.tell("invites/accept-all")
    provider.tell(
        "members", client_id=archer(provider), email="dana@dean.example", permissions=["orders"]
    )
    provider.legacy.row(112)["permissions"] = "tickets,invoices"
    provider.legacy.contact(117, 19, "Ida Cole", "ida@cole.example", permissions="tickets")
    provider.back_up()
    by_database = provider.plan_here(provider.folder / "database")
    provider.configure(target={"observe": "api"})
    by_api = provider.plan_here(provider.folder / "api")

    assert len(lines(by_api.folder)) == 4
    assert lines(by_database.folder) == lines(by_api.folder)
    assert findings(by_database.folder) == findings(by_api.folder)


# --- what only the database shows ------------------------------------------------------------


def test_who_was_invited_by_hand_is_not_mailed_again(provider: Provider) -> None:
    provider.tell("load", clients=[{"id": 17, "email": "alma@archer.example"}],
                  users=[{"id": 3, "email": "alma@archer.example"}],
                  memberships=[{"client_id": 17, "user_id": 3, "owner": True}],
                  invites=[{"client_id": 17, "email": "Erin@archer.example",
                            "permissions": ["tickets"]},
                           {"client_id": 17, "email": "guest@archer.example",
                            "permissions": ["orders"]}])  # fmt: skip

    plan = provider.plan_here()
    assert ERIN not in said(plan.folder)
    assert DANA in said(plan.folder)
    assert plan.report.facts.counts.waiting == 1
    assert plan.report.facts.counts.unmanaged == {"user": 1}  # the owner's own guest is no member
    provider.sync_here()
    assert "erin@archer.example" not in dict(provider.mails)

    provider.tell("invites/accept-all")
    provider.sync_here()
    assert lines(provider.plan_here().folder) == []


@pytest.mark.parametrize("how", ["cancelled", "deleted"])
def test_a_cancelled_invitation_waits_no_more(
    invited: Provider, tables: Database, how: str
) -> None:
    number = numbered(invited, "erin@archer.example")
    if how == "cancelled":
        invited.tell(f"invites/{number}/withdraw")
    else:
        tables.execute("DELETE FROM tbluser_invites WHERE id = %s", [number])

    plan = invited.plan_here()

    assert said(plan.folder) == {ERIN: ("hold", "reason:invite_gone")}
    assert plan.report.facts.counts.waiting == 4
    assert plan.report.facts.counts.expired == 0
    assert "gone, for tickets" in invited.syncd("explain", ERIN).out
    invited.sync_here()
    assert len(invited.mails) == 5
    decide(invited, plan.folder, "apply")
    invited.sync_here()
    assert len(invited.mails) == 6
    assert invited.mails.count(("erin@archer.example", "invite")) == 2
    assert lines(invited.plan_here().folder) == []


@pytest.mark.parametrize("answer", ["apply", "leave"])
def test_whose_invitation_a_stranger_accepted_is_certain(invited: Provider, answer: str) -> None:
    number = numbered(invited, "erin@archer.example")
    invited.tell(f"invites/{number}/accept", email="eve@else.example")

    plan = invited.plan_here()

    (found,) = strangers(plan.folder)
    assert found["email"] == "erin@archer.example"
    assert found["detail"] == "eve@else.example accepted it, says the target"
    assert said(plan.folder) == {ERIN: ("hold", "reason:invite_gone")}
    invited.sync_here()
    assert len(invited.mails) == 5

    decide(invited, plan.folder, answer)
    invited.sync_here()

    assert len(invited.mails) == 5 + (answer == "apply")
    last = invited.plan_here()
    assert not last.undecided
    left = {} if answer == "apply" else {ERIN: ("hold", "decided:invite_gone")}
    assert said(last.folder) == left


def test_a_member_like_the_invited_is_no_stranger_where_the_target_shows(invited: Provider) -> None:
    invited.tell(
        "members", client_id=archer(invited), email="gus@archer.example", permissions=["tickets"]
    )

    plan = invited.plan_here()

    assert strangers(plan.folder) == []
    assert lines(plan.folder) == []


def test_an_invitation_expires_by_the_clock_of_the_database(
    invited: Provider, tables: Database
) -> None:
    tables.execute(
        "UPDATE tbluser_invites SET created_at = NOW() - INTERVAL 7 DAY WHERE email LIKE 'erin%'"
    )

    plan = invited.plan_here()

    assert said(plan.folder) == {ERIN: ("hold", "reason:invite_expired")}
    assert (plan.report.facts.counts.waiting, plan.report.facts.counts.expired) == (4, 1)


def test_verify_believes_the_list_of_the_target(invited: Provider) -> None:
    assert causes(invited) == {"invited": 5}
    invited.tell(f"invites/{numbered(invited, 'erin@archer.example')}/withdraw")

    assert causes(invited) == {"invited": 4, "not_made": 1}


def causes(provider: Provider) -> dict[str, int]:
    """Give what a certificate says why people lack access."""
    found: dict[str, int] = json.loads(provider.syncd("verify", "--json").out)["causes"]
    return found


# --- what can be wrong -----------------------------------------------------------------------


def test_tables_that_are_not_as_known_stop_the_run(provider: Provider, tables: Database) -> None:
    tables.execute("ALTER TABLE tblusers_clients DROP COLUMN permissions")

    done = provider.syncd("sync")

    assert done.code == 4
    assert "tblusers_clients has no column permissions" in done.said
    assert "set target.observe to api" in done.said
    checked = provider.syncd("check")
    assert checked.code == 4
    assert "tblusers_clients has no column permissions" in checked.out + checked.err
    assert not provider.writes


def test_a_session_that_others_can_read_is_warned_of(provider: Provider, tables: Database) -> None:
    login = tables.login | {"password": f"file:{provider.folder}/secrets/reader"}
    elsewhere = login | {"host": "0.0.0.0"}  # noqa: S104 (to connect to: this machine)
    provider.configure(target={"observe": "database", "database": elsewhere})

    checked = provider.syncd("check")

    assert checked.code == 0, checked
    assert "warn  target database: session encrypted\n      What is read from 0.0" in checked.out


def test_a_database_that_lets_nobody_in(provider: Provider) -> None:
    (provider.folder / "secrets" / "reader").write_text("wrong-and-quiet", encoding="utf-8")
    provider.secrets.append("wrong-and-quiet")

    done = provider.syncd("sync")

    assert done.code == 4
    assert done.said.startswith("The target's database cannot be read: 127.0.0.1:")
    assert not provider.writes


def test_the_section_is_needed(provider: Provider) -> None:
    content = yaml.safe_load(provider.config.read_text("utf-8"))
    del content["target"]["database"]
    provider.config.write_text(yaml.safe_dump(content), encoding="utf-8")

    done = provider.syncd("plan")

    assert done.code == 2
    assert "observe: database needs the section database" in done.said


def decide(provider: Provider, folder: Path, answer: str) -> None:
    """Answer all that the plan in a folder asks."""
    decisions = yaml.load((folder / "decisions.yaml").read_text("utf-8"), yaml.BaseLoader)  # noqa: S506
    for one in decisions["decisions"]:
        one |= {"answer": answer, "by": "Lena", "at": "2026-03-01"}
    path = provider.folder / "decisions.yaml"
    path.write_text(yaml.safe_dump(decisions), encoding="utf-8")
    target = yaml.safe_load(provider.config.read_text("utf-8"))["target"]
    provider.configure(decisions=str(path), target=target)


def test_a_suppressed_person_who_accepted_is_named_nowhere(invited: Provider) -> None:
    erased = "dana@dean.example"
    invited.tell("invites/accept-all")
    told = (invited.plan_here().folder / "invitations.csv").read_text(encoding="utf-8")
    assert erased in told
    (invited.folder / "suppressed.txt").write_text(suppression(erased), encoding="utf-8")
    target = yaml.safe_load(invited.config.read_text(encoding="utf-8"))["target"]
    invited.configure(target=target, policy={"suppressed": "file:suppressed.txt"})
    out = invited.folder / "out"
    # From here on; the earlier plan was made while she was no secret.
    planned = invited.finish(invited.start("plan", "--out", str(out)))
    assert planned.code == 0, planned
    for path in out.iterdir():
        assert erased not in path.read_text(encoding="utf-8"), path
