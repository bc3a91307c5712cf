"""Fuses: limits on a whole plan. One that trips means that nothing is applied (I5).

Pure. There is no override but a number and a reason, for one run.
"""

from collections.abc import Iterator, Mapping

import msgspec

from syncd.match.installation import Comparison
from syncd.model.age import Older
from syncd.model.policy import Fuses
from syncd.model.verdict import Refusal


class Clocks(msgspec.Struct, frozen=True):
    """What speaks against this machine's clock, in minutes."""

    ahead: int = 0  # of the target's; negative where it is behind
    last_run_to_come: int = 0  # until the last run will have begun


class Tally(msgspec.Struct, frozen=True):
    """What the fuses look at. `managed` counts everything that syncd manages, by the journal.

    Of these, `expected` are accounts, users and contacts, which do not come and go like
    invitations; `observed` is how many of them the target showed.
    """

    clients: int
    contacts: int
    disposed: int
    last_contacts: int
    expected: int
    observed: int
    managed: int
    removals: int
    updates: int
    unpromised_mails: int = 0  # that the cut-over policy rules out
    installation: Comparison = Comparison()  # whether the target is the one of the journal
    older_sources: tuple[Older, ...] = ()  # than in the last good run
    most_removals: int = 0  # on one account
    unknown_permissions: tuple[str, ...] = ()  # in the map and not in the target's list
    clocks: Clocks = Clocks()


def judge_plan(tally: Tally, fuses: Fuses) -> list[Refusal]:
    """Give every fuse that trips; one is enough to apply nothing (I5)."""
    return list(_refusals(tally, fuses))


def _refusals(tally: Tally, fuses: Fuses) -> Iterator[Refusal]:
    if not tally.clients:
        why = "the source has no clients; check that it is the right database"
        yield Refusal("source-empty", 0, 1, why)
    least = fuses.source_share * tally.last_contacts
    if tally.contacts < least:
        why = (
            f"the source has {tally.contacts} contacts, the last good run had "
            f"{tally.last_contacts}; check that the read is complete and the backup not an old one"
        )
        yield Refusal("source-shrunk", tally.contacts, least, why)
    yield from map(_old, tally.older_sources)
    if tally.contacts != tally.disposed:
        why = "legacy contacts in and out do not add up; this is a defect in syncd, report it"
        yield Refusal("counts", tally.disposed, tally.contacts, why)
    if tally.expected and not tally.observed:
        why = "the target shows nothing that syncd made there; check that it is the right target"
        yield Refusal("target-empty", 0, tally.expected, why)
    yield from _wrong_clock(tally.clocks)
    if tally.installation.is_foreign:
        yield _another_installation(tally.installation)
    if tally.unknown_permissions:
        unknown = ", ".join(tally.unknown_permissions)
        why = f"the target does not know the permissions {unknown}; correct the mapping"
        yield Refusal("permission-map", len(tally.unknown_permissions), 0, why)
    if tally.unpromised_mails:
        why = (
            "this plan would send mail against policy.cutover; this is a defect in syncd, report it"
        )
        yield Refusal("cutover", tally.unpromised_mails, 0, why)
    yield from _too_many(tally, fuses)


def _old(source: Older) -> Refusal:
    days = f"{source.days} {'day' if source.days == 1 else 'days'}"
    what = (
        f"the newest row of the source {source.source} is {days} older than that of the last good "
        "run: it is an older state, or the newest rows were deleted. From an older state, changes "
        "made since would be taken back. Read a newer one; if the rows were deleted"
        if source.by_rows
        else f"the source {source.source} is {days} older than in the last good run, so changes "
        "made since would be taken back. Take a newer backup; if this one is right"
    )
    why = f'{what}: --allow source-old={source.days} --because "..."'
    return Refusal("source-old", source.days, 0, why)


def _wrong_clock(clocks: Clocks) -> Iterator[Refusal]:
    """Say that a clock is wrong: when invitations expire, and what is old, goes by it."""
    apart, to_come = abs(clocks.ahead), clocks.last_run_to_come
    if apart > _CLOCKS:
        direction = "ahead of" if clocks.ahead > 0 else "behind"
        what = f"the clock of this machine is {apart} minutes {direction} the target's"
    elif to_come > _CLOCKS:
        apart = to_come
        what = f"the last run began {to_come} minutes from now, by the clock it had"
    else:
        return
    why = (
        f"{what}. Set the clock right and run again; if it is: "
        f'--allow clock={apart} --because "..."'
    )
    yield Refusal("clock", apart, _CLOCKS, why)


_CLOCKS = 10  # minutes that clocks may be apart


def _another_installation(seen: Comparison) -> Refusal:
    number = max(1, seen.others)
    what = (
        f"the journal is that of {seen.before}, and the target is {seen.now} now"
        if seen.before != seen.now
        else f"of the accounts that the target had first, {seen.others} are others now and "
        f"{seen.same} are the same: it was put back to an older state, or is another one"
    )
    why = (
        f"{what}. Another installation needs a state_dir or a target.name of its own; if this is "
        f'the right one: --allow installation={number} --because "..."'
    )
    return Refusal("installation", number, 0, why)


def _too_many(tally: Tally, fuses: Fuses) -> Iterator[Refusal]:
    updates = max(fuses.updates_floor, fuses.updates_share * tally.managed)
    if tally.removals > fuses.removals:
        each = tally.most_removals
        also = f" --allow removals-per-account={each}" if each > fuses.removals_per_account else ""
        why = (
            f"{tally.removals} memberships would be removed; if that is right: "
            f'--allow removals={tally.removals}{also} --because "..."'
        )
        yield Refusal("removals", tally.removals, fuses.removals, why)
    if tally.updates > updates:
        why = (
            f"{tally.updates} resources would be updated; if that is right: "
            f'--allow updates={tally.updates} --because "..."'
        )
        yield Refusal("updates", tally.updates, updates, why)


# A number can answer these; the others mean that something is broken.
LIFTABLE = frozenset(
    {"clock", "installation", "source-old", "source-shrunk", "removals", "updates"}
)
# What `--allow` takes: also the limits on one account, which hold that account (`together`).
ALLOWABLE = LIFTABLE | {"removals-per-account", "updates-per-account"}


def lift(refusals: list[Refusal], allowed: Mapping[str, int]) -> list[Refusal]:
    """Drop the refusals that a person allowed for this run, by fuse and number.

    `source-shrunk=N` accepts a source of N contacts or more, `source-old=N` one that is up to N
    days older; every other fuse up to N changes.
    """

    def is_allowed(refusal: Refusal) -> bool:
        number = allowed.get(refusal.fuse)
        if number is None or refusal.fuse not in LIFTABLE:
            return False
        shrunk = refusal.fuse == "source-shrunk"
        return refusal.actual >= number if shrunk else refusal.actual <= number

    return [refusal for refusal in refusals if not is_allowed(refusal)]
