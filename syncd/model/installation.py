"""An installation of the target: what it is known again by, beside its name in the config."""

import msgspec


class EarlyAccount(msgspec.Struct, frozen=True):
    """One of the first accounts there: its id, its own address and the day it was made, if told."""

    target_id: str
    address: str
    created: str = ""


class Installation(msgspec.Struct, frozen=True):
    """Where it was, and the accounts it had first, oldest first: few, for these stay longest."""

    origin: str
    oldest: tuple[EarlyAccount, ...] = ()
