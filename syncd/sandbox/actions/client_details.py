"""GetClientsDetails."""

from typing import Any

from sqlalchemy import Row, select

from syncd.sandbox import (
    countries,
    currencies,
    custom_fields,
    lookup,
    preferences,
    schema,
    sub_accounts,
)
from syncd.sandbox.actions import client_details_7, client_stats
from syncd.sandbox.registry import Body, Call, Refusal, action, success

_COPIED = (
    *("firstname", "lastname", "companyname", "email", "address1", "address2", "city", "state"),
    *("postcode", "phonenumber", "tax_id", "billingcid", "notes", "currency", "defaultgateway"),
    *("groupid", "status", "language"),
)
_BOOLEANS = (
    *("taxexempt", "latefeeoveride", "overideduenotices", "separateinvoices", "disableautocc"),
    *("emailoptout", "marketing_emails_opt_in", "overrideautoclose", "email_verified"),
)


@action("GetClientsDetails", since=(7, 0))
def get_clients_details(call: Call) -> Body:
    """Answer one client, also mirrored at top level, where its `status` is the client's."""
    client = _client(call)
    if sub_accounts.are_there(call):
        code = currencies.code_of(call.db, client.currency)
        details = client_details_7.details(client, _last_login(client), code)
        details |= custom_fields.shown(call, client.id)
    else:
        details = _details(call, client)
    body = success(**details) | {"client": details}
    if call.params.flag("stats"):
        body["stats"] = client_stats.stats(call, client)
    return body


def _client(call: Call) -> Row[Any]:
    client_id, email = call.params.text("clientid"), call.params.text("email")
    if not (client_id or email):
        raise Refusal("Either clientid Or email Is Required")
    client = (
        lookup.client(call.db, call.params.integer("clientid"))
        if client_id
        else lookup.client_by_email(call.db, email)
    )
    if client is None:
        raise Refusal("Client Not Found")
    return client


def _details(call: Call, client: Row[Any]) -> Body:
    users = _users(call, client.id)
    return {
        "client_id": client.id,
        "owner_user_id": next((user["id"] for user in users if user["is_owner"]), 0),
        # A client's id, whatever the name says.
        "userid": client.id,
        "id": client.id,
        "uuid": client.uuid,
        **{name: getattr(client, name) for name in _COPIED},
        "fullname": f"{client.firstname} {client.lastname}",
        "fullstate": client.state,
        "statecode": client.state,
        "country": client.country,
        "countrycode": client.country,
        **countries.shown(client.phonenumber, client.country),
        "telephoneNumber": countries.international(client.phonenumber, client.country),
        "email_preferences": preferences.of_client(client),
        "credit": f"{client.credit:.2f}",
        **{name: bool(getattr(client, name)) for name in _BOOLEANS},
        "allowSingleSignOn": client.allow_sso,
        "isOptedInToMarketingEmails": bool(client.marketing_emails_opt_in),
        "lastlogin": _last_login(client),
        "currency_code": currencies.code_of(call.db, client.currency),
        **custom_fields.shown(call, client.id),
        "users": {"user": users},
    }


def _users(call: Call, client_id: int) -> list[Body]:
    user, member = schema.users.c, schema.users_clients.c
    query = (
        select(user.id, user.first_name, user.last_name, user.email, member.owner)
        .join(schema.users_clients, member.auth_user_id == user.id)
        .where(member.client_id == client_id)
        .order_by(user.id)
    )
    return [
        {
            "id": row.id,
            "name": f"{row.first_name} {row.last_name}",
            "email": row.email,
            "is_owner": bool(row.owner),
        }
        for row in call.db.execute(query)
    ]


def _last_login(client: Row[Any]) -> str:
    if not client.lastlogin:
        return "No Login Logged"
    return f"Date: {client.lastlogin}<br>IP Address: {client.ip}<br>Host: {client.host}"
