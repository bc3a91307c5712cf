"""GetClients, AddClient, UpdateClient, CloseClient, DeleteClient; groups and currencies."""

import json
import re
import uuid
from typing import Any

from sqlalchemy import ColumnElement, Row, delete, func, select, update

from syncd.sandbox import (
    currencies,
    custom_fields,
    lookup,
    mail,
    paging,
    passwords,
    people,
    preferences,
    schema,
    schema_area,
    sub_accounts,
)
from syncd.sandbox.actions.users import TAKEN
from syncd.sandbox.registry import Body, Call, Refusal, action, check_hook, success

_PROFILE = (
    *("firstname", "lastname", "companyname", "email", "address1", "address2"),
    *("city", "state", "postcode", "country", "phonenumber", "tax_id", "language", "notes"),
)
_FLAGS = (
    *("latefeeoveride", "overideduenotices", "taxexempt", "separateinvoices"),
    *("disableautocc", "overrideautoclose"),
)
_REQUIRED = {
    "firstname": "You did not enter your first name",
    "lastname": "You did not enter your last name",
    "email": "You did not enter your email address",
    "address1": "You did not enter your  address line 1",
    "city": "You did not enter your city",
    "state": "You did not enter your state",
    "postcode": "You did not enter your postcode",
    "country": "Valid country required",
    "phonenumber": "You did not enter your phone number",
}
_COUNTRY = re.compile(r"[A-Za-z]{2}")
_PHONE = re.compile(r"[0-9 ().+-]+")
_ORDERS = (
    *("id", "firstname", "lastname", "companyname", "email"),
    *("groupid", "datecreated", "status"),
)
_STATUSES = ("Active", "Inactive", "Closed")
_LISTED = (
    *("id", "firstname", "lastname", "companyname", "email"),
    *("datecreated", "groupid", "status"),
)


@action("GetClients", since=(7, 0))
def get_clients(call: Call) -> Body:
    page = paging.read(call, schema.clients, _matching(call), _order(call))
    clients = [{name: row[name] for name in _LISTED} for row in page.rows]
    return success(**page.counters(), clients={"client": clients})


@action("AddClient", writes=True, since=(7, 0))
def add_client(call: Call) -> Body:
    owner_id = _owner(call)
    _check_required(call)
    email = call.params.text("email")
    if lookup.client_by_email(call.db, email):
        raise Refusal(_unavailable(call))
    if owner_id is None and lookup.user_by_email(call, email):
        raise Refusal(TAKEN)
    if owner_id is None and not call.params.text("password2"):
        # No documented sentence; this is AddUser's.
        raise Refusal("You did not enter a password")
    if owner_id is None:
        people.check_password(call)
    check_hook(call)
    client_id = _insert(call)
    custom_fields.store(call, client_id, custom_fields.wanted(call))
    if sub_accounts.are_there(call):
        return _welcomed(call, client_id)
    if owner_id is None:
        names = (call.params.text("firstname"), call.params.text("lastname"))
        owner_id = people.add_user(
            call,
            email,
            names,
            password=call.params.text("password2"),
            language=call.params.text("language"),
        )
    people.associate(call, owner_id, client_id, None, owner=True)
    extra = {"owner_id": owner_id} if call.switches["addclient_owner_id"] == "on" else {}
    return _welcomed(call, client_id) | extra


@action("UpdateClient", writes=True, since=(7, 0))
def update_client(call: Call) -> Body:
    client = _addressed(call)
    if "email" in call.params:
        _check_email(call, client, call.params.text("email"))
    profile = {name: call.params.text(name) for name in _PROFILE if name in call.params}
    current, wanted = preferences.of_client(client), preferences.wanted(call)
    if current["domain"] == "1" and wanted.get("domain") is False:
        preferences.check_client_may_stop(call, client)
    check_hook(call)
    changed = current | {name: str(int(on)) for name, on in wanted.items()}
    table = schema.clients
    call.db.execute(
        update(table)
        .where(table.c.id == client.id)
        .values(
            **profile,
            **_settings(call),
            email_preferences=json.dumps(changed),
            updated_at=call.stamp,
        )
    )
    custom_fields.store(call, client.id, custom_fields.wanted(call))
    return success(clientid=str(client.id))


@action("CloseClient", writes=True, since=(7, 0))
def close_client(call: Call) -> Body:
    client = _found(lookup.client(call.db, call.params.integer("clientid")))
    table = schema.clients
    call.db.execute(
        update(table).where(table.c.id == client.id).values(status="Closed", updated_at=call.stamp)
    )
    return success()


@action("DeleteClient", writes=True, since=(7, 0))
def delete_client(call: Call) -> Body:
    """Delete the client and what hangs on it; with `deleteusers`, users left without a client."""
    client_id = _found(lookup.client(call.db, call.params.integer("clientid"))).id
    members = schema.users_clients
    query = select(members.c.auth_user_id).where(members.c.client_id == client_id)
    user_ids = call.db.scalars(query).all()
    for column in (
        members.c.client_id,
        schema.user_invites.c.client_id,
        schema.contacts.c.userid,
        schema.emails.c.userid,
        schema.custom_field_values.c.relid,
        schema.notes.c.userid,
        schema.tickets.c.userid,
        schema.ticket_replies.c.userid,
        schema_area.holdings.c.client_id,
        schema.clients.c.id,
    ):
        call.db.execute(delete(column.table).where(column == client_id))
    if call.params.flag("deleteusers"):
        still = select(members.c.auth_user_id)
        users = schema.users
        call.db.execute(delete(users).where(users.c.id.in_(user_ids), users.c.id.not_in(still)))
    return success(clientid=str(client_id))


@action("GetClientGroups", since=(7, 0))
def get_client_groups(call: Call) -> Body:
    table = schema.client_groups
    rows = call.db.execute(select(table).order_by(table.c.id)).mappings()
    groups = [{**row, "discountpercent": f"{row['discountpercent']:.2f}"} for row in rows]
    return success(totalresults=len(groups), groups={"group": groups})


@action("GetCurrencies", since=(7, 0))
def get_currencies(call: Call) -> Body:
    rows = currencies.all_of(call.db)
    listed = [{**row, "rate": f"{row['rate']:.5f}"} for row in rows]
    return success(totalresults=len(listed), currencies={"currency": listed})


def _matching(call: Call) -> list[ColumnElement[bool]]:
    table = schema.clients
    matching: list[ColumnElement[bool]] = []
    status = call.params.text("status")
    if status:
        matching.append(lookup.equals(table.c.status, status))
    term = call.params.text("search")
    if term:
        columns: list[ColumnElement[str]] = [
            table.c[name] for name in ("email", "firstname", "lastname", "companyname")
        ]
        if " " in term:
            columns.append(table.c.firstname + " " + table.c.lastname)
        matching.append(lookup.starts_with(term, table, *columns))
    return matching


def _order(call: Call) -> ColumnElement[Any]:
    name = call.params.text("orderby")
    known = name in _ORDERS and call.release >= (8, 2)
    return paging.direction(call, schema.clients.c[name if known else "id"])


def _owner(call: Call) -> int | None:
    """Return the user chosen as owner; None where a new one is to be made."""
    if sub_accounts.are_there(call) or not call.params.text("owner_user_id"):
        return None
    user = lookup.user(call.db, call.params.integer("owner_user_id"))
    if user is None:
        raise Refusal("Invalid Owner User ID")
    return int(user.id)


def _check_required(call: Call) -> None:
    lifted = call.params.flag("skipvalidation")
    for name, sentence in _REQUIRED.items():
        value = call.params.text(name)
        if name == "email":
            _check_new_email(value)
        elif not lifted and (not value or (name == "country" and not _COUNTRY.fullmatch(value))):
            raise Refusal(sentence)
    if not lifted and not _PHONE.fullmatch(call.params.text("phonenumber")):
        raise Refusal("Invalid telephone phone number")


def _check_new_email(email: str) -> None:
    if not email:
        raise Refusal(_REQUIRED["email"])
    if not lookup.is_address(email):
        raise Refusal("The email address you entered was not valid")


def _unavailable(call: Call) -> str:
    if call.release < (8, 6):
        return "A client already exists with that email address"
    return "The email address entered is not available for use."


def _insert(call: Call) -> int:
    return call.insert(
        schema.clients,
        **{name: call.params.text(name) for name in _PROFILE},
        # Before there were users the client itself logged in.
        password=(
            passwords.hashed(call.params.text("password2")) if sub_accounts.are_there(call) else ""
        ),
        uuid=str(uuid.uuid4()),
        currency=currencies.or_default(call.db, call.params.integer("currency")),
        groupid=call.params.integer("groupid"),
        marketing_emails_opt_in=int(call.params.flag("marketingoptin")),
        ip=call.params.text("clientip"),
        status="Active",
        email_preferences=preferences.ALL,
        datecreated=call.stamp[:10],
        created_at=call.stamp,
        updated_at=call.stamp,
    )


def _welcomed(call: Call, client_id: int) -> Body:
    """Mail a new client, unless `noemail`, and answer its id."""
    if not call.params.flag("noemail"):
        client = _found(lookup.client(call.db, client_id))
        mail.send_to_client(call, client, mail.Letter("welcome", "Welcome", "Welcome."))
    return success(clientid=client_id)


def _addressed(call: Call) -> Row[Any]:
    """Return the client named by clientid or, failing that, clientemail."""
    if call.params.text("clientid"):
        return _found(lookup.client(call.db, call.params.integer("clientid")))
    return _found(lookup.client_by_email(call.db, call.params.text("clientemail")))


def _found(client: Row[Any] | None) -> Row[Any]:
    if client is None:
        raise Refusal("Client ID Not Found")
    return client


def _check_email(call: Call, client: Row[Any], email: str) -> None:
    if not lookup.is_address(email):
        raise Refusal("The email address entered is not valid")
    table = schema.clients
    query = select(func.count()).select_from(table)
    if call.db.scalar(query.where(lookup.equals(table.c.email, email), table.c.id != client.id)):
        raise Refusal("Duplicate Email Address")
    if sub_accounts.are_there(call) and email.lower() != client.email.lower():
        sub_accounts.check_address(call, email, besides=0)


def _settings(call: Call) -> dict[str, object]:
    """Return the columns that are no text, of those the call names."""
    params = call.params
    values: dict[str, object] = {name: int(params.flag(name)) for name in _FLAGS if name in params}
    values |= {name: params.integer(name) for name in ("currency", "groupid") if name in params}
    if "marketingoptin" in params:
        values["marketing_emails_opt_in"] = int(params.flag("marketingoptin"))
    if "paymentmethod" in params:
        values["defaultgateway"] = params.text("paymentmethod")
    if params.text("status") in _STATUSES:
        values["status"] = params.text("status")
    return values
