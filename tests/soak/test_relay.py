"""The soak counts whom its relay cut off: before they can notice, and beside others who pass."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from relay import Relay, relaying

SAYS = b"a row of the table\n" * 50


@contextmanager
def met(relay: Relay, server: socket.socket) -> Iterator[tuple[socket.socket, socket.socket]]:
    """Call the relay; give the ends of the caller and of whom it is put through to."""
    with socket.create_connection(("127.0.0.1", relay.port)) as caller:
        answering, _ = server.accept()
        with answering:
            yield caller, answering


def heard(caller: socket.socket) -> bytes:
    with caller.makefile("rb") as file:
        return file.read()


@pytest.fixture
def listening() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


def test_who_is_cut_off_is_counted_though_another_passes(listening: socket.socket) -> None:
    with relaying(listening.getsockname()[1]) as relay:
        with met(relay, listening) as (longer, answering):
            relay.mode, relay.passes = "cut", 100
            with met(relay, listening) as (cut, pouring):
                pouring.sendall(SAYS)

                assert heard(cut) == SAYS[:100]
                assert relay.struck == 1
            answering.sendall(SAYS)
            answering.close()

            assert heard(longer) == SAYS  # it was there before
        relay.mode = "open"
        with met(relay, listening) as (last, answering):
            answering.close()
            assert heard(last) == b""

        assert relay.struck == 1
