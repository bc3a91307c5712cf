"""A target that answers invitations at once, or after a while that is always the same.

Whatever else is asked goes on to a sandbox. It is a process of its own, so that its time does not
count as ours, and takes microseconds for an answer. It tells how long its answers took in the mean,
for a timer is never exact: what is more than that is our own.
"""

import asyncio
import itertools
import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests

_SENT = itertools.count(1)
_TOOK: list[float] = []  # seconds of each invitation


@contextmanager
def running(sandbox: str, latency: float = 0.0) -> Iterator[str]:
    """Run one in front of a sandbox; gives its URL."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    child = context.Process(target=_run, args=(theirs, sandbox, latency), daemon=True)
    child.start()
    try:
        yield f"http://127.0.0.1:{ours.recv()}"
    finally:
        child.terminate()
        child.join()


def _run(pipe: Any, sandbox: str, latency: float) -> None:
    asyncio.run(_serve(pipe, sandbox, latency))


async def _serve(pipe: Any, sandbox: str, latency: float) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Conversation(sandbox, latency), "127.0.0.1", 0)
    pipe.send(server.sockets[0].getsockname()[1])
    await server.serve_forever()


class _Conversation(asyncio.Protocol):
    def __init__(self, sandbox: str, latency: float) -> None:
        self._latency = latency
        self._sandbox = sandbox
        self._met = b""

    def connection_made(self, transport: Any) -> None:
        self._transport: asyncio.Transport = transport

    def data_received(self, data: bytes) -> None:
        self._met += data
        head, end, body = self._met.partition(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0] or 0)
        if end and len(body) >= length:
            self._met = b""
            self._answer(head, body)

    def _answer(self, head: bytes, body: bytes) -> None:
        loop = asyncio.get_running_loop()
        if head.startswith(b"GET /_latency "):
            self._say(b"%f" % (sum(_TOOK) / len(_TOOK)))
        elif b"action=CreateClientInvite" in body:
            said = b'{"result":"success","inviteid":%d}' % next(_SENT)
            loop.call_later(self._latency, self._say_late, said, loop.time())
        else:
            path = head.split(b" ", 2)[1].decode()
            kind = head.partition(b"Content-Type: ")[2].split(b"\r\n")[0]
            form = {"Content-Type": kind.decode()}
            self._say(
                requests.post(f"{self._sandbox}{path}", body, headers=form, timeout=60).content
            )

    def _say_late(self, said: bytes, asked: float) -> None:
        self._say(said)
        _TOOK.append(asyncio.get_running_loop().time() - asked)

    def _say(self, said: bytes) -> None:
        kind = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
        self._transport.write(kind % len(said) + said)
