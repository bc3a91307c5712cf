"""The server: `python -m syncd.sandbox` on the command line, `running` within a test."""

import argparse
import json
import os
import shutil
import signal
import socket
import sys
import tempfile
import textwrap
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy.exc import DatabaseError
from waitress import create_server, wasyncore

from syncd.sandbox import actions
from syncd.sandbox.app import create_app
from syncd.sandbox.fault_kinds import KINDS
from syncd.sandbox.loopback import is_loopback
from syncd.sandbox.store import BadDatabase, Credentials, Store, configure
from syncd.sandbox.switches import GENERATIONS, SWITCHES, UnknownSwitch, check

_USAGE = 2
_BLANK = "''"


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A running sandbox: where it is and how to call it."""

    url: str
    """The system URL; a client appends `/includes/api.php`."""
    control: str
    file: Path
    credentials: Credentials

    @property
    def identifier(self) -> str:
        return self.credentials.identifier

    @property
    def secret(self) -> str:
        return self.credentials.secret


@contextmanager
def running(
    file: Path | None = None,
    switches: Mapping[str, str] | None = None,
    listen: tuple[str, int] = ("127.0.0.1", 0),
    database: str = "",
) -> Iterator[Sandbox]:
    """Serve `file`, or a file that is thrown away, in a thread until the block ends.

    With `database`, the URL of a MariaDB, the tables are kept there in place of a file.

    Raises UnknownSwitch, BadDatabase, or OSError where the address or the file cannot be had. Only
    loopback addresses may be listened on.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = file or Path(folder) / "sandbox.sqlite"
        with closing(_store(path, database)) as store:
            with store.transaction() as db:
                store.set_switches(db, switches or {})
            with serving(create_app(store), listen) as url:
                with store.transaction() as db:
                    configure(db, "SystemURL", f"{url}/")
                    credentials = store.credentials(db)
                yield Sandbox(url, f"{url}/_control", path, credentials)


def _store(path: Path, database: str) -> Store:
    known = sorted(actions.ACTIONS)
    return Store.in_database(database, known) if database else Store.in_file(path, known)


def main(argv: list[str] | None = None) -> int:
    """Serve until SIGTERM, SIGINT or SIGHUP, having said on one line of JSON where.

    Returns 0 once stopped, 2 for arguments that cannot be used. Call it from the main thread.
    """
    options = _parser().parse_args(argv)
    if options.list_switches or options.list_faults:
        sys.stdout.write(_switch_table() if options.list_switches else _fault_table())
        return 0
    stops = {signal.SIGTERM, signal.SIGINT}
    if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # nobody has said `nohup`
        stops.add(signal.SIGHUP)
    # Blocked before the first thread starts, so that all of them leave the signals to sigwait.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, stops)
    try:
        with running(options.file, _switches(options), options.listen, options.database) as sandbox:
            sys.stdout.write(json.dumps(_announcement(sandbox)) + "\n")
            sys.stdout.flush()
            signal.sigwait(stops)
    except (OSError, DatabaseError, UnknownSwitch, BadDatabase) as error:
        sys.stderr.write(f"The sandbox cannot start: {error}\n")
        return _USAGE
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    return 0


@contextmanager
def serving(app: Flask, listen: tuple[str, int]) -> Iterator[str]:
    host, port = listen
    if not is_loopback(host):
        raise OSError(f"{host} is not a loopback address, and the control plane is open to all.")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Bound here: a server that fails to bind leaves threads and pipes behind.
    with socket.create_server((host, port), family=family) as bound:
        sockets: dict[int, Any] = {}
        server = create_server(app, map=sockets, sockets=[bound], threads=8, ident="sandbox")
        thread = threading.Thread(target=server.run, name="sandbox")
        thread.start()
        try:
            yield f"http://{f'[{host}]' if ':' in host else host}:{bound.getsockname()[1]}"
        finally:
            # The loop ends when it has no socket left, which only its own thread may see to. They
            # are closed when nobody is left who would write to one, the trigger among them.
            left: dict[int, Any] = {}

            def end() -> None:
                left.update(sockets)
                sockets.clear()

            server.trigger.pull_trigger(end)
            thread.join()
            server.task_dispatcher.shutdown()
            wasyncore.close_all(left)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="syncd sandbox", description="A WHMCS-compatible server to rehearse against."
    )
    parser.add_argument(
        "--listen",
        type=_address,
        default=("127.0.0.1", 0),
        metavar="HOST:PORT",
        help="a loopback address; port 0, the default, picks a free one",
    )
    parser.add_argument(
        "--file", type=Path, help="where everything is kept; thrown away at the end if left out"
    )
    parser.add_argument(
        "--database",
        default=os.environ.get("SYNCD_SANDBOX_DATABASE", ""),
        metavar="URL",
        help="keep everything in the tables of a MariaDB instead, as mysql://user@host/name or "
        "with ?unix_socket=PATH. SYNCD_SANDBOX_DATABASE says the same, unseen by other users",
    )
    parser.add_argument(
        "--generation",
        choices=GENERATIONS,
        help="8, the default, has users; 7 is a WHMCS 7.10 with sub-accounts, to read from. Short "
        "for --switch version=..., and kept in the file",
    )
    _add_switches(parser)
    _add_lists(parser)
    return parser


def _add_switches(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--companion",
        action="store_true",
        help="answer the companion's four actions as well. Short for --switch companion=on, and "
        "kept in the file",
    )
    parser.add_argument(
        "--switch",
        type=_switch,
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="answer one of WHMCS's open questions; may be repeated, and is kept in the file",
    )


def _add_lists(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--list-switches", action="store_true", help="print them and exit")
    parser.add_argument(
        "--list-faults",
        action="store_true",
        help="print what can be made to go wrong through the control plane, and exit",
    )


def _switches(options: argparse.Namespace) -> dict[str, str]:
    """Return the switches asked for; a release named as such goes before its generation."""
    generation = {"version": GENERATIONS[options.generation]} if options.generation else {}
    companion = {"companion": "on"} if options.companion else {}
    return generation | companion | dict(options.switch)


def _address(text: str) -> tuple[str, int]:
    host, colon, port = text.rpartition(":")
    host = host.strip("[]")
    if not colon or not host or not port.isdecimal() or int(port) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not HOST:PORT.")
    if not is_loopback(host):
        raise argparse.ArgumentTypeError(
            f"{host} is not a loopback address; the sandbox serves this machine only."
        )
    # One address, not the two that `localhost` may have: each would get a port of its own.
    return "127.0.0.1" if host == "localhost" else host, int(port)


def _switch(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=VALUE.")
    try:
        check({name: value})
    except UnknownSwitch as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    return name, value


def _announcement(sandbox: Sandbox) -> Mapping[str, str]:
    return {
        "url": sandbox.url,
        "identifier": sandbox.identifier,
        "secret": sandbox.secret,
        "control": sandbox.control,
        "area": f"{sandbox.url}/",
    }


def _switch_table() -> str:
    lines = []
    for switch in SWITCHES.values():
        values = "any text" if switch.values is None else " | ".join(switch.values)
        lines.append(f"{switch.name}={switch.default or _BLANK}")
        lines += [_indented(switch.question), _indented(values)]
    return "".join(f"{line}\n" for line in lines)


def _fault_table() -> str:
    lines = []
    for kind in KINDS.values():
        options = ", ".join(f"{name}={value!r}" for name, value in kind.options.items())
        lines += [kind.name, _indented(kind.story), _indented(options or "-")]
    return "".join(f"{line}\n" for line in lines)


def _indented(words: str) -> str:
    """Give words in one line, or in lines that fit a terminal."""
    if not sys.stdout.isatty():
        return f"    {words}"
    width = max(shutil.get_terminal_size().columns, 40)
    margin = " " * 4
    return textwrap.fill(
        words, width, initial_indent=margin, subsequent_indent=margin, break_on_hyphens=False
    )
