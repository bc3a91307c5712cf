"""The sections of the configuration that say who is told of runs, and how."""

import re
from datetime import time
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, ValidationInfo

from syncd.config.fields import File, Host, Secret, is_reference, is_url
from syncd.config.secrets import REFERENCE
from syncd.config.section import Section

_ADDRESS = re.compile(r"[^\s@<>,;:]+@[^\s@<>,;:]+")


def _address(value: str) -> str:
    if not _ADDRESS.fullmatch(value):
        # Not the value itself: of a URL of mail, it is one with a password.
        msg = "must be an e-mail address, like ops@example.com"
        raise ValueError(msg)
    return value


def _time_of_day(value: str) -> str:
    if value != "off":
        if not re.fullmatch(r"\d\d:\d\d", value):
            msg = "must be a time of day, like 07:00, or off"
            raise ValueError(msg)
        time.fromisoformat(value)
    return value


def _url_or_reference(value: str, info: ValidationInfo) -> str:
    return is_reference(value, info) if REFERENCE.fullmatch(value) else is_url(value)


_Address = Annotated[str, AfterValidator(_address)]
_Seconds = Annotated[float, Field(gt=0, le=300)]


class MailSettings(Section):
    """A server that takes mail."""

    host: Host
    port: int = Field(default=587, ge=1, le=65535)
    security: Literal["starttls", "tls", "none"] = "starttls"
    ca: File | None = None
    user: str | None = None
    password: Secret | None = None
    sender: _Address
    to: tuple[_Address, ...] = Field(min_length=1)


class AlertSettings(Section):
    command: tuple[str, ...] = ()
    mail: MailSettings | None = None
    apprise: tuple[Secret, ...] = ()
    timeout: _Seconds = 20
    digest: Annotated[str, AfterValidator(_time_of_day)] = "00:00"
    quiet_digest: bool = False
    silence: float = Field(default=26, gt=0)  # hours
    show_emails: bool = False


class HeartbeatSettings(Section):
    url: Annotated[str, AfterValidator(_url_or_reference)] | None = None
    file: File | None = None
    timeout: _Seconds = 5


class MetricsSettings(Section):
    textfile: File | None = None
    port: int | None = Field(default=None, ge=1, le=65535)
