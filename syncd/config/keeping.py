"""The section of the configuration that says where the journal is kept, if not in `state_dir`."""

from typing import Annotated, Self
from urllib.parse import parse_qs

from pydantic import AfterValidator, model_validator

from syncd.config.fields import Secret, split_url
from syncd.config.section import Section
from syncd.model.connection import leaves_this_machine

_OPTIONS = {"host", "sslmode", "sslrootcert", "sslcert", "sslkey"}
_ENCRYPTED = {"require", "verify-ca", "verify-full"}


def is_database(value: str, password: str, readable: str) -> str:
    """Judge a URL of PostgreSQL: `password` is the key that names one, `readable` what may cross.

    Raises `ValueError` with what is wrong.
    """
    parts, problem = split_url(value), ""
    if parts is None or parts.scheme != "postgresql":
        msg = "must be like postgresql://user@host:5432/database"
        raise ValueError(msg)
    options = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    host = options.get("host") or parts.hostname or ""
    if parts.password is not None:
        problem = f"must not hold a password: name it under {password}"
    elif not (parts.username and host and parts.path.strip("/")):
        problem = "must name user, host and database: postgresql://user@host:5432/database"
    elif strange := sorted(options.keys() - _OPTIONS):
        problem = f"the option {strange[0]} is not one of {', '.join(sorted(_OPTIONS))}"
    elif (
        not host.startswith("/")
        and leaves_this_machine(host)
        and options.get("sslmode") not in _ENCRYPTED
    ):
        problem = f"{readable} would cross the network readable: add ?sslmode=verify-full"
    if problem:
        raise ValueError(problem)
    return value


def _is_journal(value: str) -> str:
    return is_database(value, "state.password", "who is invited")


class StateSettings(Section):
    journal: Annotated[str, AfterValidator(_is_journal)] | None = None
    password: Secret | None = None

    @model_validator(mode="after")
    def _password_is_of_a_journal(self) -> Self:
        if self.password and not self.journal:
            msg = "password is that of journal, which is not given"
            raise ValueError(msg)
        return self
