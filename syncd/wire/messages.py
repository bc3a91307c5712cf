"""What a reply says before it means anything: its verdict, its sentence, its lists.

Documentation and wire disagree about all three, so this is where tolerance lives.
"""

import html
import re
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime
from typing import NoReturn

import msgspec

from syncd.errors import (
    AccessRefused,
    ActionRefused,
    ActionUnknown,
    AddressRefused,
    AlreadyThere,
    CredentialsRefused,
    NoAnswer,
    NotFound,
    OwnerProtected,
    Rejected,
    TargetError,
    TargetUnavailable,
    Throttled,
    UnexpectedReply,
    Unreadable,
    WrongUrl,
)
from syncd.wire.bodies import Body, Reply

Row = Mapping[str, object]

# An id that no client, contact or user has: the last one of its column. Not zero, which PHP takes
# for a parameter that is missing.
NOBODY = 2147483647

# Each reading action, and where its reply keeps what was asked for: container and element.
READING: Mapping[str, tuple[str, str]] = {
    "GetClients": ("clients", "client"),
    "GetClientsDetails": ("client", ""),
    "GetUsers": ("users", "user"),
    "GetContacts": ("contacts", "contact"),
    "GetUserPermissions": ("permissions", "permission"),
    "GetPermissionsList": ("permissions", "permission"),
    "GetCurrencies": ("currencies", "currency"),
    "GetClientGroups": ("groups", "group"),
    "WhmcsDetails": ("whmcs", ""),
    "GetAdminDetails": ("whmcs", ""),
    "SyncdCapabilities": ("possible", ""),
    "SyncdObserve": ("next", ""),
}

# The sentences of the API, as documented and as reported from live installations. First to match
# wins; a sentence that is not here is judged by its HTTP status.
_SENTENCES: tuple[tuple[str, type[TargetError]], ...] = (
    (r"authentication failed", CredentialsRefused),
    # Also the answer under a doubled path (.../includes/api.php/includes/api.php).
    (r"an admin user is required", CredentialsRefused),
    (r"(invalid|forbidden) ip\b", AddressRefused),
    (r"invalid permissions: api action\b", ActionRefused),
    (r"the requested api action could not be found", ActionUnknown),
    (r"(command|action) not found", ActionUnknown),
    (r"permissions cannot be set on a client owner", OwnerProtected),
    (r"you cannot remove the account owner", OwnerProtected),
    (r"user already associated with client", AlreadyThere),
    (r"a (user|client) already exists with that email address", AlreadyThere),
    (r"the email address entered is not available for use", AlreadyThere),
    (r"duplicate email address", AlreadyThere),
    (r"user is not associated with client", NotFound),
    (r"invalid (user|client) id", NotFound),
    (r"(client|contact) id not found", NotFound),
    (r"(client|user) not found", NotFound),
    # The companion's own.
    (r"\w+ could not be finished\b", NoAnswer),
    (r"the owner of this client is somebody else\b", OwnerProtected),
    (r"this invitation was accepted already", AlreadyThere),
    (r"invitation not found", NotFound),
)
_TABLE = tuple((re.compile(pattern, re.IGNORECASE), error) for pattern, error in _SENTENCES)


def meaning(sentence: str) -> type[TargetError] | None:
    """Give the error a sentence of the API stands for; None for a sentence we do not know."""
    plain = " ".join(html.unescape(sentence).split())
    return next((error for pattern, error in _TABLE if pattern.match(plain)), None)


class Answer(msgspec.Struct, frozen=True):
    """An HTTP response, whoever fetched it. Header names are looked up regardless of case."""

    action: str
    status: int
    headers: Mapping[str, str]
    body: Body
    size: int = 0  # of the body, in bytes

    @property
    def writes(self) -> bool:
        return self.action not in READING


def judge(answer: Answer, scrub: Callable[[str], str]) -> Reply:
    """Give the reply of an answer that says success; raise what anything else stands for.

    The body is read before the status: WHMCS says no under 200 and explains itself under 403.
    What it says reaches an error only through `scrub`.
    """
    reply = answer.body.reply
    if reply is None or 300 <= answer.status < 400:
        _judge_status(answer, scrub)
    word = verdict(reply)
    if word == "error":
        raise _refusal(answer, sentence(reply), scrub)
    if answer.body.form:  # believed where it refuses, and for nothing else
        raise _unclear(answer, f"its answer came in {answer.body.form} and not in JSON")
    if not word and not _gives_what_was_asked(answer, reply):
        fields = ", ".join(sorted(reply)) or "nothing"
        raise _unclear(answer, scrub(f"a reply without a verdict, holding {fields}"))
    if answer.writes and reply.get("warning"):
        return {**reply, "warning": scrub(f"{reply['warning']}")}
    return reply


def _unclear(answer: Answer, said: str) -> TargetError:
    """Give the error of a reply that says nothing clear: a write may have been carried out."""
    return (NoAnswer if answer.writes else UnexpectedReply)(answer.action, said)


def verdict(reply: Row) -> str:
    """Give `success`, `error` or "" for a reply that says neither.

    `result` counts if it is present: GetClientsDetails mirrors the client's own `status`.
    """
    marker = reply.get("result") or reply.get("status")
    word = marker.strip().lower() if isinstance(marker, str) else ""
    return word if word in {"success", "error"} else ""


def _gives_what_was_asked(answer: Answer, reply: Row) -> bool:
    """Say whether a reply gives what was asked for and no verdict: some documented ones do."""
    return not answer.writes and "result" not in reply and READING[answer.action][0] in reply


def sentence(reply: Row) -> str:
    return str(reply.get("message") or reply.get("error") or "no message")


def _refusal(answer: Answer, sentence: str, scrub: Callable[[str], str]) -> TargetError:
    known, said = meaning(sentence), scrub(sentence)
    if known is not None:
        return known(answer.action, said)
    if answer.status in {429, 503}:
        return Throttled(answer.action, said, _retry_after(answer.headers))
    if answer.status >= 500:
        return _lost(answer)(answer.action, said)
    return (AccessRefused if answer.status in {401, 403} else Rejected)(answer.action, said)


# Request Timeout and Too Early: the only 4xx codes that may pass by themselves.
_HURRIED = frozenset({408, 425})


def _judge_status(answer: Answer, scrub: Callable[[str], str]) -> NoReturn:
    """Judge an answer that WHMCS did not write, or did not finish."""
    action, status = answer.action, answer.status
    pause = _retry_after(answer.headers)
    # Without Retry-After a 503 may be a proxy that gave up waiting for a write that goes on.
    if status == 429 or (status == 503 and (pause is not None or not answer.writes)):
        raise Throttled(action, f"asked to slow down (HTTP {status})", pause)
    if 300 <= status < 400:
        place = scrub(answer.headers.get("Location", "elsewhere").partition("?")[0])
        said = f"redirected to {place}: set the url of this target to where it really answers"
        raise WrongUrl(action, said)
    if status in {401, 403}:
        said = f"refused with HTTP {status} by a firewall or proxy, before it reached WHMCS"
        raise TargetUnavailable(action, said)
    if 400 <= status < 500 and status not in _HURRIED:
        raise WrongUrl(action, f"no WHMCS API at this url (HTTP {status})")
    kind = answer.headers.get("Content-Type", "no content type")
    said = scrub(
        f"HTTP {status} with a body that is not a JSON object ({kind}, {answer.size} bytes)"
    )
    if status == 200 and not answer.writes:
        raise Unreadable(action, said)
    raise _lost(answer)(action, said)


def _lost(answer: Answer) -> type[TargetUnavailable]:
    return NoAnswer if answer.writes else TargetUnavailable


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Give the seconds a Retry-After asks for, be it a number or a date."""
    value = headers.get("Retry-After", "").strip()
    if value.isdigit():
        return float(value)
    try:
        # By the target's own clock: ours may differ.
        then, now = parsedate_to_datetime(value), parsedate_to_datetime(headers.get("Date", ""))
        return max(0.0, (then - now).total_seconds())
    except (ValueError, TypeError):
        return None


def rows(action: str, value: object, element: str) -> list[Row]:
    """Give the rows of a list in any of its shapes; see `items`."""
    listed: list[Row] = []
    for item in items(value, element):
        if not isinstance(item, dict):
            raise UnexpectedReply(action, f"a list of {element} holds a {type(item).__name__}")
        listed.append(item)
    return listed


def items(value: object, element: str) -> list[object]:
    """Give the elements of a list in any of its shapes.

    `{"user": [...]}`, a bare list, `""`, missing, one element without its list, `{"0": ...}`.
    """
    if value is None or value == "":
        return []
    if isinstance(value, list):
        return value
    if not isinstance(value, dict):
        return [value]
    if element in value:
        return items(value[element], element)
    if all(key.isdecimal() for key in value):
        return [value[key] for key in sorted(value, key=int)]
    return [value]


def number(action: str, row: Row, field: str, default: int | None = None) -> int:
    """Give a whole number that came as number or text; raises `UnexpectedReply` for others."""
    value = row.get(field, default)
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    if isinstance(value, str) and value.isascii() and value.isdecimal():
        return int(value)
    raise UnexpectedReply(action, f"{field} is {type(value).__name__}, not a whole number")
