"""GetUsers, AddUser, UpdateUser, ResetPassword, ValidateLogin."""

import secrets
from collections import defaultdict

from sqlalchemy import ColumnElement, select, update

from syncd.sandbox import lookup, mail, paging, passwords, people, resets, schema
from syncd.sandbox.registry import Body, Call, Refusal, action, success

_COLUMNS = {
    "firstname": "first_name",
    "lastname": "last_name",
    "email": "email",
    "language": "language",
}
_REQUIRED = {
    "firstname": "You did not enter a first name",
    "lastname": "You did not enter a last name",
    "email": "You did not enter an email address",
    "password2": "You did not enter a password",
}
# How many ids one statement may name; SQLite ends at 32766.
_STRIDE = 10_000
TAKEN = "A user already exists with that email address"


@action("GetUsers", since=(8, 1))
def get_users(call: Call) -> Body:
    table = schema.users
    matching = _matching(call)
    order = paging.direction(call, table.c.id)
    page = paging.read(call, table, matching, order)
    clients = _clients_of(call, [row["id"] for row in page.rows])
    users = [
        {
            "id": row["id"],
            "firstname": row["first_name"],
            "lastname": row["last_name"],
            "email": row["email"],
            "datecreated": row["created_at"] or schema.ZERO_DATE,
            "validationdata": "",
            "clients": clients[row["id"]],
        }
        for row in page.rows
    ]
    return success(**page.counters(), users=users)


@action("AddUser", writes=True)
def add_user(call: Call) -> Body:
    for name, sentence in _REQUIRED.items():
        if not call.params.text(name):
            raise Refusal(sentence)
    email = call.params.text("email")
    _check_email(call, email)
    people.check_password(call)
    user_id = people.add_user(
        call,
        email,
        (call.params.text("firstname"), call.params.text("lastname")),
        password=call.params.text("password2"),
        language=call.params.text("language"),
    )
    if call.switches["adduser_mail"] == "welcome":
        mail.send(call, "welcome", email, "Welcome")
    return success(user_id=user_id)


@action("UpdateUser", writes=True)
def update_user(call: Call) -> Body:
    user_id = call.params.integer("user_id")
    user = lookup.user(call.db, user_id)
    if user is None:
        raise Refusal("Invalid User ID requested")
    # A blank parameter counts as not given: no call takes a user's name or address away.
    values = {column: call.params.text(name) for name, column in _COLUMNS.items()}
    changes = {column: value for column, value in values.items() if value}
    if not changes:
        raise Refusal("One of `email`, `firstname`, `lastname`, or `language` is required")
    if "email" in changes:
        _check_email(call, changes["email"], besides=user_id)
    table = schema.users
    call.db.execute(
        update(table).where(table.c.id == user_id).values(**changes, updated_at=call.stamp)
    )
    return success(user_id=str(user_id))


@action("ResetPassword", writes=True)
def reset_password(call: Call) -> Body:
    user_id, email = call.params.text("id"), call.params.text("email")
    if not (user_id or email):
        raise Refusal("Please enter the email address or provide the id")
    if email and not user_id and not lookup.is_address(email):
        raise Refusal("Please provide a valid email address")
    by_id = lookup.user(call.db, call.params.integer("id")) if user_id else None
    user = by_id if user_id else lookup.user_by_email(call, email)
    if user is None:
        raise Refusal("User Not Found")
    resets.offer(call, schema.users, user.id, user.email)
    return success()


@action("ValidateLogin", writes=True)
def validate_login(call: Call) -> Body:
    """Answer whose password it is. Here `userid` is a user; the login is marked as one."""
    user = lookup.user_by_email(call, call.params.text("email"))
    if user is None or not passwords.matches(call.params.text("password2"), user.password):
        raise Refusal("Email or Password Invalid")
    _set(call, user.id, last_login=call.stamp, last_ip=call.remote)
    # The documented sample has the text. `passwordhash` is the token of a session, no hash.
    return success(
        userid=str(user.id), passwordhash=secrets.token_hex(20), twoFactorEnabled="false"
    )


def _matching(call: Call) -> list[ColumnElement[bool]]:
    term = call.params.text("search")
    if not term:
        return []
    table = schema.users
    columns: list[ColumnElement[str]] = [table.c.email, table.c.first_name, table.c.last_name]
    # No index serves a full name, and only a term with a space can need it.
    if " " in term:
        columns.append(table.c.first_name + " " + table.c.last_name)
    return [lookup.starts_with(term, table, *columns)]


def _clients_of(call: Call, user_ids: list[int]) -> dict[int, list[Body]]:
    table = schema.users_clients
    owner = "isOwner" if call.switches["isowner_key"] == "camel" else "is_owner"
    clients: dict[int, list[Body]] = defaultdict(list)
    for start in range(0, len(user_ids), _STRIDE):
        query = (
            select(table.c.auth_user_id, table.c.client_id, table.c.owner)
            .where(table.c.auth_user_id.in_(user_ids[start : start + _STRIDE]))
            .order_by(table.c.auth_user_id, table.c.client_id)
        )
        for row in call.db.execute(query):
            clients[row.auth_user_id].append({"id": row.client_id, owner: bool(row.owner)})
    return clients


def _check_email(call: Call, email: str, besides: int | None = None) -> None:
    if not lookup.is_address(email):
        raise Refusal("The email address entered is not valid")
    holder = lookup.user_by_email(call, email)
    if holder is not None and holder.id != besides:
        raise Refusal(TAKEN)


def _set(call: Call, user_id: int, **columns: str) -> None:
    table = schema.users
    call.db.execute(update(table).where(table.c.id == user_id).values(**columns))
