"""What the body of a reply holds: a JSON object, whatever PHP printed around it, or another format.

A notice, a second byte order mark or one byte that is no text makes a reply no JSON, and costs
nothing of what it says: what is recognised is passed over and named in a remark.
"""

import codecs
import html
import json
import re

import msgspec

Reply = dict[str, object]

_BOM = b"\xef\xbb\xbf"
# A line each; what holds JSON, or ends a script, is none of them.
_PHP = (
    r"(?:<br />\s*)?(?:<b>)?(?:PHP )?(?:Notice|Warning|Deprecated|Strict Standards)(?:</b>)?:"
    r"(?:(?!\{\"|Fatal error|Parse error)[^\n]){1,1000}? on line (?:<b>)?\d+(?:</b>)?(?:<br />)?"
)
_AROUND = re.compile(rf"(?:\s|\ufeff|{_PHP})*+", re.DOTALL)
_TAGS = re.compile(r"<[^>]*>")
# The two other formats of the API. They matter where it refuses us before it reads `responsetype`.
_PAIRS = re.compile(r"result=(success|error)(?![^;\s]);?\s*(.*)", re.DOTALL)
_XML = re.compile(r"(?:<\?xml[^>]*\?>\s*)?<whmcsapi\b", re.IGNORECASE)
_LONGEST = 200  # characters of a remark
_MOST = 4_000  # characters of an answer that is no JSON: a sentence stands in its beginning


class Body(msgspec.Struct, frozen=True):
    """A body that was read; `reply` is None where it holds no JSON object and no verdict.

    `remark` says what was passed over, `form` how an answer that is not JSON was written.
    """

    reply: Reply | None
    remark: str = ""
    form: str = ""


def read(raw: bytes) -> Body:
    """Read a body, strictly first: only what is no JSON as it stands is looked at again."""
    try:
        reply = msgspec.json.decode(raw.removeprefix(_BOM))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):  # the last: nested too deep
        return _read_again(raw)
    return Body(reply if isinstance(reply, dict) else None)


def _read_again(raw: bytes) -> Body:
    text = raw.decode("utf-8", _ESCAPED)
    before = _AROUND.match(text)
    start = before.end() if before else 0
    try:
        _, end = json.JSONDecoder().raw_decode(text, start)
        # That one takes more than JSON is: half a character, numbers without end.
        reply = msgspec.json.decode(text[start:end])
    except (ValueError, RecursionError):
        return _other_form(text[start : start + _MOST].strip())
    if not isinstance(reply, dict) or _AROUND.fullmatch(text, end) is None:
        return Body(None)
    return Body(reply, "; ".join(_remarks(text, start, end, whole=_is_text(raw))))


def _remarks(text: str, start: int, end: int, *, whole: bool) -> list[str]:
    printed = _first_line(text[:start]) or _first_line(text[end:])
    remarks = [f"PHP prints beside its replies: {printed}"] if printed else []
    if not printed and whole and "\ufeff" in text:
        remarks.append("several byte order marks stand before its replies")
    if not whole:
        remarks.append("its replies hold bytes that are not UTF-8: they are shown as \\xNN")
    return remarks


def _first_line(printed: str) -> str:
    lines = html.unescape(_TAGS.sub("", printed[:_MOST])).replace("\ufeff", "").split("\n")
    return next((line.strip()[:_LONGEST] for line in lines if line.strip()), "")


def _is_text(raw: bytes) -> bool:
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _other_form(text: str) -> Body:
    """Read the verdict and the sentence of an answer in text pairs or in XML."""
    pairs = _PAIRS.match(text)
    if pairs:
        listed = dict(pair.partition("=")[::2] for pair in pairs[2].split(";") if "=" in pair)
        # A sentence may itself hold the sign that ends a pair.
        said = pairs[2].rpartition("message=")[2].rstrip("; \n")
        message = {"message": said} if "message" in listed else {}
        return Body({**listed, "result": pairs[1], **message}, form="text pairs")
    if not _XML.match(text):
        return Body(None)
    reply: Reply = {}
    for name in ("result", "message"):
        value = re.search(rf"<{name}>([^<]*|<!\[CDATA\[.*?\]\]>)</{name}>", text, re.DOTALL)
        if value:
            reply[name] = html.unescape(_uncased(value[1].strip()))
    return Body(reply or None, form="XML")


def _uncased(value: str) -> str:
    return value.removeprefix("<![CDATA[").removesuffix("]]>")


def _escape(error: UnicodeError) -> tuple[str, int]:
    r"""Spell out bytes that are no text, so that a JSON string holds them as `\\xNN`."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    lost = error.object[error.start : error.end]
    return "".join(f"\\\\x{byte:02x}" for byte in lost), error.end


_ESCAPED = "syncd.json"
codecs.register_error(_ESCAPED, _escape)
