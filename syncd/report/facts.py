"""The facts of a report: the values that the renderers know."""

from typing import Literal

import msgspec

from syncd.model.finding import Severity
from syncd.model.permission import Permissions
from syncd.model.verdict import Refusal
from syncd.report.advising import AdviceFacts
from syncd.report.asking import QuestionFacts
from syncd.report.cutover import CutoverReadiness
from syncd.report.evidence import Found, LegacyLine, Story
from syncd.report.holding import PeopleFacts
from syncd.report.keeping import SilenceFacts
from syncd.report.moved import SinceFacts
from syncd.report.ownership import OwnershipFacts
from syncd.report.schedule import WaveFacts

VERSION = 1


Readiness = Literal["ready", "ready with decisions", "not ready"]
MailChange = Literal["added", "removed"]


class SourceLine(msgspec.Struct, frozen=True):
    """One legacy source, as the header shows it."""

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
    target_remarks: tuple[str, ...] = ()
    days_to_cutover: int | None = None  # from the day of this plan; negative once it is past
    provider: str = ""  # whose plan it is, by the config

    @property
    def through_api(self) -> tuple[str, ...]:
        """The sources that do not show where a contact is in use."""
        return tuple(source.name for source in self.sources if source.kind == "whmcs_api")


class Counts(msgspec.Struct, frozen=True):
    """`dispositions` say what became of every legacy contact and must add up to `contacts`."""

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
    owners_made: int = 0  # people who get a user as the owner of an account that this plan makes

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

    @property
    def loses(self) -> bool:
        """Whether this plan takes a right away; who waits or is left out loses none by it."""
        return self.state in ("narrower", "wider") and bool(self.lost)


class ShownLogin(msgspec.Struct, frozen=True):
    """A login with what explains it: its legacy rows, and what was found, the nearest first."""

    access: Access
    rows: tuple[LegacyLine, ...] = ()
    evidence: tuple[Found, ...] = ()


class Stories(msgspec.Struct, frozen=True):
    """What explains the rows of the page that the matrix does not: logins, and all else."""

    logins: tuple[ShownLogin, ...] = ()
    others: tuple[Story, ...] = ()


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
    """Changes of this plan that `undo` cannot take back once they are applied."""

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
    change: MailChange
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
    key: str  # of what it is about


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


class Sent(msgspec.Struct, frozen=True):
    """An invitation that was sent before, and whom to phone about it: the account's client.

    `state` is a `Life` of model/invitation, `times` how many were sent in a row.
    """

    state: str
    email: str
    account: str
    account_name: str
    permissions: Permissions
    sent_at: str
    expires_at: str
    times: int
    client: str
    client_email: str
    client_phone: str
    why: str = ""


class InvitationFacts(msgspec.Struct, frozen=True):
    states: dict[str, int] = {}  # see `words.LIVES` -> invitations
    sample: tuple[Sent, ...] = ()  # of those for which somebody should phone


class OwnersInvitation(msgspec.Struct, frozen=True):
    """An invitation that owners send themselves (cut-over policy `reinvite-by-owner`)."""

    owner_email: str
    owner: str
    account: str
    account_name: str
    invite: str
    permissions: Permissions


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
    ownership: OwnershipFacts = OwnershipFacts()
    passwords: dict[str, int] = {}  # kind in the legacy system -> logins
    password_outcomes: dict[str, int] = {}  # see `words.PASSWORDS` -> logins
    silence: SilenceFacts = SilenceFacts()  # who is attached without a mail
    unused_entries: tuple[str, ...] = ()  # of the config's lists, which match nothing: some of them
    questions: QuestionFacts = QuestionFacts()
    losing: int = 0  # logins that lose a right, of which `wider` ones gain another
    matrix: tuple[ShownLogin, ...] = ()  # all of as many people as fit the page, the worst first
    stories: Stories = Stories()
    cases: tuple[Found, ...] = ()  # a few findings of each code
    waves: WaveFacts = WaveFacts()
    since: SinceFacts = SinceFacts()  # what the plan before said otherwise
    advice: AdviceFacts = AdviceFacts()


class Report(msgspec.Struct, frozen=True):
    readiness: Readiness
    sentences: tuple[str, ...]
    facts: Facts
    irreversible: tuple[Irreversible, ...] = ()
    cutover: CutoverReadiness = CutoverReadiness()
    version: int = VERSION

    @property
    def writes(self) -> int:
        """Changes that applying this plan would make."""
        return sum(c.count for c in self.facts.changes if c.verdict == "apply")

    @property
    def holds(self) -> int:
        return sum(c.count for c in self.facts.changes if c.verdict == "hold")
