"""What systemd is told, by the protocol of sd_notify(3): a datagram to a socket of its own.

Outside of systemd there is no such socket, and all of this says nothing.
"""

import os
import socket
import time
from collections.abc import MutableMapping
from contextlib import suppress

_MICRO = 1_000_000
_SOON = 1.0  # seconds


class Notifier:
    """Tells systemd how the daemon stands; `watchdog` is how often it wants to hear, in seconds."""

    def __init__(self, environment: MutableMapping[str, str]) -> None:
        """Take what is ours out of the environment: no program started later speaks for us."""
        self._address = environment.pop("NOTIFY_SOCKET", "")
        limit, whom = environment.pop("WATCHDOG_USEC", ""), environment.pop("WATCHDOG_PID", "")
        is_ours = limit.isdecimal() and whom in ("", str(os.getpid()))
        self.watchdog = int(limit) / _MICRO if is_ours else 0.0

    def ready(self, status: str) -> None:
        self._send("READY=1", f"STATUS={status}")

    def reloading(self) -> None:
        now = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        self._send("RELOADING=1", f"MONOTONIC_USEC={now}")

    def status(self, status: str) -> None:
        self._send(f"STATUS={status}")

    def alive(self) -> None:
        if self.watchdog:
            self._send("WATCHDOG=1")

    def stopping(self, status: str = "Ending the change that is on") -> None:
        self._send("STOPPING=1", f"STATUS={status}")

    def _send(self, *words: str) -> None:
        if not self._address:
            return
        # An @ stands for the zero byte of a socket that is in no folder.
        address = self._address.replace("@", "\0", 1) if self._address[0] == "@" else self._address
        # Nobody may listen any more, or not in time: that ends no run, and holds none up.
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as out:
            out.settimeout(_SOON)
            out.sendto("\n".join(words).encode(), address)
