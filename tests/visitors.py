"""Staff who look at a rehearsal as one person after the other, and open whatever there is."""

import re
from collections.abc import Iterator, Mapping
from html import unescape

import requests
from control import direct_session

from syncd.sandbox.area.pages import NEW, OLD, PAGES
from syncd.sandbox.rehearsal.areas import RunningRehearsal
from syncd.sandbox.rehearsal.logins import Login, RehearsedArea, addresses

# What a person may open, by the name of the account.
Opened = Mapping[str, frozenset[str]]
# Of every user, whatever they are allowed: before 8.0 nobody had an account apart from its login.
OF_USERS = frozenset(("/accounts", "/profile", "/ownership"))
OF_ANYBODY = frozenset(("/logout", "/password/forgot"))  # whether logged in or not
_FORM_TOKEN = re.compile(r'name="token" value="([^"]+)"')
_ACCOUNT = re.compile(r'id="account"><span>Account: <strong>(.*?)</strong>')
_CHOICE = re.compile(r'name="client_id" value="(\d+)"')


def everybody(rehearsal: RunningRehearsal) -> list[str]:
    return sorted({email for area in rehearsal.areas for email in addresses(area, "", 10_000)})


def opened(rehearsal: RunningRehearsal, email: str, number: int) -> Opened:
    """Give what a person opens in one of the areas, by asking for every page there is."""
    area = rehearsal.areas[number]
    found: dict[str, frozenset[str]] = {}
    for login in rehearsal.logins(email):
        if login.area == number:
            for name, pages in _of_login(rehearsal, area, login):  # several logins add up
                found[name] = found.get(name, frozenset()) | pages
    return found


def _of_login(
    rehearsal: RunningRehearsal, area: RehearsedArea, login: Login
) -> Iterator[tuple[str, frozenset[str]]]:
    session = direct_session()
    home = session.get(rehearsal.link(login), timeout=30)
    assert home.ok, home.text
    assert "without a password" in home.text
    if area.generation == "7":
        yield _walked(session, area)
        return
    chooser = session.get(f"{area.url}accounts", timeout=30).text
    for client_id in _CHOICE.findall(chooser):
        form = {"client_id": client_id, "token": _FORM_TOKEN.findall(chooser)[0]}
        assert session.post(f"{area.url}accounts", data=form, timeout=30).ok
        yield _walked(session, area)


def _walked(session: requests.Session, area: RehearsedArea) -> tuple[str, frozenset[str]]:
    generation = OLD if area.generation == "7" else NEW
    paths = {
        page.path
        for page in PAGES
        if page.method == "GET" and "<" not in page.path and page.generations & generation
    }
    statuses = {path: _status(session, area, path) for path in paths - OF_ANYBODY}
    assert set(statuses.values()) <= {200, 303, 403}, statuses
    home = session.get(area.url, timeout=30).text
    (name,) = _ACCOUNT.findall(home)
    # Every user may open an account of their own there; on this account only whom the menu leads.
    if '<li><a href="/order"' not in home:
        statuses["/order"] = 403
    return unescape(name), frozenset(path for path, status in statuses.items() if status == 200)


def _status(session: requests.Session, area: RehearsedArea, path: str) -> int:
    return session.get(f"{area.url}{path[1:]}", timeout=30, allow_redirects=False).status_code
