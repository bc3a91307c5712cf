"""The wire between syncd and the sandbox: it can lose, change or tell of what passes."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

import requests

from syncd.sandbox import Sandbox

# Given the action and how many writing calls came so far, this one included.
Hook = Callable[[str, int], None]
# Given the action and the reply's body; gives status (0: as it was), headers to add, and body.
Change = Callable[[str, bytes], tuple[int, dict[str, str], bytes]]

READING = ("Get", "Whmcs", "SyncdCapabilities", "SyncdObserve")


class Lost(Exception):
    """Raised by a hook: what is on its way never arrives."""


class Wire:
    """Where syncd finds the sandbox. `before` sees a write before it arrives, `after` its reply."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.before: Hook = lambda *_: None
        self.after: Hook = lambda *_: None
        self.sent: Callable[[str, bytes], object] = lambda *_: None
        self.headers: Callable[[Mapping[str, str]], object] = lambda _: None
        self.change: Change = lambda _, body: (0, {}, body)
        self.writes = 0


@contextmanager
def between(sandbox: Sandbox) -> Iterator[Wire]:
    """Put a wire before a sandbox."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            wire.headers(dict(self.headers))
            body = self.rfile.read(int(self.headers["Content-Length"]))
            action = parse_qs(body.decode())["action"][0]
            wire.sent(action, body)
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
            except (Lost, requests.ConnectionError):  # the sandbox may hang up, too
                self.close_connection = True
                return
            self.answer(action, reply)

        def answer(self, action: str, reply: requests.Response) -> None:
            status, headers, body = wire.change(action, reply.content)
            now = {"Date": self.date_time_string()}
            headers = now | headers | {"Content-Type": reply.headers["Content-Type"]}
            self.send_response_only(status or reply.status_code)
            for name, value in (headers | {"Content-Length": str(len(body))}).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

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
