"""The kinds of faults: each a sentence, its options, and what it does; and how they are asked for.

What no public document shows (a firewall's page, the words of a lapsed licence) is made up: that
it is no JSON is what matters. Those that spoil a reply are in `fault_replies`.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

from flask import Response
from sqlalchemy import Connection

from syncd.sandbox import invites, php
from syncd.sandbox.fault_replies import REPLY_KINDS, hang_up
from syncd.sandbox.faults import ANY, Fault, Faults, Hit, Kind, Schedule
from syncd.sandbox.php import Params
from syncd.sandbox.registry import Body, Call
from syncd.sandbox.store import LOOPBACK, Store

_PAGE = 25
_EIGHT_DAYS = 8 * 86_400


class BadFault(ValueError):
    """A fault that cannot be switched on; the text says why."""


# --- in front of the installation -----------------------------------------------------------


def _lose(_: Hit) -> Response:
    hang_up()
    return Response()


def _page(hit: Hit) -> Response:
    title = hit.options["title"]
    html = f"<!DOCTYPE html><html><head><title>{title}</title></head><body>{title}</body></html>"
    return Response(html, hit.options["status"], content_type="text/html; charset=utf-8")


def _slow_down(hit: Hit) -> Response:
    reply = _page(hit)
    pause = hit.options["retry_after"]
    if pause != "":
        reply.headers["Retry-After"] = pause
    if hit.options["as_date"]:
        now = datetime.now(UTC)
        reply.headers["Date"] = format_datetime(now, usegmt=True)
        then = now + timedelta(seconds=float(pause or 0))
        reply.headers["Retry-After"] = format_datetime(then, usegmt=True)
    return reply


def _say_no(hit: Hit) -> Response:
    named = {"action": hit.action.lower(), "remote": hit.remote}
    body = {"result": "error", "message": hit.options["message"].format_map(named)}
    status = hit.options["status"]
    return Response(php.to_json(body), status, content_type="application/json")


# --- inside ---------------------------------------------------------------------------------


def _short_page(hit: Hit, params: Params) -> Params:
    asked = params.integer("limitnum", _PAGE)
    return Params({**params, "limitnum": str(min(asked, hit.options["rows"]) or _PAGE)})


def _shifted(hit: Hit, params: Params) -> Params:
    start = params.integer("limitstart")
    if start <= 0:
        return params
    return Params({**params, "limitstart": str(max(0, start - hit.options["by"]))})


def _shifted_total(hit: Hit, body: Body) -> Body:
    moved = body.get("startnumber", 0) > 0
    return _lying_total(hit, body) if moved else body


def _lying_total(hit: Hit, body: Body) -> Body:
    if "totalresults" not in body:
        return body
    return {**body, "totalresults": max(0, body["totalresults"] + hit.options["by"])}


def _false_hits(hit: Hit, params: Params) -> Params:
    term = params.text("search")
    return Params({**params, "search": term[: hit.options["letters"]]}) if term else params


def _accept_elsewhere(hit: Hit, store: Store, db: Connection) -> None:
    call = Call(db, Params({}), store.clock.now(), store.switches, 0, LOOPBACK[0])
    waiting = invites.pending(call)
    if waiting:
        invites.accept(call, waiting[0], hit.options["email"], ("Somebody", "Else"))


def _move_clock(hit: Hit, store: Store, db: Connection) -> None:
    store.set_clock(db, store.clock.moved(advance=hit.options["seconds"]))


def _kind(name: str, story: str, options: Mapping[str, Any] | None = None, **does: Any) -> Kind:
    return Kind(name, story, options or {}, **does)


_FORBIDDEN = 403

KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        _kind(
            "lost_request",
            "The connection breaks before the request arrives: nothing is carried out.",
            instead=_lose,
        ),
        _kind(
            "error",
            "HTTP 200 with result=error and a sentence nobody documented.",
            {"message": "Something went wrong", "status": 200},
            instead=_say_no,
        ),
        _kind(
            "html",
            "A page in place of JSON: a login form, or a proxy's own words.",
            {"title": "Just a moment...", "status": 200},
            instead=_page,
        ),
        _kind(
            "maintenance",
            "The licence has lapsed, or work is being done: a page for visitors, whoever asks.",
            {"title": "Down for Maintenance (Err 3)", "status": 200},
            instead=_page,
        ),
        _kind(
            "banned",
            "A firewall answers 403 and a page; with `at` and times 0 the ban after a burst.",
            {"title": "403 Forbidden", "status": _FORBIDDEN},
            instead=_page,
        ),
        _kind(
            "throttled",
            "HTTP 429; `retry_after` in seconds, none where blank, `as_date` as a date.",
            {"title": "Too Many Requests", "status": 429, "retry_after": "", "as_date": False},
            instead=_slow_down,
        ),
        _kind(
            "rate_page",
            "The page with which 9.0 answers who asks too often, without a status that says so.",
            {"title": "Rate Limit Exceeded", "status": 200},
            instead=_page,
        ),
        _kind(
            "unavailable",
            "HTTP 503; `retry_after` in seconds, none where blank, `as_date` as a date.",
            {"title": "Service Unavailable", "status": 503, "retry_after": "", "as_date": False},
            instead=_slow_down,
        ),
        _kind(
            "ip_refused",
            "The API IP allow list has lost the caller's address.",
            {"message": "Invalid IP {remote}", "status": _FORBIDDEN},
            instead=_say_no,
        ),
        _kind(
            "role_lacks",
            "The API role no longer allows this action.",
            {
                "message": 'Invalid Permissions: API action "{action}" is not allowed',
                "status": _FORBIDDEN,
            },
            instead=_say_no,
        ),
        _kind(
            "short_pages",
            "A page of a list has at most `rows` rows, however many were asked for.",
            {"rows": _PAGE},
            asked=_short_page,
        ),
        _kind(
            "lying_totals",
            "A list states a total that is wrong `by` so many.",
            {"by": 1},
            told=_lying_total,
        ),
        _kind(
            "shifted_pages",
            "So many rows were added before a later page, so it repeats some; "
            "negative: removed, so it skips some.",
            {"by": 1},
            asked=_shifted,
            told=_shifted_total,
        ),
        _kind(
            "false_hits",
            "A search finds all that begins with the first `letters` of what was asked for.",
            {"letters": 1},
            asked=_false_hits,
        ),
        _kind(
            "accepted_elsewhere",
            "Just before, the oldest pending invitation is accepted under another address.",
            {"email": "somebody.else@elsewhere.example"},
            meanwhile=_accept_elsewhere,
        ),
        _kind(
            "clock_jump",
            "The sandbox's clock jumps by `seconds` just before, and stays so: invitations expire "
            "within a run, or the clock is wrong.",
            {"seconds": _EIGHT_DAYS},
            meanwhile=_move_clock,
        ),
        *REPLY_KINDS,
    )
}


# --- asked for ------------------------------------------------------------------------------


def told(faults: Faults) -> dict[str, Any]:
    """Return what is switched on, and every kind there is."""
    kinds = {
        kind.name: {"story": kind.story, "options": dict(kind.options)} for kind in KINDS.values()
    }
    return {**faults.shape(), "kinds": kinds}


def switch_on(faults: Faults, wanted: Mapping[str, Any]) -> None:
    """Add one fault, or follow a schedule where `random` is given; raises BadFault."""
    drawn = wanted.get("random")
    if isinstance(drawn, dict) and len(wanted) == 1:
        faults.follow(_schedule(drawn))
    else:
        faults.add(_fault(wanted))


def _fault(wanted: Mapping[str, Any]) -> Fault:
    given = dict(wanted)
    kind = _known(given.pop("fault", None))
    on, at, times = given.pop("on", ANY), given.pop("at", 1), given.pop("times", 1)
    if not isinstance(on, str):
        raise BadFault("on must be any, reads, writes or the name of an action.")
    if not (_is_count(at) and at and _is_count(times)):
        raise BadFault("at must be 1 or more, times 0 or more.")
    return Fault(kind, _options(kind, given), on.lower(), at, times)


def _schedule(wanted: Mapping[str, Any]) -> Schedule:
    given = {"seed": 0, "rate": 0.1, "kinds": list(KINDS), "most": 0, **wanted}
    stray = given.keys() - {"seed", "rate", "kinds", "most"}
    if stray:
        raise BadFault(f"random has no {', '.join(sorted(stray))}.")
    if not (_is_count(given["seed"]) and _is_count(given["most"])):
        raise BadFault("seed and most must be whole numbers.")
    if not (isinstance(given["rate"], int | float) and 0 < given["rate"] <= 1):
        raise BadFault("rate must be more than 0, and 1 at most.")
    if not (isinstance(given["kinds"], list) and given["kinds"]):
        raise BadFault("kinds must be a list of faults.")
    kinds = [_known(name) for name in given["kinds"]]
    return Schedule(given["seed"], given["rate"], kinds, given["most"])


def _known(name: object) -> Kind:
    kind = KINDS.get(name) if isinstance(name, str) else None
    if kind is None:
        raise BadFault(f"There is no fault {name!r}. There are: {', '.join(KINDS)}.")
    return kind


def _options(kind: Kind, given: Mapping[str, Any]) -> dict[str, Any]:
    for name, value in given.items():
        default = kind.options.get(name)
        if default is None:
            known = ", ".join(kind.options) or "none"
            raise BadFault(f"The fault {kind.name} has no option {name!r}. It has: {known}.")
        fits = (int, float) if isinstance(default, float) else type(default)
        if not isinstance(value, fits) or isinstance(value, bool) is not isinstance(default, bool):
            raise BadFault(f"{name} must be a {type(default).__name__}.")
    return {**kind.options, **given}


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
