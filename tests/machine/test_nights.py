"""Nights of a migration over the real thing: HTTP, a backup, a journal, and what goes wrong.

A state machine over the sandbox and runs of syncd, for both readers of the target. What may be is
worked out here from the legacy rows alone. `SYNCD_EXAMPLES=200` lets it run for longer, from random
seeds.
"""

import os
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest
import requests
import stamina
from command import KILLED, sync
from days import (
    ACCOUNTS,
    ANY,
    DAY,
    FLAG,
    MAILS,
    NAMES,
    NUMBERS,
    WEEK,
    Days,
    Event,
    place_of,
)  # fmt: skip
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from mariadb import READER_PASSWORD, MariaDb
from provider import Legacy, Provider, Row, lines
from world import Place, World, look

from syncd import run
from syncd.config.config import load
from syncd.errors import SyncdError
from syncd.run import Result
from syncd.sandbox import Sandbox, running
from syncd.wiring import job_of

EXAMPLES = int(os.environ.get("SYNCD_EXAMPLES", "0"))
pytestmark = pytest.mark.timeout(0 if EXAMPLES else 300)
# What makes one reading call fail. What is tried again is done so without a pause.
FAULTS = st.sampled_from(
    [
        *("lost_request", "lost_reply", "truncated", "error", "html", "banned", "throttled"),
        *("unavailable", "ip_refused", "role_lacks", "lying_totals", "shifted_pages"),
    ]
)


class Shop(NamedTuple):
    """What all examples of a reader share."""

    sandbox: Sandbox
    target: dict[str, Any]  # of the config
    set_clock: Callable[[datetime], None]


@pytest.fixture(autouse=True)
def hasty() -> Iterator[None]:
    with stamina.set_testing(True, attempts=3):
        yield


@contextmanager
def api() -> Iterator[Shop]:
    with running() as sandbox:
        yield Shop(sandbox, {}, lambda _: None)


@contextmanager
def database(mariadb: MariaDb) -> Iterator[Shop]:
    def say(statement: str) -> None:
        with closing(mariadb.connect()) as root, root.cursor() as cursor:
            cursor.execute("SET GLOBAL init_connect = %s", [statement])

    def set_clock(now: datetime) -> None:
        # The reader's sessions begin at that time: its database's clock is that of the runs.
        say(f"SET timestamp = {now.timestamp()}")

    with mariadb.database("") as tables:
        login = tables.login | {"password": "file:secrets/reader"}
        with running(database=tables.url) as sandbox:
            try:
                target = {"observe": "database", "database": login}
                yield Shop(sandbox, target, set_clock)
            finally:
                say("")


def test_nights_observed_by_the_api() -> None:
    with api() as shop:
        run_state_machine_as_test(lambda: Nights(shop), settings=SETTINGS)


def test_nights_observed_by_the_database(mariadb: MariaDb) -> None:
    with database(mariadb) as shop:
        run_state_machine_as_test(lambda: Nights(shop), settings=SETTINGS)


class Nights(Days, RuleBasedStateMachine):
    def __init__(self, shop: Shop) -> None:
        RuleBasedStateMachine.__init__(self)
        Days.__init__(self)
        self.shop = shop
        self.by_database = bool(shop.target)
        self._folder = tempfile.TemporaryDirectory()
        self.late: set[str] = set()  # keys that the last night was killed over

    @initialize(
        mode=st.sampled_from(["no-removals", "sync"]),
        rows=st.sets(
            st.tuples(st.sampled_from([*ACCOUNTS]), st.sampled_from([*NAMES])),
            min_size=3,
            max_size=6,
        ),
        flags=st.sets(FLAG, min_size=1, max_size=2),
    )
    def first_night(self, mode: str, rows: set[tuple[int, str]], flags: set[str]) -> None:
        folder, target = Path(self._folder.name), dict(self.shop.target)
        self.provider = Provider(folder, self.shop.sandbox, Legacy())
        if target:
            secret = folder / "secrets" / "reader"
            secret.write_text(READER_PASSWORD, encoding="utf-8")
            target["database"] |= {"password": f"file:{secret}"}
        self.settings = {
            "target": target,
            "policy": {"mode": mode},
            # The fuses on numbers have tests of their own; that of a shrunken source is ours.
            "fuses": {"removals": 99, "removals_per_account": 99},
        }
        self.provider.configure(**self.settings)
        self.provider.tell("reset")
        for number, email in ACCOUNTS.items():
            self.provider.legacy.client(number, NAMES.get(email, "Bruno Baker"), email)
        for account, email in sorted(rows):
            self.add(account, email, flags)
        self.back_up()
        self.seen = look(self.provider)
        self.night([])

    # --- runs -------------------------------------------------------------------------------------

    @rule(day=DAY)
    def plan(self, day: list[Event]) -> None:
        """Plan, and write nothing (I3)."""
        self.let_happen(day)
        self._here(run.planned)
        self._nothing_changed()

    @rule(day=DAY)
    def night(self, day: list[Event]) -> None:
        """Run, with nothing wrong: all that its plan says is done, and nothing else (I4)."""
        self.let_happen(day)
        self._good_night()

    def _good_night(self) -> Result:
        result = self._here(run.synced)
        assert result.applied is not None
        assert set(result.applied.outcomes) <= {"applied"}
        done = self._changed_within(result.folder)
        listed = self._listed(result.folder)
        # What the night before was killed over it may have done, and its request came in late.
        assert listed - self.late <= done <= listed
        self.late = set()
        self._nobody_is_forgotten(result.folder)
        return result

    @rule(day=DAY, accepting=st.lists(ANY, max_size=2))
    def night_undone(self, day: list[Event], accepting: list[int]) -> None:
        """Run, and take it back; what cannot be taken back was told of by the night's plan (I9)."""
        self.let_happen(day)
        before = self.seen
        night = self._good_night()
        done = self._differ(before, self.seen)
        for which in accepting:
            self.accept(which, "")
        left = self.seen
        made = self._here(lambda job: run.undone(job, night.run_id))
        self._nothing_changed()
        planned = {line["key"]: line for line in lines(made.folder)}
        assert done <= planned.keys()
        result = self._here(lambda job: run.applied(job, made.folder))
        assert result.applied is not None
        assert set(result.applied.outcomes) <= {"applied"}
        self.see()
        undone = self._listed(made.folder)
        assert self._differ(left, self.seen) == undone
        was, now = (one.keys(NUMBERS, self.contacts()) for one in (before, self.seen))
        for key in undone:
            self._check_undone(planned[key], was.get(key), now.get(key))
        announced = {(each.kind, each.verb) for each in night.report.irreversible}
        for line in lines(night.folder):
            if line["key"] in done - undone:
                held = planned[line["key"]]["rule"]
                assert held == "widen" or (line["kind"], line["verb"]) in announced, held

    def _check_undone(self, line: Row, was: Any, now: Any) -> None:
        match line["kind"], line["verb"]:
            case "membership", "-":
                assert now[0] is None
            case "membership", "+":
                assert now[1] == was[1] + 1
                self.mails[place_of(line["key"])] += 1
            case _, verb:
                assert verb == "~"
                assert now == was

    @rule(day=DAY, fault=FAULTS, at=st.integers(1, 9),
          on=st.sampled_from(["reads", "writes", "any"]),
          times=st.sampled_from([0, 0, 1]))  # fmt: skip
    def night_with_a_fault(
        self, day: list[Event], fault: str, at: int, on: str, times: int
    ) -> None:
        """Run while calls fail: the plan comes out as ever, or there is none and no write (I8)."""
        self.let_happen(day)
        expected = lines(self._here(run.planned).folder)
        before = set(self.provider.plans)
        self.provider.tell("faults", fault=fault, at=at, on=on, times=times)
        try:
            self._here(run.synced)
        except SyncdError:
            pass
        finally:
            self._lift()
        self._after_a_bad_night(before, expected)

    @precondition(lambda self: self.by_database)
    @rule(day=DAY)
    def night_without_the_database(self, day: list[Event]) -> None:
        self.let_happen(day)
        secret = self.provider.folder / "secrets" / "reader"
        secret.write_text("wrong-and-quiet", encoding="utf-8")
        with pytest.raises(SyncdError):
            self._here(run.synced)
        secret.write_text(READER_PASSWORD, encoding="utf-8")
        self._nothing_changed()

    @rule(day=DAY, how=st.sampled_from(["shrunken", "empty", "torn"]))
    def night_on_half_of_the_source(self, day: list[Event], how: str) -> None:
        """Read a backup that is not all: a fuse or an error, and nothing written (I5, I8)."""
        self.let_happen(day)
        legacy, rows = self.provider.legacy, self.provider.legacy.contacts
        legacy.contacts = {"shrunken": rows[: len(rows) // 2], "empty": [], "torn": rows}[how]
        legacy.write(self.provider.backup)
        legacy.contacts = rows
        if how == "torn":
            whole = self.provider.backup.read_bytes()
            self.provider.backup.write_bytes(whole[: len(whole) // 2])
            with pytest.raises(SyncdError):
                self._here(run.synced)
        else:
            result = self._here(run.synced)
            assert "source-shrunk" in {refusal.fuse for refusal in result.manifest.refusals}
            assert result.applied is None
        self.provider.back_up()
        self._nothing_changed()

    @rule(day=DAY, kind=st.sampled_from(["committed", "sent", "received"]),
          number=st.integers(1, 24))  # fmt: skip
    def night_killed(self, day: list[Event], kind: str, number: int) -> None:
        """Run as a command that dies at a point of its way, or ends before it comes there."""
        self.let_happen(day)
        before = set(self.provider.plans)
        self._tick()
        code, told = sync(self.provider, f"{kind}:{number}", self.now)
        assert code in (KILLED, 0, 5), told
        assert "Traceback" not in told
        self._after_a_bad_night(before, None)

    def _here(self, command: Callable[[run.Job], Result]) -> Result:
        """Run a command in this process, a minute later."""
        self._tick()
        now = self.now
        job = job_of(load(self.provider.config))
        result = command(msgspec.structs.replace(job, now=lambda: now))
        self._forget()
        if not result.manifest.undoes:  # an undo asks nothing
            self.asked = self.questions(result.folder)
        for one in self.asked:
            if one["on"] == "invite_expired":  # nobody is asked while it may be accepted
                assert not self.seen.waiting(place_of(one["scope"]))
        return result

    def _forget(self) -> None:
        """Expect a new invitation for whoever the run forgot, should the right come back later."""
        rights = self.rights()
        for place, mailed in self.seen.mailed.items():
            gone = place not in rights and place not in self.seen.members
            if gone and mailed > self.forgotten[place] and not self._may_be_waiting(place):
                self.forgotten[place] = mailed
                self.mails[place] += 1

    def _tick(self) -> None:
        """Let every clock stand a minute later: plans of one moment have no order."""
        self.now += timedelta(minutes=1)
        self.provider.tell("clock", now=self.now.isoformat(), frozen=True)
        self.shop.set_clock(self.now)

    def _lift(self) -> None:
        requests.delete(f"{self.shop.sandbox.control}/faults", timeout=10).raise_for_status()

    # --- what a run did ---------------------------------------------------------------------------

    def _nothing_changed(self) -> None:
        before = self.seen
        self.see()
        # A request sent just before its run was killed may come in late.
        assert self._differ(before, self.seen) <= self.late
        assert self.late or self.seen.wrote == before.wrote

    def _after_a_bad_night(self, before: set[Path], expected: list[Row] | None) -> None:
        """See that a night without a plan wrote nothing, and one with a plan only what it says."""
        made = set(self.provider.plans) - before
        if not made:
            self._nothing_changed()
            return
        (folder,) = made
        if (folder / "plan.jsonl").exists():
            assert expected in (None, lines(folder))
            self.late |= self._listed(folder)
            assert self._changed_within(folder) <= self.late
        else:
            self._nothing_changed()

    def _changed_within(self, folder: Path) -> set[str]:
        """Give the keys that changed; each as the plan, made of today's rows, says it would."""
        before = self.seen
        self.see()
        rights = self.rights()
        numbers = {f"legacy/{number}": email for number, email in ACCOUNTS.items()}
        for line in lines(folder):
            if line["kind"] == "membership" and line["verdict"] == "apply":
                about = line["after"] or line["before"]
                place = (numbers[about["account"]], about["email"])
                given = set(line["after"]["permissions"]) if line["after"] else set()
                assert given == rights.get(place, set())
                self.mails[place] += line["verb"] == "-"
        return self._differ(before, self.seen)

    def _differ(self, before: World, after: World) -> set[str]:
        old, new = (one.keys(NUMBERS, self.contacts()) for one in (before, after))
        return {key for key in {*old, *new} if old.get(key) != new.get(key)}

    def _listed(self, folder: Path) -> set[str]:
        """Give the keys that a plan is to change."""
        return {line["key"] for line in lines(folder) if line["verdict"] == "apply"}

    def _nobody_is_forgotten(self, folder: Path) -> None:
        """Who has a right, no membership and no live invitation is in the plan (I10)."""
        planned = {line["key"] for line in lines(folder)}
        for place in self.rights():
            if place in self.seen.members or self._may_be_waiting(place):
                continue
            assert f"membership:legacy/{NUMBERS[place[0]]}:{place[1]}" in planned

    def _may_be_waiting(self, place: Place) -> bool:
        """Whether an invitation waits; by the API that of a stranger who accepted it seems to."""
        if self.by_database:
            return bool(self.seen.waiting(place))
        sent = [one["created_at"] for one in self.seen.invites if one["place"] == place]
        return any(self.now < _moment(at) + WEEK for at in sent)

    # --- what must hold at all times --------------------------------------------------------------

    @invariant()
    def nobody_may_do_more_than_somebody_gave(self) -> None:
        """I1: every permission comes of a legacy row of that person there, or of people."""
        if hasattr(self, "seen"):
            for place, keys in self.seen.members.items():
                assert keys <= self.ever.get(place, set()) | self.by_hand.get(place, set())
            for one in self.seen.invites:
                assert set(one["permissions"]) <= self.ever[one["place"]]

    @invariant()
    def owners_stay(self) -> None:
        """I2: everybody owns the own account, and is no member of it."""
        if hasattr(self, "seen"):
            assert all(account == owner for account, owner in self.seen.owners.items())
            assert not {(one, one) for one in ACCOUNTS.values()} & {*self.seen.members}

    @invariant()
    def nothing_is_doubled(self) -> None:
        """I7: no person, account or contact twice, and no mail that nobody called for."""
        if hasattr(self, "seen"):
            for there in (
                self.seen.users,
                self.seen.accounts,
                [(one["account"], one["email"]) for one in self.seen.contacts],
            ):
                assert max(Counter(there).values(), default=0) <= 1
            for place, number in self.seen.mailed.items():
                assert number <= 1 + self.mails[place]

    # --- the end ----------------------------------------------------------------------------------

    def teardown(self) -> None:
        try:
            # Where a rule failed that is the news, not what it left behind.
            if hasattr(self, "seen") and sys.exc_info()[0] is None:
                self._good_nights()
        finally:
            self._folder.cleanup()

    def _good_nights(self) -> None:
        """Run until done: all is there, nothing doubled, and one more night writes nothing."""
        result = self._here(run.synced)
        for one in list(self.asked):
            if one["on"] == "invite_unconfirmed" and self._is_not_there(one["scope"]):
                self.decide(one, "apply")
        for _ in range(4):
            wrote = self.seen.wrote
            result = self._here(run.synced)
            self.see()
            if self.seen.wrote == wrote:
                break
        assert self.seen.wrote == wrote, "it never ends"
        self.nothing_is_doubled()
        self.nobody_may_do_more_than_somebody_gave()
        self.owners_stay()
        self._nobody_is_forgotten(result.folder)
        self._all_is_there({line["key"] for line in lines(result.folder)})

    def _is_not_there(self, scope: str) -> bool:
        """Look at the Users tab, as the report says."""
        place = place_of(scope)
        self.see()
        return place not in self.seen.members and not self.seen.waiting(place)

    def _all_is_there(self, held: set[str]) -> None:
        assert sorted(self.seen.accounts) == sorted(NUMBERS)
        mails = {(one["account"], one["email"]): one["mails"] for one in self.seen.contacts}
        for row in self.provider.legacy.contacts:
            wanted = {mail for mail in (*MAILS, "domain", "affiliate") if row[f"{mail}emails"]}
            there = mails.pop((ACCOUNTS[row["userid"]], row["email"]))
            assert there == wanted or f"contact:legacy/{row['id']}" in held
        assert not mails
        rights = self.rights()
        for place, keys in self.seen.members.items():
            if f"membership:legacy/{NUMBERS[place[0]]}:{place[1]}" not in held:
                assert keys == rights.get(place) or place in self.by_hand


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


SETTINGS = settings(
    max_examples=EXAMPLES or 3,
    stateful_step_count=20 if EXAMPLES else 6,
    derandomize=not EXAMPLES,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate, Phase.shrink] if EXAMPLES else [Phase.generate],
    print_blob=False,
)
