"""What stands and how the channels fare, in lines; it loads nothing of what a run needs."""

from collections import Counter
from collections.abc import Iterator

from syncd.alerts.catalogue import RULES, URGENCIES
from syncd.journal.journal import Journal


def channel_lines(journal: Journal, names: list[str]) -> Iterator[str]:
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


def alert_lines(journal: Journal) -> Iterator[str]:
    """Yield what stands, worst first, each kind in a line."""
    standing = Counter(alert.kind for alert in journal.alerts() if not alert.ended_at)
    if standing:
        yield f"Alerts that stand: {sum(standing.values())}."
    for kind in sorted(standing, key=lambda kind: URGENCIES.index(RULES[kind].urgency)):
        rule = RULES[kind]
        yield f"  {rule.urgency:6}  {rule.title}: {standing[kind]}. {rule.advice}"
