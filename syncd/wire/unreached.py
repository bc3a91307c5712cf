"""Why no answer came, in a sentence, and whether the request can have been sent at all."""

import re
import ssl
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import (
    ConnectTimeoutError,
    MaxRetryError,
    NameResolutionError,
    NewConnectionError,
    ProtocolError,
    ProxyError,
)

from syncd.wire.bounds import HandshakeFailed

_NO_TLS = re.compile(r"WRONG_VERSION_NUMBER|RECORD_LAYER_FAILURE|UNKNOWN_PROTOCOL")


def never_left(error: requests.RequestException) -> bool:
    """Say whether the request is known not to have been sent; in doubt it was."""
    if isinstance(error, requests.ConnectTimeout | ValueError):  # ValueErrors: no usable URL
        return True
    cause = _cause(error)
    return isinstance(cause, NewConnectionError | ConnectTimeoutError) or _refused_by_tls(cause)


def reason(error: requests.RequestException, url: str, timeout: float) -> str:  # noqa: PLR0911 (a line a fault)
    """Say what went wrong; urllib3's own words only where none of ours fit."""
    cause = _cause(error)
    host = urlsplit(url).netloc.rpartition("@")[2]
    match cause:
        case ProxyError():
            return f"the proxy cannot be reached or refuses: {_innermost(cause)}"
        case NameResolutionError():
            name = urlsplit(url).hostname
            return f"the name {name} cannot be resolved: check its spelling and this machine's DNS"
        case NewConnectionError():
            return f"no connection to {host}: {_innermost(cause)}"
        case ConnectTimeoutError() if url.startswith("https:"):
            return (
                f"no TLS connection to {host} in time: "
                "there may be a firewall on the way, or an http:// server"
            )
        case ConnectTimeoutError():
            return f"no connection to {host} in time"
        case ProtocolError():
            return f"{host} closed the connection before its answer was complete"
    if isinstance(error, requests.exceptions.SSLError):
        return _tls(cause, host)
    if isinstance(error, requests.ReadTimeout):
        return f"{host} did not answer within {timeout:g} seconds"
    return f"{type(error).__name__}: {error}"


def _cause(error: requests.RequestException) -> BaseException | None:
    wrapped = error.args[0] if error.args else None
    cause = wrapped.reason if isinstance(wrapped, MaxRetryError) else wrapped
    return cause if isinstance(cause, BaseException) else None


def _refused_by_tls(cause: BaseException | None) -> bool:
    """Say whether TLS failed before anything went through it: no trust, or no TLS at all."""
    early = ssl.SSLCertVerificationError | HandshakeFailed
    return any(isinstance(error, early) for error in getattr(cause, "args", ()))


def passing(error: requests.RequestException) -> bool:
    """Say whether a connection that did not come about may do so in a moment."""
    return isinstance(_cause(error), NewConnectionError)  # refused, or no such name yet


def _tls(cause: BaseException | None, host: str) -> str:
    for inner in getattr(cause, "args", ()):
        if isinstance(inner, ssl.SSLCertVerificationError):
            return f"the certificate of {host} is not trusted: {inner.verify_message}"
    if _refused_by_tls(cause) and _NO_TLS.search(str(cause)):
        return f"what answers at {host} does not speak TLS: it may be an http:// server"
    return f"the TLS connection to {host} failed: {_innermost(cause)}"


def _innermost(cause: BaseException | None) -> str:
    """Give the operating system's words, without urllib3's objects and numbers."""
    said = str(cause).rpartition("[Errno ")[2].partition("] ")[2] or str(cause)
    return re.sub(r"[)'\"]+$", "", said)
