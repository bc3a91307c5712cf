"""Which targets can keep which cut-over policy: what a provider promised people."""

from syncd.model.policy import Cutover
from syncd.ports import AttachingReader, TargetReader

_CANNOT_ATTACH = (
    "it can only mail invitations: the API of WHMCS 8 and later has no call that attaches a "
    "person to an account without one. Install the companion there (docs/companion.md), or set "
    "policy.cutover to invite or reinvite-by-owner."
)
_CANNOT_INVITE = (
    "it attaches people without asking them. Set policy.cutover to silent or reinvite-by-owner."
)


def obstacle(cutover: Cutover, *, invites: bool, attaches: bool) -> str:
    """Say why a target cannot keep the promise and what to do; "" where it can.

    `invites` says whether the target can mail an invitation to a membership, `attaches` whether it
    can add one without.
    """
    if cutover == "silent" and not attaches:
        return _CANNOT_ATTACH
    return _CANNOT_INVITE if cutover == "invite" and not invites else ""


def attaches(reader: TargetReader) -> bool:
    """Say whether memberships can be added there without a mail."""
    return not reader.invites or carries_passwords(reader)


def carries_passwords(reader: TargetReader) -> bool:
    """Say whether users who are made along with that can keep a password."""
    return isinstance(reader, AttachingReader) and reader.attaches
