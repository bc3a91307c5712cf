"""Guard: the rules that hold a change by what it is, pure; `rules` lists them all.

The first rule that holds it wins, and the verdict carries its name. There is no override for a rule
but a decision or the config.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime

import msgspec

from syncd.decide.billing import unknown_currency
from syncd.decide.rules import Rule
from syncd.model import decision
from syncd.model.change import RESOURCES, Change, Reason, Verb
from syncd.model.finding import CATALOGUE, Severity
from syncd.model.flags import FlagReader
from syncd.model.permission import Permissions, excess
from syncd.model.policy import Accounts, Fuses, Mode, Policy, Waves
from syncd.model.resources import Account, Contact, Invite, Membership, User
from syncd.model.verdict import APPLY, Verdict, Word
from syncd.ports import TargetTerms

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


Joined = Mapping[str, str]  # membership's key -> address


class GuardRules(msgspec.Struct, frozen=True):
    """What deciding goes by: what may be written, when, and how much of it.

    `supports` holds the (kind, verb) pairs that the target can do; an `invite` is removed at most.
    `terms` are what it bills by.
    """

    read_flags: FlagReader  # for the second look at the legacy rows
    policy: Policy = Policy()
    accounts: Accounts = Accounts()
    fuses: Fuses = Fuses()
    waves: Waves = Waves()
    supports: frozenset[tuple[str, Verb]] = frozenset()
    terms: TargetTerms | None = None  # None for a target that bills nobody
    allowed: Mapping[str, int] = {}  # fuse -> number, for this run only
    planned_at: datetime | None = None  # of a plan to apply: its wave is the one of then
    # Whom earlier runs have reached under that plan, by mail and in silence.
    invited: Joined = {}
    attached: Joined = {}

    def asks_about(self, reason: Reason, sent: int) -> bool:
        """Whether a person has to look first; `sent` invitations in a row nobody accepted."""
        spent = reason is Reason.INVITE_EXPIRED and sent > self.waves.resends
        return spent or reason not in self.policy.apply_reasons


class Circumstances(msgspec.Struct, frozen=True):
    """What the guard must know of a change beside the change itself.

    `entitled` is read again from the legacy rows, not taken from convert. `open_findings` are codes
    of reviews and blocks in the change's scope that nobody answered, `left` those of reviews that
    a decision leaves as they are; `answer` is what was decided on the change itself, and `made_on`
    the fingerprint of its three states; `held_parent` the key of the account this hangs
    on, where that account is not there and is not going to be made; `same_address` that of another
    account with the same client address. `unneeded` is set for a user none of whose memberships is
    going to be made, `left_out` where the legacy row of what would be removed is still there.
    `referenced_by` says what uses a contact that would be removed, `rightful_owner` whom the
    legacy rows make the owner of an account that a member would leave, `replaced_by` who is to have
    a removed membership instead and has not yet, `sent` how many invitations in a row the person
    did not accept.
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
    replaced_by: str = ""
    sent: int = 0


def judge(change: Change, circumstances: Circumstances, rules: GuardRules) -> Verdict:
    """Give the verdict on one change."""
    first, *others = list(objections(change, circumstances, rules)) or [APPLY]
    if not others:
        return first
    said = tuple(f"{other.rule}: {other.why}" for other in others)
    return msgspec.structs.replace(first, others=said)


def objections(change: Change, around: Circumstances, rules: GuardRules) -> Iterator[Verdict]:
    """Yield what every rule that holds a change says, the first to be heard first."""
    for rule, check in _CHECKS_OF[change.kind]:
        for held in check(change, around, rules):
            yield held if isinstance(held, Verdict) else Verdict(Word.HOLD, rule, held)


# A sentence, or a verdict where the rule's name goes on with a code.
_Held = Iterator[str] | Iterator[Verdict]
_Check = Callable[[Change, Circumstances, GuardRules], _Held]


def _referenced(change: Change, around: Circumstances, _: GuardRules) -> Iterator[str]:
    if around.referenced_by and change.verb is Verb.REMOVE:
        named = f"the legacy system uses this contact: {around.referenced_by}"
        yield f"{named}; it stays as part of their history"


# --- what the config says -------------------------------------------------------------------


def _protected(change: Change, _: Circumstances, rules: GuardRules) -> Iterator[str]:
    if rules.policy.protected:  # hardly ever
        for name in _names(change):
            if name in rules.policy.protected:
                yield f"{name} is protected in the config"


def _excluded(change: Change, _: Circumstances, rules: GuardRules) -> Iterator[str]:
    if not rules.policy.excluded:
        return
    names = list(_names(change))
    # An excluded person's contacts go on, for their mail.
    for name in names[:1] if change.kind in ("account", "contact") else names:
        if name in rules.policy.excluded:
            yield f"{name} is left out by policy.excluded; it stays as it is"


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


def _mode(change: Change, _: Circumstances, rules: GuardRules) -> Iterator[str]:
    if change.verb not in _MODES[rules.policy.mode]:
        yield f"policy.mode is {rules.policy.mode}, which does not allow this"


# --- what a person has to look at -----------------------------------------------------------

_LEFT = "a recorded decision leaves this as it is"
_CAUTION = {
    Reason.ADOPTED: "the target has it already, but different; decide which side is right",
    Reason.DRIFTED: "it was changed in the target, by hand or by syncd undo; the target wins until "
    "you decide",
    Reason.VANISHED: "it was removed in the target, by hand or by syncd undo; it is not put back "
    "until you decide",
    Reason.INVITE_EXPIRED: "the invitation expired; decide whether to send another",
    Reason.INVITE_UNCONFIRMED: "no answer came when the invitation was sent: it counts as sent, "
    "but may never have been mailed; look for it on the client's Users tab",
    Reason.INVITE_GONE: "somebody cancelled the invitation in the target, or accepted it under "
    "another address; decide whether to send another",
    Reason.NEW: "the config applies nothing new without a decision",
    Reason.CHANGED: "the config applies no change without a decision",
    Reason.REVOKED: "the config revokes nothing without a decision",
}


def _decided_on_reason(
    change: Change, around: Circumstances, rules: GuardRules
) -> Iterator[Verdict]:
    if around.answer == decision.LEAVE and rules.asks_about(change.reason, around.sent):
        yield Verdict(Word.HOLD, f"{Rule.DECIDED}:{change.reason}", _LEFT)


def _reason(change: Change, around: Circumstances, rules: GuardRules) -> Iterator[Verdict]:
    """Hold what a person has to look at for its reason, unless a decision says to go on."""
    if around.answer == decision.APPLY or not rules.asks_about(change.reason, around.sent):
        return
    spent = change.reason in rules.policy.apply_reasons
    in_vain = f"invited {around.sent} times and never accepted; phone the person"
    why = in_vain if spent else _CAUTION[change.reason]
    yield Verdict(Word.HOLD, f"{Rule.REASON}:{change.reason}", why, around.made_on)


def _left_out(change: Change, around: Circumstances, _: GuardRules) -> Iterator[str]:
    if around.left_out and change.verb is Verb.REMOVE:
        yield "the legacy system still has it; it was only left out of this plan"


def _replaced(change: Change, around: Circumstances, _: GuardRules) -> Iterator[str]:
    if around.replaced_by and change.verb is Verb.REMOVE:
        yield f"it stays until {around.replaced_by} has taken its place"


# --- I1 and I2 once more, whatever convert and diff have done --------------------------------


def _widen(change: Change, around: Circumstances, _: GuardRules) -> Iterator[str]:
    if isinstance(change.after, Membership):
        widened = excess(change.after.permissions, around.entitled)
        if widened:
            yield f"the legacy rows do not give {', '.join(widened)}"


def _owner(change: Change, around: Circumstances, _: GuardRules) -> Iterator[str]:
    subject = change.subject
    if not isinstance(subject, Membership | Invite):
        return
    if subject.email == around.owner:
        yield "the target says this person owns the account; owners are never changed"
    if change.verb is Verb.REMOVE and subject.email == around.rightful_owner:
        yield "the legacy rows say this person owns the account now; settle the ownership first"


# --- what is found --------------------------------------------------------------------------


def _decided_on_finding(_: Change, around: Circumstances, __: GuardRules) -> Iterator[Verdict]:
    for code in around.left:
        yield Verdict(Word.HOLD, f"{Rule.DECIDED}:{code}", _LEFT)


def _found(_: Change, around: Circumstances, __: GuardRules) -> Iterator[Verdict]:
    for code in around.open_findings:
        known = CATALOGUE[code]
        rule = Rule.BLOCKED if known.severity is Severity.BLOCK else Rule.REVIEW
        yield Verdict(Word.HOLD, f"{rule}:{code}", f"{known.sentence} {known.advice}")


# --- what a person can do by hand -----------------------------------------------------------


def _invite_withdraw(change: Change, _: Circumstances, rules: GuardRules) -> Iterator[str]:
    if isinstance(change.before, Invite) and ("invite", Verb.REMOVE) not in rules.supports:
        yield "the API cannot withdraw an invitation; cancel it on the client's Users tab"


def _unsupported(change: Change, _: Circumstances, rules: GuardRules) -> Iterator[str]:
    if (change.kind, change.verb) not in rules.supports:
        yield _BY_HAND.get((change.kind, change.verb), "the target cannot do this")


def _create_missing(change: Change, _: Circumstances, rules: GuardRules) -> Iterator[str]:
    if change.verb is Verb.ADD and not rules.accounts.create_missing:
        yield (
            "the target has no matching account; name one in accounts.mapping, or set "
            "accounts.create_missing"
        )


def _closed(change: Change, _: Circumstances, __: GuardRules) -> Iterator[str]:
    after = change.after if change.verb is Verb.ADD else None
    if isinstance(after, Account) and after.is_closed:
        yield (
            "the API can only create active accounts; create and close this one by hand, then name "
            "it in accounts.mapping"
        )


def _currency(change: Change, _: Circumstances, rules: GuardRules) -> Iterator[str]:
    after = change.after if change.verb is Verb.ADD else None
    if isinstance(after, Account) and rules.terms is not None:
        yield from unknown_currency(after.terms.currency, rules.terms)


def _address_taken(change: Change, around: Circumstances, _: GuardRules) -> Iterator[str]:
    if around.same_address and change.verb is Verb.ADD:
        yield (
            f"the target takes each client address only once, and {around.same_address} has it; "
            "create the account by hand under another address and name it in accounts.mapping"
        )


def _unneeded(change: Change, around: Circumstances, _: GuardRules) -> Iterator[str]:
    if around.unneeded and change.verb is Verb.ADD:
        yield "this plan makes no membership for this person"


def _parent(_: Change, around: Circumstances, __: GuardRules) -> Iterator[str]:
    if around.held_parent:
        yield f"depends on {around.held_parent}, which is not applied"


def _cutover(change: Change, _: Circumstances, rules: GuardRules) -> Iterator[str]:
    after = change.after if change.verb is Verb.ADD else None
    if not isinstance(after, Membership):
        return
    if rules.policy.cutover_of(after.account, after.email) == "reinvite-by-owner":
        yield "this person is to be invited by the owner: see invitations_by_owner.csv"


# --- the order in which they are heard ------------------------------------------------------

_ALL = frozenset(RESOURCES)
# In the order of `Rule`, but that findings follow decisions on them; with the kinds they are about.
CHECKS: tuple[tuple[Rule, frozenset[str], _Check], ...] = (
    (Rule.REFERENCED, frozenset(("contact",)), _referenced),
    (Rule.PROTECTED, _ALL, _protected),
    (Rule.EXCLUDED, _ALL, _excluded),
    (Rule.MODE, _ALL, _mode),
    (Rule.DECIDED, _ALL, _decided_on_reason),
    (Rule.REASON, _ALL, _reason),
    (Rule.LEFT_OUT, _ALL, _left_out),
    (Rule.REPLACED, frozenset(("membership",)), _replaced),
    (Rule.WIDEN, frozenset(("membership",)), _widen),
    (Rule.OWNER, frozenset(("membership",)), _owner),
    (Rule.DECIDED, _ALL, _decided_on_finding),
    (Rule.REVIEW, _ALL, _found),  # and Rule.BLOCKED
    (Rule.INVITE_WITHDRAW, frozenset(("membership",)), _invite_withdraw),
    (Rule.UNSUPPORTED, _ALL, _unsupported),
    (Rule.CREATE_MISSING, frozenset(("account",)), _create_missing),
    (Rule.CLOSED, frozenset(("account",)), _closed),
    (Rule.CURRENCY, frozenset(("account",)), _currency),
    (Rule.ADDRESS_TAKEN, frozenset(("account",)), _address_taken),
    (Rule.UNNEEDED, frozenset(("user",)), _unneeded),
    (Rule.PARENT, _ALL, _parent),
    (Rule.CUTOVER, frozenset(("membership",)), _cutover),
)
_CHECKS_OF = {
    kind: tuple((rule, check) for rule, kinds, check in CHECKS if kind in kinds) for kind in _ALL
}
