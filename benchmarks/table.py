"""A row of the table that `make bench` prints."""

from typing import NamedTuple


class Measure(NamedTuple):
    """A figure beside its yardstick, and its goal: `<=` or `>=`, a blank, a number."""

    what: str
    figure: float
    unit: str
    yardstick: str  # what it was measured beside, in the same run
    goal: str

    @property
    def reached(self) -> bool:
        way, _, bound = self.goal.partition(" ")
        limit = float(bound)
        return self.figure <= limit if way == "<=" else self.figure >= limit
