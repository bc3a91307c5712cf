"""The companion on the target: is it there, what can it do, what does it show.

`companion/PROTOCOL.md` is the page that both sides keep to. It is optional: where it is not there,
the target is read and written by the API alone, and a remark says so.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cached_property

import msgspec

from syncd.errors import (
    ActionRefused,
    ActionUnknown,
    CompanionUnusable,
    IncompleteRead,
    TargetError,
    UnexpectedReply,
)
from syncd.model.connection import CompanionUse
from syncd.model.permission import Permissions
from syncd.ports import Probe
from syncd.targets.whmcs import codec
from syncd.targets.whmcs.trial import COMPANION_TRIALS, TrialClient
from syncd.wire.bodies import Reply
from syncd.wire.client import ReadingClient
from syncd.wire.messages import Row, items, number, rows

CAPABILITIES, OBSERVE = "SyncdCapabilities", "SyncdObserve"
ATTACH, WITHDRAW = COMPANION_TRIALS
VERIFIED = "verified"  # of users, since 1.1.0
_PROTOCOL = 1
_MORE_ROWS = 20  # on a page than the API is asked for: there is no call inside for each
_MOST_ROWS = 5000
MOMENT = "%Y-%m-%d %H:%M:%S"
# Two clocks differ by a zone, in quarters of an hour, and by seconds that must not show: what is
# read twice has to come out the same.
_ZONES = timedelta(minutes=15)


class Ability(msgspec.Struct, frozen=True):
    """What the companion of a target said of itself; without a `version` there is none.

    `reasons` say why something is not possible. `now` is the time there, and `behind` how far the
    clock of its database is behind that of the world, which is a zone.
    """

    version: str = ""
    observes: bool = False
    attaches: bool = False
    withdraws: bool = False
    known: Permissions = ()
    reasons: tuple[str, ...] = ()
    now: datetime = datetime.min.replace(tzinfo=UTC)
    behind: timedelta = timedelta()

    @property
    def is_whole(self) -> bool:
        return self.observes and self.attaches and self.withdraws


class Companion:
    """Asks once, when it matters, and remembers: reader and writer of a run act on one answer.

    Raises `CompanionUnusable` where one is required and not there, lacks something, or is of
    another protocol.
    """

    def __init__(self, use: CompanionUse, client: ReadingClient) -> None:
        self.client = client
        self._use = use
        self._refused: dict[str, str] = {}  # by action or field, with a sentence

    # --- what it can do -------------------------------------------------------------------------

    @cached_property
    def ability(self) -> Ability:
        if self._use == "off":
            return Ability()
        try:
            ability = _ability(self.client.call(CAPABILITIES), self.client.said)
        except (ActionUnknown, ActionRefused) as error:
            self._do_without(CAPABILITIES, error)
            return Ability()
        if self._use == "require" and not ability.is_whole:
            why = " ".join(ability.reasons) or "it lacks something"
            raise CompanionUnusable(CAPABILITIES, why)
        return ability

    @property
    def is_there(self) -> bool:
        """Whether one that can be used is there; raises nothing."""
        try:
            return bool(self.ability.version)
        except TargetError:
            return False

    @property
    def attaches(self) -> bool:
        """Whether people can be attached without a mail; the role is another matter."""
        return self.ability.attaches

    @property
    def withdraws(self) -> bool:
        """Whether invitations can be withdrawn; the role is another matter."""
        return self.observes and self.ability.withdraws

    @property
    def observes(self) -> bool:
        return self.ability.observes and OBSERVE not in self._refused

    @property
    def remarks(self) -> tuple[str, ...]:
        """What of it is missing, as far as it was asked."""
        if "ability" not in vars(self):
            return ()
        return (*self.ability.reasons, *self._refused.values())

    def check_attaching(self, trial: TrialClient) -> None:
        """Raise `CompanionUnusable` where the role does not allow to attach.

        To be asked before the first write of a run. Who only reads does not call what writes, so a
        plan cannot know. Where a companion is required, its role must allow the other one, too.
        """
        for action in COMPANION_TRIALS if self._use == "require" else (ATTACH,):
            try:
                trial.ask(action)
            except ActionUnknown as error:
                raise CompanionUnusable(action, f"there is no {action}") from error
            except ActionRefused as error:
                why = f"the API role does not allow {action}; tick it there"
                raise CompanionUnusable(action, why) from error

    def _do_without(self, action: str, error: TargetError) -> None:
        if self._use == "require":
            raise CompanionUnusable(action, f'the target answers {action} with "{error.message}"')
        self._refused[action] = _without(action, error)

    # --- what it shows --------------------------------------------------------------------------

    def opening(self) -> Reply | None:
        """Ask for the first page of users; None where that is not possible or not allowed."""
        if not self.observes:
            return None
        try:
            reply = self._page("users", 0)
        except (ActionUnknown, ActionRefused) as error:
            self._do_without(OBSERVE, error)
            return None
        if any(VERIFIED not in row for row in _listed(reply, "users")):
            self._refused[VERIFIED] = _UNVERIFIED
        return reply

    def rows(self, what: str, opening: Reply | None = None) -> Iterator[Row]:
        """Yield all rows, by id, page after page; raises `IncompleteRead` unless they are whole."""
        after = 0
        while True:
            reply = opening or self._page(what, after)
            opening, last = None, after
            page = _listed(reply, what)
            for row in page:
                row_id = number(OBSERVE, row, "id")
                if row_id <= last:
                    raise self._incomplete(f"{what}: id {row_id} follows {last}")
                last = row_id
                yield row
            if number(OBSERVE, reply, "numreturned") != len(page):
                raise self._incomplete(f"{what}: {len(page)} rows, and it says otherwise")
            after = number(OBSERVE, reply, "next")
            if after == 0:
                return
            if after != last or not page:
                raise self._incomplete(f"{what}: the next page begins at {after}, not at {last}")

    def _page(self, what: str, after: int) -> Reply:
        size = min(self.client.page_size * _MORE_ROWS, _MOST_ROWS)
        return self.client.call(OBSERVE, what=what, after=after, limitnum=size)

    def _incomplete(self, reason: str) -> IncompleteRead:
        return IncompleteRead(self.client.name, f"{OBSERVE}: {reason}")

    # --- what `syncd check` says ----------------------------------------------------------------

    def probes(self) -> Iterator[Probe]:
        """Try what reads; nothing raises. What writes is tried with the other writing actions."""
        if self._use == "off":
            return
        try:
            ability = self.ability
        except TargetError as error:
            yield Probe(CAPABILITIES, ok=False, sentence=error.message, error=error)
            return
        if not ability.version:
            yield Probe(CAPABILITIES, ok=True, sentence=self._refused[CAPABILITIES])
            return
        said = f"companion {ability.version}, protocol {_PROTOCOL}"
        yield Probe(CAPABILITIES, ok=True, sentence=". ".join((said, *ability.reasons)))
        try:
            refused = self.opening() is None
        except TargetError as error:
            yield Probe(OBSERVE, ok=False, sentence=error.message, error=error)
            return
        yield Probe(OBSERVE, ok=True, sentence=self._refused.get(OBSERVE, "") if refused else "")


_UNVERIFIED = (
    "this companion does not show whether addresses are verified, so none counts as verified; "
    "install its files anew"
)


def _without(action: str, error: TargetError) -> str:
    what = {
        CAPABILITIES: "people are invited by mail",
        OBSERVE: "permissions are read one by one",
    }[action]
    if isinstance(error, ActionUnknown):
        gone = "companion" if action == CAPABILITIES else action
        return f"there is no {gone}: {what}; see docs/companion.md"
    return f"the API role does not allow {action}: {what}; tick it where the companion is there"


def _ability(reply: Reply, said: datetime | None) -> Ability:
    protocol = number(CAPABILITIES, reply, "protocol")
    if protocol != _PROTOCOL:
        why = f"it speaks protocol {protocol}, and this syncd protocol {_PROTOCOL}"
        raise CompanionUnusable(CAPABILITIES, why)
    possible = reply.get("possible")
    if not isinstance(possible, dict):
        raise UnexpectedReply(CAPABILITIES, "it does not say what is possible")
    clock = _moment(str(reply.get("time")))
    behind = _ZONES * round(((said or clock) - clock) / _ZONES)
    return Ability(
        str(reply.get("companion")),
        observes=possible.get("observe") is True,
        attaches=possible.get("attach") is True,
        withdraws=possible.get("withdrawinvite") is True,
        known=codec.permission_list(reply) if reply.get("permissions") else (),
        reasons=tuple(map(str, items(reply.get("reasons"), ""))),
        now=clock + behind,
        behind=behind,
    )


def _moment(text: str) -> datetime:
    try:
        return datetime.strptime(text, MOMENT).replace(tzinfo=UTC)
    except ValueError:
        raise UnexpectedReply(CAPABILITIES, f"a time that is {text!r}") from None


def _listed(reply: Reply, what: str) -> list[Row]:
    if not isinstance(reply.get(what), list):
        raise UnexpectedReply(OBSERVE, f"no list of {what}")
    return rows(OBSERVE, reply[what], "")
