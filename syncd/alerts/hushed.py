"""Calls whose URLs are secrets: no library logs them, however talkative the log is."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

# Apprise hands its context on to the threads that it calls from, and these may outlive the call.
_HUSHED: ContextVar[bool] = ContextVar("hushed", default=False)


@contextmanager
def hushed() -> Iterator[None]:
    """Keep the calls made inside out of the log; those of others are logged as ever."""
    token = _HUSHED.set(True)
    try:
        yield
    finally:
        _HUSHED.reset(token)


def _is_heard(_: logging.LogRecord) -> bool:
    return not _HUSHED.get()


# Where urllib3, below requests, logs each call with its path, and its warnings with the whole URL.
logging.getLogger("urllib3.connectionpool").addFilter(_is_heard)
