"""What both renderers say in the same words: verdicts, states, dispositions, next steps.

Data is never printed raw: `visible` spells out what a terminal or a browser would obey.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Literal, NamedTuple

import msgspec

from syncd.decide.rules import sentence_of
from syncd.model.disposition import Disposition
from syncd.model.finding import CATALOGUE, Severity
from syncd.model.permission import NONE, Permissions, permissions
from syncd.report.facts import Access, Counts, Facts, FindingCount, Header, Report, RuleCount

Mark = Literal["K", "L", "G", "T", "W", "X", "."]


class Said(NamedTuple):
    """A word of ours, and what it means, for somebody who does not know it."""

    word: str
    meaning: str


VERDICTS = {
    "ready": Said("Ready", "Nothing is held and no question is open."),
    "ready with decisions": Said(
        "Ready with decisions",
        "What is certain can be applied; the rest is held.",
    ),
    "not ready": Said("Not ready", "Nothing in this plan may be applied as it stands."),
}
_LEFT = "No question is open. What is held, a decision leaves as it is."
_ALL_WAITS = "Nothing can be applied before that is settled; all else is held."
# The states of a login that are not `same`, worst first.
STATES = {
    "wider": Said(
        "gain a right", "may do more than before; only a decision by name may allow that"
    ),
    "narrower": Said("lose a right", "may do less than before"),
    "waits": Said(
        "wait", "held or blocked: nothing is granted or taken away until that is settled"
    ),
    "excluded": Said(
        "left out", "by policy, or because a row has no address or no account: no login is made"
    ),
}
DISPOSITIONS = {
    Disposition.LOGIN: Said(
        "login", "the person gets a membership, now or later; the contact stays for its mail"
    ),
    Disposition.OWNER: Said("owner", "owns the account; the contact stays for its mail"),
    Disposition.KEPT: Said("kept", "stays a contact; had no login and gets none"),
    Disposition.HELD: Said(
        "held", "a login that needs a decision or a correction first; the contact stays"
    ),
    Disposition.BLOCKED: Said("blocked", "cannot be converted until the data is corrected"),
    Disposition.EXCLUDED: Said("excluded", "left out by policy, or because the person is erased"),
}
_WORST_FIRST = (Severity.BLOCK, Severity.REVIEW, Severity.NOTE)


def moment(text: str) -> str:
    """Give an ISO moment as people read it, with its zone; what is not one stays as it is."""
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        return text or "not stated"
    if when.tzinfo is None:
        return f"{when:%Y-%m-%d %H:%M} (zone not stated)"
    return f"{when.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def cutover(header: Header) -> str:
    """Say when people start to use the new logins, seen from the day of the plan."""
    days = header.days_to_cutover
    if days is None:
        return ""
    on = f"cut-over on {header.cutover_date}"
    if not days:
        return f"{on}, the day of this plan"
    return f"{on}, {counted(abs(days), 'day')} {'after' if days > 0 else 'before'} this plan"


def counted(number: int, noun: str, plural: str = "") -> str:
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


MARKS: dict[Mark, str] = {
    "K": "kept",
    "L": "lost",
    "G": "gained",
    "T": "there already",
    "W": "waits",
    "X": "left out",
    ".": "never",
}
_NOT_GIVEN: dict[str, Mark] = {"waits": "W", "excluded": "X"}


def mark(access: Access, key: str) -> Mark:
    """Say what becomes of one permission of one login; see `MARKS`.

    An owner could do everything before and can after, whatever the flags of a sub-account said.
    Who is left out loses nothing by this plan: no login is made, and none is taken away.
    """
    return _mark(access.before, access.after, access.state, key)


def _mark(held: Permissions, left: Permissions, state: str, key: str) -> Mark:
    before, after = key in held, key in left
    if state == "owner" or (before and after):
        return "K"
    if after:  # who is held or left out has it in the target already, and keeps it
        return "T" if state in _NOT_GIVEN else "G"
    if before:
        return _NOT_GIVEN.get(state, "L")
    return "."


def moving(facts: Facts) -> dict[str, int]:
    """Count the logins whose access does not stay the same, by state, worst first.

    Who gains one right and loses another is counted with both.
    """
    return {state: facts.logins.get(state, 0) for state in STATES} | {"narrower": facts.losing}


def code_in(reason: str) -> str:
    """Give the code of a finding that a guard rule names; what is no such rule is one itself."""
    family, _, code = reason.partition(":")
    return code or family


def why(reason: str) -> str:
    """Give a guard rule or the code of a finding in words; a sentence stays as it is."""
    finding = CATALOGUE.get(code_in(reason))
    return finding.sentence if finding else sentence_of(reason)


def marked(access: Access, letter: Mark) -> Permissions:
    if access.before == access.after:
        return access.before if letter == "K" else NONE
    return _marked(access.before, access.after, access.state, letter)


@lru_cache(maxsize=1 << 14)  # there are few distinct sets
def _marked(held: Permissions, left: Permissions, state: str, letter: Mark) -> Permissions:
    keys = permissions((*held, *left))
    return tuple(key for key in keys if _mark(held, left, state, key) == letter)


def dispositions(counts: Counts) -> dict[str, int]:
    """Give every disposition in one order, including those that no contact has."""
    known: dict[str, int] = {str(each): counts.dispositions.get(each, 0) for each in Disposition}
    return known | dict(
        sorted(item for item in counts.dispositions.items() if item[0] not in known)
    )


def equation(counts: Counts) -> str:
    """Say what became of the contacts as a sum; one that does not add up says so."""
    contacts = counted(counts.contacts, "contact")
    terms = " + ".join(
        counted(number, word, "" if word in _NOUNS else word)
        for word, number in dispositions(counts).items()
    )
    if counts.adds_up:
        return f"{contacts} = {terms}"
    return f"{contacts}, but {terms} = {sum(counts.dispositions.values()):,}"


_NOUNS = (Disposition.LOGIN, Disposition.OWNER)  # the other dispositions are what was done


def mismatch(counts: Counts) -> str:
    """Say what is wrong with counts that do not add up; empty where they do."""
    if counts.adds_up:
        return ""
    out = sum(counts.dispositions.values())
    return (
        f"The counts do not add up: {counted(counts.contacts, 'legacy contact')} in, {out:,} "
        "accounted for. This is a defect in syncd: do not apply this plan, and report it."
    )


def worst_first(findings: Iterable[FindingCount]) -> list[FindingCount]:
    return sorted(findings, key=lambda f: (_WORST_FIRST.index(f.severity), -f.count, f.code))


def open_questions(report: Report) -> list[FindingCount]:
    """Give what is open by its kind: blocks, then what decisions.yaml asks, most frequent first.

    A question may be about several findings; it counts once, as it is answered once.
    """
    known = {each.code: each for each in report.facts.findings if each.severity is Severity.REVIEW}
    questions = [
        msgspec.structs.replace(known[on], count=number)
        if on in known
        else _about_a_change(on, number)
        for on, number in _asked(report).items()
    ]
    blocks = (each for each in report.facts.findings if each.severity is Severity.BLOCK)
    return worst_first([*blocks, *questions])


# What is asked about a change whose reason needs a person.
CHANGED = "The target is neither as syncd left it nor as it should be."
EXPLAIN = "Look at `syncd explain` to see how this came about."


def _about_a_change(reason: str, number: int) -> FindingCount:
    return FindingCount(reason, "", Severity.REVIEW, CHANGED, EXPLAIN, number)


def held_groups(report: Report) -> list[RuleCount]:
    """Give what each rule holds, the largest first; what findings hold is one group."""
    by_finding = Counter[str]()
    groups = []
    for rule in report.facts.held:
        family = rule.rule.partition(":")[0]
        if family in ("review", "blocked"):
            by_finding[family] += rule.count
        else:
            groups.append(rule)
    for family, number in by_finding.items():
        groups.append(RuleCount(family, f"{sentence_of(family)}, see Open", number))
    return sorted(groups, key=lambda group: (-group.count, group.rule))


def verdict(report: Report) -> Said:
    """Give the verdict, with the meaning that it has for this plan."""
    said = VERDICTS[report.readiness]
    if report.readiness == "ready" and report.holds:
        return said._replace(meaning=_LEFT)
    if report.readiness == "ready with decisions" and not report.writes:
        return said._replace(meaning=_ALL_WAITS)
    return said


def still_open(report: Report) -> str:
    decide, correct = to_decide(report), to_correct(report)
    if decide or correct:
        return f"{decide:,} to decide, {correct:,} to correct"
    by_hand = report.facts.contacts.by_hand
    waits = [f"{report.holds:,} held"] if report.holds else []
    waits += [f"{by_hand:,} to do by hand"] if by_hand else []
    return ", ".join(["nothing to decide", *waits]) if waits else "nothing open"


def to_correct(report: Report) -> int:
    """Count what only a correction of the legacy data answers."""
    return _number_of(report, Severity.BLOCK)


def to_decide(report: Report) -> int:
    """Count what decisions.yaml asks."""
    return sum(_asked(report).values())


def _asked(report: Report) -> dict[str, int]:
    """Count the questions of each kind; a plan that takes back a run asks nothing of its own."""
    facts = report.facts
    if facts.header.undoes:
        return {
            each.code: each.count for each in facts.findings if each.severity is Severity.REVIEW
        }
    return facts.questions.numbers


def moved(report: Report) -> list[Access]:
    """Give the sampled logins that gain, lose, wait or are left out, in that order."""
    sample = [access for access in report.facts.access_sample if access.state in STATES]
    return sorted(sample, key=lambda access: list(STATES).index(access.state))


# What becomes of an invitation, in the order of its life; see `model/invitation.py`.
LIVES = {
    "asked": "held by a wave; a later run sends it",
    "waiting": "not accepted yet",
    "expiring": "not accepted for five days or more: phone the client",
    "unconfirmed": "no answer came when it was sent, so it may never have been mailed",
    "expired": "not accepted within 7 days",
    "withdrawn": "cancelled by hand in the target",
    "redirected": "accepted under another address, or perhaps so",
    "accepted": "since the last run",
}

# What becomes of a password. Only a bcrypt hash can be carried over, where people are attached
# without a mail; the API by itself carries none, whatever its kind (T-42).
PASSWORDS = {
    "carried": Said("keep the old one", "its hash is carried over to the new user"),
    "set": Said("set a new one", "when the invitation is accepted"),
    "kept": Said("keep theirs", "the person already has a user in the target"),
    "reset": Said("need a reset", "the user is created with a password that nobody knows"),
    "none": Said("have none", "no login is made, or it is held"),
}
# Why a person who is attached does not keep the old password; a kind that is stored is `kind:...`.
WITHOUT = {
    "several": "several sub-accounts with a password each, and nobody decided (which_password)",
    "decided": "a decision says that none of several is kept",
    "stray": "the decision names a row whose password cannot be kept",
    "owner": "the address is an owner's",
    "policy": "policy.passwords is none",
    "source": "the source gives no passwords",
    "target": "the target takes no passwords",
    "address": "a decision corrected the address of the row",
    "renamed": "the row was a login of another address before, whose person may know it",
    "kind:none": "no password is stored",
    "kind:unknown": "it is stored in a form that is not known, or is not shown",
    "no-row": "the user is made without a legacy row",
}


def why_no_password(why: str) -> str:
    kind = why.removeprefix("kind:")
    return WITHOUT.get(why, f"stored as {kind}, which is no bcrypt")


class PermissionName(NamedTuple):
    """A permission as a narrow column heads it, and as the client area labels it."""

    short: str
    full: str


LABELS = {
    "profile": PermissionName("pro", "Modify Master Account Profile"),
    "contacts": PermissionName("con", "View & Manage Contacts"),
    "products": PermissionName("prd", "View Products & Services"),
    "manageproducts": PermissionName("mpr", "View & Modify Product Passwords"),
    "productsso": PermissionName("sso", "Perform Single Sign-On"),
    "domains": PermissionName("dom", "View Domains"),
    "managedomains": PermissionName("mdo", "Manage Domain Settings"),
    "invoices": PermissionName("inv", "View & Pay Invoices"),
    "quotes": PermissionName("quo", "View & Accept Quotes"),
    "tickets": PermissionName("tic", "View & Open Support Tickets"),
    "affiliates": PermissionName("aff", "View & Manage Affiliate Account"),
    "emails": PermissionName("eml", "View Emails"),
    "orders": PermissionName("ord", "Place New Orders/Upgrades/Cancellations"),
}


def _number_of(report: Report, severity: Severity) -> int:
    return sum(f.count for f in report.facts.findings if f.severity is severity)
