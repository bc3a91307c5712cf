"""Which targets can keep which cut-over policy: what a provider promised people."""

from syncd.model.policy import Cutover

_CANNOT = {
    (
        "silent",
        True,
    ): "it can only mail invitations: the API of WHMCS 8 and later has no call that attaches a "
    "person to an account without one. Set policy.cutover to invite or reinvite-by-owner.",
    (
        "invite",
        False,
    ): "it attaches people without asking them. Set policy.cutover to silent or reinvite-by-owner.",
}


def obstacle(cutover: Cutover, *, invites: bool) -> str:
    """Say why a target cannot keep the promise and what to do; "" where it can.

    `invites` says whether the target mails an invitation for each membership it adds.
    """
    return _CANNOT.get((cutover, invites), "")
