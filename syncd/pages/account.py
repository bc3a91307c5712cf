"""The page of an account: who owns it, who gets in, who gets its mail, who may ask support."""

from collections.abc import Sequence

import msgspec

from syncd.journal.glance import Glance
from syncd.model.catalogue import CATALOGUE
from syncd.model.keys import account_key
from syncd.model.ownership import OwnershipRequest
from syncd.pages.desk import Desk
from syncd.pages.history import Event, events
from syncd.pages.rows import AccountOnFile, ContactOnFile, FindingOnFile, MemberOnFile
from syncd.pages.shelf import Leaf
from syncd.pages.since import since
from syncd.pages.standing import WORDS, Judge, PersonStanding
from syncd.report import ownership

MOST = 500  # people, and contacts, of one account that are shown

_MAIL = {
    "general": "general",
    "product": "services",
    "domain": "domains",
    "invoice": "invoices",
    "support": "support",
    "affiliate": "affiliate",
}
_BASIS = {
    "support-mail": "Contacts that get support mail may ask, by the rule of this provider.",
    "all": "Every contact may ask, by the rule of this provider.",
    "none": "No contact may ask, by the rule of this provider.",
}


class MailLine(msgspec.Struct, frozen=True):
    """An address and the mail it gets; `planned` is that after the next run, where it differs."""

    email: str
    name: str
    gets: str
    planned: str = ""
    note: str = ""


class RequestLine(msgspec.Struct, frozen=True):
    request: OwnershipRequest
    stands: str
    todo: str


class FindingLineOfPage(msgspec.Struct, frozen=True):
    """A finding in words."""

    severity: str
    code: str
    sentence: str
    advice: str
    detail: str
    answer: str


class AccountPage(msgspec.Struct, frozen=True):
    account: AccountOnFile
    people: list[PersonStanding]
    mail: list[MailLine]
    support: list[ContactOnFile]
    support_basis: str
    ticket_openers: list[str]  # who can open tickets in the client area
    billing: str
    invited: list[PersonStanding]
    requests: list[RequestLine]
    events: list[Event]
    findings: list[FindingLineOfPage]
    is_cut: bool  # there are more than MOST


def account_page(desk: Desk, leaf: Leaf, glance: Glance, ref: str) -> AccountPage | None:
    """Gather the page of an account, None where the last plan knows none of that name."""
    asked = {"account": ref, "most": MOST}
    known = leaf.values(AccountOnFile, "FROM accounts WHERE account = $account", {"account": ref})
    if not known:
        return None
    account = known[0]
    members = leaf.values(MemberOnFile, _MEMBERS, asked)
    contacts = leaf.values(ContactOnFile, _CONTACTS, asked)
    keys = [account_key(ref), *(m.key for m in members), *(c.key for c in contacts)]
    done = since(glance, keys, desk.planned_at(leaf))
    account, contacts = done.account(account), [done.contact(each) for each in contacts]
    people = standings(desk, leaf, glance, members)
    requests = [_request(each) for each in glance.requests(ref) if _may_be_shown(desk, each)]
    return AccountPage(
        account=account,
        people=people,
        mail=[_own_mail(account), *map(_mail, contacts)],
        support=[contact for contact in contacts if contact.may_ask],
        support_basis=_BASIS[leaf.about.support],
        ticket_openers=[each.email for each in people if _opens_tickets(each)],
        billing=_billing(account, contacts),
        invited=[each for each in people if each.state == "invited"],
        requests=requests,
        events=events(leaf, glance, keys, desk.yesterday(), "account", ref),
        findings=findings_of(leaf, _FINDINGS, {"account": ref}),
        is_cut=len(members) == MOST or len(contacts) == MOST,
    )


_MEMBERS = "FROM members WHERE account = $account ORDER BY email LIMIT $most"
_CONTACTS = "FROM contacts WHERE account = $account ORDER BY email, key LIMIT $most"
_FINDINGS = "FROM findings WHERE account = $account"


def standings(
    desk: Desk, leaf: Leaf, glance: Glance, members: Sequence[MemberOnFile]
) -> list[PersonStanding]:
    """Say how each of these stands now, who gets in first."""
    keys, now = [member.key for member in members], desk.now()
    made = since(glance, keys, desk.planned_at(leaf)).made
    invites = {invite.key: invite for invite in glance.invites_to(keys, now)}
    judge = Judge(desk.roles, now, made, invites)
    order = list(WORDS)
    return sorted(
        map(judge.standing, members), key=lambda each: (order.index(each.state), each.email)
    )


def findings_of(leaf: Leaf, query: str, asked: dict[str, object]) -> list[FindingLineOfPage]:
    """Give findings in words, those that hold something first; the same is said once."""
    lines: dict[FindingLineOfPage, None] = {}
    for row in leaf.values(FindingOnFile, f"{query} LIMIT 200", asked):
        code = CATALOGUE[row.code]
        line = FindingLineOfPage(
            row.severity, row.code, code.sentence, code.advice, row.detail, row.answer
        )
        lines[line] = None
    return sorted(lines, key=lambda line: (_SEVERITIES.index(line.severity), line.code))


_SEVERITIES = ("block", "review", "note")


def _opens_tickets(standing: PersonStanding) -> bool:
    return standing.state == "member" and any(r.key == "tickets" for r in standing.rights)


def _may_be_shown(desk: Desk, request: OwnershipRequest) -> bool:
    return not any(map(desk.hides, (request.asked_by, request.new_owner, request.owner)))


def _request(request: OwnershipRequest) -> RequestLine:
    if not request.stands:
        return RequestLine(request, ownership.standing(request), "")
    step = ownership.next_step(request)
    return RequestLine(request, ownership.standing(request), f"{step.task} ({step.where})")


# --- mail -------------------------------------------------------------------------------------


def _own_mail(account: AccountOnFile) -> MailLine:
    if account.is_there and not account.is_legacy:
        return MailLine(account.email, account.person, "", note="the account's own address")
    gets = mail_words(account.mail)
    note = "the account's own address"
    planned = mail_words(list(_MAIL)) if account.verb == "+" else ""
    return MailLine(account.email, account.person, gets, planned if planned != gets else "", note)


def _mail(contact: ContactOnFile) -> MailLine:
    now = contact.has if contact.has is not None else contact.legacy or []
    gets = mail_words(now)
    planned = mail_words(contact.wanted) if contact.wanted is not None else ""
    name = ", ".join(filter(None, (contact.name, contact.company)))
    where = "" if contact.has is not None else "not in the target yet"
    return MailLine(contact.email, name, gets, planned if planned != gets else "", where)


def mail_words(categories: Sequence[str]) -> str:
    if len(categories) == len(_MAIL):
        return "all mail"
    return ", ".join(_MAIL[each] for each in categories) or "none"


def _billing(account: AccountOnFile, contacts: Sequence[ContactOnFile]) -> str:
    """Say to whom invoices are addressed."""
    if account.billing in ("", "0"):
        return "The account itself: invoices carry its own name and go to its own address."
    for contact in contacts:
        if contact.key == account.billing_key:
            name = ", ".join(filter(None, (contact.name, contact.company)))
            return f"{name} <{contact.email}>, contact {account.billing}."
    return f"Contact {account.billing}, which is not a contact of this account."
