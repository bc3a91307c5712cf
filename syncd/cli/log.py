"""Logging: structlog; JSON unless on a terminal; e-mail addresses masked unless asked for."""

import logging
import os
import sys
from collections.abc import Callable, MutableMapping
from contextlib import suppress
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, TextIO

import structlog

from syncd.model.masking import masked

if TYPE_CHECKING:  # the log is there before the config is
    from syncd.config.config import LogFormat, LogLevel

LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40}

Event = MutableMapping[str, Any]

# What the command line asks for, which goes before the config: quiet, verbose, or neither.
LOUDNESS: ContextVar[str] = ContextVar("loudness", default="")


def configure(
    form: "LogFormat" = "auto",
    level: "LogLevel" = "info",
    *,
    show_emails: bool = False,
) -> None:
    """Set up logging to standard error, for the whole process."""
    asked = {"quiet": max(LEVELS[level], LEVELS["warning"]), "verbose": LEVELS["debug"]}
    least = asked.get(LOUDNESS.get(), LEVELS[level])
    as_json = form == "json" or (form == "auto" and not sys.stderr.isatty())
    processors: list[Callable[..., Any]] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    if not show_emails:
        processors.append(mask_emails)
    processors.append(
        structlog.processors.JSONRenderer()
        if as_json
        else structlog.dev.ConsoleRenderer(colors=is_colourful(sys.stderr))
    )
    structlog.configure(
        processors=processors,
        wrapper_class=structlog.make_filtering_bound_logger(least),
        logger_factory=structlog.PrintLoggerFactory(Careless()),  # type: ignore[arg-type]
        cache_logger_on_first_use=False,
    )
    # Libraries log through the standard module; only their warnings matter here, and the calls of
    # an API, of which this one shows method, path and status.
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, force=True)
    logging.getLogger("urllib3.connectionpool").setLevel(
        logging.DEBUG if least == logging.DEBUG else logging.WARNING
    )


def is_colourful(stream: TextIO) -> bool:
    """Say whether it is a terminal that shows colours, and whoever sits there wants them."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


class Careless:
    """A stream to which nobody may listen any more: a terminal that is gone ends no run.

    Without one of its own it is whatever standard error is now: while a bar is shown, lines go
    above it.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        with suppress(OSError):
            (self._stream or sys.stderr).write(text)
        return len(text)

    def flush(self) -> None:
        with suppress(OSError):
            (self._stream or sys.stderr).flush()

    def isatty(self) -> bool:
        return (self._stream or sys.stderr).isatty()

    def fileno(self) -> int:
        return (self._stream or sys.stderr).fileno()


def mask_emails(_: object, __: str, event: Event) -> Event:
    """Mask every e-mail address in the event's fields."""
    for name, value in event.items():
        event[name] = masked(value)
    return event
