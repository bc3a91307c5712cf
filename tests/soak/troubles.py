"""What befalls a night, each with what has to come of it.

A trouble is prepared before the night's run and lifted after it. It says how the run may end, what
the run shows beside what the town does, and what of the town's doings the run could see.
"""

import resource
import signal
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import TYPE_CHECKING

from estate import REMOVALS
from fuses import PLANNED, TOO_MANY
from ledger import BY_APPLYING, BY_JOURNAL, BY_PLAN, BY_READING, Shown
from wire import Lost

if TYPE_CHECKING:
    from soak import Soak

GOOD = frozenset({"done", "held"})
ALL = BY_JOURNAL | BY_PLAN | BY_READING | BY_APPLYING


@dataclass
class Outlook:
    """What has to come of a night's run."""

    status: frozenset[str] = GOOD
    shows: set[Shown] = field(default_factory=set)
    judged: frozenset[str] = ALL
    heard: bool = True
    kept: bool = True  # whether the journal can keep what was told
    ends_daemon: int | None = None  # with this exit code
    hit: bool = True  # whether it befell anything
    applies: bool = True  # whether the run comes so far
    doubted: dict[str, str] = field(default_factory=dict)  # what was asked for when it struck
    waits: tuple[str, ...] = ("run.ended", "run.failed")  # for one of these in the log
    late: timedelta = timedelta(0)  # so long after its time the machine looks at the clock
    again: bool = False  # whether the run is made again at once
    permits: frozenset[str] = frozenset()  # what a person would have to allow
    hides: int = 0  # of the night's first writes: nobody knows what came of them


Trouble = Callable[["Soak", Random], tuple[Outlook, Callable[[Outlook], None]]]


def nothing(_: Outlook) -> None: ...


def failed(*shows: Shown) -> Outlook:
    """Give what comes of a run that an error ended before there was a plan."""
    statuses = frozenset({"failed"})
    return Outlook(statuses, set(shows), BY_JOURNAL, applies=False)


def no_run(
    *waits: str, judged: frozenset[str] = frozenset(), late: timedelta = timedelta(0)
) -> Outlook:
    """Give what comes of a night without a run, in which the daemon says one of these."""
    return Outlook(frozenset({"none"}), judged=judged, applies=False, waits=waits, late=late)


def calm(_: "Soak", __: Random) -> tuple[Outlook, Callable[[Outlook], None]]:
    return Outlook(), nothing


# --- the target -------------------------------------------------------------------------------


def _fault(
    soak: "Soak", outlook: Outlook, **fault: object
) -> tuple[Outlook, Callable[[Outlook], None]]:
    soak.estate.tell("faults", **fault)

    def lift(outlook: Outlook) -> None:
        outlook.hit = soak.estate.lift_faults() > 0

    return outlook, lift


def a_read_fails_once(soak: "Soak", random: Random) -> tuple[Outlook, Callable[[Outlook], None]]:
    kind = random.choice(["unavailable", "lost_request", "lost_reply", "truncated", "maintenance"])
    return _fault(soak, Outlook(), fault=kind, on="reads", at=random.randint(1, 6))


def it_is_slow(soak: "Soak", _: Random) -> tuple[Outlook, Callable[[Outlook], None]]:
    return _fault(soak, Outlook(), fault="slow", times=8, seconds=0.2)


def it_is_down(soak: "Soak", random: Random) -> tuple[Outlook, Callable[[Outlook], None]]:
    kind = random.choice(["maintenance", "html", "unavailable"])
    outlook = failed(("run_failed", "its class"))
    return _fault(soak, outlook, fault=kind, times=0)


def an_action_is_denied(soak: "Soak", _: Random) -> tuple[Outlook, Callable[[Outlook], None]]:
    outlook = failed(("credential_trouble", "getusers"))
    soak.estate.tell("roles", deny=["getusers"])

    def lift(_: Outlook) -> None:
        soak.estate.tell("roles", allow="all")

    return outlook, lift


def a_write_is_refused(soak: "Soak", _: Random) -> tuple[Outlook, Callable[[Outlook], None]]:
    # Nothing came of it, for sure, and the sandbox does not log it.
    outlook = Outlook(frozenset({"failed"}), {("run_failed", "apply")})
    return _fault(soak, outlook, fault="error", on="writes")


def a_reply_is_lost(soak: "Soak", _: Random) -> tuple[Outlook, Callable[[Outlook], None]]:
    shows = {("run_failed", "apply"), ("write_not_confirmed", "first")}
    outlook = Outlook(frozenset({"failed"}), shows, hides=1)
    return _fault(soak, outlook, fault="lost_reply", on="writes")


def its_secret_is_rotated(
    soak: "Soak", random: Random
) -> tuple[Outlook, Callable[[Outlook], None]]:
    secret = f"{random.getrandbits(128):032x}"
    soak.estate.rotate_secret(secret)

    def lift(_: Outlook) -> None:
        soak.estate.keep("secret", secret)

    return failed(("credential_trouble", "target")), lift


# --- the source -------------------------------------------------------------------------------


def the_source_is_away(soak: "Soak", _: Random) -> tuple[Outlook, Callable[[Outlook], None]]:
    return _relay(soak, "refused", failed(("run_failed", "its class")))


def the_source_is_cut_off(
    soak: "Soak", random: Random
) -> tuple[Outlook, Callable[[Outlook], None]]:
    soak.estate.relay.passes = random.randint(7000, 11000)  # amid the rows
    return _relay(soak, "cut", failed(("incomplete_read", "legacy")))


def _relay(soak: "Soak", mode: str, outlook: Outlook) -> tuple[Outlook, Callable[[Outlook], None]]:
    relay = soak.estate.relay
    relay.mode, relay.struck = mode, 0

    def lift(outlook: Outlook) -> None:
        relay.mode, outlook.hit = "open", relay.struck > 0

    return outlook, lift


def its_password_is_rotated(soak: "Soak", _: Random) -> tuple[Outlook, Callable[[Outlook], None]]:
    soak.estate.lock_out(locked=True)
    outlook = failed(("credential_trouble", "database"))
    return outlook, lambda _: soak.estate.lock_out(locked=False)


def half_of_it_is_missing(soak: "Soak", _: Random) -> tuple[Outlook, Callable[[Outlook], None]]:
    legacy = soak.estate.legacy
    legacy.execute("CREATE TABLE kept AS SELECT * FROM tblcontacts")
    legacy.execute("DELETE FROM tblcontacts WHERE id % 2")

    def lift(_: Outlook) -> None:
        legacy.execute("REPLACE INTO tblcontacts SELECT * FROM kept; DROP TABLE kept")

    # Who is missing would be removed, and so many may not.
    shows = {("incomplete_read", "source-shrunk"), TOO_MANY}
    return Outlook(frozenset({"refused"}), shows, BY_JOURNAL | BY_PLAN, applies=False), lift


def too_many_are_taken(soak: "Soak", random: Random) -> tuple[Outlook, Callable[[Outlook], None]]:
    """Somebody takes the logins of many by mistake, and gives them back the next day."""
    town = soak.town
    settled = town.settled(town.look())
    taken = {place: town.logins[place] for place in random.sample(settled, min(4, len(settled)))}
    for place in taken:
        town.a_login_is_taken(place)

    def lift(outlook: Outlook) -> None:
        for place, known in taken.items():
            town.a_login_is_given_back(place, known)

    if len(taken) <= REMOVALS:
        return Outlook(hit=False), lift
    shows = {TOO_MANY}
    return Outlook(frozenset({"refused"}), shows, PLANNED, applies=False), lift


def many_leave(soak: "Soak", random: Random) -> tuple[Outlook, Callable[[Outlook], None]]:
    """More people leave than a run may take: three of one account, where it has so many."""
    town = soak.town
    settled = town.settled(town.look())
    random.shuffle(settled)
    crowd = Counter(client for client, _ in settled)
    for place in sorted(settled, key=lambda each: (-crowd[each[0]], each[0]))[: REMOVALS + 1]:
        town.a_login_is_taken(place)
    return Outlook(hit=len(settled) > REMOVALS), nothing


# --- this machine -----------------------------------------------------------------------------


def nobody_takes_the_message(soak: "Soak", _: Random) -> tuple[Outlook, Callable[[Outlook], None]]:
    mute = soak.estate.folder / "mute"
    mute.touch()
    return Outlook(heard=False), lambda _: mute.unlink()


def the_disk_is_full(soak: "Soak", _: Random) -> tuple[Outlook, Callable[[Outlook], None]]:
    """Let no file of the daemon grow: what it writes fails as on a disk without room."""
    pid = soak.estate.running.pid
    _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, hard))
    outlook = failed(("run_failed", "its class"))
    outlook.kept = False
    return outlook, lambda _: resource.prlimit(pid, resource.RLIMIT_FSIZE, (hard, hard))


def it_is_stopped(soak: "Soak", random: Random) -> tuple[Outlook, Callable[[Outlook], None]]:
    """Send SIGTERM in the middle of the writes: the run ends after the one in flight."""
    # The one in flight may have been the last.
    outlook = Outlook(GOOD | {"stopped"}, set(), PLANNED, ends_daemon=0, again=True)
    return outlook, _at_a_write(soak, random, signal.SIGTERM, outlook)


def it_is_killed(soak: "Soak", random: Random) -> tuple[Outlook, Callable[[Outlook], None]]:
    outlook = Outlook(frozenset({"killed"}), set(), ends_daemon=-signal.SIGKILL, again=True)
    return outlook, _at_a_write(soak, random, signal.SIGKILL, outlook)


def _at_a_write(
    soak: "Soak", random: Random, number: signal.Signals, outlook: Outlook
) -> Callable[[Outlook], None]:
    wire, daemon = soak.estate.wire, soak.estate.running
    at, arrives = wire.writes + random.randint(1, 3), random.random() < 0.5
    outlook.hit = False

    def strike(_: str, count: int) -> None:
        if count == at:
            outlook.hit, outlook.doubted = True, dict(soak.estate.asked)
            heeded = daemon.heeding("daemon.stopping")
            daemon.send(number)
            if number == signal.SIGTERM:
                heeded()
            elif not arrives:
                raise Lost

    wire.before = strike

    def lift(_: Outlook) -> None:
        wire.before = lambda *_: None

    return lift


def it_is_held(soak: "Soak", _: Random) -> tuple[Outlook, Callable[[Outlook], None]]:
    done = soak.estate.syncd("pause", "--because", "the soak wants to sleep")
    soak.expect(done.returncode == 0, f"pause: {done.stderr}")

    def lift(_: Outlook) -> None:
        soak.expect(soak.estate.syncd("resume").returncode == 0, "resume")

    return no_run("run.next", judged=BY_JOURNAL), lift


def it_is_off(soak: "Soak", _: Random) -> tuple[Outlook, Callable[[Outlook], None]]:
    """Stop the daemon before its time, and start it half a day after."""
    daemon = soak.estate.running
    daemon.send(signal.SIGTERM)
    daemon.logs("daemon.stopped")
    soak.expect(daemon.ends() == 0, "the daemon did not end well")

    def lift(_: Outlook) -> None:
        soak.estate.start()
        missed = [row for row in soak.estate.running.log if row["event"] == "run.missed"]
        soak.expect(len(missed) == 1, f"missed, as the daemon says: {missed}")

    return no_run(late=timedelta(hours=7)), lift


def the_machine_sleeps(_: "Soak", __: Random) -> tuple[Outlook, Callable[[Outlook], None]]:
    return no_run("run.missed", late=timedelta(hours=5)), nothing


def it_runs_twice(_: "Soak", __: Random) -> tuple[Outlook, Callable[[Outlook], None]]:
    return Outlook(again=True), nothing


def its_config_is_changed(
    soak: "Soak", random: Random
) -> tuple[Outlook, Callable[[Outlook], None]]:
    """Reload: first what cannot be used, then what can."""
    estate = soak.estate
    good = estate.settings.get("waves")
    for waves, event in (({"per_run": "many"}, "config.refused"), (good, "config.taken")):
        estate.configure(waves=waves)
        if event == "config.taken":
            estate.configure(waves={"per_run": random.randint(300, 500)})
        estate.running.send(signal.SIGHUP)
        estate.running.logs(event)
    return Outlook(), nothing


TROUBLES: dict[str, Trouble] = {
    each.__name__: each
    for each in (
        a_read_fails_once, it_is_slow, it_is_down, an_action_is_denied, a_write_is_refused,
        a_reply_is_lost, its_secret_is_rotated, the_source_is_away, the_source_is_cut_off,
        its_password_is_rotated, half_of_it_is_missing, too_many_are_taken, many_leave,
        nobody_takes_the_message, the_disk_is_full, it_is_stopped, it_is_killed, it_is_held,
        it_is_off, the_machine_sleeps, it_runs_twice, its_config_is_changed,
    )
}  # fmt: skip

# After these the daemon is another process.
ENDING = {"it_is_stopped", "it_is_killed", "it_is_off"}


def dealt(nights: int, room: range, chance: Random) -> list[str]:
    """Deal the troubles out: each once, as far as there is room, then at random; "" for none.

    What ends the daemon comes in the first half, so that one lives long.
    """
    plan = [""] * nights
    deck = sorted(TROUBLES, key=lambda each: (each not in ENDING, chance.random()))
    for trouble in [*deck, *chance.choices(sorted(set(TROUBLES) - ENDING), k=nights // 4)]:
        free = [n for n in room if not plan[n] and (trouble not in ENDING or n <= nights // 2)]
        if free:
            plan[chance.choice(free)] = trouble
    return plan
