"""Faults: what goes wrong between a caller and the installation, while the sandbox runs.

A fault hits the n-th request it is meant for, once or more often; a schedule draws faults at
random, the same ones for the same seed and requests. What each kind does is in `fault_kinds`.
"""

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, TypeAlias

from flask import Response
from sqlalchemy import Connection

from syncd.sandbox.php import Params
from syncd.sandbox.registry import Body

ANY, READS, WRITES = "any", "reads", "writes"

Options: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Kind:
    """One way to go wrong, as what it does at each point a request passes; None does nothing."""

    name: str
    story: str
    options: Options = field(default_factory=dict)
    """Each option with its default."""
    instead: "Callable[[Hit], Response] | None" = None
    """Answers in front of the installation: nothing is carried out."""
    asked: "Callable[[Hit, Params], Params] | None" = None
    """Gives the request as the installation gets to see it."""
    meanwhile: "Callable[[Hit, Any, Connection], None] | None" = None
    """Does something to the installation (a Store) in the same moment, before the request."""
    told: "Callable[[Hit, Body], Body] | None" = None
    """Gives what is told of what was carried out."""
    delivered: "Callable[[Hit, Response], Response] | None" = None
    """Gives the reply as it arrives; what was asked for is carried out and committed."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A fault that strikes one request."""

    kind: Kind
    options: Options
    action: str
    remote: str


class Hits:
    """All that strikes one request, in the order in which it was switched on."""

    def __init__(self, hits: Iterable[Hit]) -> None:
        self._hits = tuple(hits)

    def instead(self) -> Response | None:
        found = ((hit, hit.kind.instead) for hit in self._hits)
        return next((act(hit) for hit, act in found if act), None)

    def asked(self, params: Params) -> Params:
        for hit in self._hits:
            params = hit.kind.asked(hit, params) if hit.kind.asked else params
        return params

    def meanwhile(self, store: Any, db: Connection) -> None:
        for hit in self._hits:
            if hit.kind.meanwhile:
                hit.kind.meanwhile(hit, store, db)

    def told(self, body: Body) -> Body:
        for hit in self._hits:
            body = hit.kind.told(hit, body) if hit.kind.told else body
        return body

    def delivered(self, reply: Response) -> Response:
        for hit in self._hits:
            reply = hit.kind.delivered(hit, reply) if hit.kind.delivered else reply
        return reply


@dataclass(slots=True)
class Fault:
    """A kind switched on: from the `at`-th request `on` something, `times` times (0: for ever)."""

    kind: Kind
    options: Options
    on: str = ANY
    at: int = 1
    times: int = 1
    met: int = 0
    """Requests so far that it is meant for."""

    def meets(self, action: str, *, writes: bool) -> bool:
        """Count a request it is meant for; say whether it strikes."""
        if self.on not in {ANY, WRITES if writes else READS, action.lower()}:
            return False
        self.met += 1
        return self.at <= self.met and (not self.times or self.met < self.at + self.times)

    def shape(self) -> dict[str, object]:
        own = {"fault": self.kind.name, "on": self.on, "at": self.at, "times": self.times}
        return {**own, **self.options, "met": self.met}


@dataclass(slots=True)
class Schedule:
    """Faults drawn at random: each request is hit with the chance `rate`, by one of `kinds`."""

    seed: int
    rate: float
    kinds: Sequence[Kind]
    most: int = 0
    """So many at most; 0 for no end."""
    struck: int = 0
    _random: Random = field(init=False)

    def __post_init__(self) -> None:
        self._random = Random(self.seed)  # noqa: S311, repeatable is what it is for

    def draw(self) -> Kind | None:
        # Both are drawn every time, so that what comes later hangs on the count alone.
        chance, kind = self._random.random(), self._random.choice(self.kinds)
        if chance >= self.rate or (self.most and self.struck >= self.most):
            return None
        self.struck += 1
        return kind

    def shape(self) -> dict[str, object]:
        return {
            "seed": self.seed,
            "rate": self.rate,
            "most": self.most,
            "kinds": [kind.name for kind in self.kinds],
            "struck": self.struck,
        }


class Faults:
    """What is switched on. Forgotten when the sandbox stops."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._faults: list[Fault] = []
        self._schedule: Schedule | None = None

    def add(self, fault: Fault) -> None:
        with self._turn:
            self._faults.append(fault)

    def follow(self, schedule: Schedule) -> None:
        """Draw from this schedule, and from no earlier one."""
        with self._turn:
            self._schedule = schedule

    def lift(self) -> None:
        """Switch everything off."""
        with self._turn:
            self._faults, self._schedule = [], None

    def strike(self, action: str, remote: str, *, writes: bool) -> Hits:
        """Count one request and give what strikes it."""
        with self._turn:
            struck = [
                (fault.kind, fault.options)
                for fault in self._faults
                if fault.meets(action, writes=writes)
            ]
            drawn = self._schedule.draw() if self._schedule else None
        if drawn:
            struck.append((drawn, drawn.options))
        return Hits(Hit(kind, options, action, remote) for kind, options in struck)

    def shape(self) -> dict[str, object]:
        with self._turn:
            return {
                "faults": [fault.shape() for fault in self._faults],
                "random": self._schedule.shape() if self._schedule else None,
            }
