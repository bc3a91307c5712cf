"""The control plane, `/_control/`: what a rehearsal does to the installation behind the API's back.

JSON in, JSON out, for callers on this machine only. Dates are as WHMCS stores them, UTC; the
clock's own are ISO 8601. A wrong request is a 400, 404 or 409 with {"error": "a sentence"}.

GET    outbox               {"mails": [{"id", "sent_at", "to", "kind", "client_id", "subject",
                            "invite_id", "link"}]}; kind is invite, welcome, reset or email; the
                            person clicks the link of an invite or a reset
GET    invites              {"invites": [{"id", "email", "client_id", "permissions", "created_at",
                            "expires_at", "accepted_at", "withdrawn_at", "state", "accepted_by"}]};
                            state is pending, accepted, expired or withdrawn
POST   invites/<id>/accept  {"email", "firstname", "lastname"}, each optional: under the invited
                            address unless another is given -> {"id", "accepted_by", "user_id"}
POST   invites/<id>/withdraw
POST   invites/accept-all   every pending one that can be -> {"accepted": n}
GET    clock                {"now", "offset_seconds", "frozen"}
POST   clock                {"now": ISO 8601} and/or {"advance_seconds": n}; {"frozen": true} stops
                            it there, {"frozen": false} lets it run on
POST   reset                empties the data, sets the clock to real time, lifts denied actions and
                            addresses; {"switches": true} sets these to their defaults as well
POST   load                 a data set -> how many of each kind were added; see `dataset`
GET    state                a data set: everything there is
GET    requests?since=<id>  {"requests": [{"id", "at", "action", "params", "http_status", "result",
                            "message", "writes"}]}, oldest first; DELETE forgets them
GET    switches             {name: value, ...}; POST {name: value} sets and answers them all
POST   members              {"client_id", "email", "permissions": [...]} adds or changes a
                            membership (and makes the user), null removes it; {"owner": true} makes
                            it the owner's, and the owner before a member with every permission
POST   roles                {"deny": ["getusers"]} or {"allow": "all"} -> {"allowed": [...]}
POST   ips                  {"allow": ["192.0.2.1"]}, null for the default -> {"allow": [...]}
GET    faults               {"faults", "random", "kinds"}; see `fault_kinds` and docs/sandbox.md
POST   faults               {"fault": name, "on", "at", "times", option: value} or {"random": {...}}
DELETE faults               lifts them all
POST   looks                {"email"} -> {"looks": [{"kind", "id", "email", "name",
                            "accounts": [{"client_id", "name"}], "url"}]}: for each login of that
                            address a link to look as that person; once, within ten minutes
GET    credentials          {"identifier", "secret", "admin_username", "admin_password",
                            "access_key"}
"""

import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any, TypeAlias

from flask import Blueprint, Response, jsonify, request
from sqlalchemy import Connection, Row, delete, select

from syncd.sandbox import (
    auth,
    dataset,
    fault_kinds,
    invites,
    lookup,
    outbox,
    people,
    request_log,
    schema,
)
from syncd.sandbox.area import looks
from syncd.sandbox.loopback import comes_from_here
from syncd.sandbox.php import Params
from syncd.sandbox.registry import Call
from syncd.sandbox.store import LOOPBACK, Store, allow_ips
from syncd.sandbox.switches import UnknownSwitch

Json: TypeAlias = dict[str, Any]


class ControlError(Exception):
    """A request the control plane cannot do; the sentence goes out as `error`."""

    def __init__(self, sentence: str, http_status: int = 400) -> None:
        super().__init__(sentence)
        self.http_status = http_status


class Desk:
    """One control request, inside its transaction."""

    def __init__(self, store: Store, db: Connection, body: Json) -> None:
        self.store = store
        self.db = db
        self.body = body

    def call(self) -> Call:
        """Return what shared writes want, as if an action had been called without parameters."""
        return Call(
            self.db, Params({}), self.store.clock.now(), self.store.switches, 0, LOOPBACK[0]
        )

    def text(self, name: str) -> str:
        value = self.body.get(name, "")
        if not isinstance(value, str):
            raise ControlError(f"{name} must be text.")
        return value

    def texts(self, name: str) -> list[str]:
        value = self.body.get(name, [])
        if not (isinstance(value, list) and all(isinstance(item, str) for item in value)):
            raise ControlError(f"{name} must be a list of texts.")
        return value


Perform: TypeAlias = Callable[..., Json]
_ROUTES: list[tuple[str, str, Perform]] = []


def blueprint(store: Store) -> Blueprint:
    plane = Blueprint("control", __name__, url_prefix="/_control")
    plane.before_request(_refuse_strangers)
    plane.register_error_handler(ControlError, _said)
    for method, path, perform in _ROUTES:
        view = _view(store, perform)
        plane.add_url_rule(path, endpoint=perform.__name__, view_func=view, methods=[method])
    return plane


def _route(method: str, path: str) -> Callable[[Perform], Perform]:
    def register(perform: Perform) -> Perform:
        _ROUTES.append((method, path, perform))
        return perform

    return register


def _view(store: Store, perform: Perform) -> Callable[..., Response]:
    def view(**place: int) -> Response:
        body = _body()
        with store.transaction() as db:
            return jsonify(perform(Desk(store, db, body), **place))

    return view


def _body() -> Json:
    # The bytes themselves: a plain `curl -d` calls its body a form.
    raw = request.get_data()
    try:
        body = json.loads(raw) if raw else {}
    except ValueError as error:
        raise ControlError("The body must be a JSON object.") from error
    if not isinstance(body, dict):
        raise ControlError("The body must be a JSON object.")
    return body


def _refuse_strangers() -> None:
    if not comes_from_here(request):
        raise ControlError("The control plane is for this machine only.", 403)


def _said(error: ControlError) -> tuple[Response, int]:
    return jsonify({"error": str(error)}), error.http_status


@_route("GET", "/outbox")
def get_outbox(desk: Desk) -> Json:
    return {"mails": outbox.read(desk.db, request.host_url)}


@_route("GET", "/invites")
def get_invites(desk: Desk) -> Json:
    return {"invites": dataset.read_invites(desk.db, desk.store.clock.now())}


@_route("POST", "/invites/<int:invite_id>/accept")
def accept_invite(desk: Desk, invite_id: int) -> Json:
    return _accepted(desk, _invite(desk, invite_id))


@_route("POST", "/invites/<int:invite_id>/withdraw")
def withdraw_invite(desk: Desk, invite_id: int) -> Json:
    try:
        invites.withdraw(desk.call(), _invite(desk, invite_id))
    except invites.NotAcceptable as error:
        raise ControlError(str(error), 409) from error
    return {"id": invite_id}


@_route("POST", "/invites/accept-all")
def accept_all_invites(desk: Desk) -> Json:
    accepted = 0
    for invite in invites.pending(desk.call()):
        try:
            _accepted(desk, invite)
        except ControlError:
            # Nobody can accept it: its address is a member already, say.
            continue
        accepted += 1
    return {"accepted": accepted}


def _invite(desk: Desk, invite_id: int) -> Row[Any]:
    table = schema.user_invites
    invite = desk.db.execute(select(table).where(table.c.id == invite_id)).first()
    if invite is None:
        raise ControlError(f"There is no invite {invite_id}.", 404)
    return invite


def _accepted(desk: Desk, invite: Row[Any]) -> Json:
    email = desk.text("email") or invite.email
    names = (desk.text("firstname"), desk.text("lastname"))
    try:
        user_id = invites.accept(desk.call(), invite, email, names)
    except invites.NotAcceptable as error:
        raise ControlError(str(error), 409) from error
    return {"id": invite.id, "accepted_by": email, "user_id": user_id}


@_route("GET", "/clock")
def get_clock(desk: Desk) -> Json:
    return desk.store.clock.shape()


@_route("POST", "/clock")
def set_clock(desk: Desk) -> Json:
    advance, frozen = desk.body.get("advance_seconds", 0), desk.body.get("frozen")
    if not isinstance(advance, int | float):
        raise ControlError("advance_seconds must be a number.")
    if not isinstance(frozen, bool | None):
        raise ControlError("frozen must be true or false.")
    moved = desk.store.clock.moved(advance=advance, to=_moment(desk.text("now")), frozen=frozen)
    desk.store.set_clock(desk.db, moved)
    return moved.shape()


def _moment(text: str) -> datetime | None:
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ControlError("now must be a date and time in ISO 8601.") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


@_route("POST", "/reset")
def reset(desk: Desk) -> Json:
    desk.store.reset(desk.db, switches=bool(desk.body.get("switches")))
    return {"reset": True}


@_route("POST", "/load")
def load(desk: Desk) -> Json:
    try:
        return dataset.load(desk.db, desk.body, desk.store.clock.now())
    except dataset.BadDataSet as error:
        raise ControlError(str(error)) from error


@_route("GET", "/state")
def get_state(desk: Desk) -> Json:
    return dataset.read(desk.db, desk.store.clock.now())


@_route("GET", "/requests")
def get_requests(desk: Desk) -> Json:
    since = request.args.get("since", default=0, type=int)
    return {"requests": request_log.lines(desk.db, since)}


@_route("DELETE", "/requests")
def delete_requests(desk: Desk) -> Json:
    return {"deleted": desk.db.execute(delete(schema.requests)).rowcount}


@_route("GET", "/switches")
def get_switches(desk: Desk) -> Json:
    return dict(desk.store.switches)


@_route("POST", "/switches")
def set_switches(desk: Desk) -> Json:
    try:
        desk.store.set_switches(desk.db, desk.body)
    except UnknownSwitch as error:
        raise ControlError(str(error)) from error
    return dict(desk.store.switches)


@_route("POST", "/members")
def set_member(desk: Desk) -> Json:
    call, client_id, email = desk.call(), desk.body.get("client_id"), desk.text("email")
    if not isinstance(client_id, int) or lookup.client(desk.db, client_id) is None:
        raise ControlError(f"There is no client {client_id}.", 404)
    if not email or not ({"permissions", "owner"} & desk.body.keys()):
        raise ControlError("email is needed, and permissions or owner.")
    owner, permissions = desk.body.get("owner"), desk.body.get("permissions")
    user = lookup.user_by_email(call, email)
    if not owner and permissions is None:
        if user is None or not people.dissociate(call, user.id, client_id):
            raise ControlError(f"{email} is no member of client {client_id}.", 404)
        return {"user_id": user.id}
    user_id = user.id if user else people.add_user(call, email, (email.partition("@")[0], "Member"))
    if owner:
        people.set_owner(call, user_id, client_id)
    else:
        people.set_permissions(call, user_id, client_id, ",".join(desk.texts("permissions")))
    return {"user_id": user_id}


@_route("POST", "/roles")
def set_roles(desk: Desk) -> Json:
    if "deny" not in desk.body and desk.body.get("allow") != "all":
        raise ControlError('Say {"deny": [actions]} or {"allow": "all"}.')
    return {"allowed": desk.store.allow_actions(desk.db, desk.texts("deny"))}


@_route("POST", "/ips")
def set_ips(desk: Desk) -> Json:
    chosen = desk.body.get("allow")
    allow_ips(desk.db, LOOPBACK if chosen is None else desk.texts("allow"))
    return {"allow": auth.allowed_ips(desk.db)}


@_route("GET", "/faults")
def get_faults(desk: Desk) -> Json:
    return fault_kinds.told(desk.store.faults)


@_route("POST", "/faults")
def set_fault(desk: Desk) -> Json:
    try:
        fault_kinds.switch_on(desk.store.faults, desk.body)
    except fault_kinds.BadFault as error:
        raise ControlError(str(error)) from error
    return get_faults(desk)


@_route("DELETE", "/faults")
def lift_faults(desk: Desk) -> Json:
    desk.store.faults.lift()
    return get_faults(desk)


@_route("POST", "/looks")
def offer_looks(desk: Desk) -> Json:
    email = desk.text("email")
    offers = looks.offers(desk.call(), email, request.host_url)
    if not offers:
        raise ControlError(f"Nobody can log in as {email!r}.", 404)
    return {"looks": offers}


@_route("GET", "/credentials")
def get_credentials(desk: Desk) -> Json:
    return asdict(desk.store.credentials(desk.db))
