"""What came of performing a change."""

from enum import StrEnum


class Outcome(StrEnum):
    APPLIED = "applied"  # done and read back
    FAILED = "failed"  # the target said no
    CONFLICT = "conflict"  # the target moved under us
    IN_DOUBT = "in_doubt"  # no answer, or a crash between begin and finish
    BLOCKED = "blocked"  # needs a change that did not apply
