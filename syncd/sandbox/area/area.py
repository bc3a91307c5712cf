"""The HTTP side of the client area: cookie, form token, who may see a page, how it looks."""

import hmac
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask import Blueprint, Response, render_template, request
from sqlalchemy import Connection
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound

from syncd.sandbox.area import (  # noqa: F401 - each registers its pages
    accounts,
    billing,
    checkout,
    contacts,
    forgotten,
    holdings,
    invitations,
    login,
    members,
    profile,
    tickets,
)
from syncd.sandbox.area.menu import menu
from syncd.sandbox.area.notices import NOTICES
from syncd.sandbox.area.pages import ANYBODY, PAGES, PERSON, AreaPage, Moved, Shown, allows
from syncd.sandbox.area.permissions import LABELS
from syncd.sandbox.area.sessions import form_token, new_token
from syncd.sandbox.area.visit import Denied, Missing, Mistake, Outdated, Visit, visit
from syncd.sandbox.loopback import comes_from_here
from syncd.sandbox.php import Params
from syncd.sandbox.registry import Call
from syncd.sandbox.store import Store

# No script, nothing from elsewhere; a page of this machine may frame it, to show two side by side.
_POLICY = (
    "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'self' http://127.0.0.1:* http://localhost:* http://[::1]:*"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
# What an INTEGER of MariaDB holds; SQLite's driver raises for what is larger than its own.
_LARGEST_ID = 2**31 - 1
_FORBIDDEN, _NOT_FOUND, _WRONG = 403, 404, 422


def blueprint(store: Store) -> Blueprint:
    area = Blueprint(
        "area",
        __name__,
        template_folder="templates",
        static_folder="static",
        static_url_path="/area",
    )
    area.before_request(_refuse_strangers)
    area.after_request(_with_headers)
    area.add_app_template_filter(_day, "day")
    versions: dict[tuple[str, str], list[AreaPage]] = {}
    for page in PAGES:
        versions.setdefault((page.method, page.path), []).append(page)
    for number, ((method, path), pages) in enumerate(versions.items()):
        view = _served(store, pages)
        area.add_url_rule(path, endpoint=f"page{number}", view_func=view, methods=[method])
    area.app_errorhandler(MethodNotAllowed)(_lost(store, "form_only.html"))
    area.app_errorhandler(NotFound)(_lost(store, "missing.html"))
    return area


def _lost(store: Store, template: str) -> Callable[[HTTPException], Response]:
    """Show a browser a page of the area where there is none; programs get the plain answer."""

    def serve(error: HTTPException) -> Response:
        if "text/html" not in request.headers.get("Accept", "") or not comes_from_here(request):
            return Response(error.get_body(), error.code, error.get_headers())
        with store.transaction() as db:
            visiting = _visit(store, db)
            shown = _response(visiting, error.code or _NOT_FOUND, Shown(template))
            return _with_headers(_with_cookie(visiting, shown))

    return serve


def _day(date: str) -> str:
    return "none" if date.startswith("0000") else date


def _refuse_strangers() -> Response | None:
    if comes_from_here(request):
        return None
    return Response("The client area is for this machine only.\n", _FORBIDDEN)


def _with_headers(response: Response) -> Response:
    response.headers.update(_HEADERS)
    if response.mimetype == "text/css":
        response.headers["Cache-Control"] = "max-age=60"
    return response


def _served(store: Store, pages: Sequence[AreaPage]) -> Callable[..., Response]:
    def serve(**place: Any) -> Response:
        with store.transaction() as db:
            visiting = _visit(store, db)
            status, body = _answered(visiting, pages, place)
            return _with_cookie(visiting, _response(visiting, status, body))

    return serve


def _visit(store: Store, db: Connection) -> Visit:
    remote = request.remote_addr or ""
    call = Call(db, Params({}), store.clock.now(), store.switches, 0, remote)
    visiting = visit(call, request.cookies.get(_cookie(), ""))
    if visiting.person and visiting.person.kind == "user":
        visiting.call = call.of_user(visiting.person.id)
    visiting.form = request.form.to_dict()
    visiting.ticked = frozenset(
        [*request.form.getlist("permissions"), *(n for n, v in request.form.items() if v == "on")]
    )
    visiting.path = request.full_path.rstrip("?")
    return visiting


def _answered(
    visiting: Visit, pages: Sequence[AreaPage], place: dict[str, Any]
) -> tuple[int, Shown | Moved]:
    """Let the page speak, if it is there and may be seen; what it had written is undone if not."""
    try:
        page = _of_generation(visiting, pages)
        _check(visiting, page, place)
        try:
            with visiting.call.db.begin_nested():
                return 200, page.view(visiting, **place)
        except Mistake as mistake:
            visiting.mistake = str(mistake)
            assert page.again is not None  # noqa: S101 - only a form makes mistakes
            return _WRONG, page.again(visiting, **place)
    except _Elsewhere as elsewhere:
        return 200, Moved(elsewhere.path)
    except Denied:
        return _FORBIDDEN, Shown("denied.html", {"labels": LABELS})
    except Outdated:
        return _FORBIDDEN, Shown("outdated.html")
    except Missing:
        return _NOT_FOUND, Shown("missing.html")


class _Elsewhere(Exception):
    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path


def _of_generation(visiting: Visit, pages: Sequence[AreaPage]) -> AreaPage:
    generation = 7 if visiting.old else 8
    for page in pages:
        if generation in page.generations:
            return page
    raise Missing


def _check(visiting: Visit, page: AreaPage, place: Mapping[str, Any]) -> None:
    if any(isinstance(part, int) and part > _LARGEST_ID for part in place.values()):
        raise Missing
    if page.method == "POST" and not _brings_token(visiting):
        raise Outdated
    if page.needs == ANYBODY:
        return
    if visiting.person is None:
        raise _Elsewhere("/login")
    if visiting.place is None and page.needs != PERSON:
        raise _Elsewhere("/accounts")
    if not allows(page.needs, visiting):
        raise Denied


def _brings_token(visiting: Visit) -> bool:
    sent, right = visiting.form.get("token", ""), form_token(visiting.token)
    return bool(visiting.token) and hmac.compare_digest(sent.encode(), right.encode())


def _response(visiting: Visit, status: int, body: Shown | Moved) -> Response:
    if isinstance(body, Moved):
        query = f"?done={body.done}" if body.done else ""
        return Response(status=303, headers={"Location": f"{body.path}{query}"})
    # A page for somebody who has no cookie yet brings it: its forms need it.
    if not visiting.token and visiting.new_token is None:
        visiting.new_token = new_token()
    text = render_template(
        f"area/{body.template}",
        visit=visiting,
        menu=menu(visiting),
        token=form_token(visiting.new_token or visiting.token),
        notice=NOTICES.get(request.args.get("done", "")),
        version=visiting.call.switches["version"],
        **body.values,
    )
    return Response(text, body.status if status == 200 else status)


def _with_cookie(visiting: Visit, response: Response) -> Response:
    if visiting.new_token is not None:
        response.set_cookie(_cookie(), visiting.new_token, httponly=True, samesite="Lax", path="/")
    return response


def _cookie() -> str:
    """Name it by the port: browsers keep one jar for all ports of a host, and two areas may run."""
    port = request.host.rpartition(":")[2] if ":" in request.host else "80"
    return f"area_{port if port.isdecimal() else 80}"
