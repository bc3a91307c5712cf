"""The page of a rehearsal: who finds it, whom it lists, and where its links lead."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from control import direct_session

from syncd.sandbox.rehearsal.areas import AreaToFill, RunningRehearsal, rehearsing

MARIA = "maria@lopez.example"
CLIENT = {"id": 7, "firstname": "Ann", "lastname": "Lee", "companyname": "Lee <b>&</b> Co",
          "email": "ann@lee.example"}  # fmt: skip
SUB_ACCOUNT = {"id": 3, "client_id": 7, "firstname": "Maria", "lastname": "Lopez", "email": MARIA,
               "subaccount": True, "permissions": "invoices,tickets"}  # fmt: skip
PLAIN = {"id": 4, "client_id": 7, "firstname": "Paul", "email": "paul@lopez.example"}


@pytest.fixture
def rehearsal(tmp_path: Path) -> Iterator[RunningRehearsal]:
    user = {"id": 1, "email": "ann@lee.example", "firstname": "Ann", "lastname": "Lee"}
    owner = {"client_id": 7, "user_id": 1, "owner": True}
    old = [{"clients": [CLIENT]}, {"contacts": [SUB_ACCOUNT, PLAIN]}]
    new = [{"clients": [CLIENT], "users": [user], "memberships": [owner]}]
    areas = [AreaToFill("Today", "7", old), AreaToFill("Then", "8", new)]
    with rehearsing(tmp_path, areas) as running:
        yield running


def get(url: str, **options: object) -> tuple[int, str]:
    reply = direct_session().get(url, timeout=30, **options)  # type: ignore[arg-type]
    return reply.status_code, reply.text


def test_the_page_lists_who_can_log_in_and_what_each_may_open(rehearsal: RunningRehearsal) -> None:
    status, text = get(rehearsal.page)
    assert status == 200
    assert text.index("ann@lee.example") < text.index(MARIA)
    assert "paul@lopez.example" not in text, "a contact does not log in"
    assert "Lee &lt;b&gt;&amp;&lt;/b&gt; Co (#7): My Invoices, Payment Methods, Tickets" in text
    assert "cannot log in" in text


@pytest.mark.parametrize(
    ("searched", "listed"), [("LOPEZ", [MARIA]), ("ann lee", []), ("co", ["ann@lee.example"])]
)
def test_it_searches_addresses_and_names(
    searched: str, listed: list[str], rehearsal: RunningRehearsal
) -> None:
    _, text = get(rehearsal.page, params={"search": searched})
    assert [one for one in ("ann@lee.example", MARIA) if f"{one}</a>" in text] == listed
    assert ("Nobody who can log in" in text) == (not listed)


def test_a_person_has_the_areas_side_by_side(rehearsal: RunningRehearsal) -> None:
    status, text = get(rehearsal.beside("ann@lee.example"))
    assert status == 200
    assert text.count("<iframe") == 2
    assert get(rehearsal.beside("nobody@lee.example"))[0] == 404


def test_a_link_looks_as_its_person_again_and_again(rehearsal: RunningRehearsal) -> None:
    (login,) = rehearsal.logins(MARIA)
    for _ in range(2):
        status, text = get(rehearsal.link(login))
        assert status == 200
        assert "You look as <strong>Maria Lopez</strong>" in text
    assert get(rehearsal.link(login).replace("/3", "/4"))[0] == 404, "no login"
    assert get(rehearsal.link(login).replace("look/0", "look/9"))[0] == 404
    assert get(rehearsal.link(login).replace("/3", f"/{2**63}"))[0] == 404


def test_nobody_else_finds_it(rehearsal: RunningRehearsal) -> None:
    base = rehearsal.page.rsplit("/", 2)[0]
    assert get(f"{base}/")[0] == 404
    assert get(f"{base}/guessed/")[0] == 404
    assert get(f"{base}/guessed/look/0/sub-account/3")[0] == 404
    assert get(rehearsal.page, headers={"Origin": "http://evil.example"})[0] == 403
    assert get(rehearsal.page, headers={"Host": "evil.example"})[0] == 403
    for area in rehearsal.areas:
        assert get(f"{area.url}_control/state")[0] == 404
        assert get(f"{area.url}includes/api.php")[0] == 404
