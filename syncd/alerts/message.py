"""What is sent: one message a run, as JSON for programs and as text for people."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from syncd import __version__
from syncd.alerts.catalogue import RULES, URGENCIES
from syncd.alerts.weigh import Dispatch
from syncd.model.alert import AlertKind, StandingAlert
from syncd.model.masking import masked
from syncd.model.text import visible

VERSION = 1
GOOD = ("done", "held")  # how a good run ends
_SHOWN = 20  # of one kind in the text; the JSON has up to _CARRIED
_CARRIED = 1000


class Message(msgspec.Struct, frozen=True):
    subject: str  # one line
    text: str
    urgency: str
    body: dict[str, Any]  # as documented in docs/alerts.md

    @property
    def json(self) -> bytes:
        return msgspec.json.encode(self.body)


class Told(msgspec.Struct, frozen=True):
    """The run that a message is about, and the numbers that its subject carries."""

    target: str
    at: str
    run_id: str = ""
    status: str = ""
    numbers: Mapping[str, int] = {}


def message_of(sent: Dispatch, about: Told, *, show_emails: bool, what: str = "") -> Message:
    """Put a message together; addresses are masked unless they are to be shown."""
    first = (*sent.begun, *sent.reminds)
    urgency = min((RULES[alert.kind].urgency for alert in first), key=URGENCIES.index, default="")
    subject = _subject(sent, about)
    parts = {"begun": sent.begun, "over": sent.over, "standing": sent.reminds}
    body = {
        "version": VERSION,
        "syncd": __version__,
        "what": what or ("digest" if sent.is_digest else "alert"),
        "target": about.target,
        "run": about.run_id,
        "status": about.status,
        "at": about.at,
        "subject": subject,
        "urgency": urgency,
        "numbers": dict(about.numbers),
        "counts": {name: len(alerts) for name, alerts in parts.items()},
    } | {name: [_entry(alert) for alert in alerts[:_CARRIED]] for name, alerts in parts.items()}
    text = "\n".join(_lines(sent, about))
    if not show_emails:
        subject, text, body = masked(subject), masked(text), masked(body)
    return Message(subject, text + "\n", urgency, body)


def _entry(alert: StandingAlert) -> dict[str, str]:
    rule = RULES[alert.kind]
    times = {"since": alert.since} | ({"ended": alert.ended_at} if alert.ended_at else {})
    known = {"alert": alert.kind.value, "urgency": rule.urgency, "title": rule.title}
    return known | {"what": visible(alert.what), "advice": rule.advice} | times


def _subject(sent: Dispatch, about: Told) -> str:
    if sent.is_digest:
        state = "OK" if about.status in GOOD else about.status or "no run"
        numbers = ", ".join(f"{number} {name}" for name, number in about.numbers.items())
        worst = _worst(sent.begun) or _worst(sent.reminds)
        tail = f"; {worst}" if worst else ""
        return f"[{about.target}] sync {state}: {numbers}{tail}"
    words = _worst(sent.begun) or f"over: {_worst(sent.over)}"
    return f"[{about.target}] {words}"


def _worst(alerts: tuple[StandingAlert, ...]) -> str:
    if not alerts:
        return ""
    rule, rest = RULES[alerts[0].kind], len(alerts) - 1
    more = f" (and {rest} more)" if rest else ""
    return f"{rule.urgency.upper()} {rule.title}: {visible(alerts[0].what)[:120]}{more}"


def _lines(sent: Dispatch, about: Told) -> Iterator[str]:
    run = f"Run {about.run_id} ended as {about.status}." if about.run_id else "No run began."
    yield f"Target {about.target}, {about.at[:16].replace('T', ' ')} UTC. {run}"
    for heading, alerts in (
        ("New:", sent.begun),
        ("Over:", sent.over),
        ("Still standing:", sent.reminds),
    ):
        if alerts:
            yield ""
            yield heading
            yield from _by_kind(alerts)
    yield ""
    yield "syncd status shows the last runs, and what each alert means is in docs/alerts.md."


def _by_kind(alerts: tuple[StandingAlert, ...]) -> Iterator[str]:
    groups: dict[AlertKind, list[StandingAlert]] = {}
    for alert in alerts:
        groups.setdefault(alert.kind, []).append(alert)
    for kind, group in groups.items():
        rule = RULES[kind]
        yield f"* {rule.urgency.upper()} {rule.title}. {rule.advice}"
        for alert in group[:_SHOWN]:
            yield f"    {visible(alert.what)} (since {alert.since[:16].replace('T', ' ')})"
        if len(group) > _SHOWN:
            yield f"    and {len(group) - _SHOWN} more"
