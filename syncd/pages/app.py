"""The web application: routes that read, and nothing else."""

import traceback
from collections.abc import Callable
from pathlib import PurePath
from typing import Any

import structlog
from flask import Flask, Response, abort, redirect, request, url_for
from werkzeug.datastructures import Authorization
from werkzeug.exceptions import HTTPException, InternalServerError, MethodNotAllowed

from syncd.alerts.catalogue import RULES, URGENCIES
from syncd.errors import StoreError
from syncd.journal.glance import glancing
from syncd.model.keys import account_key, parts_of
from syncd.model.resources import account_ref
from syncd.pages.account import account_page
from syncd.pages.desk import Desk
from syncd.pages.door import Door, Guesses
from syncd.pages.finder import PAGE, FoundAccount, hits_of
from syncd.pages.history import change_words
from syncd.pages.person import person_page
from syncd.pages.plans import changes_page, decisions_page
from syncd.pages.readiness import readiness_page
from syncd.pages.rendering import render, stylesheet
from syncd.pages.since import since
from syncd.pages.waiting import waiting
from syncd.report import words
from syncd.report.steps import next_steps

log = structlog.get_logger(__name__)

_READING = ("GET", "HEAD")
_RUNS = 25
_CHANGES = 50
_LARGEST = 2**53
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow",
}
_ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16">'
    '<rect width="16" height="16" rx="3" fill="#17557a"/>'
    '<path d="M4 8.5 7 11.5 12 5" fill="none" stroke="#fff" stroke-width="2"/></svg>'
)
_SAID = {
    400: "This address cannot be read",
    401: "Who are you?",
    404: "There is no such page",
    405: "These pages are only for reading",
    421: "This server does not go by that name",
    429: "Too many wrong passwords",
    500: "This page failed",
    503: "Nothing to show yet",
}


def create_app(desk: Desk, door: Door) -> Flask:
    """Give the application; it answers GET and HEAD, and to whom the door admits."""
    app = Flask("syncd.pages", static_folder=None, template_folder=None)
    app.logger.disabled = True  # it would name people: see `_failed`
    app.config["PROVIDE_AUTOMATIC_OPTIONS"] = False
    _guard(app, door, Guesses(desk.now))
    _answer_errors(app, desk)
    for rule, name, view in _routes(desk):
        app.add_url_rule(rule, name, view, methods=["GET"])
    return app


# --- the door, headers, errors ----------------------------------------------------------------


def _guard(app: Flask, door: Door, guesses: Guesses) -> None:
    @app.before_request
    def look_first() -> Response | None:
        if request.method not in _READING:
            raise MethodNotAllowed(_READING)
        if not door.answers_to(request.host):
            abort(421)
        if request.endpoint == "health" or not door.is_locked:
            return None
        return _knocked(door, guesses, request.remote_addr or "", request.authorization)

    @app.after_request
    def harden(response: Response) -> Response:
        response.headers.update(HEADERS)
        return response


def _knocked(
    door: Door, guesses: Guesses, remote: str, shown: Authorization | None
) -> Response | None:
    """Give None for whoever may come in, or else the answer."""
    wait = guesses.wait(remote) if shown is not None else 0
    if wait:
        log.warning("pages.refused", remote=remote, wait=wait)
        refused = Response(_error_page(429, "", _PATIENCE), 429, content_type=_HTML)
        refused.headers["Retry-After"] = str(wait)
        return refused
    if door.admits(shown):
        return None
    if shown is not None:
        guesses.note(remote)
        log.warning("pages.refused", remote=remote, wait=guesses.wait(remote))
    refused = Response(_error_page(401, "", _LOCKED), 401, content_type=_HTML)
    refused.headers["WWW-Authenticate"] = door.challenge
    return refused


def _answer_errors(app: Flask, desk: Desk) -> None:
    @app.errorhandler(HTTPException)
    def refused(error: HTTPException) -> Response:
        code = error.code or 500
        if isinstance(error, InternalServerError):
            _failed(error.original_exception)
        response = Response(_error_page(code, desk.target, ""), code, content_type=_HTML)
        if isinstance(error, MethodNotAllowed):
            response.headers["Allow"] = ", ".join(_READING)
        return response

    @app.errorhandler(StoreError)
    def missing(error: StoreError) -> Response:
        name, reason = PurePath(error.path).name, error.reason
        advice = f"{name}: {reason}. {desk.advice}"
        return Response(_error_page(503, desk.target, advice), 503, content_type=_HTML)


def _failed(error: BaseException | None) -> None:
    """Log where a page failed: not of whom it was, which its path and the message would say."""
    frames = traceback.extract_tb(error.__traceback__) if error else None
    where = f"{PurePath(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    log.error("pages.broken", page=request.endpoint, error=type(error).__name__, where=where)


def _error_page(code: int, target: str, advice: str) -> str:
    said = _SAID.get(code, "This cannot be answered")
    return render("error", title=said, code=code, advice=advice, target=target, q="")


_HTML = "text/html; charset=utf-8"
_PATIENCE = "Nothing is looked at that comes from your address for a few minutes. Then try again."
_LOCKED = "These pages name customers: they need the password or the token that the config names."


# --- pages ------------------------------------------------------------------------------------

View = Callable[..., Any]


def _routes(desk: Desk) -> list[tuple[str, str, View]]:
    pages = _Pages(desk)
    return [
        ("/", "home", pages.home),
        ("/search", "search", pages.search),
        ("/accounts/<source>/<client>", "account", pages.account),
        ("/people/<path:email>", "person", pages.person),
        ("/runs", "runs", pages.runs),
        ("/runs/<run_id>", "run", pages.run),
        ("/plan", "plan", pages.plan),
        ("/plan/changes", "changes", pages.changes),
        ("/decisions", "decisions", pages.decisions),
        ("/readiness", "readiness", pages.readiness),
        ("/health", "health", pages.health),
        ("/style.css", "style", pages.style),
        ("/icon.svg", "icon", pages.icon),
    ]


class _Pages:
    """A method a route."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._style = stylesheet()

    def home(self) -> Response:
        with self._desk.looking() as (leaf, glance):
            alerts = [(RULES[kind], number) for kind, number in glance.alerts().items()]
            alerts.sort(key=lambda each: URGENCIES.index(each[0].urgency))
            return self._page(
                "home",
                about=leaf.about,
                report=leaf.report,
                still_open=words.still_open(leaf.report),
                runs=glance.runs(5),
                good=glance.last_good(),
                holder=glance.holder(),
                lives=waiting(leaf.report, glance, self._desk.now()),
                requests=len(glance.requests()),
                alerts=alerts,
            )

    def search(self) -> Any:
        question, skip = request.args.get("q", ""), _whole("skip")
        with self._desk.looking() as (leaf, glance):
            hits, about = hits_of(leaf, question, skip), leaf.about
            keys = [account_key(each.account) for each in hits.accounts]
            done = since(glance, keys, self._desk.planned_at(leaf))
        if hits.only is not None and not skip:
            return redirect(self._place_of(hits.only))
        return self._page(
            "search",
            about=about,
            hits=hits,
            accounts=[done.hit(each) for each in hits.accounts],
            q=question.strip(),
            skip=skip,
            size=PAGE,
        )

    def _place_of(self, only: Any) -> str:
        if isinstance(only, FoundAccount):
            return _account_url(only.account)
        return url_for("person", email=only.email)

    def account(self, source: str, client: str) -> Response:
        with self._desk.looking() as (leaf, glance):
            page = account_page(self._desk, leaf, glance, account_ref(source, client))
            if page is None:
                abort(404)
            return self._page("account", about=leaf.about, page=page, since=self._desk.yesterday())

    def person(self, email: str) -> Response:
        with self._desk.looking() as (leaf, glance):
            page = None if self._desk.hides(email) else person_page(self._desk, leaf, glance, email)
            if page is None:
                abort(404)
            return self._page("person", about=leaf.about, page=page, since=self._desk.yesterday())

    def runs(self) -> Response:
        with self._glancing() as glance:
            runs = glance.runs(_RUNS + 1, _whole("before"))
            following = runs[_RUNS - 1].number if len(runs) > _RUNS else 0
            return self._page(
                "runs", runs=runs[:_RUNS], following=following, holder=glance.holder()
            )

    def run(self, run_id: str) -> Response:
        with self._glancing() as glance:
            run = glance.run(run_id)
            if run is None:
                abort(404)
            changes = glance.changes_of(run_id, _CHANGES + 1, _whole("after"))
            shown = [(past, change_words(past.change)) for past in changes[:_CHANGES]]
            following = changes[_CHANGES - 1].number if len(changes) > _CHANGES else 0
            return self._page(
                "run",
                run=run,
                overrides=glance.overrides(run_id),
                changes=[each for each in shown if not self._desk.hides(each[0].change.person)],
                following=following,
            )

    def plan(self) -> Response:
        with self._desk.shelf.reading() as leaf:
            report = leaf.report
            return self._page(
                "plan",
                about=leaf.about,
                report=report,
                still_open=words.still_open(report),
                steps=next_steps(report),
                held=sorted(report.facts.held, key=lambda rule: (-rule.count, rule.rule)),
                found=words.worst_first(report.facts.findings),
            )

    def changes(self) -> Response:
        kind, verdict = request.args.get("kind", ""), request.args.get("verdict", "")
        with self._desk.shelf.reading() as leaf:
            page = changes_page(leaf, kind, verdict, _whole("start"))
            return self._page("changes", about=leaf.about, page=page)

    def decisions(self) -> Response:
        with self._desk.shelf.reading() as leaf:
            page = decisions_page(leaf, request.args.get("asked", ""), _whole("start"))
            return self._page("decisions", about=leaf.about, page=page)

    def readiness(self) -> Response:
        with self._desk.looking() as (leaf, glance):
            report = leaf.report
            page = readiness_page(report, glance, self._desk.now())
            return self._page("readiness", about=leaf.about, report=report, page=page)

    def health(self) -> Response:
        """Say that both can be read, and nothing else: it is asked by machines, without a key."""
        try:
            with self._desk.looking():
                return Response("ok\n", content_type="text/plain; charset=utf-8")
        except StoreError:
            return Response("no pages\n", 503, content_type="text/plain; charset=utf-8")

    def style(self) -> Response:
        return Response(self._style, content_type="text/css; charset=utf-8")

    def icon(self) -> Response:
        return Response(_ICON, content_type="image/svg+xml")

    # --- what they share ----------------------------------------------------------------------

    def _glancing(self) -> Any:
        return glancing(self._desk.journal, self._desk.target)

    def _page(self, name: str, **values: Any) -> Response:
        known = {"q": "", "target": self._desk.target, "about": None, "here": name}
        html = render(
            name, **{**known, **values}, account_url=_account_url, scope_url=_scope_url,
            person_url=_person_url, url_for=url_for,
        )  # fmt: skip
        return Response(html, content_type=_HTML)


def _whole(name: str) -> int:
    """Give a number of the query, 0 where there is none or it is nonsense."""
    return max(0, min(request.args.get(name, 0, type=int), _LARGEST))


def _account_url(ref: str) -> str:
    source, _, client = ref.partition("/")
    return url_for("account", source=source, client=client)


def _person_url(email: str) -> str:
    return url_for("person", email=email)


def _scope_url(key: str) -> str:
    """Give the page of what a key is about, "" where there is none."""
    parts = parts_of(key)
    if parts.account:
        return _account_url(parts.account)
    if parts.email:
        return _person_url(parts.email)
    return url_for("search", q=key) if parts.contact_id and parts.kind == "contact" else ""
