"""Who may look: the door before every page but the one that says whether the server is well.

Nobody changes anything here, so there is nothing to forge a request for. Kept out are: whoever has
neither the password nor the token, where one is set; and where none is, web pages of others that a
browser on this machine was talked into asking here under another name (DNS rebinding).
"""

from collections import OrderedDict, deque
from collections.abc import Callable
from datetime import datetime, timedelta
from hashlib import sha256
from hmac import compare_digest
from ipaddress import ip_address, ip_network
from math import ceil
from threading import Lock
from urllib.parse import urlsplit

import msgspec
from werkzeug.datastructures import Authorization

from syncd.model.connection import leaves_this_machine

SHORTEST = 12  # letters of a password or token


class Door(msgspec.Struct, frozen=True):
    """What opens it: a password, a token, either; or, with neither, being on this machine."""

    user: str = ""
    password: str = ""
    token: str = ""
    hosts: tuple[str, ...] = ()  # by which names it may be asked for, beside those of this machine

    @property
    def is_locked(self) -> bool:
        return bool(self.password or self.token)

    @property
    def challenge(self) -> str:
        """Say how to knock."""
        return 'Basic realm="syncd", charset="UTF-8"' if self.password else 'Bearer realm="syncd"'

    def admits(self, shown: Authorization | None) -> bool:
        if not self.is_locked:
            return True
        if shown is None:
            return False
        if shown.type == "basic" and self.password:
            user = _same(shown.username or "", self.user)
            return _same(shown.password or "", self.password) and user
        return shown.type == "bearer" and bool(self.token) and _same(shown.token or "", self.token)

    def answers_to(self, host: str) -> bool:
        """Say whether this server goes by that name: any, where it is locked and names none."""
        try:
            name = urlsplit(f"//{host}").hostname or ""
        except ValueError:
            return False
        if self.is_locked and not self.hosts:
            return True
        return name in self.hosts or not leaves_this_machine(name)


def _same(shown: str, secret: str) -> bool:
    """Compare in a time that says nothing of where they differ, nor of how long the secret is."""
    digests = [sha256(text.encode("utf-8", "surrogatepass")).digest() for text in (shown, secret)]
    return compare_digest(*digests)


# --- guessing ---------------------------------------------------------------------------------

GUESSES = 10  # wrong passwords or tokens of one caller ...
SPAN = timedelta(minutes=5)  # ... in this time: then it waits until the first of them is as old
CALLERS = 10_000  # that are remembered at once, those that guessed last
_HOME = 64  # bits: whoever has one IPv6 address has all that begin like it


class Guesses:
    """Counts wrong secrets by where they come from, and says how long that must wait.

    Whoever must wait is not listened to, right or wrong: an answer would be worth another guess. In
    memory alone, and safe for threads.
    """

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._wrong = OrderedDict[str, deque[datetime]]()
        self._turn = Lock()

    def wait(self, remote: str) -> int:
        """Give the seconds until that address may try again, 0 for now."""
        with self._turn:
            wrong = self._wrong.get(_caller(remote))
            if wrong is None or len(wrong) < GUESSES:
                return 0
            left = wrong[0] + SPAN - self._now()
            # Where the clock was set back nobody waits longer than for all of it.
            return max(0, min(ceil(left.total_seconds()), ceil(SPAN.total_seconds())))

    def note(self, remote: str) -> None:
        """Note that a wrong secret came from there."""
        with self._turn:
            wrong = self._wrong.setdefault(_caller(remote), deque(maxlen=GUESSES))
            wrong.append(self._now())
            self._wrong.move_to_end(_caller(remote))
            if len(self._wrong) > CALLERS:
                self._wrong.popitem(last=False)


def _caller(remote: str) -> str:
    try:
        address = ip_address(remote.partition("%")[0])
    except ValueError:
        return remote
    if address.version == 4:
        return str(address)
    return str(address.ipv4_mapped or ip_network((address, _HOME), strict=False))
