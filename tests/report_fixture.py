"""An invented hosting provider's Report: every section has something to say, and it adds up."""

import msgspec

from syncd.config.files import load_roles
from syncd.model.finding import CATALOGUE
from syncd.model.permission import ALL, permissions
from syncd.model.verdict import Refusal
from syncd.report.asking import QuestionFacts, QuestionRow
from syncd.report.evidence import Found, LegacyLine
from syncd.report.facts import (
    Access,
    ChangeCount,
    ChangeLine,
    ContactFacts,
    Counts,
    Facts,
    FindingCount,
    Header,
    Mail,
    Recipient,
    Report,
    RuleCount,
    ShownLogin,
    SourceLine,
    Task,
)
from syncd.report.holding import Chooser, ChooserFacts, PeopleFacts, PermissionHolder
from syncd.report.moved import Movement, SinceFacts
from syncd.report.schedule import Wave, WaveFacts, WavesAhead
from syncd.report.summary import summarise

HEADER = Header(
    plan="p-20260502-0100-7f3a",
    made_at="2026-05-02T01:00:00+00:00",
    syncd="0.1.0",
    sources=(
        SourceLine(
            name="legacy",
            kind="backup",
            origin="shop-2026-05-01.sql.gz",
            version="7.10.3",
            taken_at="2026-05-01T23:10:00+00:00",
            clients=768,
            contacts=1133,
        ),
        SourceLine(
            name="brandb",
            kind="mysql",
            origin="whmcs on db2.hosting.example",
            version="6.3.2",
            taken_at="",
            clients=44,
            contacts=71,
            remarks=("tblcontacts has no column affiliateemails; read as off",),
        ),
    ),
    target="whmcs",
    target_origin="WHMCS 8.13.1 at portal.hosting.example",
    policy={
        "mode": "no-removals",
        "users": "by-invite",
        "closed accounts": "skip",
        "missing accounts": "held",
        "applied without a decision": "changed, new, revoked",
        "permission map": "whmcs-7",
        "invitations per run": "at most 500",
    },
    provider="Kestrel Hosting",
)

COUNTS = Counts(
    clients=812,
    contacts=1204,
    dispositions={
        "login": 401,
        "owner": 6,
        "kept": 771,
        "held": 14,
        "blocked": 4,
        "excluded": 8,
    },
    accounts=804,
    accounts_there=798,
    users_there=803,
    unmanaged={"membership": 17, "user": 5},
    waiting=9,
    expired=2,
)

_BILLING = permissions(("invoices", "quotes", "tickets"))
_TECHNICAL = permissions(("products", "manageproducts", "domains", "managedomains", "tickets"))
_DIFFERS = "differs from the legacy rows"
_DELEGATE = permissions(("profile", "contacts", "products", "invoices", "tickets", "emails"))


def _narrower(number: int, email: str, name: str, lost: str) -> Access:
    before = permissions((*_TECHNICAL, lost))
    return Access(f"legacy/{number}", name, email, before, _TECHNICAL, "narrower", _DIFFERS)


ACCESS = (
    Access(
        "legacy/17",
        "Acme Widgets Ltd",
        "jane@dev.example",
        permissions((*_DELEGATE, "domains", "orders")),
        permissions(("products", "invoices", "domains")),
        "narrower",
        _DIFFERS,
    ),
    _narrower(41, "ops@northwind.example", "Northwind Traders", "affiliates"),
    _narrower(58, "kofi.mensah@tailspin.example", "Tailspin Toys", "affiliates"),
    _narrower(77, "lucia.fernandez@contoso.example", "Contoso Ibérica S. L.", "quotes"),
    _narrower(90, "web@agency.example", "Fabrikam GmbH & Co. KG", "affiliates"),
    _narrower(91, "web@agency.example", "Lamna Healthcare", "affiliates"),
    _narrower(92, "web@agency.example", "Proseware", "affiliates"),
    _narrower(103, "m.okafor@wingtip.example", "Wingtip Toys", "quotes"),
    _narrower(144, "søren@bageri.example", "Sørens Bageri ApS", "affiliates"),
    _narrower(201, "it.support@adatum.example", "A. Datum Corporation", "affiliates"),
    _narrower(350, "hana@trey.example", "Trey Research", "quotes"),
    Access(
        "brandb/3",
        "Blue Yonder Airlines",
        "accounts@blueyonder.example",
        _BILLING,
        (),
        "waits",
        "review:owner_elsewhere_other_name",
    ),
    Access(
        "legacy/61",
        "Humongous Insurance",
        "r.castillo@humongous.example",
        ALL,
        (),
        "waits",
        "review:twin_logins_disjoint",
    ),
    Access(
        "legacy/212",
        "Litware Inc.",
        "helpdesk@litware.example",
        (),
        (),
        "waits",
        "unreadable_flags",
    ),
    Access(
        "legacy/402",
        "Margie's Travel",
        "margie@travel.example",
        _BILLING,
        (),
        "excluded",
        "left out by policy, or no usable address",
    ),
)


def _found(code: str, count: int) -> FindingCount:
    known = CATALOGUE[code]
    return FindingCount(code, known.case, known.severity, known.sentence, known.advice, count)


FINDINGS = (
    _found("many_accounts", 23),
    _found("full_rights", 88),
    _found("delegate_loses_power", 31),
    _found("owner_has_it", 6),
    _found("closed_account", 8),
    _found("role_mailbox", 12),
    _found("twin_logins_overlap", 1),
    _found("twin_logins_disjoint", 1),
    _found("owner_elsewhere_other_name", 5),
    _found("unreadable_flags", 1),
    _found("login_without_rights", 4),
    _found("login_address_invalid", 3),
    _found("login_without_email", 3),
    _found("orphan_contact", 1),
)

HELD = (
    RuleCount(
        "review:owner_elsewhere_other_name",
        f"{CATALOGUE['owner_elsewhere_other_name'].sentence} "
        f"{CATALOGUE['owner_elsewhere_other_name'].advice}",
        5,
    ),
    RuleCount(
        "reason:invite_expired",
        "the invitation expired; decide whether to send another",
        2,
    ),
    RuleCount(
        "create-missing",
        "the target has no matching account; name one in accounts.mapping, or set "
        "accounts.create_missing",
        6,
    ),
    RuleCount("parent", "depends on account:legacy/730, which is not applied", 9),
    RuleCount(
        "unsupported",
        "the API moves no ownership; use Make Owner on the client's Users tab",
        1,
    ),
)

_WHY = {rule.rule: rule.why for rule in HELD}


def _line(verb: str, kind: str, key: str, reason: str, rule: str) -> ChangeLine:
    return ChangeLine(verb, kind, key, reason, "hold", rule, _WHY[rule])


_EXPIRED = "reason:invite_expired"
_OTHER_NAME = "review:owner_elsewhere_other_name"
HELD_LINES = (
    _line("+", "account", "account:legacy/730", "new", "create-missing"),
    _line("+", "account", "account:legacy/731", "new", "create-missing"),
    _line("+", "membership", "membership:legacy/730:p.ito@vanarsdel.example", "new", "parent"),
    _line("+", "membership", "membership:legacy/9:old@dev.example", "invite_expired", _EXPIRED),
    _line("+", "membership", "membership:brandb/3:accounts@blueyonder.example", "new", _OTHER_NAME),
    _line("~", "account", "account:legacy/88", "drifted", "unsupported"),
)

MAILS = (
    Mail("jane@dev.example", "legacy/17", "Acme Widgets Ltd", ("products", "invoices", "domains")),
    Mail("web@agency.example", "legacy/90", "Fabrikam GmbH & Co. KG", _TECHNICAL),
    Mail("web@agency.example", "legacy/91", "Lamna Healthcare", _TECHNICAL),
    Mail("books@ledger.example", "legacy/17", "Acme Widgets Ltd", _BILLING),
    Mail("partner@fourthcoffee.example", "brandb/8", "Fourth Coffee", ALL),
)

CHANGES = (
    ChangeCount("user", "+", "apply", 12),
    ChangeCount("membership", "+", "apply", 371),
    ChangeCount("membership", "~", "apply", 11),
    ChangeCount("contact", "+", "apply", 38),
    ChangeCount("account", "+", "hold", 6),
    ChangeCount("account", "~", "hold", 1),
    ChangeCount("membership", "+", "hold", 16),
)

RECIPIENT = Recipient(
    *("legacy/17", "Acme Widgets Ltd", "invoice", "removed", "books@ledger.example"),
    why="a question is open",
)
TASK = Task(
    *("Settle who owns it", "legacy/88", "Woodgrove Bank", "88", "cfo@woodgrove.example"),
    *("Users tab > Make Owner", "the owners differ", "unsupported", "account:legacy/88"),
)
CONTACTS = ContactFacts(
    recipients_removed=1,
    referenced=41,
    support=212,
    by_hand=1,
    recipient_sample=(RECIPIENT,),
    task_sample=(TASK,),
)

PEOPLE = PeopleFacts(
    labels={"billing": 211, "custom": 44, "full": 88, "support": 30, "technical": 46},
    tiers={"critical": 131, "high": 160},
    holders={"profile": 90, "manageproducts": 121, "emails": 93, "orders": 140},
    permissions=load_roles("labels").permissions,
    holder_sample=(
        PermissionHolder(
            *("web@agency.example", "legacy/90", "Fabrikam GmbH & Co. KG", "manageproducts"),
            *("critical", "change the passwords of services and control panels", "narrower"),
        ),
        PermissionHolder(
            *("jane@dev.example", "legacy/17", "Acme Widgets Ltd", "orders"),
            *("high", "order, upgrade and cancel at the client's expense", "waits"),
        ),
    ),
    choosers=ChooserFacts(
        23,
        21,
        (
            Chooser("web@agency.example", 3, 1, 3, "legacy/90 legacy/91 legacy/92"),
            Chooser("partner@fourthcoffee.example", 2, 2, 2, "brandb/8 brandb/9"),
        ),
    ),
)

QUESTIONS = QuestionFacts(
    {
        "owner_elsewhere_other_name": 5,
        "login_without_rights": 4,
        "login_address_invalid": 3,
        "invite_expired": 2,
        "twin_logins_disjoint": 1,
        "twin_logins_overlap": 1,
        "unreadable_flags": 1,
    },
    (
        QuestionRow(
            on="twin_logins_disjoint",
            accounts="legacy/61",
            names="Humongous Insurance",
            emails="r.castillo@humongous.example",
            labels="full",
            sentence=CATALOGUE["twin_logins_disjoint"].sentence,
            data="R. Castillo / Rosa Castillo",
            holds="+ membership:legacy/61:r.castillo@humongous.example: invoices, tickets",
            changes=1,
            advice=CATALOGUE["twin_logins_disjoint"].advice,
            answers="union = all that any of them has: invoices, tickets | leave = no membership",
            scope="membership:legacy/61:r.castillo@humongous.example",
            made_on="#99eabc19faf00feb",
        ),
    ),
)

CASE = Found(
    "twin_logins_disjoint",
    "membership:legacy/61:r.castillo@humongous.example",
    *("legacy/61", "", "r.castillo@humongous.example", "R. Castillo / Rosa Castillo", ""),
)
MATRIX = tuple(
    ShownLogin(
        access,
        (LegacyLine(f"{access.account}1", "Somebody", ",".join(access.before), access.before),),
        (CASE,) if access.account == "legacy/61" else (),
    )
    for access in ACCESS
)
WAVES = WaveFacts(
    invitations=WavesAhead(
        371,
        700,
        2,
        (
            Wave("2026-05-03T03:15+00:00", 500, "2026-05-10T03:15+00:00"),
            Wave("2026-05-04T03:15+00:00", 200, "2026-05-11T03:15+00:00"),
        ),
        Wave("2026-05-04T03:15+00:00", 200, "2026-05-11T03:15+00:00"),
    ),
    limits={"waves.per_run": "500", "waves.hours": "08:00-20:00 Europe/Berlin"},
)
SINCE = SinceFacts(
    "0123456789ab",
    "2026-05-01T01:00:00+00:00",
    {"gains": 2, "state": 1},
    (
        Movement(
            *("legacy/17", "Acme Widgets Ltd", "jane@dev.example", "waits", "narrower"),
            gained=("invoices",),
            lost=(),
        ),
    ),
)

FACTS = Facts(
    header=HEADER,
    counts=COUNTS,
    logins={"same": 387, "narrower": 11, "wider": 0, "waits": 14, "owner": 6, "excluded": 1},
    changes=CHANGES,
    held=HELD,
    findings=FINDINGS,
    refusals=(),
    mails=371,
    mailed_people=329,
    access_sample=ACCESS,
    held_sample=HELD_LINES,
    mail_sample=MAILS,
    contacts=CONTACTS,
    people=PEOPLE,
    passwords={"bcrypt": 300, "md5-salted": 112, "none": 7},
    password_outcomes={"set": 371, "kept": 33, "none": 15},
    questions=QUESTIONS,
    losing=11,
    matrix=MATRIX,
    cases=(CASE,),
    waves=WAVES,
    since=SINCE,
)

REFUSAL = Refusal(
    "removals",
    12,
    0,
    '12 memberships would be removed; if that is right: --allow removals=12 --because "..."',
)
# What a hostile row puts into a name: markup, quotes, a formula, overrides of direction, escapes.
HOSTILE = "\u202e<script>alert('x')</script>\"'=1+1\x1b[31m\r\n&amp;{{ 7*7 }}"


def a_report(**facts: object) -> Report:
    """Give the provider's report, with other facts where named."""
    return summarise(msgspec.structs.replace(FACTS, **facts))


def an_empty_report() -> Report:
    """Give the report of a night on which there is nothing to do."""
    return a_report(
        counts=msgspec.structs.replace(
            COUNTS, dispositions={"login": 433, "kept": 771}, waiting=0, expired=0, unmanaged={}
        ),
        logins={"same": 433},
        changes=(),
        held=(),
        findings=(),
        mails=0,
        mailed_people=0,
        access_sample=(),
        held_sample=(),
        mail_sample=(),
        contacts=ContactFacts(),
        people=PeopleFacts(),
        passwords={},
        password_outcomes={},
        questions=QuestionFacts(),
        losing=0,
        matrix=(),
        cases=(),
        waves=WaveFacts(),
        since=SinceFacts(),
    )
