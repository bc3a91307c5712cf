"""What happened: changes that syncd made, and what plans saw differ, in one list by time.

The page file is of the moment of its plan; what runs did since then is in the journal alone.
"""

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime

import msgspec

from syncd.journal.glance import Glance, PastChange
from syncd.model.change import Change, Verb
from syncd.model.keys import parts_of
from syncd.model.outcome import Outcome
from syncd.model.resources import Account, Contact, Membership
from syncd.pages.rows import DifferenceOnFile
from syncd.pages.shelf import Leaf

_MOST = 200  # of one account or person in two days
_DONE = (Outcome.APPLIED, Outcome.IN_DOUBT)


class Event(msgspec.Struct, frozen=True):
    """Something that happened; `at` is ISO 8601, `run` what did it, "" where it was only seen."""

    at: str
    key: str
    words: str
    outcome: str = ""
    run: str = ""
    between: str = ""  # when it was seen only: the plan before

    @property
    def about(self) -> str:
        """Name whom it happened to."""
        parts = parts_of(self.key)
        return parts.email or f"{parts.kind} {parts.account or parts.contact_id}"


def events(
    leaf: Leaf, glance: Glance, keys: Collection[str], since: datetime, where: str, whose: str
) -> list[Event]:
    """Give what happened under these keys since then, newest first.

    `where` is the column of the differences, `account` or `email`, and `whose` its value.
    """
    done = glance.changes_to(keys, since, _MOST)
    query = f"SELECT * FROM differences WHERE {where} = $whose AND seen_at >= $since"
    seen = leaf.values(DifferenceOnFile, query, {"whose": whose, "since": since.isoformat()})
    known = [*map(_made, done), *_not_ours(seen, done)]
    return sorted(known, key=lambda event: event.at, reverse=True)


def _made(past: PastChange) -> Event:
    words = change_words(past.change)
    if past.outcome == Outcome.IN_DOUBT:
        words += " (nobody answered whether it worked: the next run looks)"
    elif past.outcome != Outcome.APPLIED:
        words += f": {past.message}" if past.message else " did not work"
    return Event(past.at, past.change.key, words, past.outcome, past.run_id)


def _not_ours(seen: Iterable[DifferenceOnFile], done: Collection[PastChange]) -> Iterator[Event]:
    """Yield what differs but for what syncd did itself between the two plans."""
    for each in seen:
        if not any(_is_it(each, past) for past in done):
            before, after = each.before or "nothing", each.after or "nothing"
            words = f"{_WHAT[each.what]}: {before} before, now {after}"
            yield Event(each.seen_at, each.key, words, between=each.since)


def _is_it(seen: DifferenceOnFile, past: PastChange) -> bool:
    """Say whether a change of syncd's is what a plan saw: it was made in time, and left just that.

    Who was invited and is a member now has accepted, which syncd did not do.
    """
    in_time = past.change.key == seen.key and seen.since <= past.at <= seen.seen_at
    if not in_time or past.outcome not in _DONE:
        return False
    if seen.what == "access":
        return seen.after in _access_after(past.change)
    return seen.what in ("contact", "mail", "owner")


def _access_after(change: Change) -> tuple[str, ...]:
    """Give what the difference of a membership says after a change, see `report.pagechanges`."""
    if not isinstance(change.after, Membership):
        return ("",)
    if change.sends_mail:
        return ("invited",)
    return ("member", f"member: {', '.join(change.after.permissions)}")


_WHAT = {
    "owner": "owner in the target",
    "legacy owner": "address of the legacy client",
    "name": "name of the account",
    "address": "mail address of the account",
    "status": "status",
    "billing contact": "legacy billing contact",
    "legacy rights": "rights in the legacy system",
    "access": "access in the target",
    "contact": "contact",
    "legacy mail": "mail in the legacy system",
    "mail": "mail in the target",
}


# --- changes in words -------------------------------------------------------------------------


def change_words(change: Change) -> str:
    """Say in a few words what a change does."""
    match change.subject:
        case Membership():
            return _of_member(change)
        case Contact():
            return f"contact {_OF_OTHERS[change.verb]}"
        case Account():
            return f"account {_OF_OTHERS[change.verb]}"
        case _:
            return f"user {_OF_OTHERS[change.verb]}"


_OF_OTHERS = {Verb.ADD: "made", Verb.UPDATE: "changed", Verb.REMOVE: "removed"}


def _of_member(change: Change) -> str:
    after = change.after.permissions if isinstance(change.after, Membership) else ()
    held = getattr(change.before, "permissions", ())
    match change.verb:
        case Verb.ADD if change.attach is None:
            return f"invited, with {_rights(after)}"
        case Verb.ADD:
            return f"attached without a mail, with {_rights(after)}"
        case Verb.REMOVE:
            return f"access removed, which was {_rights(held)}"
        case _:
            return f"rights changed from {_rights(held)} to {_rights(after)}"


def _rights(permissions: Collection[str]) -> str:
    return ", ".join(permissions) or "no permission"
