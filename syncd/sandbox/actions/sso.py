"""CreateSsoToken. Nothing takes the token here: it is for who may have one that this is played."""

import re
import secrets
from typing import Any

from sqlalchemy import Row, select

from syncd.sandbox import lookup, schema, sub_accounts
from syncd.sandbox.registry import Body, Call, Refusal, action, success

_DESTINATION = re.compile(r"(clientarea|sso):[a-z_]+")


@action("CreateSsoToken", writes=True, since=(7, 10))
def create_sso_token(call: Call) -> Body:
    if sub_accounts.are_there(call):
        _check_contact(call)
    else:
        _check_user(call)
    destination = call.params.text("destination")
    if destination and not _DESTINATION.fullmatch(destination):
        raise Refusal("Invalid destination")
    token = secrets.token_hex(20)
    path = f"oauth/singlesignon.php?access_token={token}"
    return success(access_token=token, redirect_url=f"{_system_url(call)}{path}")


def _check_user(call: Call) -> None:
    """Raise Refusal unless the user is there, or the client with an owner, or both as one."""
    params = call.params
    if not (params.text("client_id") or params.text("user_id")):
        raise Refusal("A valid client_id or user_id is required")
    client = _client(call) if params.text("client_id") else None
    user_id = params.integer("user_id")
    if params.text("user_id") and lookup.user(call.db, user_id) is None:
        raise Refusal("Invalid user_id")
    if client is None:
        return
    if user_id and not lookup.membership(call.db, user_id, client.id):
        raise Refusal("Invalid user_id for client")
    table = schema.users_clients
    owner = select(table.c.id).where(table.c.client_id == client.id, table.c.owner == 1)
    if not user_id and call.db.execute(owner).first() is None:
        # The sentence is documented up to the colon.
        raise Refusal("Token could not be provisioned: the client has no owner")


def _check_contact(call: Call) -> None:
    client = _client(call)
    if not call.params.text("contact_id"):
        return
    table = schema.contacts
    matching = (
        table.c.id == call.params.integer("contact_id"),
        table.c.userid == client.id,
        table.c.subaccount == 1,
    )
    if call.db.execute(select(table.c.id).where(*matching)).first() is None:
        raise Refusal("Invalid contact_id")


def _client(call: Call) -> Row[Any]:
    client = lookup.client(call.db, call.params.integer("client_id"))
    if client is None:
        raise Refusal("Invalid client_id")
    if not client.allow_sso:
        raise Refusal(f"SSO authentication blocked for client {client.id}")
    return client


def _system_url(call: Call) -> str:
    table = schema.configuration
    return call.db.scalar(select(table.c.value).where(table.c.setting == "SystemURL")) or ""
