"""Diff: three states under one key -> one change or none. The first row that fits holds.

desired  observed         applied   change
-------  ---------------  --------  ------------------------------------------------------
-        -                any       none (the journal forgets it)
-        o                -         none: not ours, counted as unmanaged
-        o                o         - revoked
-        o                other     - drifted
-        fresh invite     -         none: not ours
-        fresh invite     any       - revoked (no call withdraws an invite: the guard holds it)
-        stale invite     any       none (I10: an expired invite is not there; nor is a gone one)
d        -                -         + new
d        -                any       + vanished (also without applied: accepted, says the target)
d        d                any       none (adopted into the journal if new)
d        o                -         ~ adopted
d        o                o         ~ changed
d        o                other     ~ drifted
d        doubtful invite  any       + invite_unconfirmed (fresh, and nobody answered for it)
d        fresh invite     any       none: waiting
d        gone invite      any       + invite_gone (cancelled, or accepted by somebody else)
d        stale invite     any       + invite_expired
"""

from syncd.model.change import Change, Reason, Verb
from syncd.model.resources import Invite, Observable, Resource


def diff(
    desired: Resource | None,
    observed: Observable | None,
    applied: Resource | None,
    *,
    was_accepted: bool = False,
) -> Change | None:
    """Give the change that closes the gap under one key, or None; see the table above.

    `was_accepted` says that the target knows an invitation to what is desired as accepted: without
    a membership, somebody took it away, also where the journal does not know of it.
    """
    if isinstance(observed, Invite):
        return _invited(desired, observed, applied)
    if desired is None:
        return _unwanted(observed, applied)
    if observed is None:
        is_new = applied is None and not was_accepted
        reason = Reason.NEW if is_new else Reason.VANISHED
        return Change(Verb.ADD, reason, None, desired)
    return _there(desired, observed, applied)


def _unwanted(observed: Resource | None, applied: Resource | None) -> Change | None:
    if observed is None or applied is None:
        return None
    reason = Reason.REVOKED if _equal(applied, observed) else Reason.DRIFTED
    return Change(Verb.REMOVE, reason, observed, None)


def _there(desired: Resource, observed: Resource, applied: Resource | None) -> Change | None:
    if _equal(desired, observed):
        return None
    if applied is None:
        reason = Reason.ADOPTED
    else:
        reason = Reason.CHANGED if _equal(applied, observed) else Reason.DRIFTED
    return Change(Verb.UPDATE, reason, observed, desired)


def _invited(desired: Resource | None, invite: Invite, applied: Resource | None) -> Change | None:
    if desired is not None:
        return _asked_for(desired, invite)
    if applied is not None and invite.fresh:
        return Change(Verb.REMOVE, Reason.REVOKED, invite, None)
    return None


def _asked_for(desired: Resource, invite: Invite) -> Change | None:
    if invite.fresh and invite.confirmed:
        return None
    reason = Reason.INVITE_GONE if invite.gone else Reason.INVITE_EXPIRED
    reason = Reason.INVITE_UNCONFIRMED if invite.fresh else reason
    return Change(Verb.ADD, reason, None, desired)


def _equal(first: Resource, second: Resource) -> bool:
    return first.compared == second.compared
