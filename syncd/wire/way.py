"""The way to a target: a connection that is kept, and what every request on it has in common."""

from collections.abc import Mapping
from urllib.parse import urlencode

import requests

from syncd.model.connection import ApiConnection
from syncd.wire.bounds import BoundedAdapter

_CONNECT = 10.0  # seconds in which a connection comes about, TLS included, or does not


class Way:
    """Posts forms to one URL. For one thread.

    What requests does beside that is left out: it would follow HTTPS_PROXY, trust
    REQUESTS_CA_BUNDLE, send what a .netrc says of this host and take cookies, which tie calls to
    one another. The way of the credentials is what the config says, nothing else, and never to the
    host of a redirect. Putting a request together is done once: it took longer than sending it.
    """

    def __init__(self, url: str, connection: ApiConnection) -> None:
        self._adapter = BoundedAdapter(pool_maxsize=1)
        self._timeout = min(_CONNECT, connection.timeout), connection.timeout
        self._verify: str | bool = str(connection.ca) if connection.ca else True
        proxy = connection.proxy
        self._proxies = {"http": proxy, "https": proxy} if proxy else {}
        headers = {
            **requests.utils.default_headers(),
            "User-Agent": "syncd",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        self._request = requests.Request("POST", url, headers).prepare()

    def post(self, form: Mapping[str, str]) -> requests.Response:
        """Send a form; the body of the reply is yet to be read. Raises `requests` errors."""
        request = self._request.copy()
        request.body = urlencode(form)
        request.headers["Content-Length"] = f"{len(request.body)}"
        return self._adapter.send(
            request,
            stream=True,
            timeout=self._timeout,
            verify=self._verify,
            proxies=self._proxies,
        )

    def close(self) -> None:
        self._adapter.close()
