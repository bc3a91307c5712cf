"""GetContacts, AddContact, UpdateContact, DeleteContact."""

from typing import Any

from sqlalchemy import Row, RowMapping, delete, func, select, update

from syncd.sandbox import lookup, paging, preferences, schema, sub_accounts
from syncd.sandbox.registry import Body, Call, Refusal, action, check_hook, success

_PROFILE = (
    *("firstname", "lastname", "companyname", "email", "address1", "address2"),
    *("city", "state", "postcode", "country", "phonenumber", "tax_id"),
)
_FILTERS = _PROFILE[:-1]
_LISTED = (
    *("id", "userid", "firstname", "lastname", "email", "address1", "address2"),
    *("city", "state", "postcode", "country", "phonenumber"),
)
_PREFERENCES = ("domain", "general", "invoice", "product", "support", "affiliate")
_SUB_ACCOUNT = "Sub Accounts are no longer supported. Please use "


@action("GetContacts", since=(7, 0))
def get_contacts(call: Call) -> Body:
    """Answer the contacts that equal every given filter. `userid` is a client's id."""
    table = schema.contacts
    given = {name: call.params.text(name) for name in _FILTERS}
    matching = [lookup.equals(table.c[name], text) for name, text in given.items() if text]
    if call.params.text("userid"):
        matching.append(table.c.userid == call.params.integer("userid"))
    if sub_accounts.are_there(call):
        matching += sub_accounts.searched(call)
    page = paging.read(call, table, matching, table.c.id)
    contacts = [_listed(call, row) for row in page.rows]
    return success(**page.counters(), contacts={"contact": contacts})


@action("AddContact", writes=True, since=(7, 0))
def add_contact(call: Call) -> Body:
    client_id = call.params.integer("clientid")
    if lookup.client(call.db, client_id) is None:
        raise Refusal("Client ID Not Found")
    login = _login(call, None)
    _check_email(call, besides=0)
    check_hook(call)
    wanted = preferences.wanted(call)
    contact_id = call.insert(
        schema.contacts,
        userid=client_id,
        **{name: call.params.text(name) for name in _PROFILE},
        **{f"{name}emails": int(wanted.get(name, False)) for name in _PREFERENCES},
        **login,
        created_at=call.stamp,
        updated_at=call.stamp,
    )
    warning = _warning(call, ("password2", "permissions"), "AddUser and CreateClientInvite")
    return success(contactid=contact_id, **warning)


@action("UpdateContact", writes=True, since=(7, 0))
def update_contact(call: Call) -> Body:
    contact = _found(call)
    login = _login(call, contact)
    _check_email(call, besides=contact.id)
    wanted = preferences.wanted(call)
    if contact.domainemails and wanted.get("domain") is False:
        preferences.check_contact_may_stop(call, contact)
    check_hook(call)
    table = schema.contacts
    call.db.execute(
        update(table)
        .where(table.c.id == contact.id)
        .values(
            **{name: call.params.text(name) for name in _PROFILE if name in call.params},
            **{f"{name}emails": int(on) for name, on in wanted.items()},
            **login,
            updated_at=call.stamp,
        )
    )
    warning = _warning(call, ("subaccount", "password2", "permissions"), "UpdateUser")
    return success(contactid=str(contact.id), **warning)


@action("DeleteContact", writes=True, since=(7, 0))
def delete_contact(call: Call) -> Body:
    contact = _found(call)
    call.db.execute(delete(schema.contacts).where(schema.contacts.c.id == contact.id))
    return success(contactid=str(contact.id))


def _listed(call: Call, row: RowMapping) -> Body:
    before_users = sub_accounts.are_there(call)
    flag = int if before_users else bool
    return {
        **{name: row[name] for name in _LISTED},
        **({"companyname": row["companyname"], **sub_accounts.shown(row)} if before_users else {}),
        **{f"{name}emails": flag(row[f"{name}emails"]) for name in _PREFERENCES},
        "created_at": row["created_at"] or schema.ZERO_DATE,
        "updated_at": row["updated_at"] or schema.ZERO_DATE,
    }


def _found(call: Call) -> Row[Any]:
    table = schema.contacts
    query = select(table).where(table.c.id == call.params.integer("contactid"))
    contact = call.db.execute(query).first()
    if contact is None:
        raise Refusal("Contact ID Not Found")
    return contact


def _login(call: Call, contact: Row[Any] | None) -> Body:
    """Return the columns of a sub-account that the call sets; its address must be its own."""
    if not sub_accounts.are_there(call):
        return {}
    columns = sub_accounts.wanted(call, new=contact is None)
    if columns.get("subaccount", contact.subaccount if contact else 0):
        email = call.params.text("email") or (contact.email if contact else "")
        sub_accounts.check_address(call, email, contact.id if contact else 0)
    return columns


def _check_email(call: Call, besides: int) -> None:
    email = call.params.text("email")
    if not email or call.switches["duplicate_contact_email"] == "allow":
        return
    table = schema.contacts
    query = select(func.count()).select_from(table)
    if call.db.scalar(query.where(lookup.equals(table.c.email, email), table.c.id != besides)):
        raise Refusal("Duplicate Email Address")


def _warning(call: Call, names: tuple[str, ...], instead: str) -> Body:
    """Return the warning for parameters of the sub-accounts there used to be, if any is given."""
    used = not sub_accounts.are_there(call) and any(name in call.params for name in names)
    return {"warning": f"{_SUB_ACCOUNT}{instead}"} if used else {}
