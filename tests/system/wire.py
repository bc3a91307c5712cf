"""The wire between syncd and the sandbox: it can lose a request or a reply, or call somebody."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

import requests

from syncd.sandbox import Sandbox

# Given the action and how many writing calls came so far, this one included.
Hook = Callable[[str, int], None]

READING = ("Get", "Whmcs")


class Lost(Exception):
    """Raised by a hook: what is on its way never arrives."""


class Wire:
    """Where syncd finds the sandbox. `before` sees a write before it arrives, `after` its reply."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.before: Hook = lambda *_: None
        self.after: Hook = lambda *_: None
        self.writes = 0


@contextmanager
def between(sandbox: Sandbox) -> Iterator[Wire]:
    """Put a wire before a sandbox."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            action = parse_qs(body.decode())["action"][0]
            writes = not action.startswith(READING)
            wire.writes += writes
            number = wire.writes
            try:
                if writes:
                    wire.before(action, number)
                reply = requests.post(
                    f"{sandbox.url}{self.path}",
                    data=body,
                    headers={"Content-Type": self.headers["Content-Type"]},
                    timeout=30,
                )
                if writes:
                    wire.after(action, number)
            except Lost:
                self.close_connection = True
                return
            self.answer(reply)

        def answer(self, reply: requests.Response) -> None:
            self.send_response(reply.status_code)
            self.send_header("Content-Type", reply.headers["Content-Type"])
            self.send_header("Content-Length", str(len(reply.content)))
            self.end_headers()
            self.wfile.write(reply.content)

        def handle(self) -> None:
            with suppress(ConnectionError):  # whoever called is gone
                super().handle()

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    wire = Wire(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield wire
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
