"""What the page unfolds: the matrix of as many people as fit, and what else its rows name.

In the matrix each person stands with all of their logins, the worst cases first.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping

from syncd.model.keys import membership_key, parts_of
from syncd.report.access import LOGINS, RANKS, LoginCensus, accesses
from syncd.report.explanations import explained
from syncd.report.facts import Access, ShownLogin, Stories
from syncd.workspace.workspace import Workspace


def unfolded(
    workspace: Workspace, census: LoginCensus, keys: Collection[str]
) -> tuple[tuple[ShownLogin, ...], Stories]:
    """Give the logins of the matrix, those of one person one after the other, and other stories.

    Where not all fit, whoever gains comes first, then whoever loses, waits or is left out. `keys`
    are what other rows of the page are about.
    """
    shown, named = list(census.shown), list[Access]()
    if census.total > len(shown):
        shown, named = _chosen(shown, workspace, keys)
    places = {email: place for place, email in enumerate(_people(shown))}
    shown.sort(key=lambda access: (places[access.email], RANKS[access.state]))
    others = set(keys).difference(map(_key, (*shown, *named)))
    logins, stories = explained(workspace, (*shown, *named), others)
    return logins[: len(shown)], Stories(logins[len(shown) :], stories)


def _people(logins: Iterable[Access]) -> list[str]:
    return list(dict.fromkeys(login.email for login in logins))


def _key(login: Access) -> str:
    return membership_key(login.account, login.email)


def _chosen(
    worst: list[Access], workspace: Workspace, keys: Collection[str]
) -> tuple[list[Access], list[Access]]:
    """Give the logins of the matrix, and those of these keys that are not in it."""
    by_person: dict[str, list[Access]] = {email: [] for email in _people(worst)}
    for access in worst:
        if not access.email:
            by_person[""].append(access)
    named = dict[str, Access]()
    about = (parts_of(key) for key in keys)
    people = by_person.keys() | {each.email for each in about if each.kind == "membership"}
    for access in accesses(workspace, sorted(people - {""})):
        if access.email in by_person:
            by_person[access.email].append(access)
        if _key(access) in keys:
            named[_key(access)] = access
    shown = list(_fitting(by_person))
    for access in shown:
        named.pop(_key(access), None)
    return shown, list(named.values())


def _fitting(by_person: Mapping[str, list[Access]]) -> Iterator[Access]:
    """Yield all logins of as many people as fit."""
    room = LOGINS
    for some in by_person.values():
        if len(some) <= room:
            yield from some
            room -= len(some)
