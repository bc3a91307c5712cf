"""The HTTP edge: what goes out, what comes back, what is tried again, what is never told."""

import hashlib
import traceback
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs

import pytest
import requests
import responses
import stamina
from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs
from urllib3.exceptions import MaxRetryError, NewConnectionError
from watch import HandMoved

from syncd.errors import (
    ActionRefused,
    IncompleteRead,
    NoAnswer,
    Superseded,
    SyncdError,
    TargetUnavailable,
    Throttled,
    UnexpectedReply,
    Unreached,
    WriteRefused,
    WrongUrl,
)
from syncd.model.connection import ApiConnection
from syncd.ports import Permit
from syncd.targets.whmcs.client import WhmcsClient
from syncd.wire.client import ReadingClient, endpoint
from syncd.wire.pacer import LONGEST_PAUSE, Pacer

API = "https://shop.example/includes/api.php"
SECRETS = ("s3cret-of-ours", "key-of-ours", "throw-away")


@pytest.fixture(autouse=True)
def _no_waiting() -> Iterator[None]:
    with stamina.set_testing(True, attempts=3, cap=True):
        yield


@pytest.fixture
def http() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock() as http:
        yield http


def connection(**changes: Any) -> ApiConnection:
    given = {"url": API, "identifier": "us", "secret": SECRETS[0], "access_key": SECRETS[1]}
    return ApiConnection(**given | changes)


def reading(pacer: Pacer | None = None, **changes: Any) -> ReadingClient:
    pacer = pacer or Pacer(watch=HandMoved())
    return ReadingClient("shop", connection(**changes), pacer=pacer)


def writing(
    permit: Permit = lambda: None, pacer: Pacer | None = None, **changes: Any
) -> WhmcsClient:
    pacer = pacer or Pacer(watch=HandMoved())
    return WhmcsClient("shop", connection(**changes), permit, pacer)


def sent(http: responses.RequestsMock, index: int = -1) -> dict[str, str]:
    body = http.calls[index].request.body
    text = body.decode() if isinstance(body, bytes) else str(body)
    return {key: values[0] for key, values in parse_qs(text, keep_blank_values=True).items()}


# --- what goes out --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "wanted"),
    [
        ("https://shop.example", API),
        ("https://shop.example/", API),
        (" https://shop.example/includes/api.php ", API),
        ("https://shop.example/includes/", API),
        ("https://shop.example/includes/api.php/", API),
        ("https://shop.example/whmcs/", "https://shop.example/whmcs/includes/api.php"),
        ("http://[::1]:8080/w", "http://[::1]:8080/w/includes/api.php"),
    ],
)
def test_the_path_is_never_doubled(url: str, wanted: str) -> None:
    assert endpoint(url) == wanted


def test_a_call_is_a_form(http: responses.RequestsMock) -> None:
    http.post(API, json={"result": "success"})

    client = writing()
    params = {"email_preferences[general]": "1", "firstname": "Zoë & Co", "lastname": ""}
    client.write("AddContact", clientid=3, **params)

    assert sent(http) == {
        "action": "AddContact",
        "responsetype": "json",
        "identifier": "us",
        "secret": SECRETS[0],
        "accesskey": SECRETS[1],
        "clientid": "3",
        **params,
    }
    assert http.calls[0].request.headers["User-Agent"] == "syncd"


def test_each_form_of_credential(http: responses.RequestsMock) -> None:
    http.post(API, json={"result": "success"})
    forms = (
        ({"identifier": "us", "secret": "s"}, {"identifier": "us", "secret": "s"}),
        (
            {"identifier": "us", "secret": "s", "credential_fields": "username"},
            {"username": "us", "password": "s"},
        ),
        (
            {"username": "ann", "password": "s"},
            {"username": "ann", "password": hashlib.md5(b"s").hexdigest()},  # noqa: S324
        ),
    )
    for proof, fields in forms:
        ReadingClient("shop", ApiConnection(url=API, **proof)).call("WhmcsDetails")
        assert sent(http) == fields | {"action": "WhmcsDetails", "responsetype": "json"}


def test_cookies_are_not_kept(http: responses.RequestsMock) -> None:
    http.post(API, json={"result": "success"}, headers={"Set-Cookie": "WHMCS=abc"})
    client = reading()

    client.call("WhmcsDetails")
    client.call("WhmcsDetails")

    assert "Cookie" not in http.calls[1].request.headers


@pytest.mark.parametrize("action", ["AddUser", "addclient", "DeleteClient", "getusers", ""])
def test_a_reading_client_calls_nothing_else(action: str) -> None:
    with responses.RequestsMock(), pytest.raises(WriteRefused):
        reading().call(action)


def test_who_was_taken_over_writes_nothing_and_may_still_look() -> None:
    def permit() -> None:
        raise Superseded("pid 7 on shop1")

    client = writing(permit)
    with responses.RequestsMock(), pytest.raises(Superseded):
        client.write("AddUser")
    with responses.RequestsMock() as http:
        http.post(API, json={"result": "success"})
        client.call("WhmcsDetails")


@pytest.mark.parametrize("action", ["DeleteClient", "CloseClient", "DeleteContact", "UpdateUser"])
def test_no_client_calls_what_cannot_be_undone(action: str) -> None:
    with responses.RequestsMock(), pytest.raises(WriteRefused):
        writing().write(action)


# --- what comes back ------------------------------------------------------------------------


def test_a_redirect_is_not_followed(http: responses.RequestsMock) -> None:
    http.post(API, status=302, headers={"Location": "https://elsewhere.example/"})

    with pytest.raises(WrongUrl, match=r"elsewhere\.example"):
        reading().call("WhmcsDetails")

    assert len(http.calls) == 1


def test_a_wrong_url_is_not_asked_again(http: responses.RequestsMock) -> None:
    http.post(API, status=404, body="<html>")

    with pytest.raises(WrongUrl):
        reading().call("WhmcsDetails")

    assert len(http.calls) == 1


def test_reads_are_tried_again(http: responses.RequestsMock) -> None:
    http.post(API, body=requests.ReadTimeout("no answer in time"))
    http.post(API, status=502, body="<html>")
    http.post(API, json={"result": "success", "totalresults": 0})

    assert reading().call("GetUsers")["totalresults"] == 0


def test_reads_are_not_tried_for_ever(http: responses.RequestsMock) -> None:
    http.post(API, status=500)

    with pytest.raises(TargetUnavailable):
        reading().call("GetUsers")

    assert len(http.calls) == 3


def test_a_no_is_not_asked_again(http: responses.RequestsMock) -> None:
    no = 'Invalid Permissions: API action "getusers" is not allowed'
    http.post(API, status=403, json={"result": "error", "message": no})

    with pytest.raises(ActionRefused, match="getusers"):
        reading().call("GetUsers")

    assert len(http.calls) == 1


@pytest.mark.parametrize(("seconds", "calls"), [(LONGEST_PAUSE, 3), (LONGEST_PAUSE + 1, 1)])
def test_a_long_pause_is_for_the_next_run(
    http: responses.RequestsMock, seconds: float, calls: int
) -> None:
    http.post(API, status=429, headers={"Retry-After": f"{seconds:.0f}"})

    with pytest.raises(Throttled) as raised:
        reading().call("GetUsers")

    assert raised.value.retry_after == seconds
    assert len(http.calls) == calls


def test_retry_after_is_how_long_it_waits(
    http: responses.RequestsMock, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []
    monkeypatch.setattr("tenacity.nap.time.sleep", waited.append)
    http.post(API, status=503, headers={"Retry-After": "7"})
    http.post(API, json={"result": "success"})

    with stamina.set_testing(False):
        reading().call("WhmcsDetails")

    assert waited == [7.0]


def test_a_write_that_was_turned_away_is_sent_again_when_its_time_has_come(
    http: responses.RequestsMock,
) -> None:
    watch = HandMoved()
    http.post(API, status=429, headers={"Retry-After": "7"})
    http.post(API, status=503, headers={"Retry-After": "5"})
    http.post(API, json={"result": "success"})

    writing(pacer=Pacer(watch=watch)).write("AddUser")

    assert watch.waited == [7, 5]


@pytest.mark.parametrize(
    ("headers", "calls"),
    [({"Retry-After": "7"}, 3), ({"Retry-After": "61"}, 1), ({}, 1)],
)
def test_a_write_that_is_turned_away_again_and_again_is_given_up(
    headers: dict[str, str], calls: int, http: responses.RequestsMock
) -> None:
    http.post(API, status=429, headers=headers)

    with pytest.raises(Throttled):
        writing().write("CreateClientInvite")

    assert len(http.calls) == calls


@pytest.mark.parametrize(
    "fault",
    [
        requests.ReadTimeout("no answer in time"),
        requests.ConnectionError("connection aborted"),
        requests.exceptions.ChunkedEncodingError("cut short"),
        requests.exceptions.SSLError("unexpected end"),
    ],
)
def test_a_write_without_answer_is_in_doubt_and_sent_once(
    http: responses.RequestsMock, fault: Exception
) -> None:
    http.post(API, body=fault)

    with pytest.raises(NoAnswer):
        writing().write("AddUser")

    assert len(http.calls) == 1


def test_a_write_that_never_left_is_not_in_doubt(http: responses.RequestsMock) -> None:
    refused = NewConnectionError(None, "connection refused")  # type: ignore[arg-type]
    for fault in (
        requests.ConnectionError(MaxRetryError(None, API, refused)),  # type: ignore[arg-type]
        requests.ConnectTimeout("nobody there"),
    ):
        http.post(API, body=fault)
        with pytest.raises(TargetUnavailable) as raised:
            writing().write("AddUser")
        assert type(raised.value) is Unreached


@pytest.mark.parametrize("url", ["http://127.0.0.1:9", "shop.example", "ftp://shop.example"])
def test_nobody_there_for_real(url: str) -> None:
    with pytest.raises(TargetUnavailable) as raised:
        writing(url=url).write("AddUser")
    assert type(raised.value) is Unreached


# --- what is never told ---------------------------------------------------------------------


def test_no_secret_is_ever_shown(http: responses.RequestsMock) -> None:
    everything = " ".join(SECRETS)
    faults: list[dict[str, Any]] = [
        {"json": {"result": "error", "message": f"Authentication Failed for {everything}"}},
        {"json": {"result": "error", "message": f"no: {everything}"}, "status": 500},
        {"json": {everything: 1}},
        {"body": everything},
        {"body": requests.ReadTimeout(everything)},
        {"status": 302, "headers": {"Location": f"https://{SECRETS[0]}.example"}},
    ]
    client = writing()
    for fault in faults:
        http.upsert(responses.POST, API, **fault)
        with pytest.raises(SyncdError) as raised:
            client.write("AddUser", password2=SECRETS[2])
        told = [*traceback.format_exception(raised.value), repr(raised.value), str(raised.value)]
        assert not [secret for secret in SECRETS for text in told if secret in text]
    told = [repr(client), repr(connection())]
    assert not [secret for secret in SECRETS for text in told if secret in text]


def test_no_secret_is_in_what_is_passed_over(http: responses.RequestsMock) -> None:
    everything = " ".join(SECRETS)
    notice = f"<b>Notice</b>: {everything} in /a.php on line 1"
    http.post(API, body=f'{notice}{{"result": "success", "warning": "{everything}"}}')
    client = writing()
    shown = f"{client.write('AddUser', password2=SECRETS[2])['warning']} {client.remarks}"

    assert "Notice" in shown
    assert not [secret for secret in SECRETS if secret in shown]


def test_no_secret_is_logged_on_the_way(http: responses.RequestsMock) -> None:
    http.post(API, body=requests.ReadTimeout(SECRETS[0]))

    with capture_logs() as logs, pytest.raises(TargetUnavailable):
        reading().call("GetUsers", search="jane@dev.example")

    assert {line["event"] for line in logs} == {"stamina.retry_scheduled"}
    assert not [secret for secret in SECRETS if secret in str(logs)]


# --- lists ----------------------------------------------------------------------------------


class List:
    """A list of clients behind the API, which may change between two pages."""

    def __init__(self, http: responses.RequestsMock, ids: list[int], **quirks: Any) -> None:
        self.ids = ids
        self.quirks = quirks
        self.asked: list[tuple[int, int]] = []
        self.before_page: dict[int, list[int]] = {}  # number of the page -> the ids from then on
        http.add_callback(responses.POST, API, self.answer)

    def answer(self, request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
        form = parse_qs(str(request.body))
        start, size = int(form["limitstart"][0]), int(form["limitnum"][0])
        self.asked.append((start, size))
        self.ids = self.before_page.get(len(self.asked), self.ids)
        if size > self.quirks.get("largest", size):
            return 200, {}, ""  # as where PHP runs out of memory
        if set(self.quirks.get("spoiled", ())) & set(self.ids[start : start + size]):
            return 200, {}, ""  # as where PHP cannot write a row as JSON
        size = min(size, self.quirks.get("cap", size))
        page = [{"id": str(number)} for number in self.ids[start : start + size]]
        reply: dict[str, Any] = {"result": "success", "totalresults": str(len(self.ids))}
        if not self.quirks.get("hide_numreturned"):
            reply["numreturned"] = str(len(page))
        if page or not self.quirks.get("drop_empty"):
            reply["clients"] = {"client": page}
        reply |= self.quirks.get("reply", {})
        return 200, {}, requests.compat.json.dumps(reply)  # type: ignore[attr-defined]


def ids(client: ReadingClient) -> list[int]:
    return [int(str(row["id"])) for row in client.pages("GetClients", status="Active")]


@pytest.mark.parametrize(
    "quirks", [{}, {"cap": 25}, {"cap": 3}, {"hide_numreturned": True}, {"drop_empty": True}]
)
@pytest.mark.parametrize("size", [0, 1, 9, 10, 11, 60])
def test_a_list_is_read_to_its_end(
    http: responses.RequestsMock, quirks: dict[str, Any], size: int
) -> None:
    behind = List(http, list(range(1, size + 1)), **quirks)

    assert ids(reading(page_size=10)) == behind.ids
    assert sent(http)["status"] == "Active"


@pytest.mark.parametrize(
    "reply",
    [
        {"totalresults": "4"},
        {"totalresults": 2},
        {"clients": ""},
        {"numreturned": 4},
    ],
)
def test_a_list_that_is_not_whole_is_never_the_truth(
    http: responses.RequestsMock, reply: dict[str, Any]
) -> None:
    List(http, [1, 2, 3], reply=reply, **{"cap": 2} if "numreturned" in reply else {})

    with pytest.raises(IncompleteRead):
        ids(reading())


@pytest.mark.parametrize("reply", [{"totalresults": None}, {"clients": [{}]}, {"clients": "x"}])
def test_a_list_of_unknown_shape_is_not_softened(
    http: responses.RequestsMock, reply: dict[str, Any]
) -> None:
    List(http, [1, 2, 3], reply=reply)

    with pytest.raises(UnexpectedReply):
        ids(reading())


def test_a_list_that_moves_is_read_again(http: responses.RequestsMock) -> None:
    behind = List(http, [1, 2, 3, 4, 5])
    behind.before_page[2] = [1, 3, 4, 5]  # 3 slips from the second page to the first

    assert sorted(ids(reading(page_size=2))) == [1, 2, 3, 4, 5]
    assert [start for start, _ in behind.asked] == [0, 2, 0, 2]


def test_a_list_that_grows_at_its_end_is_whole(http: responses.RequestsMock) -> None:
    behind = List(http, [1, 2, 3])
    behind.before_page[2] = [1, 2, 3, 4]

    assert ids(reading(page_size=2)) == [1, 2, 3, 4]
    assert len(behind.asked) == 2


def test_a_row_that_spoils_its_page_is_named(http: responses.RequestsMock) -> None:
    for spoiled, place in [
        (1, "row 1 of the list cannot"),
        (17, "row 17 of the list, behind id 16 cannot"),
        (60, "row 60 of the list, behind id 59 cannot"),
    ]:
        behind = List(http, list(range(1, 61)), spoiled=[spoiled])

        with pytest.raises(IncompleteRead, match=f"GetClients: {place} be read: correct it"):
            ids(reading(page_size=10))
        assert len(behind.asked) <= spoiled // 10 + 5 + 6
        http.reset()


def test_a_page_that_is_too_large_accuses_no_row(http: responses.RequestsMock) -> None:
    List(http, list(range(1, 61)), largest=5)

    with pytest.raises(IncompleteRead, match="10 rows at once cannot be read, and fewer can"):
        ids(reading(page_size=10))


def test_a_target_that_gives_no_page_at_all_has_no_row_to_name(
    http: responses.RequestsMock,
) -> None:
    List(http, [1, 2, 3], spoiled=[1, 2, 3])

    with pytest.raises(TargetUnavailable):
        ids(reading(page_size=2))


def test_a_list_that_keeps_moving_is_given_up(http: responses.RequestsMock) -> None:
    behind = List(http, [1, 2, 3, 4, 5])
    behind.before_page = {2: [2, 3, 4, 5], 4: [3, 4, 5]}

    with pytest.raises(IncompleteRead, match="totalresults fell from 4 to 3"):
        ids(reading(page_size=2))


def test_a_page_that_fails_for_good_is_no_end(http: responses.RequestsMock) -> None:
    http.post(API, json={"result": "success", "totalresults": 2, "clients": [{"id": 1}]})
    http.post(API, status=500)

    with pytest.raises(TargetUnavailable):
        ids(reading(page_size=1))


@settings(max_examples=50, deadline=None)
@given(
    first=st.lists(st.integers(0, 9999), unique=True, max_size=30),
    page_size=st.integers(1, 12),
    cap=st.integers(1, 12),
)
def test_any_list_is_given_once_and_whole(first: list[int], page_size: int, cap: int) -> None:
    with responses.RequestsMock() as http:
        List(http, first, cap=cap)

        assert ids(reading(page_size=page_size)) == first


# --- targets that echo or never end ---------------------------------------------------------


@pytest.mark.parametrize("echo", [
    "a+b/c<d>&e", "a%2Bb%2Fc%3Cd%3E%26e", "a%2bb%2fc%3cd%3e%26e", "a+b/c&lt;d&gt;&amp;e",
    "a+b\\/c<d>&e", "YStiL2M8ZD4mZQ", "ID-OF-OURS-1",
])  # fmt: skip
def test_a_secret_that_the_target_echoes_is_masked(http: responses.RequestsMock, echo: str) -> None:
    http.post(API, json={"result": "error", "message": f"no: {echo} is not known"})
    client = reading(secret="a+b/c<d>&e", identifier="ID-OF-OURS-1")  # noqa: S106
    with pytest.raises(SyncdError) as caught:
        client.call("GetUsers")
    assert echo not in str(caught.value.fields)
    assert "***" in str(caught.value.fields)


def test_pages_that_repeat_end_the_reading(http: responses.RequestsMock) -> None:
    page = {"result": "success", "totalresults": 10_000_000, "users": {"user": [{"id": 1}]}}
    http.post(API, json=page)
    with pytest.raises(IncompleteRead, match="nothing new"):
        list(reading().pages("GetUsers"))
    assert len(http.calls) == 4  # twice, as a list that moved is read once more


def test_a_body_nested_too_deep_is_a_sentence(http: responses.RequestsMock) -> None:
    http.post(API, body='{"a":' + "[" * 100_000)
    with pytest.raises(TargetUnavailable, match="not a JSON object"):
        reading().call("GetUsers")
