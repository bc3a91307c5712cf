"""The web server: a few threads of waitress, on a socket of our own."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask
from waitress import create_server, wasyncore

# A page takes milliseconds; nobody sends a body, and nobody needs a long address.
_SETTINGS: dict[str, Any] = {
    "threads": 4,
    "ident": None,  # no name of a server in its answers
    "connection_limit": 100,
    "channel_timeout": 30,  # seconds
    "max_request_header_size": 16_384,  # bytes
    "max_request_body_size": 4_096,
}


@contextmanager
def serving(app: Flask, host: str, port: int) -> Iterator[str]:
    """Serve in threads until the block ends; gives the URL. Raises OSError for the address."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Bound here: a server that fails to bind leaves threads and pipes behind.
    with socket.create_server((host, port), family=family) as bound:
        sockets: dict[int, Any] = {}
        server = create_server(app, map=sockets, sockets=[bound], **_SETTINGS)
        thread = threading.Thread(target=server.run, name="pages")
        thread.start()
        try:
            yield f"http://{f'[{host}]' if ':' in host else host}:{bound.getsockname()[1]}/"
        finally:
            # The loop ends when it has no socket left, which only its own thread may see to.
            left: dict[int, Any] = {}

            def end() -> None:
                left.update(sockets)
                sockets.clear()

            server.trigger.pull_trigger(end)
            thread.join()
            server.task_dispatcher.shutdown()
            wasyncore.close_all(left)
