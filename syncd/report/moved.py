"""What became different since the plan before, as values."""

from typing import Literal

import msgspec

from syncd.model.permission import Permissions

MoveKind = Literal["gains", "loses", "state"]


class Movement(msgspec.Struct, frozen=True):
    """A login that comes out otherwise than by the plan before; a state is "" where it is not."""

    account: str
    account_name: str
    email: str
    state_before: str
    state: str
    gained: Permissions
    lost: Permissions

    @property
    def kind(self) -> MoveKind:
        return "gains" if self.gained else "loses" if self.lost else "state"


class SinceFacts(msgspec.Struct, frozen=True):
    """How many logins differ from the plan before, by kind; `plan` is "" for the first one."""

    plan: str = ""
    made_at: str = ""
    numbers: dict[str, int] = {}  # see `Movement.kind`
    sample: tuple[Movement, ...] = ()
