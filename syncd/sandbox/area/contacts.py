"""Contacts, who are sent mail; before 8.0 a tick makes one a sub-account, who logs in."""

from typing import Any

from sqlalchemy import Row, select

from syncd.sandbox import resets, schema
from syncd.sandbox.actions import contacts
from syncd.sandbox.area import persons, sessions
from syncd.sandbox.area.pages import Moved, Shown, page
from syncd.sandbox.area.permissions import PERMISSIONS, PREFERENCES
from syncd.sandbox.area.profile import DETAILS, check_names
from syncd.sandbox.area.visit import Missing, Mistake, Visit, known


@page("/contacts", "contacts")
def show_contacts(visit: Visit) -> Shown:
    table = schema.contacts
    query = select(table).where(table.c.userid == visit.account.id).order_by(table.c.id)
    rows = [(row, _mails(row)) for row in visit.call.db.execute(query)]
    return Shown("contacts.html", {"contacts": rows})


@page("/contacts/new", "contacts")
def show_new_contact(visit: Visit) -> Shown:
    return _form(visit, None)


@page("/contacts/new", "contacts", again=show_new_contact)
def add_contact(visit: Visit) -> Moved:
    wanted = {**_given(visit), **_login(visit, None)}
    visit.perform(contacts.add_contact, clientid=str(visit.account.id), **wanted)
    return Moved("/contacts", "contact-added")


@page("/contacts/<int:contact_id>", "contacts")
def show_contact(visit: Visit, contact_id: int) -> Shown:
    return _form(visit, _contact(visit, contact_id))


@page("/contacts/<int:contact_id>", "contacts", again=show_contact)
def change_contact(visit: Visit, contact_id: int) -> Moved:
    contact = _contact(visit, contact_id)
    wanted = {**_given(visit), **_login(visit, contact)}
    visit.perform(contacts.update_contact, contactid=str(contact.id), **wanted)
    is_handed_over = contact.email.lower() != wanted["email"].lower()
    if is_handed_over or "password2" in wanted or wanted.get("subaccount") == "0":
        resets.spend(visit.call.db, schema.contacts, contact.id)
        sessions.end_all(visit.call, persons.SUB_ACCOUNT, contact.id, but=visit.session)
    return Moved("/contacts", "contact-changed")


@page("/contacts/<int:contact_id>/delete", "contacts")
def show_deletion(visit: Visit, contact_id: int) -> Shown:
    return Shown("delete_contact.html", {"contact": _contact(visit, contact_id)})


@page("/contacts/<int:contact_id>/delete", "contacts", again=show_deletion)
def delete_contact(visit: Visit, contact_id: int) -> Moved:
    contact = _contact(visit, contact_id)
    visit.perform(contacts.delete_contact, contactid=str(contact.id))
    return Moved("/contacts", "contact-deleted")


def _form(visit: Visit, contact: Row[Any] | None) -> Shown:
    if visit.mistake:
        ticked, mails = visit.ticked, {tick.key for tick in PREFERENCES if tick.key in visit.ticked}
        active = "subaccount" in visit.ticked
    else:
        ticked = known(contact.permissions) if contact else frozenset()
        mails = _mails(contact) if contact else set()
        active = bool(contact and contact.subaccount)
    values = {"contact": contact, "fields": DETAILS, "preferences": PREFERENCES, "mails": mails}
    logins = {"permissions": PERMISSIONS, "ticked": ticked, "active": active}
    return Shown("contact.html", {**values, **logins})


def _contact(visit: Visit, contact_id: int) -> Row[Any]:
    table = schema.contacts
    mine = (table.c.id == contact_id, table.c.userid == visit.account.id)
    row = visit.call.db.execute(select(table).where(*mine)).first()
    if row is None:
        raise Missing
    return row


def _mails(contact: Row[Any]) -> set[str]:
    return {name for name in schema.PREFERENCES if getattr(contact, f"{name}emails")}


def _given(visit: Visit) -> dict[str, str]:
    """Return names, address and preferences as the actions want them."""
    check_names(visit)
    wanted = {name: visit.text(name) for name, *_ in DETAILS if name in visit.form}
    return {
        **wanted,
        **{
            f"email_preferences[{name}]": str(int(name in visit.ticked))
            for name in schema.PREFERENCES
        },
    }


def _login(visit: Visit, contact: Row[Any] | None) -> dict[str, str]:
    """Return what makes a sub-account, or no longer one. Once ticked it needs a password."""
    if not visit.old:
        return {}
    active = "subaccount" in visit.ticked
    password = visit.form.get("password", "")
    if password != visit.form.get("password_again", ""):
        raise Mistake("The passwords you entered did not match.")
    if active and not password and not (contact and contact.password):
        raise Mistake("A sub-account needs a password.")
    return {
        "subaccount": str(int(active)),
        "permissions": ",".join(key for key in schema.PERMISSIONS if key in visit.ticked),
        **({"password2": password} if active and password else {}),
    }
