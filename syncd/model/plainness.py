"""What makes a legacy row plain: nothing in it asks for a look; see `workspace.plain`."""

import msgspec


class Plainness(msgspec.Struct, frozen=True):
    """What addresses and names are plain. Expressions are those of RE2, for all of a text."""

    address: str  # a normalised address that can be written to, whatever else it is
    garbled: str  # a text that may have been read in the wrong character set holds this
    named: str  # an address that the config has something to say of
    accounts: frozenset[str]  # likewise
    max_address: int
    max_local: int
    max_name: int
