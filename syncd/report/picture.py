"""The flow of all legacy contacts to what becomes of them, laid out for the page."""

from typing import NamedTuple

from syncd.report import words
from syncd.report.facts import Counts

# Lengths are in rem, so that the picture grows and shrinks with the words beside it.
_BAR = 13.5  # height of all contacts together
_ROW = 4.25  # the least height that holds a label beside its ribbon
_GAP = 0.75
_THIN = 0.1


class Flow(NamedTuple):
    """One disposition: its row beside the picture, and its ribbon as SVG path."""

    name: str
    meaning: str
    number: int
    share: str
    height: str
    top: str
    thickness: str
    ribbon: str


class Picture(NamedTuple):
    height: str
    bar_top: str
    bar_height: str
    flows: tuple[Flow, ...]


def picture(counts: Counts) -> Picture:
    """Lay out the flow from all legacy contacts to what became of them, in a box 100 wide.

    Shares are of what went in or came out, whichever is more, so a mismatch cannot hide.
    """
    numbers = {name: number for name, number in words.dispositions(counts).items() if number}
    missing = counts.contacts - sum(numbers.values())
    if missing > 0:
        numbers["unaccounted"] = missing
    whole = max(sum(numbers.values()), 1)
    thick = {name: max(_BAR * number / whole, _THIN) for name, number in numbers.items()}
    rows = {name: max(each + _GAP, _ROW) for name, each in thick.items()}
    left = bar_top = (sum(rows.values()) - sum(thick.values())) / 2
    flows, top = [], 0.0
    for name, number in numbers.items():
        right = top + (rows[name] - thick[name]) / 2
        flows.append(
            Flow(
                name,
                _meaning(name),
                number,
                f"{100 * number / whole:.1f} %",
                f"{rows[name]:.2f}",
                f"{right:.2f}",
                f"{thick[name]:.2f}",
                _ribbon(left, right, thick[name]),
            )
        )
        left += thick[name]
        top += rows[name]
    return Picture(f"{top:.2f}", f"{bar_top:.2f}", f"{sum(thick.values()):.2f}", tuple(flows))


def _meaning(name: str) -> str:
    known = {str(key): said.meaning for key, said in words.DISPOSITIONS.items()}
    return known.get(name, "not accounted for: a defect in syncd")


def _ribbon(left: float, right: float, thick: float) -> str:
    left_end, right_end = left + thick, right + thick
    upper = f"M4 {left:.2f}C50 {left:.2f} 50 {right:.2f} 96 {right:.2f}"
    lower = f"V{right_end:.2f}C50 {right_end:.2f} 50 {left_end:.2f} 4 {left_end:.2f}Z"
    return upper + lower
