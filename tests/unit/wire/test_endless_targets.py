"""Targets that never end, over real HTTP: each ends the call by a bound, with a sentence."""

import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import stamina

from syncd.errors import TargetUnavailable
from syncd.model.connection import ApiConnection
from syncd.wire import client
from syncd.wire.client import ReadingClient

BOMB = gzip.compress(bytes(200 << 20), 9)


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
    key = {"identifier": "us", "secret": "s3cret-of-ours"}
    with (
        stamina.set_testing(True, attempts=1),
        pytest.raises(TargetUnavailable) as caught,
    ):
        ReadingClient("shop", ApiConnection(url=url, **key)).call("GetUsers")
    return caught.value


def test_a_body_without_end() -> None:
    with target({"Content-Type": "application/json"}, iter(lambda: b" " * 65536, b"")) as url:
        assert "more than 64 MB" in str(called(url))


def test_a_gzip_bomb() -> None:
    with target({"Content-Encoding": "gzip"}, iter([BOMB])) as url:
        assert "more than 64 MB" in str(called(url))


def test_a_drip(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "_LONGEST_BODY", 0.3)
    with target({"Content-Length": "1000000"}, iter(lambda: b" ", b""), pause=0.02) as url:
        called(url)
