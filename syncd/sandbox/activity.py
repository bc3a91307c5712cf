"""The activity log: what each line has, whoever writes it."""

from sqlalchemy import select

from syncd.sandbox import schema
from syncd.sandbox.registry import Call


def record(call: Call, description: str, *, client_id: int, user_id: int = 0) -> None:
    """Add a line under the name of the admin whose credential calls."""
    admins = schema.admins
    name = call.db.scalar(select(admins.c.username).where(admins.c.id == call.admin_id))
    call.insert(
        schema.activity,
        date=call.stamp,
        description=description,
        user=name or "",
        userid=client_id,
        user_id=user_id,
        admin_id=call.admin_id,
        ipaddr=call.remote,
    )
