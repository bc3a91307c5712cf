"""Who may look: the door before every page but the one that says whether the server is well.

Nobody changes anything here, so there is nothing to forge a request for. Kept out are: whoever has
neither the password nor the token, where one is set; and where none is, web pages of others that a
browser on this machine was talked into asking here under another name (DNS rebinding).
"""

from hashlib import sha256
from hmac import compare_digest
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
