"""What stands between syncd and the legacy database: it can turn callers away, or cut them off."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

_CHUNK = 65536


class Relay:
    """Passes bytes on to a port of this machine. `mode` is open, refused or cut."""

    def __init__(self, port: int) -> None:
        self._behind = port
        self.mode = "open"
        self.passes = 0  # bytes of answers after which a caller is cut off
        self.struck = 0  # callers that were turned away or cut off
        self._counting = threading.Lock()
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._door.getsockname()[1]

    def serve(self) -> None:
        with suppress(OSError):  # the door was closed
            while True:
                caller, _ = self._door.accept()
                threading.Thread(target=self._meet, args=(caller,), daemon=True).start()

    def close(self) -> None:
        self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()

    def _strike(self) -> None:
        with self._counting:
            self.struck += 1

    def _meet(self, caller: socket.socket) -> None:
        with caller:
            if self.mode == "refused":
                self._strike()
                return
            left = self.passes if self.mode == "cut" else None
            with socket.create_connection(("127.0.0.1", self._behind)) as server:
                forth = threading.Thread(target=_pump, args=(caller, server), daemon=True)
                forth.start()
                _pump(server, caller, left, self._strike)


def _pump(
    source: socket.socket,
    sink: socket.socket,
    left: int | None = None,
    strike: Callable[[], None] = lambda: None,
) -> None:
    """Pass on what comes, up to so many bytes; `strike` comes before anybody can notice the end."""
    with suppress(OSError):
        while data := source.recv(_CHUNK):
            if left is not None and len(data) > left:
                sink.sendall(data[:left])
                strike()
                for end in (sink, source):
                    end.shutdown(socket.SHUT_RDWR)
                return
            sink.sendall(data)
            left = None if left is None else left - len(data)
        sink.shutdown(socket.SHUT_WR)


@contextmanager
def relaying(port: int) -> Iterator[Relay]:
    relay = Relay(port)
    thread = threading.Thread(target=relay.serve)
    thread.start()
    try:
        yield relay
    finally:
        relay.close()
        thread.join()
