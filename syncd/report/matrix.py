"""The matrix of the page: as many people as fit, each with all of their logins, the worst first."""

from collections.abc import Iterator

from syncd.report.access import LOGINS, RANKS, Labelling, LoginCensus, accesses
from syncd.report.explanations import explained
from syncd.report.facts import Access, ShownLogin
from syncd.workspace.workspace import Workspace


def matrix(workspace: Workspace, census: LoginCensus, label: Labelling) -> Iterator[ShownLogin]:
    """Yield the logins that a page shows, those of one person one after the other.

    Where not all fit, whoever gains comes first, then whoever loses, waits or is left out.
    """
    shown = list(census.shown.sample)
    if census.shown.numbers.total() > len(shown):
        shown = list(_whole(shown, workspace, label))
    places = {email: place for place, email in enumerate(_people(shown))}
    shown.sort(key=lambda access: (places[access.email], RANKS[access.state]))
    yield from explained(workspace, shown)


def _people(logins: list[Access]) -> list[str]:
    return list(dict.fromkeys(login.email for login in logins))


def _whole(logins: list[Access], workspace: Workspace, label: Labelling) -> Iterator[Access]:
    """Yield all logins of as many of these people as fit; those without an address as they are."""
    by_person: dict[str, list[Access]] = {email: [] for email in _people(logins)}
    known = [email for email in by_person if email]
    for access in (
        *(each for each in logins if not each.email),
        *accesses(workspace, label, known),
    ):
        by_person[access.email].append(access)
    room = LOGINS
    for some in by_person.values():
        if len(some) <= room:
            yield from some
            room -= len(some)
