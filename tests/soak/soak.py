"""A provider's nights: what happens by day, what befalls the run, what came of it."""

import json
import signal
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from estate import ZONE, Estate, opened
from fuses import TOO_MANY, permits, permits_in, under_fuses
from ledger import BY_JOURNAL, BY_READING, Ledger, Shown, silence, told
from measures import Figures, measured, unflat
from post import Post
from process import Row
from town import Picture, Town, critical_grants, name
from troubles import ALL, GOOD, TROUBLES, Outlook, calm, dealt

START = datetime(
    2027, 2, 20, 9, 0, tzinfo=UTC
)  # a day; the clocks of Berlin go forward on 28 March
UPGRADE = 3  # the day of it
NEW_IN_CONFIG = ("alerts", "heartbeat", "metrics")  # what the older syncd does not know yet
SETTLING = 3  # nights at the end in which nothing more happens
EXITS = {0: "done", 3: "refused", 5: "held"}  # of `syncd sync`
DRIFTS = ("widened", "narrowed", "removed", "stranger", "address")


class Soak:
    def __init__(
        self,
        estate: Estate,
        seed: int,
        nights: int,
        say: Callable[[str], None],
        only: str,
        older: str,
    ) -> None:
        self.estate, self.seed, self.nights, self.say = estate, seed, nights, say
        self.random = Random(seed)  # noqa: S311, the same nights each time
        self.town = Town(estate, self.random)
        self.ledger = Ledger()
        self.figures = Figures()
        self.day = 0
        self.post = Post(estate, self.town)
        self.last_good: datetime | None = None
        self.first_run: datetime | None = None
        self.seen_request = 0
        self.permits: frozenset[str] = frozenset()  # what the last run would have needed
        self.told: list[Row] = []
        self.untold: set[Shown] = set()  # of a run that was killed
        self.older, self.settling = older, min(SETTLING, nights // 3)
        self.plan = self._plan(only, UPGRADE if older else 1)

    def run(self) -> None:
        self.town.found(8, 24)
        if self.older:
            self.estate.code = self.older
            self.estate.configure(**dict.fromkeys(NEW_IN_CONFIG))
        self.estate.start()
        for day in range(self.nights):
            self.day = day
            if self.older and self.day == UPGRADE:
                self.upgrade()
            self.wake()
            self.sleep(self.plan[self.day])
            self.get_up()
            self.figures.nights += 1
        self.settle()

    def upgrade(self) -> None:
        """Go from the older syncd to this tree, as docs/operate.md says."""
        estate = self.estate
        estate.running.send(signal.SIGTERM)
        estate.running.ends()  # however: the older one of today stumbles over its own last word
        estate.code = ""
        for key in NEW_IN_CONFIG:
            del estate.settings[key]
        estate.configure()
        for words in ("check", "status"):  # the second migrates the journal
            done = estate.syncd(words)
            self.expect(done.returncode == 0, f"{words} after the upgrade: {done.stderr}")
        estate.start()
        self.figures.befell["an_upgrade"] = 1
        kept = ", ".join(path.name for path in estate.state.glob("*.bak"))
        self.say(f"upgraded; of the older journal there is: {kept or 'nothing, it is the same'}")

    def _ended_well(self) -> None:
        self.estate.running.logs("daemon.stopped")
        self.expect(self.estate.running.ends() == 0, "the daemon did not end well")

    def _plan(self, only: str, first: int) -> list[str]:
        """Give the trouble of each night; the end is calm."""
        room = range(first, self.nights - self.settling)
        if only:
            return [only if n in room and n % 2 else "" for n in range(self.nights)]
        return dealt(self.nights, room, self.random)

    # --- by day -------------------------------------------------------------------------------

    def wake(self) -> None:
        """Let a day pass on both sides: at noon people do what they do."""
        noon = START + timedelta(days=self.day, hours=2)
        self.estate.set_clock(noon)
        town = self.town
        town.take_back(self.day)
        town.accept(self.day, noon)
        if self.day >= self.nights - self.settling:
            return
        for _ in range(self.random.randint(0, 2)):
            town.a_login_is_given()
        for place in self._some(self.random.randint(0, 2)):
            town.flags_change(place)
        for place in self._some(int(self.random.random() < 0.3)):
            town.a_login_is_taken(place)
        if self.random.random() < 0.3:
            town.a_contact_is_added()
        if self.random.random() < 0.1:
            town.a_client_comes()
        if self.day < self.nights - self.settling - 3 and self.random.random() < 0.2:
            town.drift(self.random.choice(DRIFTS), self.day)
        self._give_up(noon)

    def _some(self, number: int) -> list[Any]:
        settled = self.town.settled(self.town.look())
        return self.random.sample(settled, min(number, len(settled)))

    def _give_up(self, now: datetime) -> None:
        """Take the logins of those who let two invitations expire."""
        for invitation in self.post.known:
            if invitation.place in self.town.logins and now - invitation.sent > timedelta(days=9):
                self.town.a_login_is_taken(invitation.place)

    # --- by night -----------------------------------------------------------------------------

    def sleep(self, trouble: str) -> None:
        outlook, lift = TROUBLES.get(trouble, calm)(self, self.random)
        before, at = self.town.look(), self._night()
        overdue = self.town.overdue(before)
        self.estate.set_clock(at + outlook.late)
        ended = self._ended(outlook)
        lift(outlook)
        self.figures.befell[trouble] = self.figures.befell.get(trouble, 0) + outlook.hit
        if not outlook.hit:
            outlook = Outlook()
        outlook = under_fuses(outlook, overdue)
        self.judge(before, ended, outlook)
        if outlook.ends_daemon is not None:
            self._end(outlook.ends_daemon)
        if outlook.again:
            self._again()
        self.certify()
        self.figures.measures.append(measured(self.estate, self.day))
        self.say(self._line(trouble, ended))

    def _night(self) -> datetime:
        """Give when the night's run begins: as due, or later, where the machine was busy.

        Never at the same time a week later, or five days: an invitation would end within the run.
        """
        date = (START + timedelta(days=self.day + 1)).date()
        due = datetime(date.year, date.month, date.day, 3, 15, tzinfo=ZoneInfo(ZONE))
        return due + timedelta(minutes=self.day * 11 % 50, seconds=1)

    def _ended(self, outlook: Outlook) -> Row:
        """Wait for the end of a run; with its daemon, where the trouble ends that."""
        daemon = self.estate.running
        self.figures.runs += 1
        if not outlook.waits:
            return {"status": "none"}
        if outlook.ends_daemon != -signal.SIGKILL:
            return {"status": "none"} | daemon.logs(*outlook.waits)
        ended = daemon.logs_or_ends("run.ended", "run.failed")
        if ended is None:
            self.expect(daemon.ends() == -signal.SIGKILL, f"it ended by itself: {daemon.said}")
        return ended or {"status": "killed"}

    def _end(self, code: int) -> None:
        """See that the daemon ended with this code, and start it again."""
        if code == 0:
            self._ended_well()
        self.estate.start()

    def _again(self) -> None:
        """Have the daemon run at once."""
        before = self.town.look()
        done = self.estate.syncd("run", "--now")
        self.expect(done.returncode == 0, f"run --now: {done.stderr}")
        ended = self._ended(Outlook())
        self.judge(before, ended, under_fuses(Outlook(), self.town.overdue(before)))

    # --- in the morning -----------------------------------------------------------------------

    def get_up(self) -> None:
        """Be the operator: where people were told that too many would be taken, look and allow it.

        Allowed is only what people did do: not what they take back, or half a source would have
        done. That is put right before the next run.
        """
        alert, before = self.ledger.standing.get(TOO_MANY), self.town.look()
        wanted = permits(self.town.overdue(before))
        if alert is None or not alert.told or not wanted or wanted != self.permits:
            return
        self.expect(self._advised() == wanted, f"{self._advised()} is advised, and not {wanted}")
        self.estate.set_clock(self._night() + timedelta(hours=5))
        words = [word for permit in sorted(wanted) for word in ("--allow", permit)]
        done = self.estate.syncd("sync", *words, "--because", "they left; we asked their bosses")
        ended = {"status": EXITS.get(done.returncode, "failed"), "error": done.stderr}
        self.figures.runs += 1
        self.figures.allowed += 1
        self.judge(before, ended, Outlook())
        self.certify()
        self.say(self._line("  a person allows it", ended))

    def _advised(self) -> frozenset[str]:
        """Give what there is to allow, as `syncd status` says."""
        alerts = json.loads(self.estate.syncd("status", "--json").stdout)["alerts"]
        return permits_in(" ".join(each["what"] for each in alerts if each["alert"] == TOO_MANY[0]))

    # --- what came of it ----------------------------------------------------------------------

    def judge(self, before: Picture, ended: Row, outlook: Outlook) -> None:
        now, after = self.estate.clock.now(), self.town.look()
        status = ended["status"]
        if status == "none" and "none" in outlook.status:
            self._without_a_run(outlook, now)
            return
        self.expect(status in outlook.status, f"the run ended as {status}: {ended.get('error')}")
        self.permits = outlook.permits
        if outlook.permits:
            said = permits_in(ended.get("error", ""))
            self.expect(said == outlook.permits, f"{said} is said, and not {outlook.permits}")
        writes = self._writes()
        doubted = [row["params"] | {"action": row["action"]} for row in writes[: outlook.hides]]
        if status == "killed":
            doubted = [outlook.doubted]
        hidden = self.post.doubt(doubted, now)
        granted = critical_grants(before, after, hidden)
        if status == "killed":
            # Nobody was told of what it did: the next run has to tell that, too.
            self.expect(not self.estate.messages(), "a run that was killed told something")
            self.untold |= granted | {("write_not_confirmed", "killed")}
            return
        cause = ended.get("error_class", "")
        shown = {(kind, cause if of == "its class" else of) for kind, of in outlook.shows}
        shown |= self.untold
        self.untold = set()
        if status in GOOD:
            self.last_good = now
        judged = ALL if status in GOOD else outlook.judged
        if judged >= BY_READING:
            shown |= self._by_reading() | granted
        if outlook.applies:
            self.post.learn(after, now)
        shown |= self.post.shown(now) | silence(self.last_good or self.first_run, now)
        self.first_run = self.first_run or now
        if not self.estate.code:  # the older one tells nobody
            self.compare(shown, judged, outlook, now)
        if status in GOOD:
            self._is_done(after)

    def _without_a_run(self, outlook: Outlook, now: datetime) -> None:
        self.expect(not self._writes(), "it wrote without a run")
        if not outlook.judged:
            self.expect(not self.estate.messages(), "it told of no run")
        elif not self.estate.code:  # what the journal shows is told while runs are held, too
            late = silence(self.last_good or self.first_run, now)
            self.compare(self.post.shown(now) | late, outlook.judged, outlook, now)

    def compare(
        self, shown: set[Shown], judged: frozenset[str], outlook: Outlook, now: datetime
    ) -> None:
        messages = self.estate.messages()
        self.told = messages
        self.expect(len(messages) <= 1, f"{len(messages)} messages of one run")
        heard = told(messages[0]) if messages else {}
        if not outlook.kept:  # where the journal keeps nothing: told anew each time, by itself
            expected = Ledger().expect(outlook.shows, BY_JOURNAL, now, heard=True)
        else:
            expected = self.ledger.expect(shown, judged, now, heard=outlook.heard)
        for part in ("begun", "over", "standing"):
            wanted, got = expected.get(part, {}), heard.get(part, {})
            for key in sorted({*wanted, *got}):
                missing = wanted.get(key, 0) - got.get(key, 0)
                self.figures.alerts_right += min(wanted.get(key, 0), got.get(key, 0))
                self.figures.alerts_wrong += abs(missing)
                self.expect(missing <= 0, f"{part}: {missing} x {key} is missing")
                self.expect(missing >= 0, f"{part}: {-missing} x {key} is too many")

    def _by_reading(self) -> set[Shown]:
        return {shown for drift in self.town.drifts for shown in drift.shows}

    def _writes(self) -> list[Row]:
        rows = self.estate.get(f"requests?since={self.seen_request}")["requests"]
        self.seen_request = rows[-1]["id"] if rows else self.seen_request
        writes = [row for row in rows if row["writes"] and row["action"].lower() != "updateclient"]
        self.figures.writes += len(writes)
        return writes

    def _is_done(self, after: Picture) -> None:
        """After a good run everybody has what the legacy rows give, or was asked, and once."""
        busy = {drift.place for drift in self.town.drifts}
        pending = [each.place for each in after.invitations if each.state == "pending"]
        twice = sorted({place for place in pending if pending.count(place) > 1})
        self.expect(not twice, f"invited twice at a time: {twice}")
        asked = {each.place for each in after.invitations} | self.post.doubts.keys()
        for place, (_, flags) in self.town.logins.items():
            has = after.members.get(place)
            right = place in busy or has == flags or (has is None and place in asked)
            self.expect(right, f"{name(place)} has {has}, and not {flags}")
        late = [name(place) for place in self.town.overdue(after)]
        self.expect(not late, f"still have access: {late}")

    def certify(self) -> None:
        """See that the certificate says PASS, or FAIL where somebody has more than before."""
        picture, done = self.town.look(), self.estate.syncd("verify")
        gives = {place: flags for place, (_, flags) in self.town.logins.items()}
        held = list(picture.members.items())
        held += [(i.place, i.permissions) for i in picture.invitations if i.state == "pending"]
        gains = [place for place, has in held if has - gives.get(place, frozenset())]
        gains += [drift.place for drift in self.town.drifts if drift.misdirects]
        expected = "FAIL" if gains else "PASS"
        got, fails = done.stdout[:4], done.stdout.partition("Fails")[2]
        self.expect(
            got == expected,
            f"verify: {got}, not {expected} ({gains}): {fails[:700]}{done.stderr[-400:]}",
        )
        self.figures.passed += got == "PASS"
        self.figures.failed_rightly += got == expected == "FAIL"

    def expect(self, holds: object, words: str) -> None:
        if not holds:
            self.figures.wrong.append(f"seed {self.seed}, night {self.day}: {words}")
            self.say(f"WRONG {self.figures.wrong[-1]}")
            for each in self.told:
                for part in ("begun", "over"):
                    about = [f"{alert['alert']}: {alert['what'][:200]}" for alert in each[part]]
                    self.say(f"  it was told: {part}: {about}")
            self.told = []

    def settle(self) -> None:
        """See that a run after all this changes nothing, and that what it takes is flat."""
        self.estate.messages()
        done = self.estate.syncd("run", "--now")
        self.expect(done.returncode == 0, f"run --now: {done.stderr}")
        ended = self._ended(Outlook())
        self.expect(ended["status"] in GOOD, f"the last run ended as {ended['status']}")
        self.expect(not self._writes(), "a run after a good run wrote")
        self.figures.changes = self.town.changes
        for words in unflat(self.figures):
            self.expect(not words, words)

    def _line(self, trouble: str, ended: Row) -> str:
        now = f"{self.estate.clock.now():%Y-%m-%d %H:%M}Z"
        return f"night {self.day:2}  {now}  {trouble:26} {ended['status']}"


def soaked(
    seed: int, nights: int, say: Callable[[str], None], only: str = "", older: str = ""
) -> Figures:
    with (
        tempfile.TemporaryDirectory(prefix="soak-") as folder,
        opened(Path(folder), START) as estate,
    ):
        soak = Soak(estate, seed, nights, say, only, older)
        soak.run()
        return soak.figures
