"""The page that the link of an invitation leads to: accept it, as oneself or as somebody new."""

from typing import Any

from sqlalchemy import Row

from syncd.sandbox import invites, lookup
from syncd.sandbox.actions import users
from syncd.sandbox.area import persons, sessions
from syncd.sandbox.area.login import new_password
from syncd.sandbox.area.pages import ANYBODY, NEW, Moved, Shown, page
from syncd.sandbox.area.permissions import PERMISSIONS
from syncd.sandbox.area.visit import Missing, Mistake, Visit, account_name, known

_WRONG = "Login Details Incorrect. Please try again."


@page("/invite/<token>", ANYBODY, NEW)
def show_invite(visit: Visit, token: str) -> Shown:
    invite = _invite(visit, token)
    account = lookup.client(visit.call.db, invite.client_id)
    state = invites.state(invite, visit.call.now)
    if account is None or state != "pending":
        return Shown("invite_over.html", {"state": state}, 410)
    sender = lookup.user(visit.call.db, invite.invited_by)
    allowed = known(invite.permissions)
    return Shown(
        "invite.html",
        {
            "invite": invite,
            "account": account_name(account),
            "sender": f"{sender.first_name} {sender.last_name}" if sender else "Our support",
            "allowed": [tick for tick in PERMISSIONS if tick.key in allowed],
            "known": lookup.user_by_email(visit.call, invite.email) is not None,
        },
    )


@page("/invite/<token>", ANYBODY, NEW, again=show_invite)
def accept(visit: Visit, token: str) -> Moved:
    invite = _invite(visit, token)
    if invites.state(invite, visit.call.now) != "pending":
        raise Mistake("This invitation can no longer be accepted.")
    match visit.form.get("who"):
        case "me" if visit.person:
            return _accept_as(visit, invite, visit.person)
        case "known":
            person = persons.with_password(
                visit.call, visit.text("email"), visit.form.get("password", "")
            )
            if person is None:
                raise Mistake(_WRONG)
            return _accept_as(visit, invite, person)
        case "new":
            return _accept_anew(visit, invite)
        case _:
            raise Mistake("Log in, or create a login, to accept the invitation.")


def _accept_as(visit: Visit, invite: Row[Any], person: persons.Person) -> Moved:
    _accepted(visit, invite, person.email)
    return _go_in(visit, person, invite.client_id)


def _accept_anew(visit: Visit, invite: Row[Any]) -> Moved:
    added = visit.perform(
        users.add_user,
        firstname=visit.text("firstname"),
        lastname=visit.text("lastname"),
        email=visit.text("email"),
        password2=new_password(visit),
    )
    _accepted(visit, invite, visit.text("email"))
    person = persons.by_id(visit.call, persons.USER, added["user_id"])
    if person is None:
        raise Missing
    return _go_in(visit, person, invite.client_id)


def _go_in(visit: Visit, person: persons.Person, client_id: int) -> Moved:
    """Show the account that has been joined, whoever was logged in before."""
    if visit.session and visit.person and visit.person.id == person.id:
        sessions.choose(visit.call, visit.session, client_id)
    else:
        visit.log_in(person, client_id)
    return Moved("/", "accepted")


def _accepted(visit: Visit, invite: Row[Any], email: str) -> None:
    try:
        invites.accept(visit.call, invite, email, ("", ""))
    except invites.NotAcceptable as error:
        raise Mistake(str(error)) from error


def _invite(visit: Visit, token: str) -> Row[Any]:
    invite = invites.by_token(visit.call.db, token)
    if invite is None:
        raise Missing
    return invite
