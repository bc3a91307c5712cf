"""Alerts over many nights: told once when a state begins, once when it ends, never twice."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.alerts.catalogue import RULES, URGENCIES
from syncd.alerts.weigh import (
    Dispatch,
    Night,
    Sighting,
    digest_is_due,
    dispatch,
    told,
    weigh,
    without_ended,
)
from syncd.cli.nagios import Nagios
from syncd.model.alert import AlertKind, StandingAlert

NOW = datetime(2026, 3, 1, 3, 15, tzinfo=UTC)
OWNER, EXPIRED, GRANT = (
    AlertKind.OWNER_CHANGED,
    AlertKind.INVITATION_EXPIRED,
    AlertKind.CRITICAL_GRANT,
)
KINDS = (OWNER, EXPIRED, GRANT, AlertKind.RUN_FAILED)
States = frozenset[tuple[AlertKind, str]]


def night(
    number: int, shown: Iterable[tuple[AlertKind, str]], judged: Iterable[AlertKind]
) -> Night:
    at = (NOW + timedelta(days=number)).isoformat()
    return Night(at, tuple(Sighting(*each, "x") for each in sorted(shown)), frozenset(judged))


def keys(alerts: Iterable[StandingAlert]) -> set[tuple[AlertKind, str]]:
    return {(alert.kind, alert.subject) for alert in alerts}


class Operator:
    """Believes what it is told, and minds being told twice."""

    def __init__(self) -> None:
        self.believes: set[tuple[AlertKind, str]] = set()
        self.happened: list[tuple[AlertKind, str]] = []

    def read(self, sent: Dispatch) -> None:
        for key in keys(sent.begun):
            assert key not in self.believes, "told twice"
            if key[0] is GRANT:
                self.happened.append(key)
            else:
                self.believes.add(key)
        for alert in sent.over:
            assert alert.kind is not GRANT, "what is done is not over"
            self.believes.discard((alert.kind, alert.subject))
        assert keys(sent.reminds) <= self.believes, "reminded of what was never told"


states = st.frozensets(st.tuples(st.sampled_from(KINDS), st.sampled_from("ab")))
nights = st.lists(
    st.tuples(
        states,
        st.frozensets(st.sampled_from(KINDS)),  # what this night could show
        st.booleans(),  # whether the digest is due
        st.booleans(),  # whether any channel works
    ),
    max_size=12,
)


@given(nights)
def test_each_state_is_told_once_as_it_begins_and_once_as_it_ends(
    history: list[tuple[States, frozenset[AlertKind], bool, bool]],
) -> None:
    standing: list[StandingAlert] = []
    operator, granted = Operator(), set[tuple[AlertKind, str]]()
    true: set[tuple[AlertKind, str]] = set()  # as far as any night could show
    for number, (shown, judged, digest, works) in enumerate(history):
        seen = {key for key in shown if key[0] in judged}
        granted |= {key for key in seen if key[0] is GRANT}
        true = {key for key in true if key[0] not in judged} | {k for k in seen if k[0] != GRANT}
        standing = weigh(night(number, seen, judged), standing)
        sent = dispatch(standing, digest=digest)
        if works:
            operator.read(sent)
            standing = told(standing, sent, NOW.isoformat())
            late = {key for key in true ^ operator.believes if RULES[key[0]].when == "now"}
            assert not late, "what does not wait for the digest is known at once"
    last = dispatch(standing, digest=True)
    operator.read(last)
    assert operator.believes == true, "none missing, and none that is not so"
    assert set(operator.happened) == granted
    after = told(standing, last, NOW.isoformat())
    assert keys(after) == true
    again = dispatch(weigh(night(99, true, KINDS), after), digest=True)
    assert (again.begun, again.over) == ((), ()), "a night like the last says nothing new"


def test_worst_comes_first_and_a_digest_alone_tells_what_can_wait() -> None:
    standing = weigh(night(0, [(EXPIRED, "a"), (OWNER, "b"), (OWNER, "a")], []), [])
    at_once = dispatch(standing, digest=False)
    assert [(a.kind, a.subject) for a in at_once.begun] == [(OWNER, "a"), (OWNER, "b")]
    assert keys(dispatch(standing, digest=True).begun) == keys(standing)
    reminded = dispatch(told(standing, at_once, "now"), digest=True)
    assert keys(reminded.begun) == {(EXPIRED, "a")}
    assert [a.subject for a in reminded.reminds] == ["a", "b"]


def test_without_a_digest_nothing_that_is_over_waits_for_it() -> None:
    standing = weigh(night(0, [(EXPIRED, "a"), (EXPIRED, "b"), (OWNER, "a")], []), [])
    after = weigh(night(1, [(EXPIRED, "b")], KINDS), standing)
    assert keys(without_ended(after)) == {(EXPIRED, "b"), (OWNER, "a")}


def test_every_kind_has_a_rule_and_the_worst_stand_first() -> None:
    assert set(RULES) == set(AlertKind)
    order = [URGENCIES.index(rule.urgency) for rule in RULES.values()]
    assert order == sorted(order)
    for rule in RULES.values():
        assert rule.advice.endswith("."), rule


@pytest.mark.parametrize(
    ("last", "now", "due"),
    [
        (None, "2026-03-01T03:15", True),
        ("2026-03-01T03:15", "2026-03-01T05:59", False),
        ("2026-03-01T03:15", "2026-03-01T06:00", True),
        ("2026-03-01T06:00", "2026-03-02T03:15", False),
        ("2026-03-01T05:00", "2026-03-02T03:15", True),
        # The night in which clocks are put forward: 07:00 in Berlin is 05:00 UTC from then on.
        ("2026-03-28T06:00", "2026-03-29T04:59", False),
        ("2026-03-28T06:00", "2026-03-29T05:00", True),
    ],
)
def test_a_digest_is_due_once_a_day(last: str | None, now: str, due: bool) -> None:  # noqa: FBT001
    before = datetime.fromisoformat(f"{last}+00:00") if last else None
    moment = datetime.fromisoformat(f"{now}+00:00")
    assert digest_is_due(before, moment, time(7), "Europe/Berlin") == due


DOCS = Path(__file__).parents[3] / "docs"


def test_the_docs_list_every_alert_as_it_is_and_every_code_of_nagios() -> None:
    text = (DOCS / "alerts.md").read_text("utf-8")
    rows = re.findall(r"(?m)^\| `(\w+)` \| (\w+) \| (\w+) \| ([^|]+) \|", text)
    assert rows == [(kind, r.urgency, r.when, r.title) for kind, r in RULES.items()]
    codes = re.findall(r"(?m)^\| (\d) \| ([A-Z]+) \|", text)
    assert codes == [(str(code.value), code.name) for code in Nagios]
