"""Writes the tables about contacts of a planned run, and counts what is in them."""

from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import TypeVar

from syncd.model.mail import SupportRule, client_mail, contact_mail
from syncd.model.text import clean
from syncd.report import contact_rows, recipients, words, worksheet
from syncd.report.contacts import RECIPIENTS, REFERENCES, SUPPORT
from syncd.report.facts import SAMPLE, ContactFacts, Recipient, Reference, SupportContact, Task
from syncd.report.tables import Table, write_csv
from syncd.workspace.workspace import Workspace

_Item = TypeVar("_Item")

_BASIS: dict[SupportRule, str] = {"support-mail": "gets support mail", "all": "any contact"}
_NEW_CLIENT = "a new client gets all mail, whatever the legacy client was set to"


def write(workspace: Workspace, folder: Path, support: SupportRule) -> ContactFacts:
    """Write recipients, references, support contacts and the worksheet."""
    changes = {"added": 0, "removed": 0}
    sample: list[Recipient] = []
    tasks: list[Task] = []

    def counted() -> Iterator[Recipient]:
        for one in _recipients(workspace):
            changes[one.change] += 1
            yield one

    _write(folder, RECIPIENTS, _sampled(counted(), sample))
    return ContactFacts(
        recipients_added=changes["added"],
        recipients_removed=changes["removed"],
        referenced=_write(folder, REFERENCES, _references(workspace)),
        support=_write(folder, SUPPORT, _support_contacts(workspace, support)),
        by_hand=_write(folder, worksheet.WORKSHEET, _sampled(_tasks(workspace), tasks)),
        recipient_sample=tuple(sample),
        task_sample=tuple(tasks),
    )


def _write(folder: Path, table: Table[_Item], items: Iterable[_Item]) -> int:
    return write_csv(folder / table.file, table.columns, map(table.row, items))


def _sampled(passing: Iterable[_Item], kept: list[_Item]) -> Iterator[_Item]:
    for item in passing:
        if len(kept) < SAMPLE:
            kept.append(item)
        yield item


# --- recipients -----------------------------------------------------------------------------


def _recipients(workspace: Workspace) -> Iterator[Recipient]:
    for ref, name, category, added, email, rule in recipients.differences(workspace, contact_mail):
        why = words.why(rule) if rule else _unheld(added=added)
        change = "added" if added else "removed"
        yield Recipient(ref, clean(name), category, change, email, why)  # type: ignore[arg-type]
    for ref, name, email, off in recipients.quieter_clients(workspace, client_mail):
        for category in off:
            yield Recipient(ref, clean(name), category, "added", email, _NEW_CLIENT)


def _unheld(*, added: bool) -> str:
    if added:
        return "the target has this recipient, the legacy system does not"
    return "no change explains it: a defect in syncd, report it"


# --- references and support -----------------------------------------------------------------


def _references(workspace: Workspace) -> Iterator[Reference]:
    for contact_id, account, name, email, login, uses in contact_rows.used(workspace):
        yield Reference(contact_id, account, clean(name), email, login, uses)


def _support_contacts(workspace: Workspace, rule: SupportRule) -> Iterator[SupportContact]:
    for one, name, tickets in contact_rows.support_contacts(workspace, rule):
        account, who = clean(name), one.profile.name
        yield SupportContact(
            one.account, account, one.contact_id, who, one.email, _BASIS[rule], tickets
        )


# --- the worksheet --------------------------------------------------------------------------


def _tasks(workspace: Workspace) -> Iterator[Task]:
    """Yield held changes first, then what never was a change."""
    return chain(_held(workspace), _owners(workspace), _billing(workspace), _client_mail(workspace))


def _held(workspace: Workspace) -> Iterator[Task]:
    for rule, verb, kind, key, *place in contact_rows.by_hand(workspace, worksheet.RULES):
        ref, name, client, email, why = place
        contact = f" ({key.partition(':')[2]})" if kind == "contact" else ""
        account = (ref, clean(name), client)
        yield worksheet.task(rule, verb, kind, account=account, who=f"{email}{contact}", why=why)


def _owners(workspace: Workspace) -> Iterator[Task]:
    why = (
        "the legacy system and the target name different owners; the target's stays unless you "
        "change it"
    )
    for ref, name, client, both in contact_rows.other_owners(workspace):
        account = (ref, clean(name), client)
        yield worksheet.task("ownership", "~", "account", account=account, who=both, why=why)


def _billing(workspace: Workspace) -> Iterator[Task]:
    why = "it is the billing contact in the legacy system; set it in the target if it is not set"
    for contact_id, ref, name, client, email in contact_rows.billing_contacts(workspace):
        account, who = (ref, clean(name), client), f"{email} ({contact_id})".strip()
        yield worksheet.task("billing", "~", "account", account=account, who=who, why=why)


def _client_mail(workspace: Workspace) -> Iterator[Task]:
    for ref, name, email, off in recipients.quieter_clients(workspace, client_mail):
        why = f"{_NEW_CLIENT}; switch off: {', '.join(off)}"
        account = (ref, clean(name), "")
        yield worksheet.task("client-mail", "~", "account", account=account, who=email, why=why)
