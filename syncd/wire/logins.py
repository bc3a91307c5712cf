"""How a database lets us in: what the login may do, and whether others on the way read along."""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from syncd.model.connection import DatabaseConnection, leaves_this_machine
from syncd.wire.mysql import Query

# What a user may hold who can only read.
_READING = {"USAGE", "SELECT", "SHOW VIEW", "SHOW DATABASES", "PROCESS", "REPLICATION CLIENT"}
_GRANT = re.compile(r"GRANT (?P<rights>.+?) ON (?P<place>.+?) TO (?P<rest>.*)", re.DOTALL)
_MORE = re.compile(r"\bWITH\b.*\bGRANT OPTION\b", re.DOTALL)
_QUOTED = re.compile(r"`[^`]*`|'[^']*'|\"[^\"]*\"")
_GUIDE = "What syncd needs is in docs/install.md."


class LoginFact(NamedTuple):
    """Something about a login that is well, or what to do about it; for a `Probe`."""

    what: str
    ok: bool
    sentence: str


def grants(query: Query) -> list[str]:
    """Give what `SHOW GRANTS` says of this login; not to be shown, it may hold a hash."""
    return [str(line) for (line,) in query("SHOW GRANTS")]


def writing(lines: Iterable[str]) -> set[str]:
    """Give what grants name beyond reading; they do not show what roles hold."""
    return {right for line in lines for right in _rights(line)} - _READING


def too_wide(lines: Iterable[str]) -> list[str]:
    """Give what to revoke, with its place: what is no reading, or reads every database."""
    wide: list[str] = []
    for line in lines:
        grant = _GRANT.match(line)
        if grant:
            everywhere = grant["place"] == "*.*"
            kept = _READING - {"SELECT"} if everywhere else _READING
            rights = sorted(set(_rights(line)) - kept)
            if _MORE.search(_QUOTED.sub("", grant["rest"])):
                rights.append("GRANT OPTION")
            if rights:
                wide.append(f"{', '.join(rights)} ON {grant['place']}")
    return wide


def breadth(query: Query) -> LoginFact:
    """Say what to revoke of a login."""
    wide = too_wide(grants(query))
    sentence = f"Revoke {'; '.join(wide)}. {_GUIDE}" if wide else ""
    return LoginFact("login may only read", not wide, sentence)


def encryption(query: Query, connection: DatabaseConnection) -> Iterator[LoginFact]:
    """Say whether the session is encrypted, where what it carries leaves this machine."""
    if connection.unix_socket or not leaves_this_machine(connection.host):
        return
    cipher = next((value for _, value in query("SHOW SESSION STATUS LIKE 'Ssl_cipher'")), "")
    readable = (
        f"What is read from {connection.host} travels unencrypted: let the server offer TLS, and"
        " give the connection a section `tls`. See docs/install.md, MySQL and the API over TLS."
    )
    yield LoginFact("session encrypted", bool(cipher), cipher or readable)


def _rights(line: str) -> list[str]:
    grant = _GRANT.match(line)
    if not grant:
        return []
    words = re.sub(r"\([^)]*\)", "", grant["rights"]).split(",")
    return [word.strip().upper() for word in words]
