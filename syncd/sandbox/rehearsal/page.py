"""The page of a rehearsal: everybody who can log in, today and then, with links to look."""

import hmac
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from flask import Flask, Response, abort, render_template, request

from syncd.sandbox.area import area as client_area
from syncd.sandbox.loopback import comes_from_here
from syncd.sandbox.rehearsal.logins import RehearsedArea, addresses, logins, offer

_MOST = 50
_LARGEST_ID = 2**63 - 1  # what SQLite holds
# No script, nothing from elsewhere; the areas are shown in frames.
_POLICY = (
    "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; base-uri 'none'; "
    "frame-src http://127.0.0.1:*; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_STYLE = Path(client_area.__file__).parent / "static"


def create(areas: Sequence[RehearsedArea], key: str) -> Flask:
    """Return the page of these areas, which only finds who knows `key`: others share the machine.

    More areas may be added to the list as long as nobody asks.
    """
    app = Flask(__name__, static_folder=_STYLE, static_url_path="/area")
    app.after_request(_with_headers)

    app.before_request(partial(_refuse_strangers, key))

    @app.get("/<key>/")
    def people(key: str) -> str:
        text = request.args.get("search", "").strip()
        found = sorted({email for area in areas for email in addresses(area, text, _MOST + 1)})
        rows = [(email, _ways(areas, email)) for email in found[:_MOST]]
        return render_template(
            "people.html", key=key, areas=areas, rows=rows, text=text, more=len(found) > _MOST
        )

    @app.get("/<key>/person")
    def person(key: str) -> tuple[str, int]:
        email = request.args.get("email", "").strip()
        ways = _ways(areas, email)
        known = any(found for _, found in ways)
        text = render_template("person.html", key=key, areas=areas, email=email, ways=ways)
        return text, 200 if known else 404

    @app.get(f"/<key>/look/<int:number>/<kind>/<int(max={_LARGEST_ID}):person_id>")
    def look(key: str, number: int, kind: str, person_id: int) -> Response:  # noqa: ARG001
        url = offer(areas[number], kind, person_id) if number < len(areas) else None
        if url is None:
            abort(404)
        return Response(status=303, headers={"Location": url})

    return app


def _refuse_strangers(key: str) -> None:
    if not comes_from_here(request):
        abort(403)
    brought = (request.view_args or {}).get("key", "")
    if request.endpoint != "static" and not hmac.compare_digest(brought.encode(), key.encode()):
        abort(404)


def _ways(areas: Sequence[RehearsedArea], email: str) -> list[tuple[RehearsedArea, list[object]]]:
    return [(area, list(logins(area, email))) for area in areas]


def _with_headers(response: Response) -> Response:
    response.headers.update(_HEADERS)
    return response
