"""The table of pages: each says beside its path what somebody needs to see it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias, TypeVar

from syncd.sandbox.area.visit import Visit

# What a page needs, beside one of the 13 permissions: nothing; a login; an account; to own it.
ANYBODY, PERSON, ACCOUNT, OWNER = "anybody", "person", "account", "owner"
# In which generations there is such a page.
OLD, NEW, BOTH = frozenset((7,)), frozenset((8,)), frozenset((7, 8))


@dataclass(frozen=True, slots=True)
class Shown:
    template: str
    values: Mapping[str, Any] = field(default_factory=dict)
    status: int = 200


@dataclass(frozen=True, slots=True)
class Moved:
    """Go on there; `done` names the sentence in `notices` that says what has been done."""

    path: str
    done: str = ""


View: TypeAlias = Callable[..., "Shown | Moved"]
AnyView = TypeVar("AnyView", bound=View)


@dataclass(frozen=True, slots=True)
class AreaPage:
    method: str
    path: str
    needs: str
    generations: frozenset[int]
    view: View
    again: View | None
    """Shows the form once more, with the mistake above it."""


PAGES: list[AreaPage] = []


def page(
    path: str, needs: str, generations: frozenset[int] = BOTH, *, again: View | None = None
) -> Callable[[AnyView], AnyView]:
    """Register the view of a page; with `again`, what its form does when it is sent."""

    def register(view: AnyView) -> AnyView:
        PAGES.append(AreaPage("POST" if again else "GET", path, needs, generations, view, again))
        return view

    return register


def allows(needs: str, visit: Visit) -> bool:
    """Say whether somebody who is logged in, on an account where one is needed, may see it."""
    match needs:
        case "anybody":
            return True
        case "person":
            return visit.person is not None
        case "account":
            return visit.place is not None
        case "owner":
            return visit.is_owner
        case permission:
            return visit.may(permission)
