"""What stands and how the channels fare, in lines; it loads nothing of what a run needs."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from syncd.alerts.catalogue import RULES, URGENCIES
from syncd.journal.journal import Journal
from syncd.model.alert import ChannelState, StandingAlert


def channel_lines(journal: Journal, names: Sequence[str]) -> Iterator[str]:
    """Yield a line for each channel that the config names."""
    states = {state.name: state for state in journal.alert_channels()}
    for name in names:
        state = states.get(name)
        if state is None:
            yield f"Channel {name}: not used yet; try it with syncd alert --test."
        elif state.failing_since:
            yield f"Channel {name} fails since {state.failing_since[:16]}Z: {state.why}"
        else:
            yield f"Channel {name}: took the last message, {state.tried_at[:16]}Z."


def alert_facts(journal: Journal, names: Sequence[str]) -> dict[str, Any]:
    """Give the same for programs: what stands, and each channel that the config names."""
    states = {state.name: state for state in journal.alert_channels()}
    alerts = [alert for alert in journal.alerts() if not alert.ended_at]
    return {
        "alerts": [_alert(alert) for alert in sorted(alerts, key=_worst_first)],
        "channels": [_channel(name, states.get(name)) for name in names],
    }


def _alert(alert: StandingAlert) -> dict[str, Any]:
    rule = RULES[alert.kind]
    known = {"alert": alert.kind, "urgency": rule.urgency, "title": rule.title, "what": alert.what}
    return known | {"since": alert.since, "told": bool(alert.told_at)}


def _channel(name: str, state: ChannelState | None) -> dict[str, Any]:
    if state is None:
        return {"name": name, "tried_at": None, "failing_since": None, "why": ""}
    known = {"tried_at": state.tried_at, "failing_since": state.failing_since or None}
    return {"name": name} | known | {"why": state.why}


def _worst_first(alert: StandingAlert) -> tuple[int, str]:
    return URGENCIES.index(RULES[alert.kind].urgency), alert.subject


def alert_lines(journal: Journal) -> Iterator[str]:
    """Yield what stands, worst first, each kind in a line."""
    standing = Counter(alert.kind for alert in journal.alerts() if not alert.ended_at)
    if standing:
        yield f"Alerts that stand: {sum(standing.values())}."
    for kind in sorted(standing, key=lambda kind: URGENCIES.index(RULES[kind].urgency)):
        rule = RULES[kind]
        yield f"  {rule.urgency:6}  {rule.title}: {standing[kind]}. {rule.advice}"
