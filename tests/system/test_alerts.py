"""Nights in which things go wrong, by the command line: what happened is told, and told once."""

import json
import re
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from provider import Provider
from receivers import Mailbox, Receiver, receiving

from syncd.model.suppression import suppression

ALMA, BRUNO, CORA = "alma@archer.example", "bruno@baker.example", "cora@cole.example"
ERIN, GITA, HUGO = "erin@archer.example", "gita@cole.example", "hugo@cole.example"
EVE, NEW, FINN = "eve@else.example", "new@archer.example", "finn@baker.example"
APPEND = "import sys; open(sys.argv[1], 'a').write(sys.stdin.read() + chr(10))"


class Nights:
    """Runs of `syncd sync`, and what was sent at the end of each."""

    def __init__(self, provider: Provider, web: Receiver) -> None:
        self.provider = provider
        self.web = web
        self.file = provider.folder.parent / f"{provider.folder.name}-sent.jsonl"
        self.beat = provider.folder / "beat"
        self.textfile = provider.folder / "syncd.prom"
        # Half a day from now: no digest is due because a midnight passes between two runs.
        self.digest = f"{datetime.now(UTC) + timedelta(hours=12):%H:%M}"
        self.configure()

    def configure(self, **alerts: Any) -> None:
        command = [sys.executable, "-c", APPEND, str(self.file)]
        self.provider.configure(
            alerts={"command": command, "digest": self.digest} | alerts,
            heartbeat={"url": self.web.url, "file": str(self.beat)},
            metrics={"textfile": str(self.textfile)},
            # Else permissions are read again, and what somebody changed seen, within 35 days.
            policy={"suppressed": str(self.suppressed), "verify_after": 0},
        )

    @property
    def suppressed(self) -> Path:
        file = self.provider.folder / "suppressed.txt"
        file.touch()
        return file

    def over(self, code: int) -> dict[str, list[str]]:
        """Let a night pass, and give the kinds of alerts that were sent."""
        before = len(self.sent)
        done = self.provider.syncd("sync")
        assert done.code == code, done
        new = self.sent[before:]
        assert len(new) <= 1, "one message a run"
        names = ("begun", "over", "standing")
        return {n: [a["alert"] for a in m[n]] for m in new for n in names if m[n]}

    @property
    def sent(self) -> list[dict[str, Any]]:
        return (
            list(map(json.loads, self.file.read_text().splitlines())) if self.file.exists() else []
        )

    def edit(self, statement: str, *values: str) -> None:
        """Change the journal by other means, as only time does otherwise."""
        with closing(sqlite3.connect(self.provider.state / "journal.sqlite")) as con, con:
            con.execute(statement, values)

    def a_day_later(self) -> None:
        yesterday = datetime.now(UTC) - timedelta(days=1, minutes=1)
        self.edit("UPDATE alert_channels SET tried_at = ? WHERE name = 'digest'",
                  yesterday.isoformat())  # fmt: skip

    def calls(self) -> list[tuple[str, str]]:
        calls, self.web.calls = self.web.calls, []
        return [(call.path, call.body) for call in calls]


@pytest.fixture
def nights(settled: Provider) -> Iterator[Nights]:
    with receiving(Receiver()) as web:
        yield Nights(settled, web)


def client(provider: Provider, email: str) -> int:
    """Give the id in the target; the account's own address stays whoever owns it."""
    rows = provider.get("state")["clients"]
    return next(int(row["id"]) for row in rows if row["email"] == email)


def test_what_goes_wrong_is_told_once_and_so_is_its_end(nights: Nights) -> None:
    assert nights.over(0) == {}
    assert nights.calls() == [("/start", ""), ("/", "")]
    assert nights.beat.exists()
    assert (
        'syncd_last_run_status{status="done",target="kestrel"} 1.0' in nights.textfile.read_text()
    )

    wrong_in_the_target(nights)
    no_good_runs(nights)
    wrong_in_the_data(nights)
    an_answer_is_lost(nights)
    all_is_put_right(nights)


def wrong_in_the_target(nights: Nights) -> None:
    provider = nights.provider
    acme, baker = client(provider, ALMA), client(provider, BRUNO)
    # Somebody widens a right, takes over an account, and invites a stranger.
    provider.tell("members", client_id=acme, email=ERIN, permissions=["tickets", "orders"])
    provider.tell("members", client_id=baker, email=EVE, owner=True)
    provider.tell("members", client_id=client(provider, CORA), email=EVE, permissions=["orders"])
    assert nights.over(5) == {"begun": ["access_gained", "owner_changed"]}
    first = nights.sent[-1]
    assert (first["urgency"], first["status"], first["what"]) == ("page", "held", "alert")
    assert first["begun"][0]["what"] == "e***@a***.example on legacy/17: orders"
    assert nights.over(5) == {}, "nothing new"
    nights.calls()


def no_good_runs(nights: Nights) -> None:
    provider, legacy = nights.provider, nights.provider.legacy
    # A backup that lacks most people. Nothing is said of what it cannot show.
    whole, legacy.contacts = legacy.contacts, legacy.contacts[:1]
    provider.back_up()
    assert nights.over(3) == {"begun": ["incomplete_read"]}
    (_, (path, body)) = nights.calls()
    assert (path, body.partition(":")[0]) == ("/fail", "source-shrunk")
    legacy.contacts = whole
    provider.back_up()

    # The target lets nobody in, and it has been long.
    provider.tell("ips", allow=["192.0.2.1"])
    nights.configure(silence=0.00001)
    assert nights.over(4) == {"begun": ["credential_trouble", "silence"]}
    assert nights.over(4) == {}
    provider.tell("ips")
    nights.configure()
    assert nights.over(5) == {"over": ["incomplete_read", "credential_trouble", "silence"]}


def wrong_in_the_data(nights: Nights) -> None:
    provider, legacy = nights.provider, nights.provider.legacy
    # The legacy side gives a critical right, has a flag that nobody knows, and an erased person.
    # The channel fails, and no run minds; what it did not take is told by the next.
    legacy.row(115)["permissions"] = "invoices,tickets,profile"
    legacy.row(116)["permissions"] = "quotes,frobnicate"
    nights.suppressed.write_text(f"{suppression(FINN)}\n")
    provider.back_up()
    nights.configure(command=[sys.executable, "-c", "import sys; sys.exit('the pager is off')"])
    assert nights.over(5) == {}
    status = provider.syncd("status").out
    assert "Channel command fails since" in status
    facts = json.loads(provider.syncd("status", "--json").out)
    (channel,) = facts["channels"]
    assert (channel["name"], channel["why"]) == ("command", "it ended with 1: the pager is off")
    stands = {alert["alert"] for alert in facts["alerts"] if not alert["told"]}
    assert stands >= {"critical_grant", "unknown_permission", "suppressed_seen"}
    assert "it ended with 1: the pager is off" in status
    nights.configure()
    assert nights.over(5) == {
        # The erased person is in both systems.
        "begun": ["critical_grant", "unknown_permission", "suppressed_seen", "suppressed_seen"]
    }
    assert FINN not in json.dumps(nights.sent)
    assert "Channel command: took the last message" in provider.syncd("status").out


def an_answer_is_lost(nights: Nights) -> None:
    """And the link of an invitation is used by somebody else."""
    provider, legacy = nights.provider, nights.provider.legacy
    legacy.row(115)["permissions"] = "invoices,tickets,profile,domains"
    provider.back_up()
    provider.tell("faults", fault="lost_reply", on="UpdateUserPermissions", at=1, times=1)
    assert nights.over(1) == {"begun": ["write_not_confirmed", "run_failed"]}
    assert nights.over(5) == {"over": ["write_not_confirmed", "run_failed"]}

    legacy.contact(120, 17, "Nina New", NEW, permissions="quotes,affiliates")
    provider.back_up()
    assert nights.over(5) == {}
    (invite,) = (one for one in provider.get("invites")["invites"] if one["email"] == NEW)
    provider.tell(f"invites/{invite['id']}/accept", email=EVE)
    assert nights.over(5) == {"begun": ["accepted_by_other"]}


def all_is_put_right(nights: Nights) -> None:
    """In the target and in the data; what can wait comes with the digest."""
    provider, legacy = nights.provider, nights.provider.legacy
    acme, baker = client(provider, ALMA), client(provider, BRUNO)
    sent_at = (datetime.now(UTC) - timedelta(days=6)).isoformat()
    nights.edit("UPDATE invites SET sent_at = ? WHERE settled_at IS NULL", sent_at)
    provider.tell("members", client_id=acme, email=ERIN, permissions=["tickets"])
    provider.tell("members", client_id=acme, email=EVE, owner=False)
    provider.tell("members", client_id=baker, email=BRUNO, owner=True)
    provider.tell("members", client_id=baker, email=EVE, owner=False)
    legacy.row(116)["permissions"] = "quotes"
    nights.suppressed.write_text("")
    provider.back_up()
    nights.a_day_later()
    told = nights.over(0)
    assert set(told["over"]) == {
        *("access_gained", "owner_changed", "accepted_by_other", "member_added"),
        *("unknown_permission", "suppressed_seen"),
    }
    assert set(told["begun"]) == {"invitation_expiring", "member_added"}
    assert nights.sent[-1]["subject"].startswith(
        "[kestrel] sync OK: 0 gained, 0 invited, 0 expired, 0 decisions; NORMAL invitation"
    )
    assert nights.over(0) == {}
    nights.a_day_later()
    assert nights.over(0) == {"standing": ["invitation_expiring", "member_added"]}
    status = provider.syncd("status").out
    assert "Alerts that stand: 2." in status
    before = provider.writes
    assert nights.over(0) == {}
    assert provider.writes == before


def test_alert_and_status_for_other_programs(nights: Nights) -> None:
    provider = nights.provider
    assert provider.syncd("alert").code == 0
    assert nights.sent == []
    young = provider.syncd("status", "--max-age", "26h")
    form = r"SYNCD OK - the last good run was \d+ min ago\|age=\d+s;;93600;0\n"
    assert re.fullmatch(form, young.out), young
    nights.edit("UPDATE runs SET started_at = '2020-01-01T03:15:00+00:00'")
    old = provider.syncd("status", "--max-age", "26h")
    assert (old.code, old.out.startswith("SYNCD CRITICAL - the last good run was")) == (2, True)
    assert provider.syncd("alert").code == 0
    assert [a["alert"] for a in nights.sent[-1]["begun"]] == ["silence"]
    assert provider.syncd("alert").code == 0
    assert len(nights.sent) == 1

    assert nights.over(0) == {"over": ["silence"]}
    provider.tell("ips", allow=["192.0.2.1"])
    assert nights.over(4) == {"begun": ["credential_trouble"]}
    bad = provider.syncd("status", "--max-age", "1d")
    assert (bad.code, "WARNING" in bad.out, "ended as failed" in bad.out) == (1, True, True)
    assert provider.syncd("status", "--max-age", "soon").code == 3

    with receiving(Mailbox()) as mailbox:
        mail = {"host": "127.0.0.1", "port": mailbox.port, "security": "none"}
        mail |= {"sender": "syncd@kestrel.example", "to": ["ops@kestrel.example"]}
        nights.configure(mail=mail)
        tested = provider.syncd("alert", "--test")
        assert tested.code == 0, tested
        (letter,) = mailbox.letters
        assert "this is a test" in letter.mail["Subject"]
        assert nights.sent[-1]["what"] == "test"
    failing = provider.syncd("alert", "--test")
    assert (failing.code, "Channel mail fails since" in failing.out) == (4, True)

    provider.configure()
    none = provider.syncd("alert", "--test")
    assert (none.code, "No channel is set" in none.out) == (2, True)


def test_a_run_that_is_held_is_quiet_until_it_has_been_too_long(nights: Nights) -> None:
    provider = nights.provider
    assert nights.over(0) == {}
    nights.calls()
    assert provider.syncd("pause", "--because", "a new disk").code == 0
    assert nights.over(4) == {}, "it was asked for"
    assert provider.syncd("status", "--max-age", "26h").out.startswith("SYNCD OK - the last good")

    nights.edit("UPDATE runs SET started_at = '2020-01-01T03:15:00+00:00'")
    assert nights.over(4) == {"begun": ["silence"]}
    (silence,) = nights.sent[-1]["begun"]
    assert "; paused since 20" in silence["what"]
    assert silence["what"].endswith(", because: a new disk.")
    assert nights.sent[-1]["status"] == "paused"
    assert nights.over(4) == {}, "told once"
    old = provider.syncd("status", "--max-age", "26h")
    assert (old.code, "ago; paused since 20" in old.out) == (2, True)
    assert nights.calls() == [], "what watches from outside hears of no run"

    assert provider.syncd("resume").code == 0
    assert nights.over(0) == {"over": ["silence"]}
    assert nights.calls() == [("/start", ""), ("/", "")]


def test_a_pause_that_cannot_be_read_is_told_as_a_run_that_failed(nights: Nights) -> None:
    provider = nights.provider
    assert nights.over(0) == {}
    nights.calls()
    file = provider.state / "paused.json"
    file.write_text("held by hand")
    written = provider.writes
    assert nights.over(4) == {"begun": ["run_failed"]}
    assert f"All runs are held, as {file} cannot be read: " in nights.sent[-1]["begun"][0]["what"]
    ((path, body),) = nights.calls()
    assert (path, str(file) in body) == ("/fail", True)
    assert nights.over(4) == {}, "told once"
    assert f"All runs are held, as {file} cannot be read: " in provider.syncd("status").out
    young = provider.syncd("status", "--max-age", "26h")
    assert (young.code, f"; held, as {file} cannot be read" in young.out) == (1, True)
    assert provider.writes == written
    assert provider.syncd("resume").code == 0
    assert nights.over(0) == {"over": ["run_failed"]}


def test_while_it_is_paused_nobody_is_told_of_a_journal_that_is_away(nights: Nights) -> None:
    provider = nights.provider
    assert nights.over(0) == {}
    assert provider.syncd("pause", "--because", "a new disk").code == 0
    (provider.state / "journal.sqlite").write_bytes(b"no journal at all" * 1000)
    assert nights.over(4) == {}
    file = provider.state / "paused.json"
    file.write_text(json.dumps({"because": "a new disk", "since": "2020-01-01T00:00:00Z"}))
    assert nights.over(4) == {"begun": ["run_failed"]}, "it has been long"


def test_a_journal_that_cannot_be_used_is_told_all_the_same(nights: Nights) -> None:
    provider = nights.provider
    journal = provider.state / "journal.sqlite"
    whole = journal.read_bytes()
    journal.write_bytes(b"no journal at all" * 1000)
    for name in ("journal.sqlite-wal", "journal.sqlite-shm"):
        (provider.state / name).unlink(missing_ok=True)
    assert nights.over(4) == {"begun": ["run_failed"]}
    assert "damaged" in nights.sent[-1]["begun"][0]["what"]
    assert nights.calls()[-1][0] == "/fail"
    assert provider.syncd("status", "--max-age", "26h").code == 3
    journal.write_bytes(whole)
    assert nights.over(0) == {}
