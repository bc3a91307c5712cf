"""The life of an invitation: what it is at a moment, by what is known of it."""

from datetime import datetime, timedelta
from enum import StrEnum

from syncd.model.resources import INVITE_DAYS, Invite

EXPIRING = timedelta(days=5)  # from then on somebody should phone
_LASTS = timedelta(days=INVITE_DAYS)


class Life(StrEnum):
    """What became of an invitation that was sent; `asked` is one that a wave holds."""

    ASKED = "asked"
    WAITING = "waiting"
    EXPIRING = "expiring"
    UNCONFIRMED = "unconfirmed"
    EXPIRED = "expired"
    ACCEPTED = "accepted"
    REDIRECTED = "redirected"
    WITHDRAWN = "withdrawn"


# In these a phone call helps.
TROUBLED = frozenset({Life.EXPIRING, Life.UNCONFIRMED, Life.EXPIRED, Life.WITHDRAWN})


def life_of(invite: Invite, now: datetime) -> Life:
    """Say what an invitation is that nobody accepted, at `now`.

    It lasts for 7 times 24 hours from when it was sent, whatever clocks are put forward or back in
    between: both moments are of one clock, so that it need not agree with the target's.
    """
    if invite.gone:
        return Life.WITHDRAWN
    if not invite.fresh or now >= expiry(invite):
        return Life.EXPIRED
    if not invite.confirmed:
        return Life.UNCONFIRMED
    return Life.EXPIRING if now - invite.sent_at >= EXPIRING else Life.WAITING


def expiry(invite: Invite) -> datetime:
    return invite.sent_at + _LASTS
