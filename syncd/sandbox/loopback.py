"""Who is on this machine: the sandbox serves nobody else."""

import ipaddress
from urllib.parse import urlsplit

from flask import Request


def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def comes_from_here(request: Request) -> bool:
    """Say whether a request is of this machine, and of no web page of another Host or Origin."""
    names = [request.remote_addr, _host(f"//{request.host}")]
    if "Origin" in request.headers:
        names.append(_host(request.headers["Origin"]))
    return all(name and is_loopback(name) for name in names)


def _host(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None
