"""Bodies that are no clean JSON: what stands around it is passed over and named, or nothing is."""

import pytest

from syncd.wire.bodies import read

REPLY = b'{"result": "success", "totalresults": 1}'
MEANT = {"result": "success", "totalresults": 1}
BOM = b"\xef\xbb\xbf"
HTML = (
    b"<br />\n<b>Notice</b>:  Undefined index: x in <b>/srv/whmcs/includes/hooks/a.php</b>"
    b" on line <b>12</b><br />\n"
)
PLAIN = b"\nDeprecated: Return type of {closure} in /srv/a.php on line 7\n"


@pytest.mark.parametrize("raw", [REPLY, BOM + REPLY, b"\n\n " + REPLY])
def test_a_clean_reply_has_no_remark(raw: bytes) -> None:
    body = read(raw)

    assert (body.reply, body.remark, body.form) == (MEANT, "", "")


@pytest.mark.parametrize(
    ("raw", "remark"),
    [
        (HTML + REPLY, "Undefined index: x in /srv/whmcs/includes/hooks/a.php on line 12"),
        (PLAIN + REPLY, "Deprecated: Return type of {closure} in /srv/a.php on line 7"),
        (HTML * 3 + BOM + PLAIN + REPLY, "Notice: "),
        (b"PHP Warning:  a in b on line 3\n" + REPLY, "PHP Warning:  a in b on line 3"),
        (BOM + BOM + REPLY, "several byte order marks"),
        (BOM + b"\n" + BOM + b" " + REPLY, "several byte order marks"),
        (REPLY + HTML, "Undefined index"),
        (REPLY + BOM, "several byte order marks"),
    ],
)
def test_what_php_prints_around_it_is_passed_over_and_named(raw: bytes, remark: str) -> None:
    body = read(raw)

    assert body.reply == MEANT
    assert remark in body.remark


def test_a_byte_that_is_no_text_is_shown_where_it_stands() -> None:
    body = read(b'{"result": "success", "name": "M\xfcller \\u00e4", "n": [1, {"x": "\xff"}]}')

    assert body.reply == {"result": "success", "name": r"M\xfcller ä", "n": [1, {"x": r"\xff"}]}
    assert "bytes that are not UTF-8" in body.remark


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"null",
        b"[]",
        b'"success"',
        REPLY[:-1],
        REPLY + REPLY,
        REPLY + b"<html>",
        b"<html>" + REPLY,
        b"Fatal error: " + REPLY,
        b"Notice: never ended " + REPLY,
        b"<br />\n<b>Fatal error</b>: out of memory in <b>/a</b> on line <b>1</b><br />\n",
        b'{"a": NaN}',
        b"{" * 100_000,
        b'{"a":' * 100_000,
        b"Warning: " * 20_000,
        b'Warning: {"result":"error"} q on line 3\n' + REPLY,
        b"Warning: x Fatal error: q on line 3\n" + REPLY,
        REPLY + b"\nWarning: foo\nFatal error: Uncaught in /a on line 3",
        b'\xef\xbb\xbf\xef\xbb\xbf{"a": "\\ud83d"}',
        b'\xef\xbb\xbf\xef\xbb\xbf{"a": 1e400}',
        b"<whmcsapi>" + b"<result>" * 100_000,
    ],
)
def test_nothing_else_is_passed_over(raw: bytes) -> None:
    assert read(raw).reply is None
