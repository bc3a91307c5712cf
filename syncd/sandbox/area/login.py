"""Log in, log out, change the password; and the link of staff who look as somebody."""

from syncd.sandbox.area import persons, sessions
from syncd.sandbox.area.pages import ANYBODY, PERSON, Moved, Shown, page
from syncd.sandbox.area.visit import Missing, Mistake, Visit, places

_WRONG = "Login Details Incorrect. Please try again."


@page("/login", ANYBODY)
def show_login(visit: Visit) -> Shown | Moved:
    if visit.person and not visit.mistake:
        return Moved("/")
    return Shown("login.html")


@page("/login", ANYBODY, again=show_login)
def log_in(visit: Visit) -> Moved:
    person = persons.with_password(visit.call, visit.text("email"), visit.form.get("password", ""))
    if person is None:
        raise Mistake(_WRONG)
    return enter(visit, person)


def enter(visit: Visit, person: persons.Person, *, looking: bool = False) -> Moved:
    """Log in, straight into the account where there is only one."""
    found = places(visit.call, person)
    alone = found[0] if len(found) == 1 and not found[0].closed else None
    visit.log_in(person, alone.account.id if alone else 0, looking=looking)
    return Moved("/" if alone else "/accounts")


@page("/logout", PERSON)
def show_logout(_visit: Visit) -> Shown:
    return Shown("logout.html")


@page("/logout", PERSON, again=show_logout)
def log_out(visit: Visit) -> Moved:
    visit.log_out()
    return Moved("/login", "logged-out")


@page("/look/<token>", ANYBODY)
def look(visit: Visit, token: str) -> Moved:
    """Enter as the person whom the control plane made this link for. It works once."""
    taken = sessions.take(visit.call, token)
    person = persons.by_id(visit.call, taken.kind, taken.person_id) if taken else None
    if taken is None or person is None:
        raise Missing
    if not taken.client_id:
        return enter(visit, person, looking=True)
    visit.log_in(person, taken.client_id, looking=True)
    return Moved("/")


@page("/password", PERSON)
def show_password(_visit: Visit) -> Shown:
    return Shown("password.html")


@page("/password", PERSON, again=show_password)
def change_password(visit: Visit) -> Moved:
    old = visit.form.get("old_password", "")
    known = persons.with_password(visit.call, visit.somebody.email, old)
    if known is None or (known.kind, known.id) != (visit.somebody.kind, visit.somebody.id):
        raise Mistake("Your existing password was not correct.")
    persons.set_password(visit.call, visit.somebody, new_password(visit))
    if visit.session:
        sessions.end_others(visit.call, visit.session)
    return Moved("/password", "password-changed")


def new_password(visit: Visit) -> str:
    """Return the password a form sets, typed twice alike."""
    password = visit.form.get("password", "")
    if not password:
        raise Mistake("You did not enter a password.")
    if password != visit.form.get("password_again", ""):
        raise Mistake("The passwords you entered did not match.")
    return password
