"""The HTTP side: one API endpoint, as `includes/api.php` is, and the control plane."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from flask import Flask, Response, request
from sqlalchemy import Connection

from syncd.sandbox import actions, auth, clock, control, php, request_log
from syncd.sandbox.area import area
from syncd.sandbox.dialect import shape
from syncd.sandbox.documented import documented
from syncd.sandbox.faults import Hits
from syncd.sandbox.registry import Action, Body, Call, Refusal
from syncd.sandbox.store import Store
from syncd.sandbox.switches import release

PATH = "/includes/api.php"

# What a person typed, which WHMCS keeps entity-encoded; addresses of mail are left alone.
_ENCODED = (
    *("firstname", "lastname", "companyname", "address1", "address2", "city", "state"),
    *("postcode", "notes", "description", "search", "name", "subject", "message"),
)


def create_app(store: Store) -> Flask:
    app = Flask(__name__, static_folder=None)
    # The order of a documented shape, not of the alphabet.
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.register_blueprint(control.blueprint(store))
    app.register_blueprint(area.blueprint(store))

    @app.route(PATH, methods=["GET", "POST"])
    def api() -> Response:
        # PHP merges both; the body wins.
        pairs = [*request.args.items(multi=True), *request.form.items(multi=True)]
        return answer(store, pairs, request.remote_addr or "")

    @app.route(f"{PATH}/<path:_rest>", methods=["GET", "POST"])
    def doubled(_rest: str) -> Response:
        # A base URL that already had the path: PHP runs the same file, without its context.
        return _json(200, _error("An admin user is required"))

    return app


def answer(store: Store, pairs: Iterable[tuple[str, str]], remote: str) -> Response:
    """Answer one API request, or let the faults that are switched on have it."""
    params = php.parse(pairs)
    asked_for = actions.find(params.text("action"), release(store.switches))
    writes = asked_for is not None and asked_for.writes
    hits = store.faults.strike(params.text("action"), remote, writes=writes)
    reply = hits.instead()
    if reply is not None:
        return reply
    params = hits.asked(params)
    with store.transaction() as db:
        hits.meanwhile(store, db)
        outcome = _outcome(store, db, params, remote, hits)
    return hits.delivered(_encoded(outcome, params, store.switches))


@dataclass(frozen=True, slots=True)
class _Outcome:
    action: str
    http_status: int
    body: Body


def _outcome(store: Store, db: Connection, params: php.Params, remote: str, hits: Hits) -> _Outcome:
    """Perform the request and write its line of the request log."""
    now = store.clock.now()
    action = actions.find(params.text("action"), release(store.switches))
    name = action.name if action else params.text("action")
    try:
        caller = auth.authenticate(db, params, remote, clock.stamp(now))
        known = _known(action, params.text("action"), store.switches)
        auth.authorise(name, caller)
        given = _entities(params) if store.switches["entity_encode"] == "on" else params
        call = Call(db, given, now, store.switches, caller.admin_id, remote)
        with db.begin_nested():
            answered = hits.told(known.perform(call))
            body = shape(answered, store.switches, writes=known.writes)
        outcome = _Outcome(name, 200, body)
    except Refusal as refusal:
        outcome = _Outcome(name, refusal.http_status, _error(refusal.message))
    result = "error" if outcome.body.get("result") == "error" else "success"
    request_log.record(
        db,
        clock.stamp(now),
        params,
        action=name,
        http_status=outcome.http_status,
        result=result,
        message=outcome.body.get("message", "") if result == "error" else "",
        writes=int(action is not None and action.writes),
    )
    return outcome


def _known(action: Action | None, name: str, switches: Mapping[str, str]) -> Action:
    if action is not None:
        return action
    written = documented(name, release(switches))
    if written:
        # An installation has it: whoever rehearses must not take the sandbox's gap for WHMCS's.
        raise Refusal(
            f"This sandbox does not play the API action {written}, which WHMCS documents."
        )
    status = int(switches["unknown_action_status"])
    raise Refusal("The requested API Action could not be found.", status)


def _entities(params: php.Params) -> php.Params:
    values = dict(params)
    for name in _ENCODED:
        if name in values:
            values[name] = php.entities(params.text(name))
    return php.Params(values)


def _encoded(outcome: _Outcome, params: php.Params, switches: Mapping[str, str]) -> Response:
    wanted = params.text("responsetype").lower() or switches["default_format"]
    match wanted:
        case "xml":
            text = php.to_xml(outcome.action, outcome.body)
            return Response(text, outcome.http_status, content_type="application/xml")
        case "nvp":
            text = php.to_nvp(outcome.body)
            return Response(text, outcome.http_status, content_type="text/plain; charset=utf-8")
        case _:
            return _json(outcome.http_status, outcome.body)


def _json(status: int, body: Body) -> Response:
    return Response(php.to_json(body), status, content_type="application/json")


def _error(message: str) -> Body:
    return {"result": "error", "message": message}
