"""Targets that never end, over real HTTP: each ends the call by a bound, with a sentence."""

import gzip
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import BaseRequestHandler, ThreadingTCPServer
from urllib.parse import parse_qs

import pytest
import responses
import stamina
from requests import PreparedRequest

from syncd.errors import IncompleteRead, TargetUnavailable
from syncd.model.connection import ApiConnection
from syncd.sources import listing
from syncd.sources.listing import PageMoved
from syncd.wire import bounds
from syncd.wire.client import ReadingClient

KEY = {"identifier": "us", "secret": "s3cret-of-ours"}
SHOP = "https://shop.example/"


@contextmanager
def target(headers: dict[str, str], pieces: Iterator[bytes], pause: float = 0) -> Iterator[str]:
    gone = threading.Event()

    class Target(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(200)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            with suppress(OSError):  # the other side has had enough
                for piece in pieces:
                    self.wfile.write(piece)
                    if pause and gone.wait(pause):
                        break

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Target) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            gone.set()
            server.shutdown()


def called(url: str) -> TargetUnavailable:
    with (
        stamina.set_testing(True, attempts=1),
        pytest.raises(TargetUnavailable) as caught,
    ):
        ReadingClient("shop", ApiConnection(url=url, **KEY)).call("GetUsers")
    return caught.value


def test_a_body_without_end() -> None:
    with target({"Content-Type": "application/json"}, iter(lambda: b" " * 65536, b"")) as url:
        assert "more than 64 MB" in str(called(url))


def test_a_gzip_bomb() -> None:
    bomb = gzip.compress(bytes(200 << 20), 9)
    with target({"Content-Encoding": "gzip"}, iter([bomb])) as url:
        assert "more than 64 MB" in str(called(url))


def test_a_drip(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "LONGEST_REPLY", 0.3)
    with target({"Content-Length": "1000000"}, iter(lambda: b" ", b""), pause=0.02) as url:
        called(url)


def test_a_drip_of_headers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "LONGEST_REPLY", 0.3)
    with raw_target(b"HTTP/1.1 200 OK\r\nX-Drip: ", b"x") as url:
        called(url)


@contextmanager
def raw_target(start: bytes, drop: bytes) -> Iterator[str]:
    """Answer with `start` and then a drop now and then, until the other side hangs up."""

    class Target(BaseRequestHandler):
        def handle(self) -> None:
            with suppress(OSError):
                self.request.sendall(start)
                while not gone.wait(0.02):
                    self.request.sendall(drop)

    gone = threading.Event()
    with ThreadingTCPServer(("127.0.0.1", 0), Target) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/"
        finally:
            gone.set()
            server.shutdown()


def page(start: int, total: int) -> dict[str, object]:
    users = [{"id": number} for number in range(start + 1, start + 251)]
    return {"result": "success", "totalresults": total, "numreturned": 250, "users": users}


@pytest.mark.parametrize(
    "total", [lambda start: start + 1000, lambda _: 10**12], ids=["ever more", "made up"]
)
@responses.activate
def test_a_list_without_end(total: Callable[[int], int]) -> None:
    def answer(request: PreparedRequest) -> tuple[int, dict[str, str], str]:
        start = int(parse_qs(str(request.body))["limitstart"][0])
        return 200, {}, json.dumps(page(start, total(start)))

    responses.add_callback(responses.POST, f"{SHOP}includes/api.php", answer)
    client = ReadingClient("shop", ApiConnection(url=SHOP, **KEY))

    with pytest.raises(IncompleteRead, match="totalresults"):
        for _ in client.pages("GetUsers"):
            pass
    with pytest.raises(PageMoved):
        for _ in listing.pages(client, "GetUsers"):
            pass
    assert len(responses.calls) < 20
