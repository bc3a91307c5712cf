"""Fuses: limits on a whole plan. One that trips means that nothing is applied (I5).

Pure. There is no override but a number and a reason, for one run.
"""

from collections.abc import Iterator, Mapping

import msgspec

from syncd.match.installation import Comparison
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
    older_sources: tuple[tuple[str, int], ...] = ()  # than in the last good run, and days
    most_removals: tuple[str, int] = ("", 0)  # the account with most, and how many
    most_updates: tuple[str, int] = ("", 0)
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
    for source, days in tally.older_sources:
        why = (
            f"the source {source} is {days} {'day' if days == 1 else 'days'} older than in the "
            "last good run, so changes made since would be taken back. Take a newer backup; if "
            "this one is right: "
            f'--allow source-old={days} --because "..."'
        )
        yield Refusal("source-old", days, 0, why)
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
    account, most = tally.most_removals
    limits = (
        ("removals", tally.removals, fuses.removals, "memberships would be removed"),
        ("removals-per-account", most, fuses.removals_per_account, f"removals on {account}"),
        ("updates", tally.updates, updates, "resources would be updated"),
        (
            "updates-per-account",
            tally.most_updates[1],
            fuses.updates_per_account,
            f"updates on {tally.most_updates[0]}",
        ),
    )
    for fuse, actual, limit, what in limits:
        if actual > limit:
            why = f'{actual} {what}; if that is right: --allow {fuse}={actual} --because "..."'
            yield Refusal(fuse, actual, limit, why)


# A number can answer these; the others mean that something is broken.
# fmt: off
LIFTABLE = frozenset([
    "clock", "installation", "source-old", "source-shrunk", "removals", "removals-per-account",
    "updates", "updates-per-account",
])
# fmt: on


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
