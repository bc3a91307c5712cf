"""The pages over real HTTP: what they show, whom they let in, and that nothing can be changed."""

import re
import signal
import socket
import threading
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
import requests
from desk import FORMULA, IMAGE, SCRIPT, SmallProvider, pages
from people import client
from provider import Provider
from test_daemon import Ear

from syncd.journal.journal import Journal
from syncd.model.ownership import Acquaintance, OwnershipRequest
from syncd.model.suppression import suppression
from syncd.pages.app import HEADERS, create_app
from syncd.pages.door import Door
from syncd.report.pagefile import FILE

PATHS = (
    *("/", "/search?q=example", "/accounts/legacy/17", "/people/jane@dev.example", "/runs"),
    *("/plan", "/plan/changes", "/decisions", "/readiness", "/health", "/style.css", "/icon.svg"),
)
PASSWORD, TOKEN = "correct-horse-battery", "token-of-a-program"


@pytest.fixture(scope="module")
def provider_of_all(tmp_path_factory: pytest.TempPathFactory) -> SmallProvider:
    """Let the first night be over: an account was made, the rest waits."""
    made = SmallProvider(tmp_path_factory.mktemp("pages"))
    made.sync()
    made.later(hours=2)
    return made


@pytest.fixture(scope="module")
def url(provider_of_all: SmallProvider) -> Iterator[str]:
    with pages(provider_of_all.desk()) as served:
        yield served


def get(url: str, **options: object) -> requests.Response:
    return requests.get(url, timeout=30, **options)


def words(url: str) -> str:
    """Give the words of a page, without its frame."""
    reply = get(url)
    assert reply.status_code == 200, reply.text
    content = reply.text.partition("<main")[2].partition(">")[2]
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", " ", content)))


# --- what they show ---------------------------------------------------------------------------


def test_an_account_says_who_gets_in_who_gets_mail_and_who_may_ask(url):
    said = words(f"{url}/accounts/legacy/17")

    for sentence in (
        "client 1 in the target",  # by the run, after its plan
        "Owner olga@wexford.example Olga Owner",
        f"Billing contact Bérénice {IMAGE} <books@wexford.example>, contact 3.",
        "jane@dev.example billing waits Held: One address has sub-accounts under different names.",
        "Nothing yet. If it is decided so: see and pay invoices",
        "the account's own address all mail the same",
        f"books@wexford.example Bérénice {IMAGE} invoices, support the same",
        "Contacts that get support mail may ask, by the rule of this provider.",
        "account legacy/17 account made by syncd, run 20260302T031500-",
        "review A sub-account has a permission flag that the mapping does not know.",
    ):
        assert sentence in said
    assert "can log in" not in said.partition("Who gets which mail")[0].partition("May")[2]


def test_a_person_sees_their_accounts_and_why(url):
    said = words(f"{url}/people/jane@dev.example")

    assert f"Wexford {SCRIPT} legacy/17 · billing waits" in said
    assert "change the client's own name, address and e-mail address" in said
    assert "syncd explain 'jane@dev.example'" in said


def test_a_right_that_is_accepted_is_there_and_what_a_hand_changed_is_named(tmp_path):
    provider = SmallProvider(tmp_path)
    provider.decide("many_names", "user:jane@dev.example", "apply")
    provider.sync()
    provider.later(hours=1)
    account, person = "/accounts/legacy/17", "/people/jane@dev.example"
    with pages(provider.desk()) as url:
        invited = words(url + account)
        assert "jane@dev.example billing invited Invited on 2026-03-02" in invited
        assert "Nothing yet. Once the invitation is accepted:" in invited
        assert "Pending invitations jane@dev.example : Invited on 2026-03-02" in invited
        provider.target.accept("jane@dev.example", 1)
        provider.later(hours=1)
        provider.plan()
        there = words(url + account)  # of the new page file, by the same server
        assert "jane@dev.example billing can log in" in there
        assert "Pending invitations" not in there
        assert "access in the target: nothing before, now member: invoices, tickets" in there
        assert f"not by syncd; seen then, and not yet {provider.now:%Y-%m-%d}" in there
        assert "1 member can open tickets in the client area: jane@dev.example" in there
        assert "can log in" in words(url + person)
        assert "many_names: apply, by ann, 2026-03-01" in words(f"{url}/decisions")


def test_an_ownership_request_stands_on_its_account(provider_of_all, url):
    asked = OwnershipRequest(
        0, "legacy/19", "2", "none@alone.example", "", "new@alone.example", "T-77", "ann",
        provider_of_all.now.isoformat(), "none@alone.example", Acquaintance.STRANGER, "",
    )  # fmt: skip
    with Journal.open(provider_of_all.state / "journal.sqlite", "shop") as journal:
        journal.request_ownership(asked)

    said = words(f"{url}/accounts/legacy/19")

    assert "Request 1, ticket T-77: none@alone.example asks that new@alone.example become" in said
    assert "Next: Ask the present owner and the new owner to confirm" in said
    assert "ownership requests 1" in words(f"{url}/")


@pytest.mark.parametrize(
    ("question", "place"),
    [
        ("17", "/accounts/legacy/17"),
        ("#17", "/accounts/legacy/17"),
        ("legacy/18", "/accounts/legacy/18"),
        (" LEGACY/18x", ""),
        ("alone ltd", "/accounts/legacy/19"),
        ("BERENICE", "/people/books@wexford.example"),
        ("hyperlink", "/people/jane@dev.example"),
        ("contact:legacy/3", "/people/books@wexford.example"),
        ("leo@dev", "/people/leo@dev.example"),
        ("'; DROP TABLE people; --", ""),
        ("%", ""),
        ("", ""),
    ],
)
def test_a_single_hit_opens_its_page(url, question, place):
    reply = get(f"{url}/search", params={"q": question}, allow_redirects=False)

    if place:
        assert reply.status_code == 302
        assert reply.headers["Location"] == place
        assert get(url + place).status_code == 200
    else:
        assert reply.status_code == 200


def test_several_hits_are_listed_by_pages(tmp_path):
    provider = SmallProvider(tmp_path)
    many = [client(n, f"p{n}@many.example", company="Many") for n in range(100, 160)]
    provider.rows = many, []
    provider.plan()
    with pages(provider.desk()) as url:
        seen: list[str] = []
        path = "/search?q=many.example"
        while path:
            page = get(url + path).text
            seen += re.findall(r'href="/accounts/(legacy/\d+)"', page)
            more = re.search(r'class="more"><a href="([^"]+)"', page)
            path = unescape(more[1]) if more else ""

    assert sorted(seen) == [f"legacy/{n}" for n in range(100, 160)]


def test_runs_and_their_changes_are_listed(url):
    run = re.search(r'href="(/runs/[^"]+)"', get(f"{url}/runs").text)
    said = words(url + run[1])

    assert "Run 20260302T031500-" in said
    assert "To apply 5 Held 6 Applied 5" in said
    assert said.count("account made applied") == 2
    assert "contact legacy/3 contact made applied" in said


def test_plan_questions_and_readiness_say_the_same_numbers(url):
    plan, questions, ready = (words(f"{url}/{n}") for n in ("plan", "decisions", "readiness"))

    assert "3 to decide, 0 to correct." in plan
    assert "Questions to decide (3)" in ready
    assert re.search(r"Checks: \d+ of 10", ready)
    assert "3 to decide, 0 to correct" in ready
    assert questions.count("unknown_flag") == 2  # its kind, and the one that is open
    held = words(f"{url}/plan/changes?verdict=hold&kind=membership")
    assert held.count("make membership not in the target yet hold") == 3


def test_the_checks_know_the_run_that_the_overview_names(url):
    assert "The last good run began" in words(f"{url}/")
    ready = words(f"{url}/readiness")

    assert "no run has gone through yet" not in ready
    assert "met Run : a run went through in the last 26 hours" in ready
    assert "met Waves : every change is applied" in ready  # 5 were to be


def test_hostile_names_are_text(url):
    for path in PATHS:
        page = get(url + path).text
        for markup in ("<script", "<img", 'onerror="document', "javascript:", "\u202e"):
            assert markup not in page, path
    assert SCRIPT in unescape(get(f"{url}/accounts/legacy/17").text)
    assert FORMULA in unescape(get(f"{url}/people/jane@dev.example").text)


def test_who_is_suppressed_is_on_no_page(tmp_path):
    provider = SmallProvider(tmp_path)
    provider.decide("many_names", "user:jane@dev.example", "apply")
    run = provider.sync().run_id
    with pages(provider.desk()) as url:
        assert "jane@dev.example" in words(f"{url}/runs/{run}")
        assert get(f"{url}/people/jane@dev.example").status_code == 200
    hidden = frozenset({suppression("jane@dev.example")})
    with pages(provider.desk(hidden)) as url:
        assert "jane@dev.example" not in words(f"{url}/runs/{run}")
        assert get(f"{url}/people/jane@dev.example").status_code == 404


# --- nothing can be changed -------------------------------------------------------------------


@pytest.mark.parametrize("path", [*PATHS, "/nowhere"])
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "LOCK"])
def test_every_method_but_get_and_head_is_refused(url, path, method):
    reply = requests.request(method, url + path, timeout=30)

    assert reply.status_code == 405
    assert reply.headers["Allow"] == "GET, HEAD"


def test_no_route_takes_another_method(provider_of_all):
    app = create_app(provider_of_all.desk(), Door())
    assert {method for rule in app.url_map.iter_rules() for method in rule.methods} == {
        "GET", "HEAD",
    }  # fmt: skip


def test_looking_changes_no_byte(provider_of_all, url):
    def state() -> dict[str, bytes]:
        files = provider_of_all.state.rglob("*")
        known = {str(f): f.read_bytes() for f in files if f.is_file() and "-shm" not in f.name}
        return {name: content for name, content in known.items() if content}

    before = state()
    for path in PATHS:
        assert get(url + path).status_code == 200
    assert state() == before


@pytest.mark.parametrize("path", PATHS)
def test_head_gives_what_get_gives_but_the_content(url, path):
    whole, head = get(url + path), requests.head(url + path, timeout=30)

    assert (head.status_code, head.content) == (whole.status_code, b"")
    assert head.headers["Content-Type"] == whole.headers["Content-Type"]


@pytest.mark.parametrize("path", [*PATHS, "/nowhere", "/accounts/legacy/9999"])
def test_every_answer_has_the_strict_headers(url, path):
    reply = get(url + path)

    assert HEADERS.items() <= reply.headers.items()
    assert "script-src" not in reply.headers["Content-Security-Policy"]
    assert reply.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert "Server" not in reply.headers
    assert "Set-Cookie" not in reply.headers


@pytest.mark.parametrize(
    "path",
    ["/nowhere", "/accounts/legacy/9999", "/accounts/x", "/people/nobody@dev.example", "/runs/none",
     "/static/pages.css", "/../etc/passwd", "/accounts/..%2f..%2fetc/1"],
)  # fmt: skip
def test_what_is_not_there_is_said_so(url, path):
    reply = get(url + path)

    assert reply.status_code == 404
    assert "There is no such page" in reply.text


@pytest.mark.parametrize(
    "query", ["start=-1", "start=99999999999999999999999999", "start=x", "kind=x'&verdict=%00"]
)
def test_nonsense_in_a_query_is_left_aside(url, query):
    assert get(f"{url}/plan/changes?{query}").status_code == 200


def test_a_body_that_nobody_asked_for_is_not_read(url):
    assert requests.post(url, data=b"x" * 100_000, timeout=30).status_code == 413


# --- the door ---------------------------------------------------------------------------------


def test_a_locked_door_opens_to_password_and_token(provider_of_all):
    door = Door(user="support", password=PASSWORD, token=TOKEN)
    with pages(provider_of_all.desk(), door) as url:
        for path in PATHS:
            if path != "/health":
                refused = get(url + path)
                assert refused.status_code == 401, path
                assert refused.headers["WWW-Authenticate"].startswith("Basic ")
                assert "example" not in refused.text.replace("example.com", "")
        assert get(f"{url}/health").text == "ok\n"
        assert get(url, auth=("support", PASSWORD)).status_code == 200
        assert get(url, headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 200
        for wrong in (
            {"auth": ("support", PASSWORD[:-1])},
            {"auth": ("other", PASSWORD)},
            {"auth": ("support", TOKEN)},
            {"auth": ("", "")},
            {"headers": {"Authorization": "Bearer "}},
            {"headers": {"Authorization": f"Bearer {PASSWORD}"}},
            {"headers": {"Authorization": "Digest x"}},
            {"headers": {"Authorization": "Basic %%%"}},
        ):
            assert get(url, **wrong).status_code == 401, wrong
        assert requests.post(url, auth=("support", PASSWORD), timeout=30).status_code == 405


def test_a_token_alone_lets_no_password_in(provider_of_all):
    with pages(provider_of_all.desk(), Door(token=TOKEN)) as url:
        assert get(url).headers["WWW-Authenticate"].startswith("Bearer ")
        assert get(url, auth=("", "")).status_code == 401
        assert get(url, auth=("support", TOKEN)).status_code == 401
        assert get(url, headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 200


@pytest.mark.parametrize(
    ("door", "host", "code"),
    [
        (Door(), "127.0.0.1", 200),
        (Door(), "localhost:8642", 200),
        (Door(), "[::1]:8642", 200),
        (Door(), "evil.example", 421),
        (Door(), "127.0.0.1.evil.example", 421),
        (Door(hosts=("pages.example.com",)), "pages.example.com", 200),
        (Door(hosts=("pages.example.com",)), "other.example.com", 421),
        (Door(token=TOKEN), "any.example", 401),
        (Door(token=TOKEN, hosts=("pages.example.com",)), "any.example", 421),
    ],
)
def test_it_answers_to_its_own_names_alone(provider_of_all, door, host, code):
    """A web page elsewhere must not read them through a browser here (DNS rebinding)."""
    with pages(provider_of_all.desk(), door) as url:
        assert get(url, headers={"Host": host}).status_code == code


# --- what is missing --------------------------------------------------------------------------


def test_without_a_page_file_they_say_what_to_run_and_show_the_runs(tmp_path):
    provider = SmallProvider(tmp_path)
    with pages(provider.desk()) as url:
        nothing = get(url)
        assert nothing.status_code == 503
        assert "pages.duckdb: no plan has written it yet. Run `syncd plan`." in unescape(
            nothing.text
        )
        assert get(f"{url}/runs").status_code == 503
        assert get(f"{url}/health").status_code == 503
        provider.plan()
        assert get(url).status_code == 200
        (provider.state / FILE).unlink()
        assert get(url).status_code == 503
        assert get(f"{url}/runs").status_code == 200
        (provider.state / FILE).write_bytes(b"no database" * 1000)
        assert get(url).status_code == 503
        provider.plan()
        assert get(f"{url}/health").status_code == 200


def test_many_readers_and_a_plan_that_comes_stand_in_nobodys_way(tmp_path):
    provider = SmallProvider(tmp_path)
    provider.plan()
    codes: list[int] = []
    over = threading.Event()
    with pages(provider.desk()) as url:

        def look() -> None:
            while not over.is_set():
                codes.append(get(f"{url}/accounts/legacy/17").status_code)

        readers = [threading.Thread(target=look) for _ in range(4)]
        for reader in readers:
            reader.start()
        for _ in range(5):
            provider.later(hours=1)
            provider.plan()
        over.set()
        for reader in readers:
            reader.join()
        assert set(codes) == {200}
        assert f"{provider.now:%Y-%m-%d %H:%M}" in words(url)


# --- the command ------------------------------------------------------------------------------


def test_the_command_serves_until_it_is_told_to_end(
    provider: Provider, tmp_path_factory: pytest.TempPathFactory
) -> None:
    provider.configure(serve={"listen": "127.0.0.1:0"})
    assert provider.syncd("plan").code in (0, 5)
    with Ear(tmp_path_factory.mktemp("run") / "notify") as ear:
        provider.environment["NOTIFY_SOCKET"] = str(ear.path)
        child = provider.start("serve")
        del provider.environment["NOTIFY_SOCKET"]
        url = ear.hears("READY=1")["STATUS"].removeprefix("Pages at ").rstrip("/")
        try:
            assert "Alma Archer" in words(f"{url}/accounts/legacy/17")
        finally:
            child.send_signal(signal.SIGTERM)
            ear.hears("STOPPING=1")
        done = provider.end(child)
    assert done.code == 0, done
    assert f"Pages of kestrel at {url}/, until Ctrl-C." in done.out


def test_what_cannot_be_used_is_a_sentence(provider: Provider, tmp_path: Path) -> None:
    short = tmp_path / "short"
    short.write_text("hunter2")
    short.chmod(0o600)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        for serve, words_of_it in (
            ({"listen": "0.0.0.0:8642"}, "give password or token as well"),
            ({"listen": "8642"}, "must be HOST:PORT"),
            ({"hosts": ["http://x"]}, "must be the name of a host alone"),
            ({"password": "hunter2"}, "must be a reference"),
            ({"password": "env:NOT_SET_ANYWHERE"}, "serve.password: the environment variable"),
            ({"token": f"file:{short}"}, "serve.token has fewer than 12 letters"),
            ({"listen": f"127.0.0.1:{port}"}, f"127.0.0.1:{port} cannot be had: Address already"),
        ):
            provider.configure(serve=serve)
            done = provider.syncd("serve")
            assert done.code == 2, serve
            assert words_of_it in done.said.replace("\n", " "), done
            assert "hunter2" not in done.said
    provider.configure(serve={})
    for listen in ("0.0.0.0:0", "nonsense"):
        done = provider.syncd("serve", "--listen", listen)
        assert done.code == 2
        assert "The option --listen cannot be used" in done.said
