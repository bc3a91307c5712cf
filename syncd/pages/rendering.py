"""Turns values into pages.

The style is that of the report, with what a page of a server needs besides.
"""

from functools import cache
from importlib import resources
from typing import Any

from jinja2 import Environment

from syncd.model.change import Reason, Verb
from syncd.model.keys import parts_of
from syncd.pages.standing import ended
from syncd.report import words
from syncd.report.escaping import escaping
from syncd.report.html import REASONS


@cache
def environment() -> Environment:
    made = escaping("syncd.pages")
    made.filters |= {
        "counted": words.counted,
        "ended": ended,
        "moment": words.moment,
        "number": _number,
        "parts": parts_of,
        "reason": _reason,
        "tally": _tally,
        "verb": _verb,
        "verdict": words.verdict,
        "why": words.why,
    }
    return made


def render(name: str, **values: Any) -> str:
    return environment().get_template(f"{name}.html").render(**values)


def stylesheet() -> str:
    shared = resources.files("syncd.report") / "templates" / "report.css"
    own = resources.files("syncd.pages") / "templates" / "pages.css"
    return f"{shared.read_text('utf-8')}\n{own.read_text('utf-8')}"


def _number(value: int) -> str:
    return f"{value:,}"


def _tally(name: str) -> str:
    """Name what a run counts."""
    return _TALLIES.get(name, name.replace("_", " "))


_TALLIES = {"writes": "to apply", "holds": "held", "asked": "left for later waves"}


def _reason(reason: str) -> str:
    return REASONS[Reason(reason)] if reason else ""


def _verb(sign: str) -> str:
    return _VERBS[Verb(sign)]


_VERBS = {Verb.ADD: "make", Verb.UPDATE: "change", Verb.REMOVE: "remove"}
