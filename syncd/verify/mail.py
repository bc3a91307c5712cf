"""Who gets which mail of one account, before and after. Pure."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

import msgspec

from syncd.model.resources import PREFERENCES
from syncd.verify.case import Address, Case, Row
from syncd.verify.certificate import Remark


class Kept(msgspec.Struct, frozen=True):
    """How the contacts of an account were found again; by category, how many addresses moved."""

    kept: int
    lost: int
    added: int
    mail_lost: Counter[str]
    mail_gained: Counter[str]


def judge_contacts(case: Case) -> tuple[Kept, list[Remark]]:
    """Compare contacts by address (by name where there is none) and mail by recipient.

    Two contacts with one address are two contacts and one recipient.
    """
    remarks = list(_lost_contacts(case))
    ours, theirs = _counted(case.rows), _counted(case.addresses)
    mail_lost: Counter[str] = Counter()
    mail_gained: Counter[str] = Counter()
    if case.target:
        before, after = _recipients(case.rows), _recipients(case.addresses)
        remarks += _own_address(case)
        known = {row.email for row in case.rows}
        for email in sorted(before.keys() | after.keys()):
            lost = _ordered(before[email] - after[email])
            gained = _ordered(after[email] - before[email])
            mail_lost.update(lost)
            mail_gained.update(gained)
            if lost:
                remarks.append(Remark("lost_mail", case.account, email, lost))
            if gained:
                detail = "" if email in known else "no legacy contact has this address"
                remarks.append(Remark("gained_mail", case.account, email, gained, detail))
    kept = (ours & theirs).total()
    lost_number, added = ours.total() - kept, theirs.total() - kept
    return Kept(kept, lost_number, added, mail_lost, mail_gained), remarks


def _lost_contacts(case: Case) -> Iterator[Remark]:
    """Name the rows that have no contact any more; of twins the later ones."""
    left = _counted(case.addresses)
    why = "" if case.target else "its account is not in the target"
    for row in case.rows:
        key = _key(row)
        if left[key]:
            left[key] -= 1
            continue
        detail = f"contact {row.contact_id}{f': {why}' if why else ''}"
        yield Remark("lost_contact", case.account, row.email, row.receives, detail)


def _own_address(case: Case) -> Iterator[Remark]:
    """Compare the address of the account itself, where its invoices and domain mail go."""
    before, after = case.client.owner if case.client else "", case.counterpart.email
    if after not in ("", before):
        detail = f"the account's own address; in the legacy system {before or '(no address)'}"
        yield Remark("gained_mail", case.account, after, detail=detail)


def _counted(contacts: Iterable[Row | Address]) -> Counter[str]:
    return Counter(_key(contact) for contact in contacts)


def _key(contact: Row | Address) -> str:
    return contact.email or f" {contact.name}"


def _recipients(contacts: Iterable[Row | Address]) -> defaultdict[str, set[str]]:
    receiving: defaultdict[str, set[str]] = defaultdict(set)
    for contact in contacts:
        if contact.email:
            receiving[contact.email].update(contact.receives)
    return receiving


def _ordered(categories: set[str]) -> tuple[str, ...]:
    return tuple(name for name in PREFERENCES if name in categories)
