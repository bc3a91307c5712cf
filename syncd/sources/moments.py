"""When a dump was made, as its tools write it."""

from datetime import datetime
from email.utils import parsedate_to_datetime

import regex as re

_LABEL = re.compile(
    r"(?:--|\#|/\*)?.{0,900}?\b(?:Dump completed(?: on)?|Dump (?:start|end) time|Generation Time"
    r"|Erstellungszeit|G\S{1,4}n\S{1,4}r\S{1,3} le|Tiempo de generaci\S{1,3}n|Gegenereerd op"
    r"|Creato il|Date(?:/time)?|Backup date)\s*:? +(?P<date>[^\n*]+)",
    re.IGNORECASE | re.DOTALL,
)
_BARE = re.compile(r"-- (?P<date>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?: UTC)?)\s*\Z")
_ISO = re.compile(r"(\d{4})-(\d\d)-(\d\d) +(\d{1,2}):(\d\d)(?::(\d\d))?(?: *(UTC|[+-]\d\d:?\d\d))?")
_DOTTED = re.compile(r"(\d\d)([/.])(\d\d)\2(\d{4}) +(\d{1,2}):(\d\d)(?::(\d\d))?")
_SPOKEN = re.compile(
    r"(?:(?P<first>[^\W\d]{3,10})\.? +(?P<day1>\d{1,2})"
    r"|(?P<day2>\d{1,2})\.? +(?P<second>[^\W\d]{3,10}))"
    r"\.?,? +(?:de +)?(?P<year>\d{4})\D{1,6}?(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<sec>\d\d))?"
    r"(?: *(?P<half>[AP])M)?",
    re.IGNORECASE,
)
_CTIME = re.compile(
    r"[A-Z][a-z]{2} (?P<month>[A-Z][a-z]{2}) +(?P<day>\d{1,2}) (?P<time>\d\d:\d\d:\d\d)"
    r" (?P<year>\d{4})"
)
# By the first letters, in the languages in which phpMyAdmin is used most.
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan ene gen", "feb f\u00e9v fev", "mar m\u00e4r mrt maa", "apr avr abr",
            "may mai mei mag", "jun giu jui", "jul lug", "aug ago ao\u00fb", "sep set",
            "oct okt ott", "nov", "dec dez dic d\u00e9c",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip


def moment(comment: str) -> str:
    """Give the time that a comment names as that of the dump, "" where it names none.

    As mysqldump writes it, or ISO 8601; with a zone where the comment has one.
    """
    labelled = _BARE.match(comment) or _LABEL.match(comment)
    return _read(labelled["date"].strip()) if labelled else ""


def _read(text: str) -> str:
    if iso := _ISO.match(text):
        return _checked(*iso.groups()[:6]) and _iso(iso)
    if dotted := _DOTTED.match(text):
        day, _, month, year, hour, minute, second = dotted.groups()
        return _checked(year, month, day, hour, minute, second)
    if ctime := _CTIME.match(text):
        month = str(_MONTHS.get(ctime["month"].lower(), 0))
        return _checked(ctime["year"], month, ctime["day"], *ctime["time"].split(":"))
    if spoken := _SPOKEN.match(_utf8(text)):
        return _spoken(spoken)
    try:
        return str(parsedate_to_datetime(text))  # Wed, 04 Mar 2020 05:06:07 +0000
    except (ValueError, IndexError):
        return ""


def _iso(iso: "re.Match[str]") -> str:
    zone = {"UTC": "+00:00", None: ""}.get(iso[7], iso[7])
    return iso[0] if not zone else iso[0][: iso.start(7) - iso.start()].strip() + zone


def _spoken(spoken: "re.Match[str]") -> str:
    word = (spoken["first"] or spoken["second"]).lower()
    month = _MONTHS.get(word[:3], 0)
    if word.startswith(("juil", "jul")):
        month = 7
    hour = int(spoken["hour"])
    if spoken["half"]:
        hour = hour % 12 + (12 if spoken["half"].upper() == "P" else 0)
    day = spoken["day1"] or spoken["day2"]
    return _checked(spoken["year"], str(month), day, str(hour), spoken["minute"], spoken["sec"])


def _checked(year: str, month: str, day: str, hour: str, minute: str, second: str | None) -> str:
    """Give the moment in ISO 8601, "" where it is none."""
    try:
        return str(
            datetime(int(year), int(month), int(day), int(hour), int(minute), int(second or 0))  # noqa: DTZ001
        )
    except ValueError:
        return ""


def _utf8(text: str) -> str:
    """Give what one character a byte means."""
    try:
        return text.encode("latin-1").decode()
    except UnicodeError:
        return text
