"""Bounds on what a target may send: a reply ends by a size and a time, and so does a list.

A drip keeps every wait between two bytes short, so no timeout between bytes ends it; the whole
reply, from its first header to its last byte, has an end of its own.
"""

import socket
import ssl
from collections.abc import Callable
from contextlib import suppress

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError
from urllib3.poolmanager import PoolManager
from urllib3.response import HTTPResponse

from syncd.wire.deadlines import DEADLINES

LARGEST_BODY = 64 << 20  # bytes, unpacked; a page of 250 rows has a thousandth of it
LONGEST_REPLY = 300.0  # seconds, of the headers and again of the body
_LARGEST_LIST = 100_000_000  # rows
_GROWTH = 1_000  # rows that may come while a list is read, beside as many as it had
_PIECE = 64 << 10  # bytes read at once


class HandshakeFailed(ssl.SSLError):
    """TLS failed before anything went through it."""


class TooLarge(Exception):
    """A reply of more bytes than any reply has; the text says how many were allowed."""


def body_of(response: requests.Response) -> bytes:
    """Read a body, unpacked; raises `TooLarge`, and `requests` errors where it takes too long."""
    pieces, size = [], 0
    with DEADLINES.after(LONGEST_REPLY, response.raw.shutdown):
        for piece in response.iter_content(_PIECE):
            size += len(piece)
            if size > LARGEST_BODY:
                response.close()
                raise TooLarge(f"a body of more than {LARGEST_BODY >> 20} MB: not a reply")
            pieces.append(piece)
    return b"".join(pieces)


def endless(total: int, first: int) -> str:
    """Say why a list that states `total` rows cannot be one, "" where it can.

    `first` is what its first page stated. Without this a target that makes up rows and counts
    would be read until the disk is full.
    """
    if total > _LARGEST_LIST:
        return f"totalresults is {total}: no list has more than {_LARGEST_LIST} rows"
    if total > 2 * first + _GROWTH:
        return f"totalresults rose from {first} to {total} while it was read"
    return ""


def _waited(connection: HTTPConnection, headers: Callable[[], HTTPResponse]) -> HTTPResponse:
    """Wait so long for headers, and no longer, however they drip."""

    def end() -> None:
        sock: socket.socket | None = connection.sock
        with suppress(OSError):  # closed meanwhile
            if sock is not None:
                sock.shutdown(socket.SHUT_RDWR)

    with DEADLINES.after(LONGEST_REPLY, end):
        return headers()


class _Connection(HTTPConnection):
    def getresponse(self) -> HTTPResponse:  # type: ignore[override]  # as urllib3 has it
        return _waited(self, super().getresponse)


class _TlsConnection(HTTPSConnection):
    def connect(self) -> None:
        try:
            super().connect()
        except TimeoutError as error:  # of the handshake, which urllib3 takes for one of reading
            raise ConnectTimeoutError(self, "no TLS handshake in time") from error
        except ssl.SSLCertVerificationError:
            raise
        except ssl.SSLError as error:  # later ones look the same, when the request has gone out
            raise HandshakeFailed(*error.args) from error

    def getresponse(self) -> HTTPResponse:  # type: ignore[override]  # as urllib3 has it
        return _waited(self, super().getresponse)


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


class BoundedAdapter(HTTPAdapter):
    """The transport of `requests`, whose connections do not wait for ever."""

    def init_poolmanager(self, *args: object, **options: object) -> None:
        super().init_poolmanager(*args, **options)  # type: ignore[arg-type]
        _bound(self.poolmanager)

    def proxy_manager_for(self, proxy: str, **options: object) -> PoolManager:
        manager: PoolManager = super().proxy_manager_for(proxy, **options)
        _bound(manager)
        return manager


def _bound(manager: PoolManager) -> None:
    manager.pool_classes_by_scheme = {"http": _Pool, "https": _TlsPool}
