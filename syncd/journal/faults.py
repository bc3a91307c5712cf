"""What can be wrong with where a journal is, besides what `errors` has for a file."""

from syncd.errors import Locked, StoreError


class JournalUnreachable(StoreError):
    """The database of the journal does not answer, or refuses what is asked of it."""


class JournalElsewhere(StoreError):
    """The journal to go by is another one; `reason` says which, and what to do."""


class StandingBy(Locked):
    """Another host, or state folder, works on this target; this one waits for its turn."""
