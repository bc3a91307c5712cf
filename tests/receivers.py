"""What alerts and heartbeats go to, on this machine: a server that takes mail, and one for HTTP."""

import json
import socketserver
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple, TypeVar


def certificate(folder: Path) -> Path:
    """Make a key and a certificate for localhost that vouches for itself, in one file."""
    file = folder / "localhost.pem"
    command = (
        *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
        *("-nodes", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"),
        *("-days", "2", "-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem")),
    )
    subprocess.run(command, check=True, capture_output=True)
    file.write_bytes((folder / "key.pem").read_bytes() + (folder / "cert.pem").read_bytes())
    return file


class Letter(NamedTuple):
    mail: EmailMessage
    to: list[str]
    login: str  # base64, as AUTH PLAIN has it
    encrypted: bool


class Mailbox(socketserver.ThreadingTCPServer):
    """Takes mail as RFC 5321 has it, and offers STARTTLS where it has a certificate."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, pem: Path | None = None, *, tls: bool = False, refuses: str = "") -> None:
        super().__init__(("127.0.0.1", 0), _Session)
        self.letters: list[Letter] = []
        self.refuses = refuses  # the command that is answered with 550
        self.at_once = tls
        self.context = None
        if pem is not None:
            self.context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            self.context.load_cert_chain(pem)

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def handle_error(self, *_: object) -> None:
        """Say nothing of a client that went away."""


class _Session(socketserver.StreamRequestHandler):
    server: Mailbox

    def handle(self) -> None:
        self.encrypted, self.login, self.to = False, "", []
        if self.server.at_once:
            self.encrypt()
        self.say("220 here")
        while line := self.rfile.readline().decode().strip():
            word = line.split(" ", maxsplit=1)[0].upper()
            if word == self.server.refuses:
                self.say("550 not today")
            elif word == "QUIT":
                self.say("221 bye")
                return
            else:
                getattr(self, f"on_{word.lower()}", self.on_rset)(line)

    def finish(self) -> None:
        super().finish()
        self.connection.close()

    def say(self, *lines: str) -> None:
        self.wfile.write("".join(f"{line}\r\n" for line in lines).encode())

    def encrypt(self) -> None:
        assert self.server.context
        self.connection = self.server.context.wrap_socket(self.connection, server_side=True)
        self.rfile = self.connection.makefile("rb")
        self.wfile = socketserver._SocketWriter(self.connection)
        self.encrypted = True

    def on_rset(self, _: str) -> None:
        self.say("250 fine")

    def on_ehlo(self, _: str) -> None:
        more = ["250-STARTTLS"] if self.server.context and not self.encrypted else []
        self.say("250-here", *more, "250 AUTH PLAIN")

    def on_starttls(self, _: str) -> None:
        self.say("220 go ahead")
        self.encrypt()

    def on_auth(self, line: str) -> None:
        self.login = line.rsplit(maxsplit=1)[-1]
        self.say("235 welcome")

    def on_rcpt(self, line: str) -> None:
        self.to.append(line.partition("<")[2].rstrip(">"))
        self.say("250 fine")

    def on_data(self, _: str) -> None:
        self.say("354 go ahead")
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            lines.append(line.removeprefix(b"."))
        mail = message_from_bytes(b"".join(lines), policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.server.letters.append(Letter(mail, self.to, self.login, self.encrypted))
        self.say("250 taken")


class Call(NamedTuple):
    path: str
    body: str

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Receiver(ThreadingHTTPServer):
    """Answers every POST with `status`, and keeps it."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Request)
        self.calls: list[Call] = []
        self.status = 200

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Request(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"] or 0)).decode()
        self.server.calls.append(Call(self.path, body))
        self.send_response(self.server.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


Server = TypeVar("Server", Mailbox, Receiver)


@contextmanager
def receiving(server: Server) -> Iterator[Server]:
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
