"""The table of actions, and what an action is given and may say."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeAlias

from sqlalchemy import Connection, Table, insert

from syncd.sandbox.clock import stamp
from syncd.sandbox.php import Params, parse
from syncd.sandbox.switches import release

Body: TypeAlias = dict[str, Any]


class Refusal(Exception):
    """WHMCS's no: the sentence goes out as `message`. Whatever the action had written is undone."""

    def __init__(self, message: str, http_status: int = 200) -> None:
        super().__init__(message)
        self.message = message
        self.http_status = http_status


@dataclass(frozen=True, slots=True)
class Call:
    """One authenticated request, inside its transaction."""

    db: Connection
    params: Params
    now: datetime
    switches: Mapping[str, str]
    admin_id: int
    remote: str
    user_id: int = 0
    """Who is logged in to the client area; 0 for a call of the API."""

    @property
    def stamp(self) -> str:
        return stamp(self.now)

    @property
    def release(self) -> tuple[int, int]:
        return release(self.switches)

    def given(self, **params: str) -> "Call":
        """Return the same call with these parameters."""
        return replace(self, params=parse(params.items()))

    def of_user(self, user_id: int) -> "Call":
        """Return the same call, made by a user in the client area."""
        return replace(self, user_id=user_id)

    def insert(self, table: Table, **values: object) -> int:
        """Insert a row and return its id."""
        inserted = self.db.execute(insert(table).values(values)).inserted_primary_key
        assert inserted is not None  # noqa: S101 - None is for statements of many rows
        return int(inserted[0])


Perform: TypeAlias = Callable[[Call], Body]


@dataclass(frozen=True, slots=True)
class Action:
    name: str
    perform: Perform
    writes: bool
    since: tuple[int, int]


# By lower-case name, which is how WHMCS compares them and how roles list them.
ACTIONS: dict[str, Action] = {}


def action(
    name: str, *, writes: bool = False, since: tuple[int, int] = (8, 0)
) -> Callable[[Perform], Perform]:
    """Register a function as the API action `name`, present from release `since`."""

    def register(perform: Perform) -> Perform:
        ACTIONS[name.lower()] = Action(name, perform, writes, since)
        return perform

    return register


def find(name: str, current: tuple[int, int]) -> Action | None:
    """Return the action of that name in any letter case, if release `current` has it."""
    found = ACTIONS.get(name.lower())
    return found if found and found.since <= current else None


def success(**fields: Any) -> Body:
    return {"result": "success", **fields}


def check_hook(call: Call) -> None:
    """Raise what a validation hook of this installation (switch `hook_veto`) says to a write."""
    if call.switches["hook_veto"]:
        raise Refusal(call.switches["hook_veto"])
