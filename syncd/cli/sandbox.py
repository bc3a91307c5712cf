"""`syncd sandbox`: the door of the sandbox, which is an extra of an installation."""

from importlib.util import find_spec

from syncd.errors import ExtraMissing

_NEEDED = ("bcrypt", "flask", "waitress")


def serve(words: list[str]) -> int:
    """Serve until a signal; gives the exit code. Raises `ExtraMissing`."""
    check_installed("sandbox")
    from syncd.sandbox import server  # noqa: PLC0415, where the extra is installed

    return server.main(words)


def check_installed(command: str) -> None:
    """Raise `ExtraMissing` where the web server that `command` needs is not installed."""
    if any(find_spec(name) is None for name in _NEEDED):
        raise ExtraMissing(command, "sandbox")
