"""The columns that the companion needs, and which of them are not there.

Those are what the database lacks, and what the switch `companion_lacks` says that it lacks.
"""

from collections.abc import Iterator, Mapping

from sqlalchemy import inspect

from syncd.sandbox.registry import Call, Refusal

_OBSERVE = {
    "tblusers": ("id", "first_name", "last_name", "email", "language", "created_at"),
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


def missing(call: Call) -> list[str]:
    """Return what is needed for anything and not there, as TABLE.COLUMN."""
    return list(_missing(call, (_OBSERVE, _ATTACH, _WITHDRAW)))


def possible(call: Call) -> dict[str, bool]:
    return {name: not list(_missing(call, needed)) for name, needed in _NEEDED.items()}


def check(call: Call, name: str) -> None:
    """Raise Refusal where a column is missing that is needed for this."""
    for lacking in _missing(call, _NEEDED[name]):
        table, _, column = lacking.partition(".")
        raise Refusal(
            f"The table {table} has no column {column}, so this action is not possible here."
        )


def _missing(call: Call, needed: tuple[Mapping[str, tuple[str, ...]], ...]) -> Iterator[str]:
    said, inspector = call.switches["companion_lacks"].split(), inspect(call.db)
    for tables in needed:
        for table, columns in tables.items():
            held = {column["name"] for column in inspector.get_columns(table)}
            names = [f"{table}.{column}" for column in columns]
            yield from (name for name in names if name in said or name.split(".")[1] not in held)
