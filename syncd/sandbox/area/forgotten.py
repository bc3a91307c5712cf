"""Forgot Password: ask for a link by mail, and set a new password by it."""

from syncd.sandbox import resets
from syncd.sandbox.area import persons, sessions
from syncd.sandbox.area.login import new_password
from syncd.sandbox.area.pages import ANYBODY, Moved, Shown, page
from syncd.sandbox.area.visit import Missing, Visit


@page("/password/forgot", ANYBODY)
def show_forgotten(_visit: Visit) -> Shown:
    return Shown("forgotten.html")


@page("/password/forgot", ANYBODY, again=show_forgotten)
def send_link(visit: Visit) -> Moved:
    """Mail a link, if the address may log in; what is said tells nobody whether it may."""
    for person in persons.with_address(visit.call, visit.text("email"))[:1]:
        resets.offer(visit.call, persons.TABLES[person.kind], person.id, person.email)
    return Moved("/login", "reset-sent")


@page("/password/reset/<token>", ANYBODY)
def show_reset(visit: Visit, token: str) -> Shown:
    return Shown("reset.html", {"email": _person(visit, token).email})


@page("/password/reset/<token>", ANYBODY, again=show_reset)
def reset(visit: Visit, token: str) -> Moved:
    person = _person(visit, token)
    persons.set_password(visit.call, person, new_password(visit))
    sessions.end_all(visit.call, person.kind, person.id, but=None)
    return Moved("/login", "password-reset")


def _person(visit: Visit, token: str) -> persons.Person:
    place = resets.find(visit.call, token)
    kinds = {table: kind for kind, table in persons.TABLES.items()}
    person = persons.by_id(visit.call, kinds[place[0]], place[1]) if place else None
    if person is None:
        raise Missing
    return person
