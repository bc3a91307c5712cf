"""How ready a cut-over is, as values: named checks, what each lacks, and what to run next."""

import msgspec


class ReadinessCheck(msgspec.Struct, frozen=True):
    """One thing that should be so before people are sent to the new system."""

    name: str
    wants: str
    lacks: str = ""  # "" where nothing lacks
    next: str = ""  # a command, or where to look

    @property
    def is_met(self) -> bool:
        return not self.lacks


class CutoverReadiness(msgspec.Struct, frozen=True):
    """All checks, in the order in which they are best worked off; none for a plan of `undo`."""

    checks: tuple[ReadinessCheck, ...] = ()

    @property
    def met(self) -> int:
        return sum(check.is_met for check in self.checks)

    @property
    def open(self) -> tuple[ReadinessCheck, ...]:
        return tuple(check for check in self.checks if not check.is_met)

    @property
    def score(self) -> str:
        """The checks that are met, of all."""
        return f"{self.met} of {len(self.checks)}"


class History(msgspec.Struct, frozen=True):
    """What the journal knows beside a plan; moments are ISO 8601, "" for never."""

    good_run_at: str = ""  # when the last run that went through began
    applied_of_plan: int = 0  # changes of this plan that its run applied
    waiting: int = 0  # invitations that may still be accepted
    lapsed: int = 0  # those nobody accepted, or of which nobody knows
    approved_at: str = ""  # the last plan that somebody stood up for and a run applied
    verified_at: str = ""
    verified: str = ""  # PASS, FAIL
    rehearsed_at: str = ""
    rehearsed: str = ""
    rehearsed_by: str = ""  # the version of syncd
