"""The watchdog is fed while work goes on, and starves once all that is on stands still."""

import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from syncd.cli.daemon.notify import Notifier
from syncd.cli.daemon.pulse import PATIENCE, Pulse


@pytest.fixture(params=["file", "abstract"])
def heard(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, socket.socket]]:
    """Give the address as systemd would name it, and the socket there."""
    name = str(tmp_path / "notify")
    address = name if request.param == "file" else f"@{name}"
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as ear:
        ear.bind(address.replace("@", "\0"))
        ear.settimeout(0)
        yield address, ear


def said(ear: socket.socket) -> list[str]:
    messages = []
    while True:
        try:
            messages.append(ear.recv(4096).decode())
        except BlockingIOError:
            return messages


def test_only_a_pulse_of_work_feeds_the_watchdog(heard: tuple[str, socket.socket]) -> None:
    address, ear = heard
    environment = {"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "6000000", "HOME": "/"}
    notifier = Notifier(environment)
    assert environment == {"HOME": "/"}, "no program that is started later speaks for us"
    assert notifier.watchdog == 6
    now = [0.0]
    pulse = Pulse(notifier, lambda: now[0])

    def is_fed() -> bool:
        pulse.beat()
        return "WATCHDOG=1" in said(ear)

    assert is_fed(), "nothing is on"
    pulse.progressed("shop", "extract")
    pulse.progressed("shop", "extract")
    assert said(ear) == ["STATUS=shop: extract"]
    now[0] = PATIENCE
    assert is_fed()
    pulse.progressed("brandb", "apply")
    now[0] += PATIENCE / 2
    assert is_fed(), "one stands still, and another one goes on"
    now[0] += PATIENCE
    assert not is_fed(), "both stand still"
    pulse.progressed("brandb", "apply")
    assert is_fed()
    pulse.ended("brandb")
    assert not is_fed()
    pulse.ended("shop")
    assert is_fed()


def test_a_reload_says_when_it_began(heard: tuple[str, socket.socket]) -> None:
    address, ear = heard
    notifier = Notifier({"NOTIFY_SOCKET": address})
    notifier.reloading()
    notifier.alive()
    reloading, at = said(ear)[0].split("\n")
    assert reloading == "RELOADING=1"
    assert int(at.removeprefix("MONOTONIC_USEC=")) > 0
    assert said(ear) == [], "nobody asked for a watchdog"


def test_outside_of_systemd_and_once_it_is_gone_nothing_is_said(tmp_path: Path) -> None:
    Notifier({}).ready("up")
    Notifier({"NOTIFY_SOCKET": str(tmp_path / "none")}).ready("up")
    other = Notifier({"WATCHDOG_USEC": "6000000", "WATCHDOG_PID": "1"})
    assert other.watchdog == 0, "it watches another process"
