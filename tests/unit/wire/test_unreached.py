"""Where no connection comes about: at once, in one sentence, without urllib3's own words."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import requests
import responses
import stamina
from structlog.testing import capture_logs
from urllib3.exceptions import MaxRetryError, NameResolutionError

from syncd.errors import SyncdError, TargetUnavailable, Unreached
from syncd.model.connection import ApiConnection
from syncd.wire.bounds import HandshakeFailed
from syncd.wire.client import ReadingClient
from syncd.wire.unreached import never_left, reason


@contextmanager
def listening(answer: bytes | None) -> Iterator[int]:
    """Serve on a port of its own: whatever comes is answered so; None never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        held: list[socket.socket] = []

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:  # closed: the test is over
                    return
                if answer is None:
                    held.append(connection)
                    continue
                with connection:
                    connection.recv(1000)
                    connection.sendall(answer)

        threading.Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
        for connection in held:
            connection.close()


def way_to(url: str, timeout: float = 30.0) -> ReadingClient:
    connection = ApiConnection(url=url, identifier="us", secret="not s3cret", timeout=timeout)  # noqa: S106
    return ReadingClient("shop", connection)


def said_at(url: str, timeout: float = 30.0, *, again: bool = False) -> str:
    """Give the sentence for a target at `url`, which is asked `again` only where that may help."""
    client = way_to(url, timeout)
    with capture_logs() as logs, pytest.raises(SyncdError) as raised:
        client.call("WhmcsDetails")
    assert isinstance(raised.value, Unreached)
    assert bool(logs) is again
    sentence = raised.value.message
    assert "HTTPSConnectionPool" not in sentence
    assert "Errno" not in sentence
    return sentence


def test_a_port_where_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

    sentence = said_at(f"http://127.0.0.1:{port}", again=True)

    assert sentence == f"no connection to 127.0.0.1:{port}: Connection refused"


def test_https_where_http_is_spoken() -> None:
    with listening(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n") as port:
        sentence = said_at(f"https://127.0.0.1:{port}")

    assert sentence == (
        f"what answers at 127.0.0.1:{port} does not speak TLS: it may be an http:// server"
    )


def test_https_where_somebody_waits_for_more() -> None:
    with listening(None) as port:
        sentence = said_at(f"https://127.0.0.1:{port}", timeout=0.2)

    assert sentence == (
        f"no TLS connection to 127.0.0.1:{port} in time: "
        "there may be a firewall on the way, or an http:// server"
    )


def test_a_name_and_a_certificate() -> None:
    url = "https://us:pw@shop.example/includes/api.php"
    nowhere = NameResolutionError("shop.example", None, socket.gaierror(-2, "not known"))  # type: ignore[arg-type]
    untrusted = ssl.SSLCertVerificationError(1, "certificate verify failed")
    untrusted.verify_message = "self-signed certificate"
    tls = requests.exceptions.SSLError
    for error, words in [
        (
            requests.ConnectionError(MaxRetryError(None, url, nowhere)),  # type: ignore[arg-type]
            "the name shop.example cannot be resolved",
        ),
        (
            tls(MaxRetryError(None, url, requests.packages.urllib3.exceptions.SSLError(untrusted))),  # type: ignore[attr-defined, arg-type]
            "the certificate of shop.example is not trusted: self-signed certificate",
        ),
    ]:
        assert reason(error, url, 30).startswith(words)
        assert never_left(error)
        assert "pw" not in reason(error, url, 30)


def test_plain_text_in_the_answer_is_not_taken_for_a_request_that_never_left() -> None:
    """A balancer may write so into a connection through which the whole request has gone."""
    url = "https://shop.example/includes/api.php"
    words = (1, "[SSL: WRONG_VERSION_NUMBER] wrong version number (_ssl.c:1006)")
    for failed, before in ((ssl.SSLError(*words), False), (HandshakeFailed(*words), True)):
        inner = requests.packages.urllib3.exceptions.SSLError(failed)  # type: ignore[attr-defined]
        error = requests.exceptions.SSLError(MaxRetryError(None, url, inner))  # type: ignore[arg-type]
        assert never_left(error) is before
        assert ("does not speak TLS" in reason(error, url, 30)) is before


@pytest.fixture(autouse=True)
def _no_waiting() -> Iterator[None]:
    with stamina.set_testing(True, attempts=3, cap=True):
        yield


def test_who_answered_once_is_waited_for() -> None:
    url = "https://shop.example/includes/api.php"
    client = way_to(url)
    with responses.RequestsMock() as http:
        http.post(url, json={"result": "success", "totalresults": 1})
        http.post(url, body=requests.ConnectTimeout("gone for a moment"))
        http.post(url, json={"result": "success", "totalresults": 2})

        assert client.call("GetUsers")["totalresults"] == 1
        assert client.call("GetUsers")["totalresults"] == 2


def test_an_answer_that_stays_out_is_said_with_its_time() -> None:
    late = pytest.raises(TargetUnavailable, match=r"did not answer within 0.1 seconds")
    with listening(None) as port, late:
        way_to(f"http://127.0.0.1:{port}", timeout=0.1).call("WhmcsDetails")
