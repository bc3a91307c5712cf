"""The areas of a rehearsal, each filled once and served; no API and no control plane beside it."""

import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from flask import Flask

from syncd.sandbox import dataset
from syncd.sandbox.area import area
from syncd.sandbox.rehearsal import page
from syncd.sandbox.rehearsal.logins import Login, RehearsedArea, logins
from syncd.sandbox.server import serving
from syncd.sandbox.store import Store, configure
from syncd.sandbox.switches import GENERATIONS

_HOST = "127.0.0.1"


class CannotListen(Exception):
    """The port of the page cannot be had; the text says why."""


@dataclass(frozen=True, slots=True)
class AreaToFill:
    """What an area is called, which generation it is, and the data sets that fill it."""

    name: str
    generation: str
    data: Iterable[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class RunningRehearsal:
    areas: Sequence[RehearsedArea]
    page: str
    """The page that leads to everybody. Who does not know this address does not find it."""

    def logins(self, email: str) -> list[Login]:
        """Give what an address lets in, area by area."""
        return [login for area in self.areas for login in logins(area, email)]

    def link(self, login: Login) -> str:
        """Give a link to look as that person; it may be used again and again."""
        return f"{self.page}look/{login.area}/{login.kind}/{login.id}"

    def beside(self, email: str) -> str:
        """Give the page that shows a person's areas side by side."""
        return f"{self.page}person?email={quote(email)}"


@contextmanager
def rehearsing(
    folder: Path, wanted: Sequence[AreaToFill], port: int = 0
) -> Iterator[RunningRehearsal]:
    """Serve these areas from files in `folder`, and at `port` the page, until the block ends.

    Raises CannotListen.
    """
    key = secrets.token_urlsafe(16)
    areas: list[RehearsedArea] = []
    with ExitStack() as stack:
        # First the page: a port that is taken is noticed before anything is filled.
        try:
            url = stack.enter_context(serving(page.create(areas, key), (_HOST, port)))
        except OSError as error:
            raise CannotListen(error.strerror or str(error)) from error
        for number, each in enumerate(wanted):
            areas.append(stack.enter_context(_served(folder, number, each)))
        yield RunningRehearsal(areas, f"{url}/{key}/")


@contextmanager
def _served(folder: Path, number: int, wanted: AreaToFill) -> Iterator[RehearsedArea]:
    with closing(Store.in_file(folder / f"area-{number}.sqlite", [])) as store:
        with store.transaction() as db:
            store.set_switches(db, {"version": GENERATIONS[wanted.generation]})
            for part in wanted.data:
                dataset.load(db, part, store.clock.now())
        app = Flask(__name__, static_folder=None)
        app.register_blueprint(area.blueprint(store))
        with serving(app, (_HOST, 0)) as url:
            with store.transaction() as db:
                configure(db, "SystemURL", f"{url}/")
            yield RehearsedArea(number, wanted.name, wanted.generation, store, f"{url}/")
