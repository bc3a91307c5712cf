"""What the companion needs of the tables, and why something is not possible here.

Columns that are not there are those which the database lacks, and those that the switch
`companion_lacks` says that it lacks.
"""

from collections.abc import Iterator, Mapping

from sqlalchemy import inspect, select

from syncd.sandbox import schema
from syncd.sandbox.permission_text import is_list
from syncd.sandbox.registry import Call, Refusal

# How many of the newest memberships are looked at before a membership is written.
_LOOKED_AT = 500
_OBSERVE = {
    "tblusers": (
        *("id", "first_name", "last_name", "email", "language", "created_at"),
        "email_verified_at",
    ),
    "tblusers_clients": ("id", "auth_user_id", "client_id", "invite_id", "owner", "permissions"),
    "tbluser_invites": (
        *("id", "email", "client_id", "permissions", "accepted_at", "created_at", "deleted_at"),
    ),
}
_ATTACH = {
    "tblusers": ("password", "updated_at"),
    "tblusers_clients": ("created_at", "updated_at"),
    "tblclients": ("id",),
}
_WITHDRAW = {"tbluser_invites": ("updated_at",)}
# What each is needed for, beside what observing needs.
_NEEDED: Mapping[str, tuple[Mapping[str, tuple[str, ...]], ...]] = {
    "observe": (_OBSERVE,),
    "attach": (_OBSERVE, _ATTACH),
    "withdrawinvite": (_OBSERVE, _WITHDRAW),
}
_TWO_FORMS = "Memberships hold permissions in more than one form, so none is written."


def missing(call: Call) -> list[str]:
    """Return what is needed for anything and not there, as TABLE.COLUMN."""
    return list(_missing(call, (_OBSERVE, _ATTACH, _WITHDRAW)))


def obstacles(call: Call) -> dict[str, list[str]]:
    """Return why each is not possible; nothing of what is."""
    why = {name: [_sentence(gone) for gone in _missing(call, _NEEDED[name])] for name in _NEEDED}
    if not why["attach"] and len(_forms(call, None)) > 1:
        why["attach"] = [_TWO_FORMS]
    return why


def check(call: Call, name: str) -> None:
    """Raise Refusal where a column is missing that is needed for this."""
    for gone in _missing(call, _NEEDED[name]):
        raise Refusal(_sentence(gone))


def holds_lists(call: Call) -> bool:
    """Say whether memberships hold lists of permissions; raises Refusal where some do."""
    forms = _forms(call, _LOOKED_AT)
    if len(forms) > 1:
        raise Refusal(_TWO_FORMS)
    return forms == {True}


def _forms(call: Call, newest: int | None) -> set[bool]:
    table = schema.users_clients
    query = select(table.c.permissions).where(table.c.owner == 0, table.c.permissions != "")
    texts = call.db.scalars(query.order_by(table.c.id.desc()).limit(newest))
    return {is_list(text) for text in texts}


def _missing(call: Call, needed: tuple[Mapping[str, tuple[str, ...]], ...]) -> Iterator[str]:
    said, inspector = call.switches["companion_lacks"].split(), inspect(call.db)
    for tables in needed:
        for table, columns in tables.items():
            held = {column["name"] for column in inspector.get_columns(table)}
            names = [f"{table}.{column}" for column in columns]
            yield from (name for name in names if name in said or name.split(".")[1] not in held)


def _sentence(gone: str) -> str:
    table, _, column = gone.partition(".")
    return f"The table {table} has no column {column}, so this action is not possible here."
