"""The section of the configuration that says where the pages are served, and to whom."""

import re
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from syncd.config.fields import Secret
from syncd.config.section import Section
from syncd.model.connection import leaves_this_machine

_LISTEN = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^\s:/\[\]]+):(\d{1,5})")
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?")


class Listen(Section):
    """Where a server listens."""

    host: str
    port: int = Field(ge=0, le=65535)

    @property
    def is_of_this_machine(self) -> bool:
        return not leaves_this_machine(self.host)


def listen_at(text: str) -> Listen:
    """Read HOST:PORT; raises `ValueError`."""
    match = _LISTEN.fullmatch(text)
    if match is None or int(match[2]) > 65535:
        msg = f"{text!r} must be HOST:PORT, like 127.0.0.1:8642 or [::1]:8642"
        raise ValueError(msg)
    host = match[1].strip("[]")
    # One address, not the two that the name may have.
    return Listen(host="127.0.0.1" if host.lower() == "localhost" else host, port=int(match[2]))


def _is_listen(value: str) -> str:
    listen_at(value)
    return value


def _host_name(value: str) -> str:
    if not _HOST.fullmatch(value):
        msg = f"{value!r} must be the name of a host alone, like pages.example.com"
        raise ValueError(msg)
    return value.lower()


class ServeSettings(Section):
    listen: Annotated[str, AfterValidator(_is_listen)] = "127.0.0.1:8642"
    hosts: tuple[Annotated[str, AfterValidator(_host_name)], ...] = ()
    user: str = Field(default="support", pattern=r"^[^\s:]{1,64}$")
    password: Secret | None = None
    token: Secret | None = None

    @property
    def is_locked(self) -> bool:
        """Whether a password or a token is asked for."""
        return bool(self.password or self.token)

    @model_validator(mode="after")
    def _is_open_to_this_machine_alone(self) -> Self:
        if not self.is_locked and not listen_at(self.listen).is_of_this_machine:
            msg = f"listen: {self.listen} can be reached from other machines: "
            msg += "give password or token as well, or listen at 127.0.0.1"
            raise ValueError(msg)
        return self
