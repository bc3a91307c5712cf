"""The Report value: everything the renderers know. Bounded: long tables are samples of the CSVs.

`summarise` is pure; what it counts is gathered by the pipeline. Format and version are documented
in `docs/report.md`.
"""

from collections.abc import Iterable, Iterator
from typing import Literal

import msgspec

from syncd.model.change import Verb
from syncd.model.finding import Severity
from syncd.model.permission import Permissions
from syncd.model.reversal import IRREVERSIBLE
from syncd.model.verdict import Refusal, Word
from syncd.report.invitations import InvitationFacts
from syncd.report.people import PeopleFacts

VERSION = 1
SAMPLE = 200  # rows of a long table kept in the Report

Readiness = Literal["ready", "ready with decisions", "not ready"]


class SourceLine(msgspec.Struct, frozen=True):
    """One legacy source, as the header tells it."""

    name: str
    kind: str
    origin: str
    version: str
    taken_at: str
    clients: int
    contacts: int
    remarks: tuple[str, ...] = ()


class Header(msgspec.Struct, frozen=True):
    plan: str
    made_at: str  # ISO 8601, UTC
    syncd: str
    sources: tuple[SourceLine, ...]
    target: str
    target_origin: str
    policy: dict[str, str]  # the settings that shaped this plan, in words of the config
    undoes: str = ""  # the run that this plan takes back
    cutover_date: str = ""  # ISO 8601, by the config
    days_to_cutover: int | None = None  # from the day of this plan; negative once it is past

    @property
    def through_api(self) -> tuple[str, ...]:
        """The sources that cannot tell what names a contact."""
        return tuple(source.name for source in self.sources if source.kind == "whmcs_api")


class Counts(msgspec.Struct, frozen=True):
    """`dispositions` tell what became of every legacy contact and must add up to `contacts`."""

    clients: int
    contacts: int
    dispositions: dict[str, int]
    accounts: int  # desired
    accounts_there: int  # of these, already in the target
    users_there: int
    unmanaged: dict[str, int]  # kind -> resources of the target that syncd leaves alone
    waiting: int  # invitations sent and neither accepted nor expired
    expired: int
    unconfirmed: int = 0  # of those that wait: no answer came when they were sent

    @property
    def adds_up(self) -> bool:
        return sum(self.dispositions.values()) == self.contacts


class Access(msgspec.Struct, frozen=True):
    """One login on one account, before in the legacy system and after this plan.

    `state`: `same`, `narrower`, `wider` (never without a decision), `waits` (held or blocked),
    `excluded` (left out by policy), `owner` (owns the account and may do everything).
    """

    account: str
    account_name: str
    email: str
    before: Permissions
    after: Permissions
    state: str
    why: str = ""
    password: str = ""  # its kind in the legacy system
    password_after: str = ""  # see `words.PASSWORDS`
    label: str = ""  # of what it could do before, see mappings/labels.yaml

    @property
    def lost(self) -> Permissions:
        return tuple(key for key in self.before if key not in self.after)

    @property
    def gained(self) -> Permissions:
        return tuple(key for key in self.after if key not in self.before)


class ChangeLine(msgspec.Struct, frozen=True):
    verb: str
    kind: str
    key: str
    reason: str
    verdict: str
    rule: str
    why: str


class ChangeCount(msgspec.Struct, frozen=True):
    kind: str
    verb: str
    verdict: str
    count: int


class RuleCount(msgspec.Struct, frozen=True):
    """How many changes a guard rule holds, with one of its explanations."""

    rule: str
    why: str
    count: int


class FindingCount(msgspec.Struct, frozen=True):
    code: str
    case: str
    severity: Severity
    sentence: str
    advice: str
    count: int


class Irreversible(msgspec.Struct, frozen=True):
    """Changes of this plan that `undo` could not take back once they are applied."""

    kind: str
    verb: str
    count: int
    why: str


class Mail(msgspec.Struct, frozen=True):
    """An invitation this plan would send."""

    email: str
    account: str
    account_name: str
    permissions: Permissions
    label: str = ""


class Recipient(msgspec.Struct, frozen=True):
    """An address that gets a category of mail of an account only before, or only after."""

    account: str
    account_name: str
    category: str
    change: Literal["added", "removed"]
    email: str
    why: str


class Task(msgspec.Struct, frozen=True):
    """Something that no call can do: a row of the worksheet."""

    task: str
    account: str
    account_name: str
    target_client: str  # the client's id in the target, "" where it is not there
    who: str
    where: str
    why: str
    rule: str


class ContactFacts(msgspec.Struct, frozen=True):
    """What becomes of contacts, in numbers; samples are at most SAMPLE rows each."""

    recipients_added: int = 0
    recipients_removed: int = 0
    referenced: int = 0  # contacts that orders, pay methods, tickets, bills or logins name
    support: int = 0  # contacts that may ask support
    by_hand: int = 0  # rows of the worksheet
    recipient_sample: tuple[Recipient, ...] = ()
    task_sample: tuple[Task, ...] = ()

    @property
    def differences(self) -> int:
        return self.recipients_added + self.recipients_removed


class Facts(msgspec.Struct, frozen=True):
    """What the pipeline gathers; samples are at most SAMPLE rows each."""

    header: Header
    counts: Counts
    logins: dict[str, int]  # state -> number, see Access
    changes: tuple[ChangeCount, ...]
    held: tuple[RuleCount, ...]
    findings: tuple[FindingCount, ...]
    refusals: tuple[Refusal, ...]
    mails: int
    mailed_people: int
    access_sample: tuple[Access, ...] = ()  # those whose access does not stay the same
    held_sample: tuple[ChangeLine, ...] = ()
    mail_sample: tuple[Mail, ...] = ()
    contacts: ContactFacts = ContactFacts()
    people: PeopleFacts = PeopleFacts()
    invitations: InvitationFacts = InvitationFacts()
    passwords: dict[str, int] = {}  # kind in the legacy system -> logins
    password_outcomes: dict[str, int] = {}  # see `words.PASSWORDS` -> logins


class Report(msgspec.Struct, frozen=True):
    readiness: Readiness
    sentences: tuple[str, ...]
    facts: Facts
    irreversible: tuple[Irreversible, ...] = ()
    version: int = VERSION

    @property
    def writes(self) -> int:
        """Changes that applying this plan would make."""
        return sum(c.count for c in self.facts.changes if c.verdict == "apply")

    @property
    def holds(self) -> int:
        return sum(c.count for c in self.facts.changes if c.verdict == "hold")


def summarise(facts: Facts) -> Report:
    """Weigh the facts: how ready the plan is, and the sentences a person reads first."""
    return Report(
        _readiness(facts), tuple(_sentences(facts)), facts, tuple(_irreversible(facts.changes))
    )


def _irreversible(changes: Iterable[ChangeCount]) -> Iterator[Irreversible]:
    for change in changes:
        why = IRREVERSIBLE.get((change.kind, Verb(change.verb)))
        if why and change.verdict == Word.APPLY:
            yield Irreversible(change.kind, change.verb, change.count, why)


def _readiness(facts: Facts) -> Readiness:
    if facts.refusals or facts.logins.get("wider"):
        return "not ready"
    open_questions = sum(f.count for f in facts.findings if f.severity is not Severity.NOTE)
    held = sum(rule.count for rule in facts.held if not rule.rule.startswith("decided:"))
    return "ready with decisions" if open_questions or held else "ready"


def _sentences(facts: Facts) -> list[str]:
    sentences = _of_an_undo(facts) if facts.header.undoes else _of_a_plan(facts)
    if facts.mails:
        sentences.append(
            f"Applying this plan sends {_count(facts.mails, 'invitation')} to "
            f"{_count(facts.mailed_people, 'person', 'people')}; each expires 7 days after it is "
            "sent. Planning sends nothing."
        )
    else:
        sentences.append("Applying this plan sends no mail.")
    promise = _PROMISES.get(facts.header.policy.get("cut-over", ""))
    if promise:
        sentences.append(promise if not facts.mails else _BROKEN)
    sentences += [
        f"Refused by the fuse {refusal.fuse}: {refusal.why}" for refusal in facts.refusals
    ]
    return sentences


def _of_an_undo(facts: Facts) -> list[str]:
    by_verdict = dict.fromkeys(Word, 0)
    for change in facts.changes:
        by_verdict[Word(change.verdict)] += change.count
    return [
        (
            f"This plan takes back run {facts.header.undoes}: "
            f"{_count(by_verdict[Word.APPLY], 'change')} would be undone, "
            f"{by_verdict[Word.HOLD]} cannot be and are held, each with its reason."
        ),
        "What is taken back stays so: later runs hold it as drifted or vanished until you decide.",
    ]


def _of_a_plan(facts: Facts) -> list[str]:
    logins, counts = facts.logins, facts.counts
    members = sum(number for state, number in logins.items() if state != "owner")
    sentences = [
        (
            f"{_count(members, 'sub-account login')} examined: {logins.get('same', 0)} keep "
            f"exactly the same rights, {logins.get('narrower', 0)} lose a right, "
            f"{logins.get('wider', 0)} gain one, {logins.get('waits', 0)} wait for a decision, "
            f"{logins.get('excluded', 0)} are left out."
        ),
        (
            f"{_count(counts.contacts, 'legacy contact')} in {_count(counts.clients, 'account')}; "
            f"every contact stays a contact. {_recipients(facts.contacts)}"
        ),
    ]
    if facts.password_outcomes:
        sentences.append(_passwords(facts.password_outcomes))
    return sentences


def _recipients(contacts: ContactFacts) -> str:
    if not contacts.differences:
        return "Mail recipients: 0 differences, in all 6 categories of mail."
    return (
        f"Mail recipients: {_count(contacts.differences, 'difference')}, "
        f"{contacts.recipients_added:,} added and {contacts.recipients_removed:,} removed "
        "(recipients.csv)."
    )


def _passwords(outcomes: dict[str, int]) -> str:
    return (
        f"No password is carried over: {outcomes.get('set', 0):,} set one on accepting, "
        f"{outcomes.get('kept', 0):,} keep their user's, {outcomes.get('reset', 0):,} ask for one."
    )


# What a cut-over policy promises, where it promises that nobody gets mail.
_PROMISES = {
    "silent": "The cut-over policy silent holds: people are attached without a mail.",
    "reinvite-by-owner": (
        "The cut-over policy reinvite-by-owner holds: syncd invites nobody, the owners do."
    ),
}
_BROKEN = "The cut-over policy promises that nobody is mailed, and this plan would break it."


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number:,} {one if number == 1 else many or one + 's'}"
