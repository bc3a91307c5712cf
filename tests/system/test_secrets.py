"""Marked secrets go through every path; nothing that syncd writes or says has one of them."""

import json
import os
import re
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs

import pytest
import requests
from provider import PATIENCE, Done, Provider
from wire import Lost, Wire, between

MARK = "MARKED-"  # begins everything that must never be seen again
ADDRESS = re.compile(r"[\w.]+@[\w.]+\.example")


@pytest.fixture
def wire(provider: Provider) -> Iterator[Wire]:
    with between(provider.sandbox) as strung:
        yield strung


@pytest.fixture
def marked(provider: Provider, wire: Wire) -> Provider:
    """Set up a provider with a mark in every secret there is, who logs all there is to log."""
    for number, row in enumerate([*provider.legacy.clients, *provider.legacy.contacts]):
        row["password"] = f"{MARK}hash{number}"
    provider.back_up()
    (provider.folder / "secrets" / "access").write_text(f"{MARK}access", encoding="utf-8")
    provider.environment["SYNCD_TEST_NOISE"] = f"{MARK}environment"
    provider.configure(
        target={"url": wire.url, "access_key": f"file:{provider.folder}/secrets/access"},
        log={"level": "debug", "format": "json"},
        policy={"mode": "sync"},
    )
    provider.secrets.append(MARK)

    def with_tokens(action: str, body: bytes) -> tuple[int, dict[str, str], bytes]:
        reply = json.loads(body) | {"token": f"{MARK}token", "csrf": f"{MARK}csrf"}
        session = {"Set-Cookie": f"WHMCSsession={MARK}session; path=/"}
        return 0, session, json.dumps(reply).encode()

    wire.change = with_tokens
    return provider


def clean(provider: Provider, done: Done) -> Done:
    """See that a command told and left nothing; `Provider.end` looks, too, where it may."""
    for secret in provider.secrets:
        assert secret not in done.out + done.err
        for path in provider.folder.rglob("*"):
            ours = path.parent.name == "secrets" or path in (provider.config, provider.backup)
            if path.is_file() and not ours:
                assert secret.encode() not in path.read_bytes(), path
    return done


def test_the_whole_path(marked: Provider) -> None:
    out = marked.folder / "review"
    assert clean(marked, marked.syncd("check")).code == 0
    assert clean(marked, marked.syncd("plan", "--out", str(out))).code == 0
    assert clean(marked, marked.syncd("apply", str(out))).code == 0
    assert clean(marked, marked.syncd("sync")).code == 0
    assert "dana" in clean(marked, marked.syncd("explain", "dana@dean.example")).out
    assert clean(marked, marked.syncd("status")).code == 0
    export, copy = marked.folder / "export.jsonl", marked.folder / "copy.sqlite"
    assert clean(marked, marked.syncd("journal", "export", "--out", str(export))).code == 0
    assert clean(marked, marked.syncd("journal", "backup", str(copy))).code == 0
    assert clean(marked, marked.syncd("journal", "check")).code == 0
    run_id = re.findall(r"(\S+)  apply", marked.status)[0]
    assert clean(marked, marked.syncd("undo", run_id)).code == 5
    for path in [*marked.state.rglob("*"), *out.iterdir(), export, copy]:
        if path.is_file():
            assert stat.S_IMODE(path.stat().st_mode) == 0o600, path


def test_e_mail_addresses_are_masked_in_the_log_and_not_in_the_plan(marked: Provider) -> None:
    done = marked.syncd("sync")
    assert done.log
    assert not [line for line in done.err.splitlines() if ADDRESS.search(line)]
    assert "d***@d***.example" in done.err
    assert ADDRESS.search((marked.plans[0] / "plan.jsonl").read_text(encoding="utf-8"))


@pytest.mark.parametrize("status", [200, 403, 500])
def test_a_target_that_says_our_secrets_back(status: int, marked: Provider, wire: Wire) -> None:
    said = f"Invalid login for {MARK}access with {marked.sandbox.secret}"
    reply = json.dumps({"result": "error", "message": said}).encode()
    wire.change = lambda *_: (status, {"X-Debug": said}, reply)
    marked.program = "hasty"
    assert clean(marked, marked.syncd("plan")).code == 4
    assert clean(marked, marked.syncd("check")).code == 4


def test_writes_that_are_refused_or_lost(marked: Provider, wire: Wire) -> None:
    said = json.dumps({"result": "error", "message": f"No, {MARK}access"}).encode()
    honest = wire.change
    wire.change = lambda action, body: (
        (200, {}, said) if action == "AddContact" else honest(action, body)
    )

    def lose(action: str, _: int) -> None:
        if action == "CreateClientInvite":
            raise Lost

    wire.after = lose
    assert clean(marked, marked.syncd("sync")).code in {1, 4}


def test_a_page_instead_of_an_answer(marked: Provider, wire: Wire) -> None:
    page = f"<html>{MARK}csrf {marked.sandbox.secret}</html>".encode()
    wire.change = lambda *_: (200, {}, page)
    marked.program = "hasty"
    assert clean(marked, marked.syncd("plan")).code == 4


def test_a_killed_run_leaves_no_secret_lying_about(marked: Provider, wire: Wire) -> None:
    child = marked.start("sync")
    wire.after = lambda _, count: os.kill(child.pid, signal.SIGKILL) if count == 5 else None
    done = marked.finish(child)
    assert done.code == -signal.SIGKILL
    assert list(marked.state.glob("workspace*.duckdb")), "its scratch is what is looked through"
    clean(marked, done)


CRASH = """
import sys
from syncd.targets.whmcs.writer import WhmcsWriter
def crash(self, change):
    client = self._client
    raise RuntimeError(f"a defect at {self!r}, {client!r}, {client._connection!r}")
WhmcsWriter.perform = crash
sys.argv[0] = "syncd"
from syncd.cli.app import main
main()
"""


def test_a_crash_with_a_traceback(marked: Provider) -> None:
    done = subprocess.run(
        [sys.executable, "-c", CRASH, "sync", "--config", str(marked.config)],
        capture_output=True, text=True, check=False, timeout=PATIENCE, cwd=marked.folder,
    )  # fmt: skip
    assert done.returncode == 1
    assert "RuntimeError: a defect at" in done.stderr
    clean(marked, Done(done.returncode, done.stdout, done.stderr))


@pytest.mark.parametrize(
    "change",
    [
        {"target": {"secret": f"{MARK}literal"}},
        {"target": {"access_key": f"{MARK}literal"}},
        {"target": {"url": f"https://us:{MARK}literal@shop.example/"}},
        {"target": {"proxy": f"http://us:{MARK}literal@proxy.example:3128"}},
        {"target": {"timeout": f"{MARK}literal"}},
        {"sources": [{"kind": "mysql", "database": "w", "user": "u", "password": f"{MARK}one"}]},
        {"sources": [{"kind": "mysql", "port": f"{MARK}one"}]},
    ],
    ids=str,
)
def test_a_secret_in_the_wrong_place_of_the_config(
    change: dict[str, object], marked: Provider
) -> None:
    marked.configure(**change)
    done = marked.syncd("plan")
    assert done.code == 2, done
    clean(marked, done)


def test_a_config_that_is_no_yaml_is_not_quoted(marked: Provider) -> None:
    marked.config.write_text(f"target: {{secret: {MARK}literal\n  x: [", encoding="utf-8")
    assert clean(marked, marked.syncd("plan")).code == 2


def test_a_database_that_refuses_us(marked: Provider) -> None:
    (marked.folder / "secrets" / "db").write_text(f"{MARK}database", encoding="utf-8")
    password = f"file:{marked.folder}/secrets/db"
    source = {"kind": "mysql", "host": "127.0.0.1", "port": 1, "database": "w", "user": "u"}
    marked.configure(sources=[source | {"password": password}])
    assert clean(marked, marked.syncd("plan")).code == 4
    assert clean(marked, marked.syncd("check")).code == 4


# --- the one secret that passes through -------------------------------------------------------

HASH = "MARKEDhash"  # of an alphabet that bcrypt has


def bcrypt(number: int) -> str:
    return f"$2y$10${HASH}{number:043d}"


@pytest.fixture
def carrying(marked: Provider, wire: Wire) -> Provider:
    """Let people be attached, and keep the marked passwords of their sub-accounts."""
    for number, row in enumerate([*marked.legacy.clients, *marked.legacy.contacts], start=100):
        row["password"] = bcrypt(row["id"] if "userid" in row else number)
    marked.back_up()
    marked.secrets.append(HASH)
    marked.tell("switches", companion="on")
    marked.configure(
        target={"url": wire.url},
        log={"level": "debug", "format": "json"},
        policy={"mode": "sync", "cutover": "silent", "passwords": "carry"},
    )
    return marked


def bodies(wire: Wire) -> list[tuple[str, bytes]]:
    """Give a list that fills with what is sent and has a hash in it."""
    sent: list[tuple[str, bytes]] = []
    wire.sent = lambda *request: sent.append(request) if HASH.encode() in request[1] else None
    return sent


def test_a_hash_is_in_the_one_request_and_nowhere_else(carrying: Provider, wire: Wire) -> None:
    sent, out = bodies(wire), carrying.folder / "review"
    assert clean(carrying, carrying.syncd("check")).code == 0
    assert clean(carrying, carrying.syncd("plan", "--out", str(out))).code == 5, "which_password"
    assert not sent
    assert clean(carrying, carrying.syncd("apply", str(out))).code == 5
    assert [action for action, _ in sent] == ["SyncdAttach"] * 3
    for (_, body), contact in zip(sent, (112, 115, 116), strict=True):
        assert parse_qs(body.decode())["password_hash"] == [bcrypt(contact)]
    assert carrying.mails == []
    assert clean(carrying, carrying.syncd("sync")).code == 0
    clean(carrying, carrying.syncd("explain", "erin@archer.example"))
    export = carrying.folder / "export.jsonl"
    assert clean(carrying, carrying.syncd("journal", "export", "--out", str(export))).code == 0
    run_id = re.findall(r"(\S+)  apply", carrying.status)[0]
    lifted = ("--allow", "removals=9", "--allow", "removals-per-account=9", "--because", "a test")
    assert clean(carrying, carrying.syncd("undo", run_id, *lifted)).code == 5
    assert len(sent) == 3


def test_a_hash_that_is_said_back_is_not_repeated(carrying: Provider, wire: Wire) -> None:
    sent, honest = bodies(wire), wire.change

    def say_back(action: str, body: bytes) -> tuple[int, dict[str, str], bytes]:
        if action != "SyncdAttach" or not sent:
            return honest(action, body)
        stored = parse_qs(sent[-1][1].decode())["password_hash"][0]
        said = {"result": "error", "message": f"No, not {stored}"}
        return 200, {"X-Debug": stored}, json.dumps(said).encode()

    wire.change = say_back
    assert clean(carrying, carrying.syncd("sync")).code == 1
    assert sent


def test_a_run_killed_with_a_hash_under_way_leaves_none_and_makes_no_second_user(
    carrying: Provider, wire: Wire
) -> None:
    sent, child = bodies(wire), carrying.start("sync")
    wire.after = lambda action, _: (
        os.kill(child.pid, signal.SIGKILL) if action == "SyncdAttach" and sent else None
    )
    done = clean(carrying, carrying.finish(child))
    assert done.code == -signal.SIGKILL
    assert list(carrying.state.glob("workspace*.duckdb"))
    wire.after = lambda *_: None
    clean(carrying, carrying.syncd("sync"))
    assert clean(carrying, carrying.syncd("sync")).code == 0
    users = carrying.picture["users"]
    assert len(users) == len(set(users))
    assert carrying.mails == []
    assert len(sent) == 3


CRASH_WITH_A_HASH = """
import sys
from syncd.targets.whmcs.companion_writer import CompanionWriter
def crash(self, action, change, **params):
    raise RuntimeError(f"a defect at {self!r}, {self._bindings!r}, {change!r}")
CompanionWriter._write = crash
sys.argv[0] = "syncd"
from syncd.cli.app import main
main()
"""


def test_a_crash_with_a_hash_at_hand(carrying: Provider) -> None:
    done = subprocess.run(
        [sys.executable, "-c", CRASH_WITH_A_HASH, "sync", "--config", str(carrying.config)],
        capture_output=True, text=True, check=False, timeout=PATIENCE, cwd=carrying.folder,
    )  # fmt: skip
    assert done.returncode == 1
    assert "RuntimeError: a defect at" in done.stderr
    clean(carrying, Done(done.returncode, done.stdout, done.stderr))


# --- where the credentials go ---------------------------------------------------------------


class Proxy:
    """A proxy that passes requests on and remembers the URLs it was asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                proxy.asked.append(self.path)
                body = self.rfile.read(int(self.headers["Content-Length"]))
                kind = {"Content-Type": self.headers["Content-Type"]}
                reply = requests.post(self.path, data=body, headers=kind, timeout=PATIENCE)
                self.send_response(reply.status_code)
                self.send_header("Content-Type", reply.headers["Content-Type"])
                self.send_header("Content-Length", str(len(reply.content)))
                self.end_headers()
                self.wfile.write(reply.content)

            def log_message(self, *_: object) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def end(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    started = Proxy()
    yield started
    started.end()


def test_a_proxy_of_the_environment_is_not_used(provider: Provider, proxy: Proxy) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"):
        provider.environment[name] = proxy.url
    provider.environment["NO_PROXY"] = ""
    provider.environment["no_proxy"] = ""
    assert provider.syncd("plan").code == 0
    assert not proxy.asked


def test_the_proxy_of_the_config_is_used_for_everything(provider: Provider, proxy: Proxy) -> None:
    provider.configure(target={"proxy": proxy.url})
    provider.environment["NO_PROXY"] = "*"
    assert provider.syncd("sync").code == 0
    assert set(proxy.asked) == {f"{provider.sandbox.url}/includes/api.php"}
    assert len(proxy.asked) == len(provider.requests)


def test_a_netrc_adds_nothing_to_a_request(provider: Provider, wire: Wire, tmp_path: Path) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text(f"machine 127.0.0.1 login us password {MARK}netrc\n", encoding="utf-8")
    netrc.chmod(0o600)
    provider.environment["NETRC"] = str(netrc)
    seen: list[str | None] = []
    wire.headers = lambda headers: seen.append(headers.get("Authorization"))
    provider.configure(target={"url": wire.url})
    assert provider.syncd("plan").code == 0
    assert set(seen) == {None}


def test_a_redirect_to_another_host_is_refused(
    provider: Provider, wire: Wire, proxy: Proxy
) -> None:
    wire.change = lambda *_: (307, {"Location": f"{proxy.url}/includes/api.php"}, b"")
    provider.configure(target={"url": wire.url})
    done = provider.syncd("plan")
    assert done.code == 4
    assert "redirected to" in done.said
    assert not proxy.asked
