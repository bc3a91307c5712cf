"""Guard: named rules that hold a change, and fuses that refuse a whole plan.

Pure. The first rule that objects wins, and the verdict carries its name. There is no override for a
rule but a decision or the config, and none for a fuse but a number and a reason for one run.
"""

from collections.abc import Iterator
from typing import Literal

import msgspec

from syncd.decide.cutover import Cutover
from syncd.model import decision
from syncd.model.change import CAUTIOUS, Change, Reason, Verb
from syncd.model.finding import CATALOGUE, Severity
from syncd.model.permission import Permissions, excess
from syncd.model.resources import Account, Contact, Invite, Membership, User
from syncd.model.verdict import APPLY, Verdict, Word

Mode = Literal["create-only", "no-removals", "sync"]

_MODES: dict[Mode, frozenset[Verb]] = {
    "create-only": frozenset({Verb.ADD}),
    "no-removals": frozenset({Verb.ADD, Verb.UPDATE}),
    "sync": frozenset(Verb),
}


_BY_HAND = {
    (
        "user",
        Verb.REMOVE,
    ): "the API cannot delete a user; remove it in the admin area, Manage Users",
    ("account", Verb.REMOVE): "syncd never closes an account, because that ends its services; if "
    "it is no longer wanted, close it in the admin area",
    (
        "account",
        Verb.UPDATE,
    ): "the owners differ, and syncd never changes an owner; if the "
    "legacy owner is right, use Make Owner on the client's Users tab",
    (
        "contact",
        Verb.REMOVE,
    ): "deleting a contact cannot be undone; do it by hand, in the admin area",
}


class Policy(msgspec.Struct, frozen=True):
    """What the config allows. `supports` holds the (kind, verb) pairs the target can do."""

    mode: Mode = "no-removals"
    apply_reasons: frozenset[Reason] = frozenset(Reason) - CAUTIOUS
    protected: frozenset[str] = frozenset()  # normalised addresses and account references
    excluded: frozenset[str] = frozenset()  # likewise
    cutover: Cutover = "invite"
    create_missing: bool = True
    supports: frozenset[tuple[str, Verb]] = frozenset()
    resends: int = 1  # of an invitation that expired, where `apply_reasons` sends it again

    def asks_about(self, reason: Reason, sent: int) -> bool:
        """Whether a person has to look first; `sent` invitations in a row nobody accepted."""
        spent = reason is Reason.INVITE_EXPIRED and sent > self.resends
        return spent or reason not in self.apply_reasons


class Circumstances(msgspec.Struct, frozen=True):
    """What the guard must know of a change beside the change itself.

    `entitled` is read from the legacy rows anew, not taken from convert. `open_findings` are codes
    of reviews and blocks in the change's scope that nobody answered, `left` those of reviews that
    a decision leaves as they are; `answer` is what was decided on the change itself, and `made_on`
    the fingerprint of its three states; `held_parent` the key of the account this hangs
    on, where that account is not there and is not going to be made; `same_address` that of another
    account with the same client address. `unneeded` is set for a user none of whose memberships is
    going to be made, `left_out` where the legacy row of what would be removed is still there.
    `referenced_by` says what uses a contact that would be removed, `rightful_owner` whom the
    legacy rows make the owner of an account that a member would leave, `sent` how many invitations
    in a row the person did not accept.
    """

    entitled: Permissions = ()
    owner: str = ""
    open_findings: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    answer: str = ""
    made_on: str = ""
    held_parent: str = ""
    same_address: str = ""
    unneeded: bool = False
    left_out: bool = False
    referenced_by: str = ""
    rightful_owner: str = ""
    sent: int = 0


def judge(change: Change, circumstances: Circumstances, policy: Policy) -> Verdict:
    """Give the verdict on one change."""
    return next(objections(change, circumstances, policy), APPLY)


def objections(change: Change, around: Circumstances, policy: Policy) -> Iterator[Verdict]:
    """Yield what every rule that holds a change says, the first to be heard first."""
    yield from _referenced(change, around)
    yield from _named(change, policy)
    if change.verb not in _MODES[policy.mode]:
        yield _hold("mode", f"policy.mode is {policy.mode}, which does not allow this")
    yield from _undecided(change, around, policy)
    if around.left_out and change.verb is Verb.REMOVE:
        yield _hold("left-out", "the legacy system still has it; it was only left out of this plan")
    yield from _unsafe(change, around)
    yield from _doubtful(around)
    # From here on: what a person can do by hand. It is on the worksheet, so all else comes first.
    yield from _impossible(change, policy)
    if around.same_address and change.kind == "account" and change.verb is Verb.ADD:
        yield _hold(
            "address-taken",
            f"the target takes each client address only once, and {around.same_address} has it; "
            "create the account by hand under another address and name it in accounts.mapping",
        )
    if around.unneeded and change.kind == "user" and change.verb is Verb.ADD:
        yield _hold("unneeded", "this plan makes no membership for this person")
    if around.held_parent:
        yield _hold("parent", f"depends on {around.held_parent}, which is not applied")
    # Last: an owner's worksheet lists only what no other rule holds.
    yield from _left_to_owner(change, policy)


def _undecided(change: Change, around: Circumstances, policy: Policy) -> Iterator[Verdict]:
    """Hold what a person has to look at for its reason, unless a decision says to go on."""
    if around.answer == decision.APPLY or not policy.asks_about(change.reason, around.sent):
        return
    if around.answer == decision.LEAVE:
        yield _hold(f"decided:{change.reason}", _LEFT)
    spent = change.reason in policy.apply_reasons
    why = (
        f"invited {around.sent} times without an answer; phone the person"
        if spent
        else _CAUTION[change.reason]
    )
    yield Verdict(Word.HOLD, f"reason:{change.reason}", why, around.made_on)


def _doubtful(around: Circumstances) -> Iterator[Verdict]:
    for code in around.left:
        yield _hold(f"decided:{code}", _LEFT)
    for code in around.open_findings:
        known = CATALOGUE[code]
        rule = "blocked" if known.severity is Severity.BLOCK else "review"
        yield _hold(f"{rule}:{code}", f"{known.sentence} {known.advice}")


_LEFT = "a recorded decision leaves this as it is"
_CAUTION = {
    Reason.ADOPTED: "the target has it already, but different; decide which side is right",
    Reason.DRIFTED: "somebody changed it in the target; the target wins until you decide",
    Reason.VANISHED: "somebody removed it in the target; it is not put back until you decide",
    Reason.INVITE_EXPIRED: "the invitation expired; decide whether to send another",
    Reason.INVITE_UNCONFIRMED: "no answer came when the invitation was sent: it counts as sent, "
    "but may never have been mailed; look for it on the client's Users tab",
    Reason.INVITE_GONE: "somebody cancelled the invitation in the target, or accepted it under "
    "another address; decide whether to send another",
    Reason.NEW: "the config applies nothing new without a decision",
    Reason.CHANGED: "the config applies no change without a decision",
    Reason.REVOKED: "the config revokes nothing without a decision",
}


def _names(change: Change) -> Iterator[str]:
    match change.subject:
        case User(email=email):
            yield email
        case Account(ref=ref, owner=owner):
            yield from (ref, owner)
        case Membership(account=account, email=email) | Invite(account=account, email=email):
            yield from (account, email)
        case Contact(account=account, email=email):
            yield from (account, email)


def _referenced(change: Change, around: Circumstances) -> Iterator[Verdict]:
    """Comes before all other rules: some of those say how to do it by hand."""
    if around.referenced_by and change.kind == "contact" and change.verb is Verb.REMOVE:
        named = f"the legacy system uses this contact: {around.referenced_by}"
        yield _hold("referenced", f"{named}; it stays as part of their history")


def _named(change: Change, policy: Policy) -> Iterator[Verdict]:
    """Hold what the config protects or excludes by name."""
    if not policy.protected and not policy.excluded:
        return  # nearly always
    names = list(_names(change))
    for name in names:
        if name in policy.protected:
            yield _hold("protected", f"{name} is protected in the config")
    # An excluded person's contacts go on, for their mail.
    for name in names[:1] if change.kind in ("account", "contact") else names:
        if name in policy.excluded:
            yield _hold("excluded", f"{name} is left out by policy.excluded; it stays as it is")


def _left_to_owner(change: Change, policy: Policy) -> Iterator[Verdict]:
    invitation = change.kind == "membership" and change.verb is Verb.ADD
    if invitation and policy.cutover == "reinvite-by-owner":
        yield _hold("cutover", "the owner invites this person; see invitations_by_owner.csv")


def _impossible(change: Change, policy: Policy) -> Iterator[Verdict]:
    if isinstance(change.before, Invite):
        yield _hold(
            "invite-withdraw",
            "the API cannot withdraw an invitation; cancel it on the client's Users tab",
        )
    if (change.kind, change.verb) not in policy.supports:
        advice = _BY_HAND.get((change.kind, change.verb), "the target cannot do this")
        yield _hold("unsupported", advice)
    after = change.after
    if change.verb is not Verb.ADD or not isinstance(after, Account):
        return
    if not policy.create_missing:
        yield _hold(
            "create-missing",
            "the target has no matching account; name one in accounts.mapping, or set "
            "accounts.create_missing",
        )
    if after.status.casefold() == "closed":
        yield _hold(
            "closed",
            "the API can only create active accounts; create and close this one by hand, then name "
            "it in accounts.mapping",
        )


def _unsafe(change: Change, around: Circumstances) -> Iterator[Verdict]:
    """Check I1 and I2 once more, whatever convert and diff have done."""
    after = change.after
    if isinstance(after, Membership):
        widened = excess(after.permissions, around.entitled)
        if widened:
            yield _hold("widen", f"the legacy rows do not give {', '.join(widened)}")
    subject = change.subject
    if not isinstance(subject, Membership | Invite):
        return
    if subject.email == around.owner:
        yield _hold(
            "owner", "the target says this person owns the account; owners are never changed"
        )
    if change.verb is Verb.REMOVE and subject.email == around.rightful_owner:
        why = "the legacy rows say this person owns the account now; settle the ownership first"
        yield _hold("owner", why)


def _hold(rule: str, why: str) -> Verdict:
    return Verdict(Word.HOLD, rule, why)
