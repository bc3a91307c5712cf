"""The kinds of faults that spoil a reply: what was asked for is carried out and committed."""

import socket
import time
from collections.abc import Callable
from typing import Any, TypeAlias

from flask import Response, request

from syncd.sandbox.faults import Hit, Kind
from syncd.sandbox.registry import Body

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_FILE = "/var/www/whmcs/includes/hooks/custom.php"


def hang_up() -> None:
    """Close the caller's connection under the reply, as a proxy that dies does."""
    # The server hands out one method of the connection; it is the way to its socket.
    channel = request.environ["waitress.client_disconnected"].__self__
    channel.socket.shutdown(socket.SHUT_RDWR)


def _lose(_: Hit, reply: Response) -> Response:
    hang_up()
    return reply


def _cut(_: Hit, reply: Response) -> Response:
    body = reply.get_data()
    reply.set_data(body[: len(body) // 2])
    return reply


def _delay(hit: Hit, reply: Response) -> Response:
    time.sleep(hit.options["seconds"])
    return reply


def _notice(hit: Hit, reply: Response) -> Response:
    message = hit.options["message"]
    notice = f"<br />\n<b>{message}</b> in <b>{_FILE}</b> on line <b>7</b><br />\n"
    reply.set_data(notice.encode() + reply.get_data())
    return reply


def _mark(hit: Hit, reply: Response) -> Response:
    reply.set_data(_BYTE_ORDER_MARK * hit.options["count"] + reply.get_data())
    return reply


def _null(_: Hit, reply: Response) -> Response:
    reply.set_data("null")
    return reply


def _die(hit: Hit, reply: Response) -> Response:
    reply.status_code = hit.options["status"]
    reply.content_type = "text/html; charset=utf-8"
    # Nothing is shown of a fatal error where display_errors is off, as it should be.
    reply.set_data("")
    return reply


def _warn(hit: Hit, body: Body) -> Body:
    return {**body, "warning": hit.options["warning"]}


Deliver: TypeAlias = Callable[[Hit, Response], Response]


def _kind(name: str, story: str, delivered: Deliver, **options: Any) -> Kind:
    return Kind(name, story, options, delivered=delivered)


REPLY_KINDS: tuple[Kind, ...] = (
    _kind(
        "lost_reply",
        "The request is carried out, and the connection breaks before its reply.",
        _lose,
    ),
    _kind(
        "truncated",
        "The request is carried out, and its reply ends in the middle of the JSON.",
        _cut,
    ),
    _kind("slow", "The reply takes `seconds` longer.", _delay, seconds=0.2),
    _kind(
        "php_notice",
        "The request is carried out, and a hook's notice of PHP stands before the JSON.",
        _notice,
        message="Notice: Undefined index: HTTP_HOST",
    ),
    _kind(
        "byte_order_marks",
        "The request is carried out, and `count` byte order marks stand before the JSON: one for "
        "each PHP file that an editor saved with one.",
        _mark,
        count=2,
    ),
    _kind(
        "null_body",
        "The request is carried out, and its reply is `null`: the answer was no text that JSON "
        "can hold.",
        _null,
    ),
    _kind(
        "error_after_commit",
        "The request is carried out, and then PHP dies: HTTP 500 without a word.",
        _die,
        status=500,
    ),
    Kind(
        "warning",
        "The request is carried out, and its success comes with a warning.",
        {"warning": "This functionality is deprecated and may be removed."},
        told=_warn,
    ),
)
