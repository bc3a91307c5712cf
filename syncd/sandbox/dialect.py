"""How an answer looks: the switches that shape a body, whichever action made it."""

from collections.abc import Mapping
from typing import Any

from syncd.sandbox.registry import Body
from syncd.sandbox.switches import release

# What writes answer, as text in every documented sample.
_WRITTEN_IDS = ("user_id", "clientid", "contactid", "owner_id", "userid", "noteid", "id")
_COUNTERS = ("totalresults", "startnumber", "numreturned")


def shape(body: Body, switches: Mapping[str, str], *, writes: bool) -> Body:
    """Return `body`, made as live installations type it, as the switches have it.

    It comes with full containers, and numbers but for the ids that an update echoes.
    """
    # A page may come without its container; a set of permissions is no page.
    shaped = _contained(body, switches["empty_containers"]) if "totalresults" in body else body
    if switches["hide_numreturned"] == "on" and "totalresults" in body:
        shaped.pop("numreturned", None)
    return {k: _typed(k, v, switches, writes=writes) for k, v in shaped.items()}


def _typed(name: str, value: Any, switches: Mapping[str, str], *, writes: bool) -> Any:
    """Return what stands at the top of an answer, with the numbers in it as text or not."""
    # Before 8.0 the documented samples are text throughout.
    before_users = release(switches) < (8, 0)
    match switches["ids"]:
        case "string":
            return _texts(value)
        case "documented" if before_users or (writes and name in _WRITTEN_IDS):
            return _texts(value)
        case "live" if before_users and not writes and name not in _COUNTERS:
            return _texts(value)
        case "int" if _is_written_id(name, value):
            return int(value)
        case _:
            return value


def _contained(body: Body, empty_containers: str) -> Body:
    match empty_containers:
        case "drop":
            return {k: v for k, v in body.items() if not _is_empty_container(v)}
        case "blank":
            return {k: "" if _is_empty_container(v) else v for k, v in body.items()}
        case _:
            return body


def _is_empty_container(value: object) -> bool:
    """Say whether `value` is a list without items, bare or wrapped (`{"contact": []}`)."""
    match value:
        case list():
            return not value
        case dict():
            return list(value.values()) == [[]]
        case _:
            return False


def _is_written_id(name: str, value: object) -> bool:
    return name in _WRITTEN_IDS and isinstance(value, str) and value.isdigit()


def _texts(value: Any) -> Any:
    match value:
        case bool():
            return value
        case int():
            return str(value)
        case list():
            return [_texts(item) for item in value]
        case dict():
            return {name: _texts(item) for name, item in value.items()}
        case _:
            return value
