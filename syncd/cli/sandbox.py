"""`syncd sandbox`: the door of the sandbox, which is an extra of an installation."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from syncd.errors import ExtraMissing, OptionUnusable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from syncd.sandbox.rehearsal.areas import (
        RunningRehearsal as RunningRehearsal,  # noqa: PLC0414 - whoever rehearses names it
    )
    from syncd.sandbox.server import (
        Sandbox as Sandbox,  # noqa: PLC0414
    )

_NEEDED = ("bcrypt", "flask", "waitress")


def serve(words: list[str]) -> int:
    """Serve until a signal; gives the exit code. Raises `ExtraMissing`."""
    check_installed("sandbox")
    from syncd.sandbox import server  # noqa: PLC0415, where the extra is installed

    return server.main(words)


@contextmanager
def rehearsing(
    folder: Path, wanted: Sequence[tuple[str, str, Any]], port: int
) -> Iterator["RunningRehearsal"]:
    """Serve client areas, each given by name, generation and data sets; raises `OptionUnusable`."""
    from syncd.sandbox.rehearsal import areas  # noqa: PLC0415, where the extra is installed

    try:
        fillings = [areas.AreaToFill(*each) for each in wanted]
        with areas.rehearsing(folder, fillings, port) as rehearsal:
            yield rehearsal
    except areas.CannotListen as error:
        raise OptionUnusable("--port", [f"{port} cannot be had: {error}"]) from error


@contextmanager
def serving_filled(
    file: Path, data: "Iterable[Mapping[str, Any]]", switches: "Mapping[str, str]"
) -> Iterator["Sandbox"]:
    """Serve a sandbox with its API and these data sets in it."""
    from syncd.sandbox.rehearsal import api  # noqa: PLC0415, where the extra is installed

    with api.serving_filled(file, data, switches) as sandbox:
        yield sandbox


def check_installed(command: str) -> None:
    """Raise `ExtraMissing` where the web server that `command` needs is not installed."""
    if any(find_spec(name) is None for name in _NEEDED):
        raise ExtraMissing(command, "sandbox")
