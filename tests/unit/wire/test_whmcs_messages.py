"""What replies say, against the sentences and shapes of the facts."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.errors import (
    AccessRefused,
    ActionRefused,
    ActionUnknown,
    AddressRefused,
    AlreadyThere,
    CredentialsRefused,
    NoAnswer,
    NotFound,
    OwnerProtected,
    Rejected,
    SyncdError,
    TargetUnavailable,
    Throttled,
    Transient,
    UnexpectedReply,
    WrongUrl,
)
from syncd.wire.bodies import read
from syncd.wire.messages import Answer, items, judge, meaning, number, rows


def judged(
    body: object, status: int = 200, action: str = "GetUsers", headers: dict[str, str] | None = None
) -> object:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return judge(Answer(action, status, headers or {}, read(raw), len(raw)), lambda text: text)


def error_of(
    body: object, status: int = 200, action: str = "GetUsers", **headers: str
) -> SyncdError:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    with pytest.raises(SyncdError) as raised:
        judged(body, status, action, sent)
    return raised.value


@pytest.mark.parametrize(
    ("sentence", "error"),
    [
        ("Authentication Failed", CredentialsRefused),
        ("An admin user is required", CredentialsRefused),
        ("Invalid IP 192.0.2.7", AddressRefused),
        ("Invalid IP 2001:db8::7", AddressRefused),
        ("Forbidden IP 192.0.2.7", AddressRefused),
        ('Invalid Permissions: API action "getusers" is not allowed', ActionRefused),
        ("Invalid Permissions: API action &quot;getusers&quot; is not allowed", ActionRefused),
        ("The requested API Action could not be found.", ActionUnknown),
        ("Permissions cannot be set on a client owner", OwnerProtected),
        ("You cannot remove the account owner", OwnerProtected),
        ("User already associated with client", AlreadyThere),
        ("A user already exists with that email address", AlreadyThere),
        ("A client already exists with that email address", AlreadyThere),
        ("The email address entered is not available for use.", AlreadyThere),
        ("Duplicate Email Address", AlreadyThere),
        ("User is not associated with client", NotFound),
        ("Invalid user id", NotFound),
        ("Invalid client id", NotFound),
        ("Invalid User ID requested", NotFound),
        ("Client Not Found", NotFound),
        ("Client ID Not Found", NotFound),
        ("Contact ID Not Found", NotFound),
        ("User  Not\nFound", NotFound),
        ("You did not enter your  address line 1", None),
        ("No contacts on Sundays.", None),
    ],
)
def test_sentences_have_a_meaning(sentence: str, error: type[SyncdError] | None) -> None:
    assert meaning(sentence) is error


@pytest.mark.parametrize(
    "reply",
    [
        {"result": "success"},
        {"result": "Success"},
        {"status": "SUCCESS"},
        {"result": "success", "status": "Active"},
        {"users": []},  # three documented replies have neither
    ],
)
def test_success_in_every_form(reply: dict[str, object]) -> None:
    assert judged(reply) == reply


def test_a_byte_order_mark_is_no_obstacle() -> None:
    assert judged(b'\xef\xbb\xbf {"result": "success"}') == {"result": "success"}


@pytest.mark.parametrize("reply", [{}, {"result": "maybe", "users": []}, {"status": "Active"}])
def test_a_reply_without_a_verdict_is_not_softened(reply: dict[str, object]) -> None:
    assert type(error_of(reply)) is UnexpectedReply
    # Written or not? Only looking again can tell.
    assert type(error_of(reply, action="AddUser")) is NoAnswer


def test_the_body_is_read_before_the_status() -> None:
    refused = {"result": "error", "message": 'Invalid Permissions: API action "x" is not allowed'}

    assert type(error_of(refused, 403)) is ActionRefused
    assert type(error_of({"result": "error", "message": "Authentication Failed"}, 403)) is (
        CredentialsRefused
    )
    assert type(error_of({"result": "error", "message": "Not today"}, 403)) is AccessRefused
    assert type(error_of({"result": "error", "message": "Not today"}, 200)) is Rejected
    assert type(error_of({"result": "error", "message": "Not today"}, 500)) is TargetUnavailable
    assert type(error_of({"result": "error", "message": "Not today"}, 500, "AddUser")) is NoAnswer
    assert type(error_of({"result": "error"}, 200)) is Rejected


def test_a_403_without_json_is_the_edge() -> None:
    for action in ("GetUsers", "AddUser"):
        error = error_of(b"<html>Forbidden</html>", 403, action)
        assert type(error) is TargetUnavailable
        assert "before it reached WHMCS" in str(error)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b""),
        (200, b"<html>Down for maintenance</html>"),
        (200, b'{"result": "succ'),
        (200, b"[]"),
        (200, b'"success"'),
        (500, b""),
        (502, b"<html>Bad Gateway</html>"),
        (504, b"{}}"),
        (503, b""),
    ],
)
def test_an_unreadable_answer_leaves_a_write_in_doubt(status: int, body: bytes) -> None:
    read = error_of(body, status)
    assert isinstance(read, TargetUnavailable)
    assert not isinstance(read, NoAnswer)
    assert type(error_of(body, status, "CreateClientInvite")) is NoAnswer


@pytest.mark.parametrize("status", [400, 404, 405])
def test_a_wrong_url_is_not_reached(status: int) -> None:
    error = error_of(b"<html>", status, "AddUser")
    assert type(error) is WrongUrl
    assert not isinstance(error, Transient)


@pytest.mark.parametrize("status", [408, 425])
def test_a_moment_too_long_or_too_early_is_no_wrong_url(status: int) -> None:
    assert type(error_of(b"<html>", status)) is TargetUnavailable
    assert type(error_of(b"<html>", status, "AddUser")) is NoAnswer


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry_After": "7"}, 7.0),
        (
            {
                "Retry_After": "Sun, 01 Mar 2026 09:30:40 GMT",
                "Date": "Sun, 01 Mar 2026 09:30:10 GMT",
            },
            30.0,
        ),
        (
            {
                "Retry_After": "Sun, 01 Mar 2026 09:30:00 GMT",
                "Date": "Sun, 01 Mar 2026 09:30:10 GMT",
            },
            0.0,
        ),
        ({"Retry_After": "soon"}, None),
        ({}, None),
    ],
)
def test_being_asked_to_slow_down(headers: dict[str, str], seconds: float | None) -> None:
    error = error_of(b"slow down", 429, "AddUser", **headers)

    assert isinstance(error, Throttled)
    assert error.retry_after == seconds
    assert type(error_of(b"", 503, "AddUser", Retry_After="7")) is Throttled


def test_a_redirect_is_an_error_that_says_where_to() -> None:
    error = error_of(
        {"result": "success"}, 301, Location="https://www.shop.example/includes/api.php?x=1"
    )

    assert type(error) is WrongUrl
    assert "https://www.shop.example/includes/api.php:" in str(error)


def test_a_warning_after_a_write_is_no_failure() -> None:
    reply = {"result": "success", "warning": "Sub Accounts are no longer supported."}

    assert judged(reply, action="AddContact") == reply
    assert judged(reply) == reply


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b"result=error;message=Invalid IP 192.0.2.7", AddressRefused),
        (b"result=error;message=Authentication Failed;", CredentialsRefused),
        (b"result=error; message=Not today; come back", Rejected),
        (b"\xef\xbb\xbf\nresult=error;message=Authentication Failed", CredentialsRefused),
        (
            (
                b'<?xml version="1.0" encoding="utf-8"?>\n<whmcsapi version="7.10.3">\n'
                b"<action>getusers</action>\n<result>error</result>\n"
                b"<message>Invalid IP 192.0.2.7</message>\n</whmcsapi>"
            ),
            AddressRefused,
        ),
        (
            (
                b"<whmcsapi><result>error</result><message><![CDATA[Client Not Found]]></message>"
                b"</whmcsapi>"
            ),
            NotFound,
        ),
    ],
)
def test_a_refusal_in_another_format_is_the_refusal_it_is(
    body: bytes, error: type[SyncdError]
) -> None:
    for status in (200, 403):
        refused = error_of(body, status)
        if error is Rejected and status == 403:
            assert type(refused) is AccessRefused
        else:
            assert type(refused) is error
        assert not isinstance(refused, Transient)  # so it is not repeated


def test_a_list_in_another_format_is_named() -> None:
    error = error_of(b"result=success;totalresults=3")

    assert type(error) is UnexpectedReply
    assert "text pairs" in str(error)
    for body in (
        b"result=success;clientid=7;",
        b"<whmcsapi><result>success</result></whmcsapi>",
        b"result=successive attempts were refused by the firewall",
    ):
        assert type(error_of(body, action="CreateClientInvite")) is NoAnswer


def test_the_first_verdict_of_an_answer_in_xml_is_its_own() -> None:
    body = (
        b"<whmcsapi><result>error</result><message>Client Not Found</message>"
        b"<client><result>success</result></client></whmcsapi>"
    )
    assert type(error_of(body, action="CreateClientInvite")) is NotFound


def test_what_the_target_says_is_scrubbed() -> None:
    body = json.dumps({"result": "error", "message": "bad s3cret"}).encode()
    with pytest.raises(Rejected) as raised:
        judge(Answer("GetUsers", 200, {}, read(body)), lambda text: text.replace("s3cret", "***"))
    assert raised.value.message == "bad ***"


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (None, []),
        ("", []),
        ([], []),
        ({}, []),
        ({"user": ""}, []),
        ({"user": []}, []),
        ([{"id": 1}, {"id": 2}], [{"id": 1}, {"id": 2}]),
        ({"user": [{"id": 1}]}, [{"id": 1}]),
        ({"user": {"id": 1}}, [{"id": 1}]),
        ({"user": {"0": {"id": 1}}}, [{"id": 1}]),
        ({"10": {"id": 3}, "9": {"id": 2}}, [{"id": 2}, {"id": 3}]),
        ({"id": 1}, [{"id": 1}]),
    ],
)
def test_lists_in_every_shape(value: object, found: list[object]) -> None:
    assert rows("GetUsers", value, "user") == found


@pytest.mark.parametrize("value", ["none", 0, [1], {"user": "none"}, {"user": [[]]}])
def test_a_list_of_something_else_is_not_softened(value: object) -> None:
    with pytest.raises(UnexpectedReply):
        rows("GetUsers", value, "user")


@given(st.lists(st.dictionaries(st.sampled_from(["id", "email"]), st.text(), min_size=1)))
def test_wrapping_a_list_changes_nothing(found: list[dict[str, str]]) -> None:
    assert items(found, "user") == found
    assert items({"user": found}, "user") == found
    assert items({str(index): row for index, row in enumerate(found)}, "user") == found


@pytest.mark.parametrize("value", [7, "7", "007"])
def test_numbers_come_as_numbers_or_text(value: object) -> None:
    assert number("GetUsers", {"id": value}, "id") == 7


@pytest.mark.parametrize("value", [None, "", "seven", "-7", -7, 7.0, True, "²", [7]])
def test_what_is_no_number_is_not_softened(value: object) -> None:
    with pytest.raises(UnexpectedReply):
        number("GetUsers", {"id": value}, "id")
