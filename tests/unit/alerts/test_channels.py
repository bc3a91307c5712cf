"""Channels and heartbeat against a real program, a real mail server and a real web server."""

import base64
import json
import logging
import socket
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests
from receivers import Mailbox, Receiver, certificate, receiving

from syncd.alerts import heartbeat
from syncd.alerts.channels import channels_of
from syncd.alerts.message import Message, Told, message_of
from syncd.alerts.tell import failure
from syncd.alerts.weigh import Dispatch
from syncd.config.telling import AlertSettings, HeartbeatSettings
from syncd.model.alert import AlertKind, StandingAlert

NOW = datetime(2026, 3, 1, 3, 15, tzinfo=UTC)
ABOUT = Told("kestrel", NOW.isoformat(), "r1", "held", {"gained": 1, "invited": 2})


def standing(kind: AlertKind, what: str, number: int = 0) -> StandingAlert:
    return StandingAlert(kind, f"{number}", what, NOW.isoformat(), NOW.isoformat())


GAINED = standing(AlertKind.ACCESS_GAINED, "jane@dev.example on legacy/17: orders")


def message(*, show_emails: bool = False) -> Message:
    return message_of(Dispatch(begun=(GAINED,)), ABOUT, show_emails=show_emails)


def why(settings: dict[str, object], sent: Message | None = None) -> str:
    """Send through the one channel of these settings, and give why it did not take it."""
    (channel,) = channels_of(AlertSettings.model_validate(settings | {"timeout": 5}))
    return failure(channel, sent or message(), lambda: NOW)


# --- what is sent ---------------------------------------------------------------------------


def test_a_message_masks_people_unless_they_are_asked_for() -> None:
    masked, plain = message(), message(show_emails=True)
    assert masked.subject == (
        "[kestrel] PAGE access gained outside policy: j***@d***.example on legacy/17: orders"
    )
    assert "jane" not in masked.text + masked.json.decode()
    for text in (plain.subject, plain.text, plain.json.decode()):
        assert "jane@dev.example on legacy/17: orders" in text


def test_a_digest_has_the_numbers_in_its_subject_and_is_not_endless() -> None:
    many = tuple(standing(AlertKind.MEMBER_ADDED, f"member {n}", n) for n in range(1500))
    digest = message_of(Dispatch(reminds=many, is_digest=True), ABOUT, show_emails=False)
    assert digest.subject == (
        "[kestrel] sync OK: 1 gained, 2 invited; NORMAL member added in the target: member 0 "
        "(and 1499 more)"
    )
    assert "and 1480 more" in digest.text
    assert len(digest.text.splitlines()) < 40
    assert (digest.body["counts"]["standing"], len(digest.body["standing"])) == (1500, 1000)


def test_what_comes_from_data_cannot_add_a_line() -> None:
    nasty = standing(AlertKind.UNKNOWN_PERMISSION, "x\r\nBcc: all@dev.example\x1b[2J")
    sent = message_of(Dispatch(begun=(nasty,)), ABOUT, show_emails=True)
    assert len(sent.subject.splitlines()) == 1
    assert "\x1b" not in sent.text


# --- a program ------------------------------------------------------------------------------


def test_a_program_gets_the_json_and_a_no_is_a_no(tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    code = f"import sys; open({str(out)!r}, 'w').write(sys.stdin.read())"
    assert why({"command": [sys.executable, "-c", code]}) == ""
    got = json.loads(out.read_text())
    assert (got["version"], got["what"], got["urgency"]) == (1, "alert", "page")
    assert got["begun"][0]["alert"] == "access_gained"
    no = "import sys; sys.exit('the pager is off')"
    assert why({"command": [sys.executable, "-c", no]}) == "it ended with 1: the pager is off"
    assert why({"command": [str(tmp_path / "none")]}).startswith("cannot be started: ")
    for_ever = "import sys, threading; threading.Event().wait()"
    (slow,) = channels_of(AlertSettings(command=(sys.executable, "-c", for_ever), timeout=0.3))
    assert failure(slow, message(), lambda: NOW) == "it did not end within 0.3 seconds"


# --- mail -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def pem(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module")
def mailbox(pem: Path) -> Iterator[Mailbox]:
    with receiving(Mailbox(pem)) as server:
        yield server


def mail(server: Mailbox, **more: object) -> dict[str, object]:
    sender, to = "syncd@kestrel.example", ["ops@kestrel.example", "lena@kestrel.example"]
    known = {"host": "localhost", "port": server.port, "sender": sender, "to": to}
    return {"mail": known | more}


def test_mail_goes_encrypted_with_a_login(mailbox: Mailbox, pem: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("hush-hush\n")
    login = {"ca": str(pem), "user": "syncd", "password": f"file:{secret}"}
    assert why(mail(mailbox, **login)) == ""
    letter = mailbox.letters.pop()
    assert letter.encrypted
    assert base64.b64decode(letter.login) == b"\0syncd\0hush-hush"
    assert letter.to == ["ops@kestrel.example", "lena@kestrel.example"]
    assert letter.mail["Subject"] == message().subject
    assert letter.mail["Auto-Submitted"] == "auto-generated"
    assert letter.mail.get_content().replace("\r\n", "\n") == message().text
    with receiving(Mailbox(pem, tls=True)) as server:
        assert why(mail(server, security="tls", ca=str(pem))) == ""
        assert server.letters[0].encrypted


def test_mail_never_goes_readable_unless_the_config_says_so(mailbox: Mailbox) -> None:
    assert "certificate verify failed" in why(mail(mailbox))
    with receiving(Mailbox()) as bare:
        assert "STARTTLS" in why(mail(bare))
        assert not bare.letters
        assert why(mail(bare, security="none")) == ""
        assert len(bare.letters) == 1


def test_a_mail_that_was_not_taken_says_why_and_no_secret(
    mailbox: Mailbox, pem: Path, tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("hush-hush")
    login = {"user": "syncd", "password": f"file:{secret}", "security": "none"}
    for refused, words in (
        ("AUTH", "localhost answered 550 not today"),
        ("RCPT", "localhost takes no mail for any recipient"),
        ("DATA", "localhost answered 550 not today"),
        ("EHLO", "localhost"),
    ):
        with receiving(Mailbox(refuses=refused)) as server:
            said = why(mail(server, **login))
        assert words in said, refused
        assert "hush" not in said
    assert "refused" in why(mail(server, security="none")), "nobody listens there any more"
    nameless = {"user": "x", "password": "env:NOBODY_SET_THIS"}
    assert why(mail(mailbox, ca=str(pem), **nameless)) == (
        "alerts.mail.password: the environment variable NOBODY_SET_THIS is not set"
    )
    with socket.create_server(("127.0.0.1", 0)) as silent:
        dead = {"host": "127.0.0.1", "port": silent.getsockname()[1], "security": "none"}
        settings = mail(mailbox, **dead) | {"timeout": 0.3}
        (channel,) = channels_of(AlertSettings.model_validate(settings))
        assert "timed out" in failure(channel, message(), lambda: NOW)


# --- Apprise --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def web() -> Iterator[Receiver]:
    with receiving(Receiver()) as server:
        yield server


@pytest.mark.filterwarnings("ignore:.imghdr.:DeprecationWarning")  # in Apprise, of Python 3.13
def test_apprise_takes_it_and_keeps_the_token(
    web: Receiver, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    web.calls.clear()
    monkeypatch.setenv("CHAT", f"json://127.0.0.1:{web.server_port}/t0ken")
    assert why({"apprise": ["env:CHAT"]}) == ""
    (call,) = web.calls
    assert call.path == "/t0ken"
    assert (call.json["title"], call.json["type"]) == (message().subject, "failure")
    web.status = 503
    assert why({"apprise": ["env:CHAT"]}) == "the service did not take it"
    web.status = 200
    monkeypatch.setenv("CHAT", "t0ken")
    assert why({"apprise": ["env:CHAT"]}).startswith("Apprise does not know such a URL")
    out = capfd.readouterr()
    assert "t0ken" not in out.out + out.err
    monkeypatch.setitem(sys.modules, "apprise", None)
    assert why({"apprise": ["env:CHAT"]}) == 'it needs the extra: pip install "syncd[alerts]"'


# --- heartbeat ------------------------------------------------------------------------------


def test_a_heartbeat_says_start_success_and_why_it_failed(
    web: Receiver,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    web.calls.clear()
    monkeypatch.setenv("BEAT", f"{web.url}/uuid-1234?create=1")
    file = tmp_path / "beat"
    settings = HeartbeatSettings(url="env:BEAT", file=file, timeout=5)
    heartbeat.began(settings)
    heartbeat.ended(settings, "the mailbox of jane@dev.example is full")
    assert not file.exists(), "a run that was not good"
    heartbeat.ended(settings, "")
    assert file.stat().st_mode & 0o777 == 0o644
    assert [(call.path, call.body) for call in web.calls] == [
        ("/uuid-1234/start?create=1", ""),
        ("/uuid-1234/fail?create=1", "the mailbox of j***@d***.example is full"),
        ("/uuid-1234?create=1", ""),
    ]
    capfd.readouterr()
    web.status = 404
    heartbeat.ended(settings, "")
    web.status = 200
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("BEAT", f"http://127.0.0.1:{silent.getsockname()[1]}/uuid-1234")
        heartbeat.ended(HeartbeatSettings(url="env:BEAT", timeout=0.3), "")
    heartbeat.began(HeartbeatSettings(url="env:NOBODY_SET_THIS"))
    heartbeat.ended(HeartbeatSettings(file=tmp_path / "none" / "beat"), "")
    said = capfd.readouterr().out
    assert said.count("heartbeat.failed") == 4, said
    assert "uuid-1234" not in said


@pytest.mark.filterwarnings("ignore:.imghdr.:DeprecationWarning")
def test_a_url_that_is_a_secret_is_in_no_line_of_the_log_however_talkative(
    web: Receiver, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("BEAT", f"{web.url}/t0ken")
    monkeypatch.setenv("CHAT", f"json://127.0.0.1:{web.server_port}/t0ken")
    web.calls.clear()
    heartbeat.began(HeartbeatSettings(url="env:BEAT"))
    assert why({"apprise": ["env:CHAT"]}) == ""
    assert len(web.calls) == 2
    assert "t0ken" not in caplog.text
    requests.post(f"{web.url}/plain", timeout=10)
    assert "POST /plain" in caplog.text, "what is called besides is logged as ever"
